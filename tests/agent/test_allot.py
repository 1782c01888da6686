import itertools

import pytest

from agent.allot import allot
from agent.foraged import Foraged
from agent.records import AlignmentRecord
from agent.saturation import CHARS_PER_WORD
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from prompts.extractive import MAX_SENTENCE_WORDS
from retrieval.near_duplicates import unique_characters
from tests.agent.affair import TOPIC

BRIEF = Brief(topic=TOPIC, words=200)
TECHNICAL, MONEY = (
    "What were the technical causes in grip and brake?",
    "Where did the money for the springs go, and what did the auditor put the loss at?",
)


def section(number, question, *, kind="section", words=20):
    block = AtomicBlock(id=f"s{number:02}b01", question=question, target_words=words)
    return SectionPlan(id=f"s{number:02}", title=question, blocks=(block,), kind=kind)


def outline(*sections):
    return Outline(title="The failure", sections=sections, origin="model", reason="as the test wants it")


BODY = (section(1, TECHNICAL), section(2, MONEY))
FRAMED = outline(
    section(0, "Introduction", kind="introduction", words=6),
    *BODY,
    section(3, "Which warnings about the Brenholt cableway were ignored?", kind="conclusion", words=6),
)


def passages_of(place, *names):
    return tuple(passage.id for name in names for passage in place.corpus.passages_of(name))


def foraged(place, *names):
    ids = passages_of(place, *names)
    return Foraged(
        block="s01b01",
        passages=ids,
        unique_characters=unique_characters(place.corpus.passages(ids)),
        target_characters=0,
        steps=(),
        stop_reason="saturated",
    )


@pytest.fixture
def run_allot(affair, make_context):
    """Allot over the affair: what each block owns, by its id, and the account of the reading."""

    def run(plan, *names, brief=BRIEF, aligned=(), **write):
        alignment = AlignmentRecord(passages=passages_of(affair, *aligned), best_cosine=1.0, word_share=1.0)
        owned, record = allot(
            brief, plan, alignment, [foraged(affair, *names)], make_context(saturation_target=0, **write)
        )
        return {own.block: own for own in owned}, record

    return run


def keys(own):
    return {statement.key for statement in own.statements}


EVERYTHING = ("technical.md", "money.md", "memo-2018.md", "court.md", "reforms.md", "history.md")


def test_no_statement_belongs_to_two_blocks(run_allot):
    owned, _ = run_allot(FRAMED, *EVERYTHING)
    assert list(owned) == ["s01b01", "s02b01", "s00b01", "s03b01"]
    assert all(own.statements for own in owned.values())
    assert all(keys(a).isdisjoint(keys(b)) for a, b in itertools.combinations(owned.values(), 2))
    assert all(len(own.fits) == len(own.statements) for own in owned.values())


def test_each_statement_goes_to_the_question_that_it_answers(run_allot):
    owned, _ = run_allot(outline(*BODY), *EVERYTHING)
    assert "money.md" in {statement.doc_id for statement in owned["s02b01"].statements}
    assert "technical.md" in {statement.doc_id for statement in owned["s01b01"].statements}
    assert "technical.md" not in {statement.doc_id for statement in owned["s02b01"].statements}


def test_reading_is_topped_up_until_the_target_of_the_whole_run(run_allot, events):
    _, record = run_allot(outline(*BODY), "money.md", saturation_ratio=2.0)
    assert record.target_characters == round(2.0 * 200 * CHARS_PER_WORD)
    assert record.unique_characters >= record.target_characters
    told = next(event for event in events if event.name == "top_up")
    assert told.numbers["unique"] == record.unique_characters
    assert told.numbers["passages"] + 1 == record.passages


def test_a_top_up_stops_at_the_first_passage_that_reaches_the_target(run_allot, affair):
    longest = max(len(passage.text) for document in affair.corpus.documents()
                  for passage in affair.corpus.passages_of(document.id))  # fmt: skip
    _, record = run_allot(outline(*BODY), "money.md", saturation_ratio=2.0)
    assert record.unique_characters < record.target_characters + longest


def test_nothing_is_topped_up_when_the_blocks_have_read_enough(run_allot, events, affair):
    _, record = run_allot(outline(*BODY), *EVERYTHING, saturation_ratio=1.0)
    assert record.passages == len(passages_of(affair, *EVERYTHING))
    assert [event for event in events if event.name == "top_up"] == []


def test_a_top_up_that_exhausts_the_corpus_ends_under_the_target(run_allot, affair):
    _, record = run_allot(outline(*BODY), "money.md", saturation_ratio=50.0)
    assert record.documents == len(affair.corpus.documents())
    assert record.unique_characters < record.target_characters
    assert record.ratio_asked == 50.0


def test_a_top_up_stays_with_the_subjects_of_the_brief(run_allot):
    brief = BRIEF.model_copy(update={"subjects": ("money.md", "court.md")})
    _, record = run_allot(outline(*BODY), "money.md", brief=brief, saturation_ratio=50.0)
    assert record.documents == 2


def test_what_two_blocks_and_the_alignment_found_counts_once(run_allot, affair):
    _, once = run_allot(outline(*BODY), *EVERYTHING, saturation_ratio=1.0)
    _, twice = run_allot(outline(*BODY), *EVERYTHING, *EVERYTHING, aligned=EVERYTHING[:2], saturation_ratio=1.0)
    assert (twice.passages, twice.raw_characters, twice.unique_characters) == (
        once.passages,
        once.raw_characters,
        once.unique_characters,
    )


def test_evidence_off_the_topic_belongs_to_nobody(run_allot):
    owned, record = run_allot(outline(*BODY), *EVERYTHING, "bread.md", aligned=EVERYTHING)
    assert record.documents >= len(EVERYTHING) + 1
    assert "bread.md" not in {statement.doc_id for own in owned.values() for statement in own.statements}


def test_introduction_and_conclusion_take_prose_that_the_sections_can_spare(run_allot):
    unframed, _ = run_allot(outline(*BODY), *EVERYTHING)
    owned, _ = run_allot(FRAMED, *EVERYTHING)
    for block_id in ("s00b01", "s03b01"):
        taken = owned[block_id].statements
        assert all(s.kind == "prose" and not s.is_anaphoric for s in taken)
        assert all(len(s.sentence.split()) <= MAX_SENTENCE_WORDS for s in taken)
    for block_id in ("s01b01", "s02b01"):
        spared = keys(owned["s00b01"]) | keys(owned["s03b01"])
        assert keys(owned[block_id]) == keys(unframed[block_id]) - spared


def test_a_short_conclusion_takes_no_long_sentence_while_there_are_shorter_ones(run_allot):
    def lengths(words):
        conclusion = section(
            3, "Which warnings about the Brenholt cableway were ignored?", kind="conclusion", words=words
        )
        owned, _ = run_allot(outline(*BODY, conclusion), *EVERYTHING)
        return [len(statement.sentence.split()) for statement in owned["s03b01"].statements]

    assert max(lengths(6)) > 16
    assert 0 < max(lengths(1)) <= 16  # its word and fifteen more


def test_an_introduction_without_a_block_is_given_nothing(run_allot):
    bare = SectionPlan(id="s00", title="Introduction", blocks=(), kind="introduction")
    owned, _ = run_allot(outline(bare, *BODY), *EVERYTHING)
    unframed, _ = run_allot(outline(*BODY), *EVERYTHING)
    assert {block: keys(own) for block, own in owned.items()} == {block: keys(own) for block, own in unframed.items()}


def test_a_block_with_little_more_than_it_needs_spares_nothing(run_allot):
    needy = outline(
        section(0, "Introduction", kind="introduction"), section(1, TECHNICAL, words=500), section(2, MONEY, words=500)
    )
    owned, _ = run_allot(needy, *EVERYTHING)
    assert owned["s00b01"].statements == ()
    assert owned["s01b01"].statements


def test_the_common_words_of_all_that_was_read_are_stored_for_the_verifier(affair, make_context):
    context = make_context(saturation_ratio=1.0)
    alignment = AlignmentRecord(passages=(), best_cosine=1.0, word_share=1.0)
    _, record = allot(BRIEF, outline(*BODY), alignment, [foraged(affair, *EVERYTHING)], context)
    lexicon = context.store.get(record.lexicon_id).text.split("\n")
    assert "cableway" in lexicon
    assert "Orme" not in lexicon
    assert lexicon == sorted(set(lexicon))
