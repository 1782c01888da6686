import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.constraints.checks import check
from agent.constraints.phrases import said_phrases
from agent.constraints.types import Ledger
from tests.agent.constraints.drafts import STEM, Place, demand, length, numbered

PLACE = Place(
    ("Causes", 40, ["The soft spring was the first cause.", "The brake of the station froze in the night."], []),
    ("Money", 40, ["The town paid 240,000 marks to Harrow Consult for advice."], []),
)
REPORT = PLACE.assembled(PLACE.draft)


def state(one):
    (found,) = check(REPORT, [one], STEM)
    return found.state


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (demand("length", least=20, most=30), "met"),
        (demand("length", least=27), "unmet"),
        (demand("length", most=24), "unmet"),
        (demand("section_length", "Money", least=9, most=12), "met"),
        (demand("section_length", "money.", least=11, most=12), "unmet"),
        (demand("sections", least=2, most=2), "met"),
        (demand("sections", least=3, most=3), "unmet"),
        (demand("section", "causes"), "met"),
        (demand("section", "Reforms"), "unmet"),
        (demand("avoid", "harrow consult"), "unmet"),
        (demand("avoid", "Petra Fenn"), "met"),
        (demand("avoid", "rope"), "unmet"),  # the title says it
        (demand("mention", "soft springs"), "met"),
        (demand("mention", "heater"), "unmet"),
        (demand("language", "en"), "met"),
        (demand("language", "de"), "unmet"),
        (demand("language", "tlh"), "unchecked"),
        (demand("audience", "a general reader"), "met"),
        (demand("audience", "ropeway engineers"), "unchecked"),
        (demand("citations", "numbered"), "met"),
        (demand("citations", "APA"), "unmet"),
    ],
)
def test_each_demand_is_checked_against_what_the_report_shows(one, expected):
    assert state(one) == expected


def test_a_section_without_a_word_of_its_name_is_not_called_met():
    place = Place(("Penguin breeding", 20, ["The spring of the grip was soft."], []))
    (found,) = check(place.assembled(place.draft), [demand("section", "Penguin breeding")], STEM)
    assert found.state == "unchecked"
    assert found.found == "1 sentence, and neither these nor what they quote has a word of it"


def test_a_section_that_says_nothing_is_not_the_one_that_was_asked_for():
    place = Place(("Causes", 20, ["The spring of the grip was soft."], []), ("Reforms", 20, [], []))
    asked = demand("section", "Reforms")
    (found,) = check(place.assembled(place.draft, asked), [asked], STEM)
    assert (found.state, found.why) == ("unmet", "nothing on it could be quoted")


def test_long_sentences_do_not_suit_a_general_reader():
    place = Place(("Causes", 90, numbered(4, words=24), []))
    long = place.assembled(place.draft).claims[0].model_copy(update={"sentence": " ".join(["rope"] * 60)})
    report = place.assembled(place.draft)
    report = report.model_copy(update={"claims": (long, *report.claims[1:])})
    (found,) = check(report, [demand("audience", "laypeople")], STEM)
    assert found.state == "unmet"


def test_a_quotation_of_others_may_have_what_the_report_avoids():
    quoted = REPORT.model_copy(
        update={"claims": tuple(one.model_copy(update={"sentence": "It is said."}) for one in REPORT.claims)}
    )
    (found,) = check(quoted, [demand("avoid", "Harrow Consult")], STEM)
    assert found.state == "met"
    assert "1 of the sources quoted in the references" in found.found


def test_what_stands_in_front_counts_against_the_upper_bound_alone():
    figures = REPORT.figures.model_copy(update={"front_words": 10})
    report = REPORT.model_copy(update={"figures": figures})
    upper, lower = (
        check(report, [one], STEM)[0].state for one in (demand("length", most=30), demand("length", least=30))
    )
    assert (upper, lower) == ("unmet", "unmet")


SENTENCES = st.lists(
    st.sampled_from([*numbered(30), "The court of the town found Petra Fenn.", "The Harrow rope was long."]),
    min_size=1, max_size=20, unique=True,
)  # fmt: skip


@given(SENTENCES, st.integers(10, 300), st.sampled_from(["Petra Fenn", "Harrow", "springs", "3 times"]))
def test_checks_agree_with_counting_and_looking(sentences, words, phrase):
    place = Place(("Causes", 100, sentences, []))
    report = place.assembled(place.draft)
    asked = length(words)
    by_length, by_phrase = check(report, [asked, demand("avoid", phrase)], STEM)
    n = sum(len(sentence.split()) for sentence in sentences)
    assert (by_length.state == "met") == (asked.least <= n <= asked.most)
    is_said = any(said_phrases(text, [phrase]) for text in (report.title, "Causes", *sentences))
    assert (by_phrase.state == "met") == (not is_said)


def test_a_ledger_tells_how_much_of_it_is_met():
    entries = check(REPORT, [demand("section", "Causes"), demand("section", "X"), demand("audience", "experts")], STEM)
    ledger = Ledger(entries=entries, rounds=1)
    assert ledger.counts == {"met": 1, "unchecked": 1, "unmet": 1}
    assert ledger.told == "1 of 3 met, 1 that no program can check, 1 round of repair"
