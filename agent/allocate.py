"""Allocation: each piece of evidence belongs to one block, so that no two sections say the same.

Blocks forage side by side and find some of the same passages. Here each statement goes to the block whose question it is
nearest to, and a statement that says what another one says (a reprint, a draft of the same minutes) is left out.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from agent.types import AtomicBlock
from lm.embedding import Embedder
from prompts.extractive import contextual_text
from prompts.statements import Statement

_WORD = re.compile(r"\w+")


def folded(sentence: str) -> str:
    """A sentence without case, punctuation and white space: what "repeated" compares."""
    return " ".join(_WORD.findall(sentence.lower()))


def distinct(statements: Sequence[Statement], *, max_overlap: float = 0.8) -> list[Statement]:
    """Statements with repetitions left out, first one kept: equal when folded, or sharing over `max_overlap` of their words.

    Two statements that differ in a number are distinct however alike: that is how contradictions look.
    """
    kept: list[Statement] = []
    by_word: dict[str, list[int]] = defaultdict(list)
    bags: list[set[str]] = []
    seen: set[str] = set()
    for statement in statements:
        text = folded(statement.sentence)
        bag = set(text.split())
        if text in seen or not bag or _repeats(bag, bags, by_word, max_overlap):
            continue
        seen.add(text)
        for word in bag:
            by_word[word].append(len(bags))
        bags.append(bag)
        kept.append(statement)
    return kept


def _repeats(bag: set[str], bags: Sequence[set[str]], by_word: Mapping[str, Sequence[int]], max_overlap: float) -> bool:
    shared: dict[int, int] = defaultdict(int)
    for word in bag:
        for i in by_word.get(word, ()):
            shared[i] += 1
    for i, n in shared.items():
        if n / min(len(bag), len(bags[i])) > max_overlap:
            difference = bag ^ bags[i]
            if not any(character.isdigit() for word in difference for character in word):
                return True
    return False


def allocate(
    blocks: Sequence[AtomicBlock], read: Mapping[str, Sequence[Statement]], topic: str, embedder: Embedder
) -> dict[str, list[Statement]]:
    """For each block its own statements, in reading order.

    Args:
        blocks: In the order of the report.
        read: Block id → statements that it read; they overlap.
        topic: What all blocks share. It is taken out of the questions' vectors, else every block looks alike.
        embedder: Fast enough for everything that was read.

    Returns:
        Block id → disjoint statements. A block with facets takes every statement under them first.
    """
    readers: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    unique: dict[tuple[str, int, int], Statement] = {}
    for block in blocks:
        for statement in read.get(block.id, ()):
            readers[statement.key].append(block.id)
            unique.setdefault(statement.key, statement)
    statements = distinct(list(unique.values()))
    owned: dict[str, list[Statement]] = {block.id: [] for block in blocks}
    if not statements:
        return owned
    vectors = embedder.encode([contextual_text(statement) for statement in statements])
    questions = embedder.encode([block.question for block in blocks])
    questions = questions - 0.5 * embedder.encode([topic])
    likeness = vectors @ questions.T
    for statement, row in zip(statements, likeness, strict=True):
        owner = _owner(statement, blocks, readers[statement.key], row)
        if owner is not None:
            owned[owner].append(statement)
    return owned


def _owner(statement: Statement, blocks: Sequence[AtomicBlock], readers: Sequence[str], row: np.ndarray) -> str | None:
    facet_blocks = [block for block in blocks if block.facets]
    for block in facet_blocks:
        if statement.leaf in block.facets:
            return block.id
    if len(facet_blocks) == len(blocks):
        return None
    by_block = {block.id: float(score) for block, score in zip(blocks, row, strict=True)}
    return max(readers, key=lambda block_id: by_block[block_id])
