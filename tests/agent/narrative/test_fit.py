import pytest

from agent.align import align
from agent.brief import preview, subject_matter
from agent.narrative.fit import asked_fit, best_fit, named_fit, ranked, topic_phrase
from agent.types import Brief

PLAIN = "The failure of the Brenholt cableway"


def brief(topic, **options):
    return preview(topic, words=800, default_words=800, documents=[]).model_copy(update=options)


def found(affair, topic=PLAIN):
    return align(topic, affair.searcher, affair.embedder, k=30).hits


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("Post-mortem of the outage in May", "post-mortem"),
        ("Write a 1,500-word blameless postmortem of the outage", "post-mortem"),
        ("A decision memo on the new supplier", "decision-memo"),
        ("Literature review: sleep and memory", "literature-review"),
        ("Please write me a policy brief on rents", "policy-brief"),
        ("Draft an incident report on the leak", "post-mortem"),
    ],
)
def test_a_request_that_begins_with_the_form_asks_for_it(topic, name):
    assert asked_fit(topic).name == name


@pytest.mark.parametrize(
    "topic",
    [
        PLAIN,
        "The incident report of the commission on the flood",
        "What the literature review of 2019 missed",
        "A comparison of Orland and Vesk",  # their own planners know it better
        "A profile of Orland",
        "How post-mortems changed hospitals",
        "Policy briefs",
    ],
)
def test_a_form_that_is_a_thing_of_the_world_asks_for_nothing(topic):
    assert asked_fit(topic) is None


def test_cues_and_passages_choose_a_schema_and_say_why(affair):
    fit = best_fit(
        brief("What happened in the failure of the Brenholt cableway, a timeline"),
        found(affair),
        embedder=affair.embedder,
    )
    assert fit.name == "event-reconstruction"
    assert "“what happened”" in fit.why
    assert "of the first passages hold dates and names" in fit.why


def test_scores_are_shares_and_a_form_that_was_named_comes_first(affair):
    fits = ranked(brief("A decision memo on the springs of the grips"), found(affair), embedder=affair.embedder)
    assert fits[0].name == "decision-memo"
    assert all(0.0 <= fit.score <= 1.0 for fit in fits)
    assert [fit.score for fit in fits] == sorted((fit.score for fit in fits), reverse=True)


def test_where_nothing_fits_there_is_no_schema(affair):
    assert best_fit(brief("zzgrok"), (), embedder=affair.embedder) is None


def test_documents_that_the_request_names_speak_for_a_comparison(affair):
    asked = brief("Orland and Vesk")
    plain = {fit.name: fit.score for fit in ranked(asked, (), embedder=affair.embedder)}
    named = {
        fit.name: fit.score
        for fit in ranked(asked.model_copy(update={"subjects": ("a", "b")}), (), embedder=affair.embedder)
    }
    assert named["comparison"] > plain["comparison"]
    assert named["trend"] == plain["trend"]


@pytest.mark.parametrize(
    ("topic", "phrase"),
    [
        (PLAIN, "the failure of the Brenholt cableway"),
        ("Post-mortem of the outage", "the outage"),
        ("Write a decision memo on the springs", "the springs"),
        ("Literature review: Sleep and memory", "Sleep and memory"),
        ("A.I. in schools", "A.I. in schools"),
        ("A school in Orme", "a school in Orme"),
    ],
)
def test_questions_are_asked_of_the_topic_without_its_form(topic, phrase):
    form = getattr(asked_fit(topic), "form", "")
    assert topic_phrase(Brief(topic=topic, words=300), form) == phrase


def test_an_order_for_a_memo_is_no_part_of_the_subject():
    assert subject_matter("Write a decision memo on the springs of the grips") == "the springs of the grips"


def test_a_named_schema_is_taken_as_it_is():
    assert named_fit("trend", PLAIN).schema.code == "TREND"
    with pytest.raises(KeyError):
        named_fit("epic", PLAIN)
