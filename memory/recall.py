"""What memory has to say on a question: channels fused by rank, as many units as the question deserves and the budget
has room for.

Dense vectors and BM25 read the unit, and once more the passage of the log that it was drawn from; the symbolic channel
reads times and persons. Ranks are fused and not scores, for BM25 has no upper bound: the raw sum of SimpleMem
(arXiv:2601.02553) hangs on its scale. Turns that the gate left without units are found by their passages, ranked by
their own words among themselves, and marked.

Knows units and passages. Must not know how they came to be, nor who asks.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Literal, Protocol, TypeVar, get_args

from lm.embedding import Embedder
from lm.tokens import approximate_tokens
from lm.types import Frozen
from memory.calendar_spans import day_name
from memory.complexity import Complexity, complexity_of, k_of
from memory.passages import log_scope
from memory.time_words import times_in_question
from memory.unit_records import StoredUnit, folded
from memory.unit_store import UnitStore
from memory.units import Instant, Interval, MemoryUnit, UnitKind
from retrieval.fusion import reciprocal_rank_fusion
from retrieval.names import words_of

Channel = Literal["vectors", "words", "passage vectors", "passage words", "log words", "symbols"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
Count = Callable[[str], int]

_DEPTH = 100  # candidates of each channel; 200 found no more, and took twice the time
_OF_THEN = 100  # and of each time that the question names
K_BASE = 10  # ours: a unit is a sentence here, where the paper's is a whole statement of a model
_LINE_TOKENS = 1  # a line's end
_MISSES = 3  # lines that do not fit: one may be long, after several there is no room


class Line(Protocol):
    """What is shown as a line under a day."""

    @property
    def line(self) -> str:
        """The line."""
        ...

    @property
    def day(self) -> str:
        """The day above it, written out."""
        ...


L = TypeVar("L", bound=Line)


class RecalledUnit(Frozen):
    """A unit, or a turn of the raw log that has none, with its ranks in the channels that found it (1 is best).

    `superseded_on` is when a newer unit said otherwise: something may have changed, or happened a second time.
    """

    id: str
    text: str
    at: Instant
    kind: UnitKind
    parents: tuple[str, ...]
    score: float
    ranks: dict[Channel, int]
    superseded_on: Instant | None = None

    @property
    def line(self) -> str:
        """As a reader sees it under the day when it was said."""
        return f"{self.text}{otherwise(self.superseded_on)}"

    @property
    def day(self) -> str:
        """When it was said, written out."""
        return day_name(self.at)


class Recollection(Frozen):
    """What was recalled, best first, and why so much of it: the question's complexity and what it names."""

    question: str
    units: tuple[RecalledUnit, ...]
    k: int
    complexity: Complexity
    tokens: int
    times: tuple[Interval, ...] = ()
    persons: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The units in the order of time, the days on which they were said above them: what a reader is shown."""
        days: dict[str, list[str]] = {}
        for unit in sorted(self.units, key=lambda unit: unit.at):
            days.setdefault(unit.day, []).append(unit.line)
        return "\n".join(line for day, lines in days.items() for line in (f"{day}:", *lines))


class Recaller:
    """Recall from one store."""

    def __init__(
        self,
        store: UnitStore,
        embedder: Embedder,
        *,
        k_base: int = K_BASE,
        k_gain: float = 1.0,
        channels: Sequence[Channel] = CHANNELS,
    ) -> None:
        """Take the store, the embedder of its vectors, and the channels that are asked: all but for ablations."""
        self._store, self._embedder, self._channels = store, embedder, frozenset(channels)
        self._k_base, self._k_gain = k_base, k_gain

    def recall(
        self,
        question: str,
        *,
        scopes: Sequence[str],
        now: datetime,
        budget_tokens: int,
        k: int | None = None,
        count: Count = approximate_tokens,
    ) -> Recollection:
        """The best units, in as many whole lines as there is room for.

        Args:
            question: Any text.
            scopes: Whose memory is asked.
            now: What the question's time words are measured from.
            budget_tokens: Room for the lines of all units together.
            k: At most so many, 0 for no limit; None leaves it to the question's complexity.
            count: Tokens of a text.
        """
        complexity = complexity_of(question)
        wanted = k_of(complexity.value, k_base=self._k_base, k_gain=self._k_gain) if k is None else k
        times = times_in_question(question, now)
        ranked, persons = self._ranked(question, scopes, times)
        chosen, tokens = fitting(islice(ranked, wanted or None), budget_tokens, count)
        return Recollection(
            question=question,
            units=chosen,
            k=wanted,
            complexity=complexity,
            tokens=tokens,
            times=tuple(times),
            persons=persons,
        )

    def _ranked(
        self, question: str, scopes: Sequence[str], times: Sequence[Interval]
    ) -> tuple[Iterator[RecalledUnit], tuple[str, ...]]:
        """All candidates, best first, and the persons that the question names."""
        logs = [log_scope(scope) for scope in scopes]
        (vector,) = self._embedder.encode([question])
        near = dict(self._store.search_vectors(scopes, vector, _DEPTH))
        found: dict[Channel, list[str]] = {
            "vectors": list(near),
            "words": [id_ for id_, _ in self._store.search_words(scopes, question, _DEPTH)],
            "passage vectors": [id_ for id_, _ in self._store.search_vectors(logs, vector, _DEPTH)],
            "passage words": [id_ for id_, _ in self._store.search_words(logs, question, _DEPTH)],
        }
        found = {channel: ids for channel, ids in found.items() if channel in self._channels}
        then = self._of_then(scopes, times)
        stored = {one.id: one for one in self._store.get([*then, *(id_ for ids in found.values() for id_ in ids)])}
        drawn = self._drawn_from(scopes, [one for one in stored.values() if one.unit.kind == "passage"])
        stored |= {one.id: one for ones in drawn.values() for one in ones}
        ranked = {channel: _units_of(ids, drawn, near) for channel, ids in found.items()}
        if "log words" in self._channels:
            ranked["log words"] = self._in_log(question, scopes, drawn)
        persons = _persons_named(question, stored.values())
        if "symbols" in self._channels:
            candidates = dict.fromkeys([*(id_ for id_, _ in _fused(ranked)), *then])
            ranked["symbols"] = _meeting(list(candidates), stored, times=times, persons=persons)
        ranks = {channel: {id_: rank for rank, id_ in enumerate(ids, start=1)} for channel, ids in ranked.items()}
        newer = {one.id: one.unit.at for one in self._store.get(list({one.superseded_by for one in stored.values()}))}
        units = (
            _recalled(stored[id_], score, {c: own[id_] for c, own in ranks.items() if id_ in own}, newer)
            for id_, score in _fused(ranked)
        )
        return units, persons

    def _of_then(self, scopes: Sequence[str], times: Sequence[Interval]) -> list[str]:
        """Units of the times that the question names, whatever their words: "What did I do last Tuesday?"."""
        if "symbols" not in self._channels:
            return []
        found = (self._store.search_symbols(scopes, interval=time, limit=_OF_THEN) for time in times)
        return [id_ for ids in found for id_ in ids]

    def _in_log(self, question: str, scopes: Sequence[str], drawn: Mapping[str, Sequence[StoredUnit]]) -> list[str]:
        """Turns without units by their own words, as their passages."""
        alone = {ones[0].unit.parents[0]: id_ for id_, ones in drawn.items() if ones[0].id == id_}
        turns = [id_ for id_, _ in self._store.search_turns(scopes, question, _DEPTH)] if alone else []
        return [alone[id_] for id_ in turns if id_ in alone]

    def _drawn_from(self, scopes: Sequence[str], passages: Sequence[StoredUnit]) -> dict[str, list[StoredUnit]]:
        """Passages to the active units of their turn; one without any stands for itself."""
        drawn = self._store.units_from(scopes, [passage.unit.parents[0] for passage in passages])
        return {passage.id: drawn.get(passage.unit.parents[0], []) or [passage] for passage in passages}


def otherwise(superseded_on: datetime | None) -> str:
    """What stands behind a unit that a newer one contradicts, in brackets; empty behind any other."""
    return f" (said otherwise on {day_name(superseded_on)})" if superseded_on else ""


def fitting(ranked: Iterable[L], budget_tokens: int, count: Count = approximate_tokens) -> tuple[tuple[L, ...], int]:
    """The best lines that fit, whole, and their tokens; a day above them is paid for once."""
    chosen: list[L] = []
    days: set[str] = set()
    tokens, n_missed = 0, 0
    for unit in ranked:
        n_tokens = count(unit.line) + _LINE_TOKENS
        if unit.day not in days:
            n_tokens += count(unit.day) + _LINE_TOKENS
        if tokens + n_tokens > budget_tokens:
            n_missed += 1
            if n_missed == _MISSES:
                break
            continue
        chosen.append(unit)
        days.add(unit.day)
        tokens += n_tokens
    return tuple(chosen), tokens


def _units_of(ids: Sequence[str], drawn: Mapping[str, Sequence[StoredUnit]], near: Mapping[str, float]) -> list[str]:
    """A ranking of units; a passage gives way to the units that were drawn from its turn, the likeliest first."""
    units: dict[str, None] = {}
    for id_ in ids:
        own = [one.id for one in drawn[id_]] if id_ in drawn else [id_]
        units.update(dict.fromkeys(sorted(own, key=lambda unit: -near.get(unit, 0.0))))
    return list(units)


def _fused(ranked: Mapping[Channel, Sequence[str]]) -> list[tuple[str, float]]:
    return reciprocal_rank_fusion(list(ranked.values()))


def _persons_named(question: str, candidates: Collection[StoredUnit]) -> tuple[str, ...]:
    """Persons of the candidates whose name the question has, each once, as a unit writes it."""
    asked = {folded(word) for word in words_of(question)}
    named: dict[str, str] = {}
    for stored in candidates:
        for person in stored.unit.persons:
            if asked.issuperset(folded(person).split()):
                named.setdefault(folded(person), person)
    return tuple(named.values())


def _meeting(
    candidates: Sequence[str],
    stored: Mapping[str, StoredUnit],
    *,
    times: Sequence[Interval],
    persons: Sequence[str],
) -> list[str]:
    """The candidates that meet the question's times and persons: those that meet most of it first, else as they stood.

    A question that names two persons is met by neither more than by the other.
    """
    wanted = {folded(person) for person in persons}
    met: dict[str, int] = defaultdict(int)
    for id_ in candidates:
        unit = stored[id_].unit
        if wanted & {folded(person) for person in unit.persons[:1]}:
            met[id_] += 1
        if times and any(own.overlaps(asked) for own in _times_of(unit) for asked in times):
            met[id_] += 1
    return sorted(met, key=lambda id_: -met[id_])


def _times_of(unit: MemoryUnit) -> Sequence[Interval]:
    """What it speaks of, and the day when it was said."""
    said = unit.at.date().isoformat()
    return (*unit.times, Interval(start=said, end=said))


def _recalled(
    stored: StoredUnit, score: float, ranks: dict[Channel, int], newer: Mapping[str, datetime]
) -> RecalledUnit:
    unit = stored.unit
    return RecalledUnit(
        id=stored.id,
        text=unit.text,
        at=unit.at,
        kind=unit.kind,
        parents=unit.parents,
        score=score,
        ranks=ranks,
        superseded_on=newer.get(stored.superseded_by),
    )
