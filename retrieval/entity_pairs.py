"""Which two names are worth a word on how they are related? Pairs that share passages, and pairs over a bridge.

Names are read off the passages (`retrieval.links.names_in`), and two are joined by an edge of the positive pointwise
mutual information of their passages. A pair within a document shares passages; a pair over a bridge shares none, but
each of the two shares one with a third name, in another document. Knows names and passages; not models, nor what is
written.
"""

import heapq
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from retrieval.corpus_rows import PassageRow
from retrieval.links import names_in

# A name that more passages have relates to nothing in particular; so too for search, `retrieval.leads`.
MAX_PASSAGES = 8
MAX_PARENTS = 4
_MAX_NAMES = 16  # of one passage: a list of members would give thousands of pairs
_MAX_WORDS, _MIN_CHARS = 6, 4
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"(?<=[.!?:;])[\s\"'”’)\]]+|\n+")
_INNER_WORDS = frozenset(["of", "the", "de", "van", "von", "la", "du"])  # inside a name, and never at its ends
_MONTHS = frozenset(
    ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
     "december"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EntityPair:
    """Two names, as plain words in order of the alphabet, and the passages from which a note on them can be written.

    Attributes:
        parents: ids of the passages.
        weight: PPMI of the two, in nats; over a bridge that of its weaker edge.
        relevance: of the parents to a goal, 0 to 1; 1 without a goal.
        bridge: the name that joins them; empty for a pair that shares passages.
    """

    names: tuple[str, str]
    parents: tuple[str, ...]
    weight: float
    relevance: float = 1.0
    bridge: str = ""

    @property
    def worth(self) -> float:
        """By what pairs are ordered."""
        return self.weight * self.relevance


def ppmi(n_both: int, n_one: int, n_other: int, n_passages: int) -> float:
    """Positive pointwise mutual information, max(0, ln(n_both n / (n_one n_other))), in nats.

    The expected n_both of two independent names is n_one n_other / n, which gives 0. Counts scatter around it, and what
    falls under 0 is cut off: the mean of many samples lies above 0, and goes to 0 as the corpus grows.
    """
    return max(0.0, math.log(n_both * n_passages / (n_one * n_other))) if n_both else 0.0


class NameTable:
    """Which passages of a corpus hold which rare names."""

    def __init__(self, passages: Iterable[PassageRow]) -> None:
        """Read names off passages: some 5,000 passages a second.

        Args:
            passages: of one corpus, each once. The title of its document counts as a part of a passage.
        """
        self._ids: list[str] = []
        self._documents: list[str] = []
        found: list[list[str]] = []
        common: set[str] = set()
        for _, passage, title, _ in passages:
            self._ids.append(passage.id)
            self._documents.append(passage.doc_id)
            found.append(_names_of(f"{title}\n{passage.text}"))
            common.update(word for word in _WORD.findall(passage.text) if word.islower())
        places: dict[str, list[int]] = defaultdict(list)
        for row, names in enumerate(found):
            for name in names:
                places[name].append(row)
        self._rows = {name: rows for name, rows in places.items() if _is_rare_name(name, len(rows), common)}
        self._names = [[name for name in names if name in self._rows][:_MAX_NAMES] for names in found]

    def __len__(self) -> int:
        return len(self._ids)

    @cached_property
    def _row_sets(self) -> dict[str, frozenset[int]]:
        return {name: frozenset(rows) for name, rows in self._rows.items()}

    def edge(self, one: str, other: str) -> float:
        """The PPMI of two names over all passages; 0 for names that are unknown here, or never meet."""
        mine, theirs = self._row_sets.get(one, frozenset()), self._row_sets.get(other, frozenset())
        return ppmi(len(mine & theirs), len(mine), len(theirs), len(self))

    def best_pairs(self, k: int, *, relevance: Mapping[str, float] | None = None) -> list[EntityPair]:
        """The `k` pairs of most PPMI times relevance, best first; those of no worth are left out.

        Args:
            k: at least 1.
            relevance: by passage id, 0 to 1; a passage that is not in it has 0. None: all are relevant alike.

        Raises:
            ValueError: k is below 1.
        """
        if k < 1:
            raise ValueError(f"k is {k}, must be at least 1")
        return heapq.nsmallest(k, self._pairs(relevance), key=lambda pair: (-pair.worth, pair.names))

    def _pairs(self, relevance: Mapping[str, float] | None) -> Iterator[EntityPair]:
        found = self._sharing()
        for names, (rows, weight, bridge) in found.items():
            parents = tuple(self._ids[row] for row in rows)
            fit = 1.0 if relevance is None else sum(relevance.get(id_, 0.0) for id_ in parents) / len(parents)
            pair = EntityPair(names, parents, weight, fit, bridge)
            if pair.worth > 0.0:
                yield pair

    def _sharing(self) -> dict[tuple[str, str], tuple[Sequence[int], float, str]]:
        """By names: rows of the parents, weight and bridge."""
        found: dict[tuple[str, str], tuple[Sequence[int], float, str]] = {}
        for one, other in self._neighbours():
            # What one passage says of both, it says better than a note.
            rows = self._parents_within(one, other)
            if len(rows) > 1:
                found[one, other] = (rows, self.edge(one, other), "")
        for bridge in self._rows:
            for one, other, ends in self._over(bridge):
                weight = min(self.edge(one, bridge), self.edge(bridge, other))
                if (one, other) not in found or (found[one, other][2] and found[one, other][1] < weight):
                    found[one, other] = (ends, weight, bridge)
        return found

    def _neighbours(self) -> set[tuple[str, str]]:
        """Names that share a passage and lead to a second one."""
        return {
            (one, other)
            for names in self._names
            for one, other in combinations(sorted(names), 2)
            if len(self._rows[one]) + len(self._rows[other]) > 2 and not _is_part_of(one, other)
        }

    def _parents_within(self, one: str, other: str) -> list[int]:
        """The passages of both, then those of either in the same documents."""
        mine, theirs = self._row_sets[one], self._row_sets[other]
        both = sorted(mine & theirs)
        documents = {self._documents[row] for row in both}
        near = [row for row in sorted(mine ^ theirs) if self._documents[row] in documents]
        return [*both, *near][:MAX_PARENTS]

    def _over(self, bridge: str) -> Iterator[tuple[str, str, tuple[int, int]]]:
        """For each two passages of different documents with the bridge: the name nearest to it in either."""
        for first, second in combinations(self._rows[bridge], 2):
            if self._documents[first] == self._documents[second]:
                continue
            shared = {*self._names[first]} & {*self._names[second]} | {bridge}
            ends = [self._nearest(bridge, row, shared) for row in (first, second)]
            one, other = sorted(ends)
            if one and not self._row_sets[one] & self._row_sets[other] and not _is_part_of(one, other):
                yield one, other, (first, second)

    def _nearest(self, bridge: str, row: int, besides: set[str]) -> str:
        """The name of a passage with the strongest edge to the bridge, the first of equals, so a title's; or ""."""
        names = [name for name in self._names[row] if name not in besides and not _is_part_of(name, bridge)]
        return max(names, key=lambda name: self.edge(bridge, name), default="")


def as_written(name: str, text: str) -> str:
    """A name of plain words as a text writes it; "" where it does not."""
    words = r"[\W_]+".join(map(re.escape, name.split()))
    match = re.search(rf"(?<![^\W_]){words}(?![^\W_])", text, re.IGNORECASE)
    return " ".join(match[0].split()) if match else ""


def _names_of(text: str) -> list[str]:
    """The names of a text, each once: without dates, and two that an "and" joins as two."""
    found = (part for sentence in _SENTENCE.split(text) for name in names_in(sentence) for part in name.split(" and "))
    return list(dict.fromkeys(name for part in found if (name := _trimmed(part))))


def _trimmed(name: str) -> str:
    words = name.split()
    while words and _is_outer(words[0]):
        words.pop(0)
    while words and _is_outer(words[-1]):
        words.pop()
    return " ".join(words)


def _is_outer(word: str) -> bool:
    return word.isdigit() or word in _INNER_WORDS or word in _MONTHS


def _is_part_of(one: str, other: str) -> bool:
    """Whether one of two names stands within the other: "Rook" and "Anselm Rook" are the same."""
    return f" {one} " in f" {other} " or f" {other} " in f" {one} "


def _is_rare_name(name: str, n_passages: int, common: set[str]) -> bool:
    """Whether it can be one end of a pair. A capital letter opens sentences too: a single word must be no common one,
    and be met twice."""
    n_words = name.count(" ") + 1
    is_name = 1 < n_words <= _MAX_WORDS or (n_words == 1 and n_passages > 1 and name not in common)
    return is_name and len(name) >= _MIN_CHARS and n_passages <= MAX_PASSAGES
