"""Units that say the same are joined under abstracts; units that say otherwise are marked.

Every write is one transaction of the store, and what is written next depends on nothing but what the store holds. So
the work may be stopped between any two writes and begun again, with the same outcome; done twice it changes nothing.
(SimpleMem, arXiv:2601.02553, section 3.2 of its first version; the contradictions are ours.)
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

import numpy as np

from lm.embedding import FloatArray
from lm.types import Frozen
from memory.abstracting import Abstractor
from memory.affinity import BETA, DECAY_PER_DAY, THRESHOLD, clusters, pairs_over
from memory.conflicts import Contradictions, speaker
from memory.errors import RecordRejected, UnknownRecord
from memory.unit_records import StoredUnit
from memory.unit_store import UnitStore
from memory.units import MemoryUnit

Conflicts = Callable[[MemoryUnit, MemoryUnit], bool]

_KINDS = frozenset(["statement", "note", "fact", "summary", "abstract"])
_DAY_S = 86_400.0
# What says otherwise differs in a figure, a date or a negation, and so hardly in its vector; when it was said does not
# matter here.
_LIKE = 0.8


@dataclass(frozen=True)
class Affinity:
    """Constants of `affinity.clusters`; beta is ours."""

    beta: float = BETA
    decay: float = DECAY_PER_DAY
    threshold: float = THRESHOLD


class Consolidation(Frozen):
    """What was changed: nothing, when there was nothing to do.

    Attributes:
        clusters: Groups that were joined.
        abstracts: Ids of the abstracts that stand for them, in the order they were written.
        archived: Units that they stand for, abstracts that went into greater ones too.
        contradictions: Pairs that were marked.
    """

    clusters: int
    abstracts: tuple[str, ...]
    archived: int
    contradictions: int


@dataclass(frozen=True)
class _Memory:
    """All units of a scope at one time, by id; abstracts form trees over the others.

    `vectors` are those of what was said; a unit that was forgotten between two readings has none.
    """

    stored: Mapping[str, StoredUnit]
    vectors: Mapping[str, FloatArray]

    def active(self, *, until: datetime) -> list[MemoryUnit]:
        """What may be joined, in an order that does not change when others are gone."""
        found = [
            held.unit
            for held in self.stored.values()
            if not held.archived_by and held.unit.kind in _KINDS and held.unit.at <= until and self._is_whole(held.unit)
        ]
        return sorted(found, key=lambda unit: (unit.at, unit.id))

    def depth(self, unit: MemoryUnit) -> int:
        """0 of what was said; of an abstract, one more than its deepest member's."""
        return (
            0 if unit.kind != "abstract" else 1 + max((self.depth(member) for member in self._members(unit)), default=0)
        )

    def leaves(self, unit: MemoryUnit) -> list[MemoryUnit]:
        """What was said, the newest first: of an abstract, all that it stands for."""
        if unit.kind != "abstract":
            return [unit]
        found = {leaf.id: leaf for member in self._members(unit) for leaf in self.leaves(member)}
        return sorted(found.values(), key=lambda leaf: (leaf.at, leaf.id), reverse=True)

    def _is_whole(self, unit: MemoryUnit) -> bool:
        leaves = self.leaves(unit)
        return bool(leaves) and all(leaf.id in self.vectors for leaf in leaves)

    def _members(self, unit: MemoryUnit) -> list[MemoryUnit]:
        return [self.stored[member].unit for member in unit.members if member in self.stored]


def consolidate(
    store: UnitStore,
    scope: str,
    *,
    now: datetime,
    abstractor: Abstractor,
    conflicts: Conflicts | None = None,
    constants: Affinity = Affinity(),
) -> Consolidation:
    """Join what says the same at about the same time, until nothing more is to be joined; mark what says otherwise.

    What was said is joined first, then abstracts of it with each other and with what is left, and so on: a tree, of
    which each node stays in the store. Units whose speakers differ, or that contradict one another, are never joined.

    Args:
        store: Written, one transaction for each group and each pair.
        scope: Whose memory.
        now: Units said later are left alone.
        abstractor: Finds the words of an abstract.
        conflicts: Whether two units contradict one another; by default `conflicts.Contradictions`.
        constants: Of the affinity.
    """
    says_otherwise = conflicts or Contradictions()
    abstracts: list[str] = []
    archived, depth = 0, 0
    while True:
        memory = _read(store, scope)
        units = memory.active(until=now)
        depths = [memory.depth(unit) for unit in units]
        # A group of this round needs a unit of this depth, for shallower ones were joined before: so what a round has
        # written already, which is deeper, takes no part in it when it is begun again.
        shallow = [unit for unit, deep in zip(units, depths, strict=True) if deep <= depth]
        groups = _groups(memory, shallow, says_otherwise, constants)
        written = [_join(store, memory, group, abstractor) for group in groups]
        abstracts += [unit.id for unit in written if unit]
        archived += sum(len(unit.members) for unit in written if unit)
        if not groups:
            if max(depths, default=0) <= depth:
                break
            depth += 1
    marked = sum(_mark(store, pair) for pair in _contradictions(memory, units, says_otherwise))
    return Consolidation(clusters=len(abstracts), abstracts=tuple(abstracts), archived=archived, contradictions=marked)


def _read(store: UnitStore, scope: str) -> _Memory:
    stored = {held.id: held for held in store.units(scope, include_archived=True)}
    said = [held.id for held in stored.values() if held.unit.kind in _KINDS and held.unit.kind != "abstract"]
    return _Memory(stored, store.vectors_by_id(said))


def _groups(
    memory: _Memory, units: Sequence[MemoryUnit], conflicts: Conflicts, constants: Affinity
) -> list[list[MemoryUnit]]:
    leaves = [memory.leaves(unit) for unit in units]

    def apart(i: int, j: int) -> bool:
        return any(_are_two_people(a, b) or conflicts(a, b) for a, b in product(leaves[i], leaves[j]))

    found = clusters(
        _vectors(memory, leaves),
        [[leaf.at.timestamp() / _DAY_S for leaf in group] for group in leaves],
        apart=apart,
        keys=[int(unit.id[:12], 16) / 16.0**12 for unit in units],
        beta=constants.beta,
        decay=constants.decay,
        threshold=constants.threshold,
    )
    return [[units[row] for row in group] for group in found]


def _vectors(memory: _Memory, leaves: Sequence[Sequence[MemoryUnit]]) -> FloatArray:
    """(n, dim) unit rows: of what was said its vector, of an abstract the mean of what it stands for, for its own
    words have dates and repetitions that would hold it apart from what is said anew."""
    if not leaves:
        return np.zeros((0, 0), dtype=np.float32)
    rows = np.stack([memory.vectors[leaf.id] for group in leaves for leaf in group])
    starts = np.cumsum([0, *(len(group) for group in leaves[:-1])])
    sums = np.add.reduceat(rows, starts, axis=0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


def _are_two_people(one: MemoryUnit, other: MemoryUnit) -> bool:
    """Whether two speakers say it: what Ann likes and what Bo likes are two things, however alike the words."""
    return len({speaker(one), speaker(other)} - {""}) == 2


def _join(store: UnitStore, memory: _Memory, group: Sequence[MemoryUnit], abstractor: Abstractor) -> MemoryUnit | None:
    """Write an abstract of a group; None if a member was forgotten, or joined by another process, in the meantime."""
    leaves = sorted(
        {leaf.id: leaf for unit in group for leaf in memory.leaves(unit)}.values(),
        key=lambda leaf: (leaf.at, leaf.id),
        reverse=True,
    )
    abstract = abstract_of(group, leaves, abstractor.abstract(leaves))
    try:
        store.consolidate(abstract, abstract.members)
    except (UnknownRecord, RecordRejected):  # forgotten or joined since: what is left is looked at the next time
        return None
    return abstract


def abstract_of(group: Sequence[MemoryUnit], leaves: Sequence[MemoryUnit], text: str) -> MemoryUnit:
    """The unit that stands for a group: everything but its text is the group's.

    Args:
        group: its members, which may be abstracts; all of one scope.
        leaves: what was said, the newest first.
        text: the abstract's.
    """
    members = sorted(unit.id for unit in group)
    return MemoryUnit(
        scope=leaves[0].scope,
        kind="abstract",
        text=text,
        at=max(unit.at for unit in group),
        parents=tuple(dict.fromkeys([*(parent for leaf in leaves for parent in leaf.parents), *members])),
        times=tuple(dict.fromkeys(time for leaf in leaves for time in leaf.times)),
        persons=tuple(dict.fromkeys(person for leaf in leaves for person in leaf.persons)),
        entities=tuple(dict.fromkeys(entity for leaf in leaves for entity in leaf.entities)),
        members=tuple(members),
    )


def _contradictions(
    memory: _Memory, units: Sequence[MemoryUnit], conflicts: Conflicts
) -> Iterator[tuple[StoredUnit, StoredUnit]]:
    """Pairs (older, newer) of active units that contradict one another, by what they stand for."""
    leaves = [memory.leaves(unit) for unit in units]
    pairs = pairs_over(_vectors(memory, leaves), _LIKE)
    for i, j in sorted(pairs, key=lambda pair: (pair[1], pair[0])):
        if any(conflicts(a, b) for a, b in product(leaves[i], leaves[j])):
            yield memory.stored[units[i].id], memory.stored[units[j].id]


def _mark(store: UnitStore, pair: tuple[StoredUnit, StoredUnit]) -> int:
    """Mark a pair that is not marked yet; how many were."""
    older, newer = pair
    if newer.id in older.contradicts:
        return 0
    try:
        store.contradict(older.id, newer.id)
    except UnknownRecord:
        return 0
    return 1
