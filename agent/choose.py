"""Choice of what a block says: its most relevant, least redundant statements, and the order in which they are told."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate, zip_longest

from agent.facts.records import Span
from agent.records import OwnedStatements
from agent.types import AtomicBlock
from lm.embedding import Embedder
from prompts.extractive import MAX_SENTENCE_WORDS, select
from prompts.statements import Statement, short_title

# Fit says that a statement belongs here rather than elsewhere; relevance alone likes whatever names the topic.
_FIT_WEIGHT = 2.0
# Enough to decide between statements that are about alike, and no more. Not fitted.
_FIGURE_WEIGHT = 0.05


def choose(
    block: AtomicBlock, owned: OwnedStatements, *, fine: Embedder, surplus: float, figures: Sequence[Span] = ()
) -> list[Statement]:
    """Statements worth `surplus` times the block's words, best first; of like ones those with one of the `figures`.

    Statements that lean on the sentence before them are left out: quoted alone they would say something else.
    """
    usable = usable_of(owned)
    max_words = round(block.target_words * surplus)
    statements = [statement for statement, _ in usable]
    has_figure = _carrying(statements, figures)
    prior = [
        _FIT_WEIGHT * score + _FIGURE_WEIGHT * carries for (_, score), carries in zip(usable, has_figure, strict=True)
    ]
    if block.facets:
        # Without figures a cell is told in reading order.
        best = sorted(range(len(prior)), key=lambda at: -prior[at]) if any(has_figure) else range(len(prior))
        return _by_facet(block, [statements[at] for at in best], max_words)
    if len(block.subject_ids) > 1 and not _is_about_one(block, statements):
        return _by_turns(block, statements, prior, max_words, fine)
    chosen = select(statements, block.question, embedder=fine, max_words=max_words, prior=prior)
    return [selected.statement for selected in chosen]


def usable_of(owned: OwnedStatements) -> list[tuple[Statement, float]]:
    """What of a block's own can be quoted alone and is no longer than a sentence of a report, each with its fit."""
    return [one for one in quotable_of(owned) if len(one[0].sentence.split()) <= _max_words(one[0])]


def quotable_of(owned: OwnedStatements) -> list[tuple[Statement, float]]:
    """What of a block's own can be quoted alone, each with its fit; what is true on one day, if there is no other."""
    pairs = [one for one in zip(owned.statements, owned.fits, strict=True) if not one[0].is_anaphoric]
    return [one for one in pairs if one[0].stands_alone] or pairs


def ranked(block: AtomicBlock, usable: Sequence[tuple[Statement, float]], *, fine: Embedder) -> list[Statement]:
    """All of these, best first; what says the same as one before it comes last."""
    statements = [statement for statement, _ in usable]
    prior = [_FIT_WEIGHT * fit for _, fit in usable]
    everything = sum(len(statement.sentence.split()) for statement in statements) + 1
    chosen = select(statements, block.question, embedder=fine, max_words=everything, prior=prior, min_cosine=-1.0)
    order = {selected.statement.key: rank for rank, selected in enumerate(chosen)}
    return sorted(statements, key=lambda statement: order.get(statement.key, len(order)))


def _is_about_one(block: AtomicBlock, statements: Sequence[Statement]) -> bool:
    """Whether the block's question names one of the statements' documents, and no other."""
    asked = block.question.casefold()
    return len({one.doc_id for one in statements if short_title(one.title).casefold() in asked}) == 1


def _by_turns(
    block: AtomicBlock, statements: Sequence[Statement], prior: Sequence[float], max_words: int, fine: Embedder
) -> list[Statement]:
    """The best statement of each document that the block is about, then the second ones: whoever compares must not
    leave out the one that speaks least like the question, or most like another."""
    ranked = []
    for doc_id in block.subject_ids:
        own = [at for at, statement in enumerate(statements) if statement.doc_id == doc_id]
        of_one = [statements[at] for at in own]
        chosen = select(of_one, block.question, embedder=fine, max_words=max_words, prior=[prior[at] for at in own])
        ranked.append([selected.statement for selected in chosen])
    turns = [statement for turn in zip_longest(*ranked) for statement in turn if statement is not None]
    words_before = accumulate((len(statement.sentence.split()) for statement in turns), initial=0)
    return [statement for statement, words in zip(turns, words_before, strict=False) if words < max_words]


def _carrying(statements: Sequence[Statement], figures: Sequence[Span]) -> list[bool]:
    """Of each statement, whether one of the spans stands in it or touches it."""
    by_document: dict[str, list[Span]] = defaultdict(list)
    for span in figures:
        by_document[span.document].append(span)
    return [
        any(one.start < span.end and span.start < one.end for span in by_document[one.doc_id]) for one in statements
    ]


def _max_words(statement: Statement) -> int:
    return MAX_SENTENCE_WORDS if statement.kind == "prose" else 80


def _by_facet(block: AtomicBlock, statements: Sequence[Statement], max_words: int) -> list[Statement]:
    """Facet by facet, document by document, so that what is compared stands together; the first statement of each
    first."""
    cells: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    for statement in statements:
        cells[(statement.leaf, statement.doc_id)].append(statement)
    chosen: list[Statement] = []
    words = 0
    for depth in range(3):
        for facet in block.facets:
            for doc_id in block.subject_ids:
                cell = cells.get((facet, doc_id), [])
                if depth < len(cell) and words < max_words:
                    chosen.append(cell[depth])
                    words += len(cell[depth].sentence.split())
    return chosen


def told_in_order(block: AtomicBlock, statements: Sequence[Statement]) -> list[Statement]:
    """The order of telling: facet by facet where there are facets; else the best statement's document first, each
    document's statements in its own order."""
    if block.facets:
        facets = {facet: i for i, facet in enumerate(block.facets)}
        subjects = {doc_id: i for i, doc_id in enumerate(block.subject_ids)}
        return sorted(statements, key=lambda s: (facets.get(s.leaf, 99), subjects.get(s.doc_id, 99), s.start))
    rank: dict[str, int] = {}
    for statement in statements:
        rank.setdefault(statement.doc_id, len(rank))
    return sorted(statements, key=lambda statement: (rank[statement.doc_id], statement.start))
