"""Allocation: each piece of evidence belongs to one block, so that no two sections say the same.

Blocks forage side by side and find some of the same passages. Here each statement goes to the block that it
fits best, and a statement that says what another one says (a reprint, a draft of the same minutes) is left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from agent.echoes import without_echoes
from agent.stemming import english_stem
from agent.types import AtomicBlock
from lm.embedding import FloatArray
from prompts.statements import Statement

_WORD = re.compile(r"\w+")


def folded(sentence: str) -> str:
    """A sentence without case, punctuation and white space: what "repeated" compares."""
    return " ".join(_WORD.findall(sentence.lower()))


def distinct(statements: Sequence[Statement], *, max_overlap: float = 0.8) -> list[Statement]:
    """Statements with repetitions left out, first one kept: equal when folded, or sharing over `max_overlap` of their
    words.

    Two statements that differ in a number are distinct however alike: that is how contradictions look. So are two that
    each hold a word of their own document's title which the other lacks: what is said of one town is not said of
    another, unless it is said of neither by name.

    Of what is left, statements that give the same figure of the same thing in other words become echoes of the fullest.
    """
    kept: list[Statement] = []
    by_word: dict[str, list[int]] = defaultdict(list)
    bags: list[set[str]] = []
    own_names: list[set[str]] = []
    seen: set[str] = set()
    for statement in statements:
        text = folded(statement.sentence)
        bag = set(text.split())
        # A line of a profile is about its own document: Pakistan's death rate does not repeat Afghanistan's.
        own = set(folded(statement.quote).split()) & set(folded(statement.title).split())
        alike: Iterable[int] = _alike(bag, bags, by_word, max_overlap) if statement.kind == "prose" else ()
        if text in seen or not bag or any(not (own - bags[i] and own_names[i] - bag) for i in alike):
            continue
        seen.add(text)
        for word in bag:
            by_word[word].append(len(bags))
        bags.append(bag)
        own_names.append(own)
        kept.append(statement)
    return without_echoes(kept, english_stem())


def _alike(
    bag: set[str], bags: Sequence[set[str]], by_word: Mapping[str, Sequence[int]], max_overlap: float
) -> Iterator[int]:
    """The bags that share nearly all words with this one, and differ in no number."""
    shared: dict[int, int] = defaultdict(int)
    for word in bag:
        for i in by_word.get(word, ()):
            shared[i] += 1
    for i, n in shared.items():
        if n / min(len(bag), len(bags[i])) > max_overlap:
            difference = bag ^ bags[i]
            if not any(character.isdigit() for word in difference for character in word):
                yield i


class Share(NamedTuple):
    """A statement that belongs to a block, and how well it fits it (see `agent.relevance.fit`)."""

    statement: Statement
    fit: float


def allocate(
    blocks: Sequence[AtomicBlock], statements: Sequence[Statement], fits: FloatArray, *, surplus: float = 4.0
) -> dict[str, list[Share]]:
    """For each block its own statements with their fit, in reading order.

    Args:
        blocks: In the order of the report.
        statements: All distinct ones that the run read, in reading order. Who found one has no claim to it: blocks find
            each other's evidence.
        fits: (n_statements, n_blocks) how well each fits each block.
        surplus: A block keeps its best-fitting statements up to this many times its words.

    Returns:
        Block id → disjoint shares. A block with facets takes every statement under them, and nothing else; one with
        subjects only statements of theirs.
    """
    owned: dict[str, list[tuple[float, int]]] = {block.id: [] for block in blocks}
    for i, (statement, row) in enumerate(zip(statements, fits, strict=True)):
        owner = _owner(statement, blocks, row)
        if owner is not None:
            owned[owner[0]].append((owner[1], i))
    return {block.id: _best_fitting(owned[block.id], statements, block, surplus) for block in blocks}


def _best_fitting(
    scored: Sequence[tuple[float, int]], statements: Sequence[Statement], block: AtomicBlock, surplus: float
) -> list[Share]:
    kept: list[tuple[int, float]] = []
    words = 0
    for score, i in sorted(scored, key=lambda pair: (-pair[0], pair[1])):
        if words >= surplus * block.target_words and not block.facets:
            break
        kept.append((i, score))
        words += len(statements[i].sentence.split()) if statements[i].stands_alone else 0
    return [Share(statements[i], score) for i, score in sorted(kept)]


def _owner(statement: Statement, blocks: Sequence[AtomicBlock], row: FloatArray) -> tuple[str, float] | None:
    by_block = {block.id: float(score) for block, score in zip(blocks, row, strict=True)}
    for block in blocks:
        if statement.leaf in block.facets:
            return block.id, by_block[block.id]
    open_to = [
        block.id
        for block in blocks
        if not block.facets and (not block.subject_ids or statement.doc_id in block.subject_ids)
    ]
    if not open_to:
        return None
    best = max(open_to, key=lambda block_id: by_block[block_id])
    return best, by_block[best]
