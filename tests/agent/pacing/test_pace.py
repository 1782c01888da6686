from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from agent.assemble import assemble
from agent.pacing.pace import pace, paced_event
from agent.pacing.rhythm import PARAGRAPH_BAND, SENTENCE_BAND, Lengths, pulse_of
from agent.pacing.same_facts import facts_in
from agent.pacing.telling import sections_of
from agent.render_markdown import check_references, render_markdown
from agent.types import Brief
from tests.agent.pacing.blocks import LEXICON, Stand, texts_of
from tests.agent.reading_record import READING

# Shrinking a report takes minutes; what fails is printed as it is.
_QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
SUBJECTS = ["The inspector Jonas Reke", "The engineer Mira Tolland", "The Hallin Transit Office", "The town of Orme"]
VERBS = ["measured", "replaced", "closed", "repaired", "delivered", "ordered"]
OBJECTS = ["springs", "grips", "cabins", "brakes", "heaters", "ropes", "letters"]

_clause = st.builds(
    "{} {} {} {} of the cableway{}".format,
    st.sampled_from(SUBJECTS),
    st.sampled_from(VERBS),
    st.integers(2, 900),
    st.sampled_from(OBJECTS),
    st.sampled_from(["", " in 2017", " on 4 May 2018", " after the winter", " in the Orme station near Hallin"]),
)
_sentence = st.one_of(
    _clause.map("{}.".format),
    st.tuples(_clause, _clause).map(lambda two: f"{two[0]}, and {two[1][0].lower()}{two[1][1:]}."),
    st.tuples(_clause, _clause, _clause).map(lambda three: f"{'; '.join(three)}."),
    _clause.map("The main cause was found because {}.".format),
    st.just("It was known to the board of the Hallin Transit Office."),
)
_sections = st.lists(
    st.lists(st.lists(_sentence, min_size=1, max_size=9), min_size=1, max_size=3), min_size=1, max_size=4
)


def pulse(outline, settled):
    return pulse_of(sections_of(outline.sections, settled))


def shown(outline, settled):
    report = assemble(Brief(topic="The rope", words=400), outline, settled, READING)
    assert check_references(render_markdown(report)) == []
    by_id = {claim.id: claim for claim in report.claims}
    return report, [by_id[i] for part in report.sections for paragraph in part.paragraphs for i in paragraph]


@settings(phases=_QUICK, max_examples=60)
@given(_sections)
def test_a_paced_report_says_the_same_of_the_same_sources_and_is_no_farther_from_its_bands(sections):
    stand = Stand(*sections)
    before, after = stand, pace(stand.outline, stand.settled, stand.verifier)
    old, new = shown(before.outline, before.settled), shown(after.outline, after.settled)
    facts = [facts_in([claim.sentence for claim in claims], lexicon=LEXICON) for _, claims in (old, new)]
    assert facts[0] == facts[1]
    quoted = [
        {(e.document, e.start) for e in report.evidence if e.number in {n for c in claims for n in c.citations}}
        for report, claims in (old, new)
    ]
    assert quoted[0] == quoted[1]
    was, now = pulse(before.outline, before.settled), pulse(after.outline, after.settled)
    assert now.is_no_farther_than(was)
    again = pace(after.outline, after.settled, stand.verifier)
    assert (again.outline, again.settled) == (after.outline, after.settled)
    same = pace(stand.outline, stand.settled, stand.verifier)
    assert same == after


@settings(phases=_QUICK, max_examples=30)
@given(_sections)
def test_each_changed_sentence_says_what_its_own_sources_say(sections):
    stand = Stand(*sections)
    after = pace(stand.outline, stand.settled, stand.verifier)
    for block in after.settled.values():
        for sentence in block.sentences:
            if sentence.action != "revised":
                continue
            known = facts_in([source.sentence for source in sentence.sources], lexicon=LEXICON)
            assert facts_in([sentence.text], lexicon=LEXICON) <= known
            assert any("for the rhythm" in reason for reason in sentence.reasons)
            assert sentence.support >= 0.5


@settings(phases=_QUICK, max_examples=30)
@given(_sections)
def test_a_leaning_sentence_follows_what_it_followed(sections):
    stand = Stand(*sections)
    after = pace(stand.outline, stand.settled, stand.verifier)

    def before_it(blocks):
        return Counter(
            two[0].rstrip(".").split()[-1]
            for sentences in blocks
            for two in pairwise(sentences)
            if two[1].startswith("It was known")
        )

    joined = sum("; it was known" in text or ", and it was known" in text for b in texts_of(*_two(after)) for text in b)
    was, now = before_it(texts_of(stand.outline, stand.settled)), before_it(texts_of(*_two(after)))
    assert now <= was
    assert sum((was - now).values()) == joined


def _two(paced):
    return paced.outline, paced.settled


def alike(n, words=10):
    """Sentences of one length."""
    return [
        f"{SUBJECTS[at // 3 % 4]} measured {at + 2} springs of the grips {'again ' * (words - 9)}."[:-2] + "."
        for at in range(n)
    ]


def test_even_sentences_are_joined_until_their_lengths_differ():
    stand = Stand([alike(9)], [alike(9)[:3] + [f"{SUBJECTS[1]} closed {n} cabins of the town." for n in range(40, 46)]])
    after = pace(stand.outline, stand.settled, stand.verifier)
    was, now = after.tally.sentence_cv
    assert was < SENTENCE_BAND[0]
    assert now > was
    assert after.tally.joined > 0


def test_one_flood_of_a_sentence_among_short_ones_is_parted():
    flood = "; ".join(f"{SUBJECTS[at % 4]} closed {at + 2} cabins in the winter of the storm" for at in range(6)) + "."
    stand = Stand([[flood, *(f"Mira Tolland closed {n} cabins." for n in range(50, 58))]])
    after = pace(stand.outline, stand.settled, stand.verifier)
    assert after.tally.sentence_cv[0] > SENTENCE_BAND[1]
    assert after.tally.split > 0
    assert after.tally.sentence_cv[1] < after.tally.sentence_cv[0]


def test_paragraphs_of_one_length_are_merged_and_parted():
    blocks = [
        [f"{SUBJECTS[n % 4]} measured {10 * b + n} springs of the grips in the winter." for n in range(8)]
        for b in range(1, 7)
    ]
    stand = Stand(blocks)
    after = pace(stand.outline, stand.settled, stand.verifier)
    was, now = after.tally.paragraph_cv
    assert was < PARAGRAPH_BAND[0] <= now
    assert after.tally.merged + after.tally.parted > 0
    report, _ = shown(after.outline, after.settled)
    lengths = [len(paragraph) for section in report.sections for paragraph in section.paragraphs]
    assert len(set(lengths)) > 1


def test_what_the_verifier_refuses_is_reverted_and_counted():
    stand = Stand([alike(12)])
    strict = type(stand.verifier)(**{**stand.verifier.__dict__, "threshold": 2.0})
    after = pace(stand.outline, stand.settled, strict)
    assert texts_of(*_two(after)) == texts_of(stand.outline, stand.settled)
    assert after.tally.joined == 0
    assert after.tally.reverted > 0
    event = paced_event(after.tally)
    assert event.numbers["reverted"] == after.tally.reverted
    assert "reverted" in event.message


def test_what_two_blocks_say_is_left_for_the_report_to_drop():
    twice = alike(3)
    stand = Stand([twice], [[*twice, *alike(12)[3:]]])
    _, old = shown(stand.outline, stand.settled)
    after = pace(stand.outline, stand.settled, stand.verifier)
    _, new = shown(after.outline, after.settled)
    said = [claim.sentence for claim in new]
    assert all(said.count(text) == 1 for text in twice)
    assert facts_in([c.sentence for c in old]) == facts_in(said)


@pytest.mark.parametrize(("lengths", "distance"), [([10, 10, 10], 0.45), ([1, 19], 0.25), ([5, 15], 0.0), ([7], 0.0)])
def test_the_distance_is_to_the_nearer_edge_of_the_band(lengths, distance):
    assert Lengths().changed((), lengths).distance(SENTENCE_BAND) == pytest.approx(distance)


def test_lengths_and_paragraphs_are_those_that_the_report_shows():
    source = "According to Memo, the springs of the grips in cabin {} were replaced by the town of Orme in the winter."
    stand = Stand([[source.format(n) for n in range(2, 12)]])
    [section] = sections_of(stand.outline.sections, stand.settled)
    report, claims = shown(stand.outline, stand.settled)
    assert [len(paragraph) for paragraph in section] == [len(p) for p in report.sections[0].paragraphs]
    assert [told.words for paragraph in section for told in paragraph] == [len(c.sentence.split()) for c in claims]
    assert sum(c.sentence.startswith("According to the same source") for c in claims) == 9
