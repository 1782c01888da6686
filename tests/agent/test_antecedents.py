"""Sentences that open with a pronoun: verified with the name that is meant, shown as they were written."""

from dataclasses import replace

import pytest

from agent.assemble import assemble
from agent.draft import Candidate
from agent.paragraphs import said_after
from agent.settle import BlockContext, check, settle
from agent.stemming import english_stem
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from agent.verify import Verifier
from tests.agent.reading_record import READING
from tests.agent.statement_factory import statement
from tests.bag_embedder import BagEmbedder

OPENED = statement("The Ulver Barrage was opened in the north.", title="Notes", start=0)
COST = statement("The Ulver Barrage cost 12.5 million crowns.", title="Notes", start=100)
BRIDGE = statement("The Tern Bridge cost 3.1 million crowns.", title="Notes", start=200)
TEXT = OPENED.quote.ljust(100) + COST.quote.ljust(100) + BRIDGE.quote

FIRST = Candidate(text="The Ulver Barrage was opened in the north.", sources=(0,))
IT = Candidate(text="It cost 12.5 million crowns.", sources=(1,))


@pytest.fixture
def verifier():
    lexicon = frozenset(word for word in TEXT.split() if word.islower())
    return Verifier(text_of=lambda _: TEXT, embedder=BagEmbedder(), stem=english_stem(), lexicon=lexicon, threshold=0.5)


def context(words=40):
    block = AtomicBlock(id="s01b01", question="What did it cost?", target_words=words)
    return BlockContext(block=block, section="Money", statements=(OPENED, COST, BRIDGE))


def lines_of(verifier, *candidates):
    return check(candidates, context(), verifier).lines


def test_a_figure_of_it_stands_where_it_is_that_of_the_name_before(verifier):
    _, second = lines_of(verifier, FIRST, IT)
    assert second.verdict.is_supported
    assert second.candidate.text == COST.sentence
    assert (second.candidate.as_written, second.candidate.after) == (IT.text, FIRST.text)
    assert second.reasons == ("“It” is read as “The Ulver Barrage”, of the sentence before",)


def test_a_figure_of_it_fails_where_the_name_before_is_another(verifier):
    bridge = Candidate(text="The Tern Bridge was opened in the north.", sources=(0,))
    _, second = lines_of(verifier, bridge, IT)
    assert not second.verdict.is_supported
    other = Candidate(text="It cost 3.1 million crowns.", sources=(2,))
    assert not lines_of(verifier, FIRST, other)[1].verdict.is_supported


def test_a_name_that_only_a_title_has_or_a_longer_name_holds_is_not_enough(verifier):
    titled = statement("The staff had 640 people in 2022.", title="The Ulver Barrage", doc_id="d2")
    longer = statement("Ulver Barrage Marine Works had 640 employees in 2022.", doc_id="d2")
    for source in (titled, longer):
        held = replace(verifier, text_of={"d1": TEXT, "d2": source.quote}.__getitem__)
        known = BlockContext(block=context().block, section="Money", statements=(OPENED, source))
        it = Candidate(text="It had 640 employees in 2022.", sources=(1,))
        assert not check([FIRST, it], known, held).lines[1].candidate.as_written


@pytest.mark.parametrize("kind", ["restated", "quoted"])
def test_what_was_not_written_in_a_paragraph_means_nothing_by_it(verifier, kind):
    for first, second in ((FIRST.model_copy(update={"kind": kind}), IT), (FIRST, IT.model_copy(update={"kind": kind}))):
        assert not lines_of(verifier, first, second)[1].candidate.as_written


def test_nothing_is_read_from_a_sentence_that_does_not_stand_or_is_not_there(verifier):
    false = Candidate(text="The Ulver Barrage was opened in 1931.", sources=(0,))
    assert not lines_of(verifier, false, IT)[1].verdict.is_supported
    assert not lines_of(verifier, IT)[0].verdict.is_supported


def told(verifier, *candidates, words=40, paragraphs=()):
    block = settle(check(candidates, context(words), verifier), context(words), verifier)
    block = block.model_copy(update={"paragraphs": paragraphs})
    plan = SectionPlan(id="s01", title="Money", blocks=(context().block,))
    outline = Outline(title="T", sections=(plan,), origin="rules", reason="")
    report = assemble(Brief(topic="The Ulver Barrage", words=60), outline, {"s01b01": block}, READING)
    return [claim.sentence for claim in report.claims if claim.block and claim.action != "dropped"]


def test_a_reader_sees_the_sentence_as_it_was_written(verifier):
    assert told(verifier, FIRST, IT, words=12) == [FIRST.text, IT.text]


def test_at_the_head_of_a_paragraph_the_name_stands(verifier):
    assert told(verifier, FIRST, IT, words=12, paragraphs=(1, 1)) == [FIRST.text, COST.sentence]


def test_behind_another_sentence_the_name_stands(verifier):
    block = settle(check([FIRST, IT], context(12), verifier), context(12), verifier)
    first, second = block.sentences
    assert said_after(first, second) == IT.text
    assert said_after(first.model_copy(update={"text": "The Tern Bridge fell."}), second) == COST.sentence
    assert said_after(None, second) == COST.sentence
