import pytest

from agent.draft import Candidate
from agent.settle import BlockContext, check, draft_worth, revise_failed, settle
from agent.types import AtomicBlock
from agent.verify import Verifier
from tests.agent.statement_factory import statement
from tests.bag_embedder import BagEmbedder

BOARD = statement("The board of the Ulver Authority deferred the repair by 6 votes to 3.", start=0)
COST = statement("The repair of the Ulver gates was priced at 12.5 million crowns.", start=100)
TEXTS = {"d1": BOARD.quote.ljust(100) + COST.quote}


def context(target_words=26):
    block = AtomicBlock(id="s01b01", question="What did the board do?", target_words=target_words)
    return BlockContext(block=block, section="The board", statements=(BOARD, COST))


@pytest.fixture
def verifier():
    words = frozenset(TEXTS["d1"].lower().split())
    return Verifier(text_of=TEXTS.__getitem__, embedder=BagEmbedder(), stem=str, lexicon=words, threshold=0.6)


def never(candidate, problems):
    raise AssertionError(f"asked to rewrite {candidate}: {problems}")


def settled(candidates, verifier, target_words=26):
    return settle(check(candidates, context(target_words), verifier), context(target_words), verifier)


def test_a_supported_sentence_is_kept(verifier):
    text = "The Ulver Authority board deferred the repair by 6 votes to 3."
    block = settled([Candidate(text=text, sources=(0,))], verifier, target_words=12)
    assert [(s.text, s.action) for s in block.sentences] == [(text, "kept")]


def test_a_citation_that_adds_nothing_does_not_reach_the_report(verifier):
    text = "The Ulver Authority board deferred the repair by 6 votes to 3."
    block = settled([Candidate(text=text, sources=(0, 1))], verifier, target_words=12)
    assert [s.sources for s in block.sentences] == [(BOARD,)]


def test_a_wrong_number_becomes_a_quotation(verifier):
    wrong = Candidate(text="The Ulver Authority board deferred the repair by 7 votes to 3.", sources=(0,))
    block = settled([wrong], verifier, target_words=12)
    assert [(s.text, s.action) for s in block.sentences] == [(BOARD.sentence, "quoted")]
    assert "the number 7 is not in the evidence" in block.sentences[0].reasons


def test_what_cannot_be_quoted_again_is_dropped_and_recorded(verifier):
    right = Candidate(text="The Ulver Authority board deferred the repair by 6 votes to 3.", sources=(0,))
    wrong = Candidate(text="The Ulver Authority board deferred the repair by 9 votes to 3.", sources=(0,))
    block = settled([right, wrong], verifier, target_words=20)
    assert [s.action for s in block.sentences] == ["kept", "quoted"]
    assert block.sentences[1].text == COST.sentence  # fills what was lost
    assert [s.text for s in block.dropped] == [wrong.text]


def test_a_citation_that_does_not_resolve_fails(verifier):
    checked = check([Candidate(text="The board met in the Ulver hall.", sources=(7,))], context(), verifier)
    assert "a citation does not resolve" in checked.lines[0].verdict.problems


def test_a_quote_that_is_not_in_its_source_fails(verifier):
    forged = statement("The Ulver board took bribes from the contractor.", start=3)
    forged_context = context().model_copy(update={"statements": (forged,)})
    checked = check([Candidate(text=forged.sentence, sources=(0,), kind="quoted")], forged_context, verifier)
    assert checked.lines[0].verdict.problems == ("the quote of d1 is not in its source",)


def test_a_sentence_that_fails_is_rewritten_and_verified_again(verifier):
    wrong = Candidate(text="The Ulver Authority board deferred the repair by 7 votes to 3.", sources=(0,))
    right = wrong.text.replace("7", "6")
    checked = check([wrong], context(), verifier)
    revised = revise_failed(checked, context(), verifier, lambda c, p: Candidate(text=right, sources=c.sources))
    block = settle(revised, context(12), verifier)
    assert [(s.text, s.action) for s in block.sentences] == [(right, "revised")]


def test_who_could_not_mend_a_sentence_is_not_asked_again(verifier):
    wrong = Candidate(text="The Ulver Authority board deferred the repair by 7 votes to 3.", sources=(0,))
    asked = []

    def parrot(candidate, problems):
        asked.append(candidate)
        return candidate

    draft = check([wrong], context(), verifier)
    for _ in range(3):
        draft = revise_failed(draft, context(), verifier, parrot)
    assert len(asked) == 1
    assert draft.n_failed == 1


def test_a_rewrite_that_comes_nearer_may_be_rewritten_once_more(verifier):
    wrong = Candidate(text="The Ulver Authority board deferred the repair by 7 votes to 4 in 1999.", sources=(0,))
    nearer = wrong.text.replace(" in 1999", "")
    right = "The Ulver Authority board deferred the repair by 6 votes to 3."
    replies = iter([nearer, right])
    draft = check([wrong], context(), verifier)
    for _ in range(2):
        draft = revise_failed(draft, context(), verifier, lambda c, p: Candidate(text=next(replies), sources=c.sources))
    assert draft.n_failed == 0
    assert draft.lines[0].revisions == 2


def test_a_figure_of_nobody_is_put_behind_its_title_without_a_model(verifier):
    checked = check(
        [Candidate(text="the repair was priced at 12.5 million crowns.", sources=(1,))], context(), verifier
    )
    revised = revise_failed(checked, context(), verifier, never)
    assert revised.lines[0].candidate.text.startswith("According to Minutes, the repair")


def test_a_negation_that_the_source_lacks_fails(verifier):
    text = "The board of the Ulver Authority did not defer the repair by 6 votes to 3."
    checked = check([Candidate(text=text, sources=(0,))], context(), verifier)
    assert not checked.lines[0].verdict.is_supported


def test_nothing_is_said_twice(verifier):
    text = "The Ulver Authority board deferred the repair by 6 votes to 3."
    block = settled([Candidate(text=text, sources=(0,)), Candidate(text=text, sources=(0,))], verifier, target_words=30)
    assert [s.text for s in block.sentences].count(text) == 1


def test_a_draft_is_worth_the_support_of_its_sentences_times_what_they_tell(verifier):
    board = Candidate(text=BOARD.sentence, sources=(0,), kind="quoted")
    cost = Candidate(text=COST.sentence, sources=(1,), kind="quoted")
    lie = Candidate(text="The Ulver Authority board deferred the repair by 7 votes to 3.", sources=(0,))

    def worth(*candidates):
        return draft_worth(check(candidates, context(), verifier), 2)

    assert worth(board, cost) == pytest.approx(2 * worth(board))
    assert worth(board, lie) == pytest.approx(worth(board) / 2)
    assert worth(lie) == worth() == 0.0


def test_an_echo_that_carries_a_sentence_alone_is_cited_with_its_source(verifier):
    echo = statement("In May the board of the Ulver Authority deferred the repair by 6 votes to 3.", doc_id="d2")
    lacking = statement("The Ulver Authority counted 6 votes.", doc_id="d3")
    told = BOARD.model_copy(update={"echoes": (echo, lacking)})
    here = context(12).model_copy(update={"statements": (told, COST)})
    texts = {**TEXTS, "d2": echo.quote, "d3": lacking.quote}
    held = Verifier(**{**vars(verifier), "text_of": texts.__getitem__})
    block = settle(check([Candidate(text=BOARD.sentence, sources=(0,), kind="quoted")], here, held), here, held)
    assert [[source.doc_id for source in s.sources] for s in block.sentences] == [["d1", "d2"]]
