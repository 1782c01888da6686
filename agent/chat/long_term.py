"""Long-term memory as a chat uses it: its own scope is written, its own and the project's are read.

Knows how the two sides name things. Must not know how either does its work.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from agent.errors import UsageProblem
from agent.long_term import PROJECT
from memory.calendar_spans import day_name
from memory.errors import UnknownRecord
from memory.forgetting import Forgotten
from memory.long_term import LongTermMemory
from memory.passages import scope_of_log
from memory.recall import Recollection, fitting, otherwise
from memory.unit_records import WindowRecord, search_text
from memory.units import MemoryUnit, Turn
from memory.whole_words import HavingWords, having_words
from retrieval.fusion import RRF_K

JUST_SAID = "said just now"
_PENDING = 10  # units of turns that no window was judged with yet


@dataclass(frozen=True)
class Found:
    """A recalled unit; `channels` are its ranks in the channels that found it, 1 is best. `superseded_on` is when a
    newer unit said otherwise."""

    unit: MemoryUnit
    score: float
    channels: Mapping[str, float]
    superseded_on: datetime | None = None

    @property
    def line(self) -> str:
        """As a reader sees it under its day."""
        return f"{self.unit.text}{otherwise(self.superseded_on)}"

    @property
    def day(self) -> str:
        """When it was said, written out."""
        return day_name(self.unit.at)


@dataclass(frozen=True)
class FoundUnits:
    """What a question brought up."""

    units: tuple[Found, ...]
    k: int
    complexity: float
    tokens: int
    reason: str


@dataclass(frozen=True)
class KeptTurns:
    """What became of turns."""

    windows: tuple[WindowRecord, ...]
    units: tuple[str, ...]

    @property
    def kept_windows(self) -> int:
        """Windows that units were drawn from."""
        return sum(window.kept for window in self.windows)

    @property
    def dropped_windows(self) -> int:
        """Windows that stay in the raw log only."""
        return len(self.windows) - self.kept_windows

    @property
    def scores(self) -> tuple[WindowRecord, ...]:
        """The decisions, in order."""
        return self.windows


@dataclass
class SessionMemory:
    """A chat's memory. What is said is logged at once, and judged when a window of turns is full or the session ends.

    Attributes:
        memory: Of the chat's own scope.
        budget_tokens: Of the units that an answer is shown.
        clock: The time, in UTC.
        sessions: Those that go on here: what they say is known before it is judged, and judged at the end.
    """

    memory: LongTermMemory
    budget_tokens: int
    clock: Callable[[], datetime]
    sessions: set[str] = field(default_factory=set)

    def recall(self, question: str, now: datetime) -> FoundUnits:
        """See `agent.chat.memory.ChatMemory.recall`."""
        recalled = self.memory.recaller.recall(question, scopes=self._read, now=now, budget_tokens=self.budget_tokens)
        signs = ", ".join(recalled.complexity.signs) or "a simple question"
        reason = f"k = {recalled.k} for {signs}; {self.budget_tokens} tokens at most"
        ranked = self._with_pending(question, self._found(recalled))
        units, tokens = fitting(islice(ranked, recalled.k or None), self.budget_tokens)
        return FoundUnits(
            units=units,
            k=recalled.k,
            complexity=recalled.complexity.value,
            tokens=tokens,
            reason=reason,
        )

    def remember(self, turns: Sequence[Turn]) -> KeptTurns:
        """See `agent.chat.memory.ChatMemory.remember`."""
        self.sessions.update(turn.session for turn in turns)
        kept = self.memory.remember(turns)
        return KeptTurns(kept.windows, kept.units)

    def forget(self, ids: Sequence[str], *, turns: Sequence[tuple[str, str]] = ()) -> Forgotten:
        """See `agent.chat.memory.ChatMemory.forget`.

        What no window was judged with yet has no unit in the store: its turn is forgotten, so that none is made of it,
        and all units that it would have had go.
        """
        wanted, fresh = set(ids), self._pending()
        said = [(self.memory.scope, parent) for unit in fresh if unit.id in wanted for parent in unit.parents]
        removed = self.memory.store.forget(ids, turns=[*turns, *said])
        blanked = set(removed.turns)
        unborn = [unit.id for unit in fresh if not blanked.isdisjoint(unit.parents)]
        return removed.model_copy(update={"units": (*removed.units, *unborn)})

    def search(self, query: str, k: int) -> tuple[Found, ...]:
        """See `agent.chat.memory.ChatMemory.search`."""
        recalled = self.memory.recaller.recall(
            query, scopes=self._read, now=self.clock(), budget_tokens=self.budget_tokens * k, k=k
        )
        return self._with_pending(query, self._found(recalled))[:k]

    def named(self, prefix: str) -> MemoryUnit | None:
        """See `agent.chat.memory.ChatMemory.named`."""
        for unit in self._pending():
            if unit.id.startswith(prefix):
                return unit
        try:
            found = self.memory.store.find(prefix).unit
        except UnknownRecord as error:
            if "several" in str(error):
                raise UsageProblem(str(error), hint=error.hint) from error
            return None
        return found if scope_of_log(found.scope) in self._read else None

    def having_words(self, query: str) -> HavingWords:
        """See `agent.chat.memory.ChatMemory.having_words`."""
        return having_words(self.memory.store, query, self._read, pending=self._pending())

    def close(self) -> KeptTurns:
        """Judge what is left of the sessions that were spoken in: they are over, until somebody goes on with them."""
        kept = [self.memory.judge(session, is_over=True) for session in sorted(self.sessions)]
        windows = tuple(window for one in kept for window in one.windows)
        return KeptTurns(windows, tuple(unit for one in kept for unit in one.units))

    def _with_pending(self, question: str, found: Sequence[Found]) -> tuple[Found, ...]:
        """What was recalled, and what was said a moment ago: the likest in front, each with the score of its rank in
        two channels, as words and vectors would have found it; so it is not lost behind what one alone brought."""
        known = {one.unit.id for one in found}
        fresh = [unit for unit in self._pending() if unit.id not in known]
        if not fresh:
            return tuple(found)
        vectors = self.memory.store.embedder.encode([question, *(search_text(unit) for unit in fresh)])
        likeness = vectors[1:] @ vectors[0]
        ranked = sorted(range(len(fresh)), key=lambda row: -float(likeness[row]))[:_PENDING]
        said = [
            Found(fresh[row], 2.0 / (RRF_K + rank), {JUST_SAID: float(rank)})
            for rank, row in enumerate(ranked, start=1)
            if likeness[row] > 0
        ]
        return tuple(sorted([*said, *found], key=lambda one: -one.score))

    def _pending(self) -> list[MemoryUnit]:
        return [unit for session in sorted(self.sessions) for unit in self.memory.pending(session)]

    @property
    def _read(self) -> list[str]:
        return list(dict.fromkeys([self.memory.scope, PROJECT]))

    def _found(self, recalled: Recollection) -> tuple[Found, ...]:
        stored = {one.id: one.unit for one in self.memory.store.get([unit.id for unit in recalled.units])}
        return tuple(
            Found(
                stored[unit.id],
                unit.score,
                {channel: float(rank) for channel, rank in unit.ranks.items()},
                unit.superseded_on,
            )
            for unit in recalled.units
            if unit.id in stored
        )
