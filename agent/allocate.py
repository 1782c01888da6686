"""Allocation: each piece of evidence belongs to one block, so that no two sections say the same.

Blocks forage side by side and find some of the same passages. Here each statement goes to the block that it
fits best, and a statement that says what another one says (a reprint, a draft of the same minutes) is left out.
"""

import re
from collections import Counter, defaultdict
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
    texts = [folded(statement.sentence) for statement in statements]
    bags = _Bags(Counter(word for text in texts for word in set(text.split())), max_overlap)
    kept: list[Statement] = []
    own_names: list[set[str]] = []
    seen: set[str] = set()
    for statement, text in zip(statements, texts, strict=True):
        bag = set(text.split())
        # A line of a profile is about its own document: Pakistan's death rate does not repeat Afghanistan's.
        own = set(folded(statement.quote).split()) & set(folded(statement.title).split())
        alike: Iterable[int] = bags.alike(bag) if statement.kind == "prose" else ()
        if text in seen or not bag or any(not (own - bags[i] and own_names[i] - bag) for i in alike):
            continue
        seen.add(text)
        bags.add(bag)
        own_names.append(own)
        kept.append(statement)
    return without_echoes(kept, english_stem())


class _Bags:
    """Sets of words, and which of them share nearly all words of the smaller one with another.

    Whoever shares over that share of a set's words has one of any few of them: of its rarest, which few sets have
    (the prefix filter of Chaudhuri, Ganti and Kaushik 2006). Exact: what it leaves is compared in full.

    Args:
        commonness: How many sets have a word, of all that will be asked for.
        max_overlap: What is shared of the smaller set at most, in [0, 1).
    """

    def __init__(self, commonness: Mapping[str, int], max_overlap: float) -> None:
        self._commonness, self._max_overlap = commonness, max_overlap
        self._bags: list[set[str]] = []
        self._with_word: dict[str, list[int]] = defaultdict(list)
        self._with_rare_word: dict[str, list[int]] = defaultdict(list)

    def __getitem__(self, number: int) -> set[str]:
        return self._bags[number]

    def add(self, bag: set[str]) -> None:
        """Keep one more; its number is how many there were."""
        for word in bag:
            self._with_word[word].append(len(self._bags))
        for word in self._rarest(bag):
            self._with_rare_word[word].append(len(self._bags))
        self._bags.append(bag)

    def alike(self, bag: set[str]) -> Iterator[int]:
        """Those that share nearly all words with this one, and differ in no number."""
        near = {i for word in self._rarest(bag) for i in self._with_word.get(word, ())}
        near.update(i for word in bag for i in self._with_rare_word.get(word, ()))
        for i in near:
            other = self._bags[i]
            is_alike = len(bag & other) > self._max_overlap * min(len(bag), len(other))
            if is_alike and not any(character.isdigit() for word in bag ^ other for character in word):
                yield i

    def _rarest(self, bag: set[str]) -> list[str]:
        """As many as can be missing from what is alike, and one more."""
        n_missing = len(bag) - int(self._max_overlap * len(bag)) - 1
        return sorted(bag, key=self._commonness.__getitem__)[: n_missing + 1]


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
