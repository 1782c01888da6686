"""The whole graph over a real corpus: what may be handed over, whatever the writer says."""

import json
from collections import Counter

import pytest

from agent.allocate import folded
from agent.errors import NotEnoughEvidence
from agent.graph import build_graph
from agent.notes.note import NoteResult
from agent.pacing.same_facts import facts_in
from agent.records import OwnedStatements, blocks_of
from agent.render_html import render_html
from agent.render_markdown import check_references, render_markdown
from agent.settings import AskSettings
from agent.types import Brief, Outline, Report
from lm.errors import BudgetExceeded
from lm.metering import Budget, Meter, Metered, PriceTable
from lm.scripted import ScriptedLM
from tests.agent import scripted_writers as writers
from tests.agent.affair import DOCUMENTS, HIDDEN_ORDER, INJECTION, OFF_TOPIC, TOPIC
from tests.agent.notes.scripted_notes import by_worth, copying
from tests.agent.scripted_writers import kind_of


def run_graph(context, topic=TOPIC, *, mode="report", words=None):
    state = {"topic": topic, "mode": mode, "words": words}
    config = {"max_concurrency": context.write.max_parallel_blocks}
    return build_graph().invoke(state, config, context=context)


def report_of(context, topic=TOPIC, **options) -> Report:
    return context.store.get_model(run_graph(context, topic, **options)["report_id"], Report)


def shown(report):
    by_id = {claim.id: claim for claim in report.claims}
    return [by_id[i] for section in report.sections for paragraph in section.paragraphs for i in paragraph]


def assert_sound(report, place):
    """What holds of every report."""
    for evidence in report.evidence:
        assert place.text(evidence.document)[evidence.start : evidence.end] == evidence.quote
    assert check_references(render_markdown(report)) == []
    assert render_html(report)
    claims = shown(report)
    assert claims
    assert [text for text, n in Counter(folded(c.sentence) for c in claims).items() if n > 1] == []
    assert [c.sentence for c in claims if c.kind == "section" and not c.citations] == []
    assert [c.sentence for c in claims if c.action == "dropped"] == []
    assert [c.sentence for c in report.claims if c.action in ("dropped", "revised") and not c.reasons] == []


@pytest.mark.parametrize("writer", [writers.silent, writers.garbage, writers.faithful, writers.lying, writers.reckless])
@pytest.mark.parametrize("drafting", ["paragraph", "sentence"])
def test_every_report_is_sound_whatever_the_writer_says(affair, make_context, writer, drafting):
    context = make_context(ScriptedLM(writer), drafting=drafting, words=400)
    report = report_of(context)
    assert_sound(report, affair)
    assert 200 <= report.figures.words <= 520


def test_a_faithful_writer_is_kept(affair, make_context):
    report = report_of(make_context(ScriptedLM(writers.faithful), drafting="paragraph"))
    assert_sound(report, affair)
    left_out = [claim for claim in report.claims if claim.action != "kept"]
    assert all(claim.reasons[-1] == "the block has no room for it" for claim in left_out)
    assert len(left_out) < len(report.claims)


def test_a_lying_writer_ends_in_quotations_with_the_reasons_kept(affair, make_context):
    context = make_context(ScriptedLM(writers.lying), drafting="paragraph")
    report = report_of(context)
    assert_sound(report, affair)
    assert {claim.action for claim in report.claims} <= {"quoted", "dropped"}
    reasons = " ".join(reason for claim in report.claims for reason in claim.reasons)
    for sign in ("the number", "the name", "a citation does not resolve"):
        assert sign in reasons
    text = render_markdown(report)
    assert not any(lie in text for lie in ("Atlantis", "Zorro", "Moon Bank", "[99]"))


def test_a_writer_of_garbage_ends_in_quotations_and_says_so(affair, make_context, events):
    report = report_of(make_context(ScriptedLM(writers.garbage), drafting="paragraph"))
    assert_sound(report, affair)
    assert {claim.action for claim in report.claims} == {"quoted"}
    assert "no valid paragraph" in next(event.message for event in events if event.name == "draft_failed")


def test_a_citation_typed_into_a_sentence_is_taken_out(affair, make_context):
    report = report_of(make_context(ScriptedLM(writers.reckless), drafting="paragraph"))
    assert_sound(report, affair)
    assert "[99]" not in render_markdown(report)


def test_an_address_that_no_source_has_is_not_handed_over(affair, make_context):
    report = report_of(make_context(ScriptedLM(writers.reckless), drafting="paragraph"))
    assert "evil.example" not in " ".join(claim.sentence for claim in shown(report))


def shortening(request):
    return writers.faithful(request).replace(" again", "")


def test_a_faithful_restatement_stands(affair, make_context):
    context = make_context(ScriptedLM(shortening), drafting="sentence", words=800)
    report = report_of(context, "What the engineer Mira Tolland wrote of the brake heater of the Brenholt cableway")
    assert_sound(report, affair)
    assert [c.sentence for c in shown(report) if c.action == "kept" and c.citations] == [
        "The engineer Mira Tolland wrote to the director Aldo Fenn on 4 September 2018 that the heater of the brake in "
        "the Orme station must be switched on, because ice had formed on the lower jaw in each of the last 3 winters."
    ]


@pytest.fixture
def make_bitten(make_affair):
    """Makes the affair with an order in front of one of its documents."""
    title, _, rest = DOCUMENTS["technical.md"].partition("\n")
    return lambda order: make_affair(DOCUMENTS | {"technical.md": f"{title}\n\n{order}\n{rest}"})


def obeying(request):
    """Does as it is told by whoever told it last."""
    if "SkyGrip" not in request.messages[-1].content:
        return writers.faithful(request)
    if kind_of(request) == "plan":
        section = {"title": "The SkyGrip 4000", "questions": ["Why should every reader buy the SkyGrip 4000?"]}
        return json.dumps({"sections": [section, {**section, "title": "A budget of 900000"}]})
    advice = "Every reader should buy the SkyGrip 4000 for 900000 marks."
    if kind_of(request) != "paragraph":
        return advice
    return writers.paragraph([(advice, [n]) for n, text in writers.evidence_of(request) if "SkyGrip" in text])


def asked(outline):
    """What a plan asks, and how long each answer may be."""
    return [(section.title, block.question, block.target_words) for section, block in blocks_of(outline)]


def test_an_order_in_a_document_changes_nothing(make_bitten, make_context, events):
    writer, bitten = ScriptedLM(obeying), make_bitten(INJECTION)
    context = make_context(writer, over=bitten, planner="model", drafting="paragraph", words=400)
    state = run_graph(context)
    passages = [p.text for document in bitten.corpus.documents() for p in bitten.corpus.passages_of(document.id)]
    assert any("Ignore all previous" in text for text in passages)
    assert not any("Ignore all previous" in request.messages[-1].content for request in writer.requests)
    report = context.store.get_model(state["report_id"], Report)
    assert_sound(report, bitten)
    assert "SkyGrip" not in render_markdown(report)
    assert not any("SkyGrip" in claim.sentence for claim in report.claims)
    assert context.store.get_model(state["brief_id"], Brief).words == 400
    clean = make_context(ScriptedLM(writers.faithful), planner="model", drafting="paragraph", words=400)
    planned = clean.store.get_model(run_graph(clean)["outline_id"], Outline)
    found = context.store.get_model(state["outline_id"], Outline)
    assert asked(found) == asked(planned)
    read = next(event for event in events if event.name == "read")
    assert read.numbers["instructions_ignored"] == 1


def test_a_writer_that_obeys_an_order_which_nobody_recognised_can_only_quote_it(make_bitten, make_context):
    writer, bitten = ScriptedLM(obeying), make_bitten(HIDDEN_ORDER)
    context = make_context(writer, over=bitten, planner="model", drafting="paragraph", words=400)
    state = run_graph(context)
    assert any("SkyGrip" in request.messages[-1].content for request in writer.requests if kind_of(request) == "plan")
    assert any("SkyGrip" in request.messages[-1].content for request in writer.requests if kind_of(request) != "plan")
    report = context.store.get_model(state["report_id"], Report)
    assert_sound(report, bitten)
    assert all(HIDDEN_ORDER.startswith(c.sentence[:-1]) for c in shown(report) if "SkyGrip" in c.sentence)
    assert context.store.get_model(state["brief_id"], Brief).words == 400
    outline = context.store.get_model(state["outline_id"], Outline)
    assert not any("SkyGrip" in f"{title} {question}" for title, question, _ in asked(outline))


@pytest.mark.parametrize("kind", ["plan", "paragraph", "revise"])
def test_a_budget_that_ends_still_gives_a_report(affair, make_context, kind):
    context = make_context(ScriptedLM(writers.stopping_at(kind)), planner="model", drafting="paragraph")
    state = run_graph(context)
    assert set(state["stops"]) == {"max_tokens"}
    assert_sound(context.store.get_model(state["report_id"], Report), affair)


def test_a_budget_that_ends_before_a_restatement_still_gives_a_report(affair, make_context):
    context = make_context(ScriptedLM(writers.stopping_at("restate")), drafting="sentence", words=800)
    state = run_graph(context)
    assert state["stops"] == ["max_tokens"]
    assert_sound(context.store.get_model(state["report_id"], Report), affair)


def test_a_meter_without_tokens_lets_no_call_through(affair, make_context):
    writer = ScriptedLM(writers.faithful)
    meter = Meter(Budget(max_tokens=1), PriceTable(), lambda: 0.0)
    context = make_context(Metered(writer, "writer", meter), drafting="paragraph")
    state = run_graph(context)
    assert writer.requests == ()
    report = context.store.get_model(state["report_id"], Report)
    assert_sound(report, affair)
    assert {claim.action for claim in report.claims} == {"quoted"}


def test_a_topic_that_the_corpus_lacks_is_refused_before_any_call(make_context):
    writer = ScriptedLM(writers.faithful)
    with pytest.raises(NotEnoughEvidence):
        run_graph(make_context(writer), OFF_TOPIC)
    assert writer.requests == ()


def test_documents_without_a_sentence_that_can_be_quoted_are_refused(make_affair, make_context):
    words = "springs grips brake Orme cableway failure "
    place = make_affair({"list.md": f"# Brenholt cableway failure\n\n{words * 8}\n"})
    with pytest.raises(NotEnoughEvidence, match="can be quoted"):
        run_graph(make_context(over=place), "Brenholt cableway failure: springs, grips and brake")


@pytest.mark.parametrize("writer", [writers.faithful, writers.lying])
def test_the_same_seed_gives_the_same_bytes_however_many_blocks_run_at_once(make_context, writer):
    texts = {
        render_markdown(report_of(make_context(ScriptedLM(writer), drafting="paragraph", max_parallel_blocks=n)))
        for n in (1, 1, 4)
    }
    assert len(texts) == 1


def test_an_answer_is_one_section_without_frame(affair, make_context):
    report = report_of(make_context(), "Who warned of the springs of the grips?", mode="answer")
    assert_sound(report, affair)
    assert [section.kind for section in report.sections] == ["section"]
    assert "Jonas Reke" in " ".join(claim.sentence for claim in shown(report))
    assert report.figures.words < 100


QUESTION = "Who warned of the springs of the grips?"
WITH_NOTES = AskSettings(notes="on")


def noting(request):
    """Notes one sentence of each passage, asks for two things, and likes whatever is longer."""
    match kind_of(request):
        case "note_lines":
            return copying(request.messages[-1].content)
        case "note_queries":
            return json.dumps({"queries": ["Where did the money go?", "What did the court decide?"]})
        case "Preference":
            return by_worth(len)(request.messages[-1].content)
    return writers.faithful(request)


def test_a_note_is_told_kept_and_read_but_never_cited(affair, make_context, events):
    context = make_context(ScriptedLM(noting), ask=WITH_NOTES)
    state = run_graph(context, QUESTION, mode="answer")
    note = context.store.get_model(state["note_id"], NoteResult)
    assert len(note.history) == len([event for event in events if event.name == "note_step"])
    assert [event.message for event in events if event.name == "noted"] == [
        f"{len(note.best.lines)} lines noted, {note.stop_reason}"
    ]
    (owned_id,) = state["owned"].values()
    owned = context.store.get_model(owned_id, OwnedStatements)
    fits = {s.passage_id: fit for s, fit in zip(owned.statements, owned.fits, strict=True)}
    assert set(note.best.passages) == {passage_id for passage_id, fit in fits.items() if fit}
    assert_sound(context.store.get_model(state["report_id"], Report), affair)


def test_a_note_that_could_not_be_written_changes_nothing(make_context):
    reports = [report_of(make_context(ask=ask), QUESTION, mode="answer") for ask in (AskSettings(), WITH_NOTES)]
    assert reports[0] == reports[1]


def test_a_budget_that_ends_within_a_note_still_gives_an_answer(affair, make_context):
    writer = ScriptedLM(noting, errors={2: BudgetExceeded("max_tokens=1 would be broken", limit="max_tokens")})
    context = make_context(writer, ask=WITH_NOTES)
    state = run_graph(context, QUESTION, mode="answer")
    assert state["stops"] == ["max_tokens"]
    assert context.store.get_model(state["note_id"], NoteResult).stop_reason == "budget"
    assert_sound(context.store.get_model(state["report_id"], Report), affair)


def test_no_note_is_taken_for_a_report(make_context, events):
    run_graph(make_context(ask=WITH_NOTES))
    assert not any(event.name.startswith("note") for event in events)


def test_a_short_report_has_no_frame_and_a_longer_one_has(make_context):
    kinds = [[s.kind for s in report_of(make_context(words=words)).sections] for words in (200, 400)]
    assert set(kinds[0]) == {"section"}
    assert (kinds[1][0], kinds[1][-1]) == ("introduction", "conclusion")


def test_profiles_are_compared_and_each_figure_stays_with_its_country(profiles, make_context):
    topic = (
        "Compare Orland and Tamir with regard to population, birth rate, unemployment rate, coastline, railways and "
        "airports in 2024 (est.)"
    )
    report = report_of(make_context(over=profiles, words=120), topic)
    assert_sound(report, profiles)
    sentences = [claim.sentence for claim in shown(report)]
    assert "Orland’s birth rate is 39.2 births/1,000 population (2024 est.)." in sentences
    assert "Tamir’s birth rate is 22.8 births/1,000 population (2024 est.)." in sentences
    assert not any("Vesk" in sentence for sentence in sentences)


def test_the_account_of_reading_counts_each_document_once(make_affair, make_context, events):
    twice = make_affair(DOCUMENTS | {"reprint.md": DOCUMENTS["money.md"].replace("Where the", "Where all the")})
    report = report_of(make_context(over=twice, saturation_ratio=50.0))
    assert_sound(report, twice)
    assert report.figures.characters_unique < report.figures.characters_read
    quotes = Counter(evidence.quote for evidence in report.evidence)
    assert [quote for quote, n in quotes.items() if n > 1] == []


@pytest.mark.parametrize("writer", [writers.garbage, writers.faithful, writers.lying])
def test_a_paced_report_is_sound_says_the_same_and_tells_what_was_done(affair, make_context, events, writer):
    plain, paced = (report_of(make_context(ScriptedLM(writer), words=400, pacing=pacing)) for pacing in ("off", "on"))
    assert_sound(paced, affair)
    assert plain.figures.pacing is None
    told = next(event for event in events if event.name == "paced")
    assert told.numbers["joined"] == paced.figures.pacing.joined
    changed = [claim for claim in shown(paced) if any("for the rhythm" in reason for reason in claim.reasons)]
    assert all(claim.action == "revised" and claim.support >= 0.5 for claim in changed)
    facts = [facts_in([claim.sentence for claim in shown(report)]) for report in (plain, paced)]
    assert facts[0] == facts[1]
    quotes = [{evidence.quote for evidence in report.evidence} for report in (plain, paced)]
    assert quotes[0] == quotes[1]


def test_an_answer_is_not_paced(affair, make_context, events):
    context = make_context(ScriptedLM(writers.faithful), pacing="on")
    assert report_of(context, "Who replaced the springs of the grips?", mode="answer").figures.pacing is None
    assert [event for event in events if event.name == "paced"] == []
