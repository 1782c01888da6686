"""Is an outline well built, whoever made it? Rules that code can check, by the narrative schema nearest to the topic.

The same schema is the yardstick for every outline on a topic, and sections are told by likeness which of its slots they
fill, also where a planner says so itself. It favours the planner that follows that schema: read these as a check, and
heading recall as the comparison.
"""

from collections.abc import Sequence

import numpy as np

from agent.frame import body_words
from agent.narrative.evidence import MIN_LIKENESS
from agent.plan import MAX_TITLE_LIKENESS
from agent.types import AtomicBlock, Outline
from lm.embedding import Embedder, FloatArray
from prompts.narrative import NarrativeSchema
from retrieval.search import Searcher

_PASSAGES = 3


def blocks_of(outline: Outline) -> list[AtomicBlock]:
    """The blocks of its sections; introduction and conclusion are every report's."""
    return [block for section in outline.sections if section.kind == "section" for block in section.blocks]


def titles_of(outline: Outline) -> list[str]:
    """The headings of its sections."""
    return [section.title for section in outline.sections if section.kind == "section"]


def moves_in_place(outline: Outline, schema: NarrativeSchema, embedder: Embedder) -> float | None:
    """How many of two moves are where they belong: the section nearest to how the schema opens in the first half, and
    that nearest to how it ends in the second. 0, .5 or 1; None with fewer than two sections, which have no order."""
    sections = _section_vectors(outline, embedder)
    if len(sections) < 2:
        return None
    moves = embedder.encode([schema.opening.question, schema.ending.question])
    places = [(int(row.argmax()) + 0.5) / len(sections) for row in moves @ sections.T]
    return ((places[0] <= 0.5) + (places[1] >= 0.5)) / 2


def order_kept(outline: Outline, schema: NarrativeSchema, embedder: Embedder) -> float | None:
    """Share of the schema's rules of order that hold, of those whose slots are all there; None where none is."""
    sections = _section_vectors(outline, embedder)
    if not len(sections):
        return None
    slots = embedder.encode([" ".join((slot.title, slot.purpose, *slot.bare_questions)) for slot in schema.slots])
    order = list(dict.fromkeys(schema.slots[int(row.argmax())].key for row in sections @ slots.T))
    rules = [rule for rule in schema.order if set(rule.slots) <= set(order)]
    return sum(rule.holds(order) for rule in rules) / len(rules) if rules else None


def distinct_blocks(outline: Outline, embedder: Embedder) -> float | None:
    """Share of the blocks whose question is not nearly that of a block before it; None with fewer than two."""
    blocks = blocks_of(outline)
    if len(blocks) < 2:
        return None
    vectors = embedder.encode([block.question for block in blocks])
    alike = np.tril(vectors @ vectors.T, k=-1).max(axis=1)
    return float((alike <= MAX_TITLE_LIKENESS).mean())


def blocks_with_evidence(
    outline: Outline, searcher: Searcher, embedder: Embedder, doc_ids: Sequence[str]
) -> tuple[float | None, float | None]:
    """Share of the blocks that have a passage near enough, None without blocks; and of the blocks whose nearest passage
    is no block's before it, None with fewer than two."""
    blocks = blocks_of(outline)
    if not blocks:
        return None, None
    n_near = 0
    nearest: set[str] = set()
    for block in blocks:
        hits = searcher.search_passages(block.question, _PASSAGES, doc_ids=doc_ids or None)
        if not hits:
            continue
        vectors = embedder.encode([block.question, *(f"{hit.title}. {hit.passage.text}" for hit in hits)])
        likeness = vectors[1:] @ vectors[0]
        n_near += float(likeness.max()) >= MIN_LIKENESS
        nearest.add(hits[int(likeness.argmax())].passage.id)
    return n_near / len(blocks), len(nearest) / len(blocks) if len(blocks) > 1 else None


def length_kept(outline: Outline, words: int) -> float:
    """How near the blocks' lengths come to what the report has for them: 1 where they sum up to it, 0 where they are
    nothing or twice as much."""
    body = body_words(words)
    planned = sum(block.target_words for block in blocks_of(outline))
    return max(0.0, 1.0 - abs(planned - body) / body)


def _section_vectors(outline: Outline, embedder: Embedder) -> FloatArray:
    sections = [section for section in outline.sections if section.kind == "section"]
    return embedder.encode([f"{section.title}. {section.blocks[0].question}" for section in sections if section.blocks])
