"""What a chat asks of long-term memory, whoever keeps it. Knows the form of its answers, not how they come about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from memory.forgetting import Forgotten
from memory.units import MemoryUnit, Turn
from memory.whole_words import HavingWords


class RecalledUnit(Protocol):
    """A unit with its score: in each channel that found it, and all channels together."""

    @property
    def unit(self) -> MemoryUnit:
        """What is remembered."""
        ...

    @property
    def score(self) -> float:
        """The higher the better; what orders the units."""
        ...

    @property
    def superseded_on(self) -> datetime | None:
        """When a newer unit said otherwise, if one did."""
        ...

    @property
    def channels(self) -> Mapping[str, float]:
        """Scores by channel; one that did not find the unit has none."""
        ...


class Recalled(Protocol):
    """What a question brought up, best first."""

    @property
    def units(self) -> Sequence[RecalledUnit]:
        """Within the budget."""
        ...

    @property
    def k(self) -> int:
        """How many were looked for."""
        ...

    @property
    def complexity(self) -> float:
        """Of the question, in [0, 1]; `k` follows from it."""
        ...

    @property
    def tokens(self) -> int:
        """Of the units' texts together."""
        ...

    @property
    def reason(self) -> str:
        """Why so many, for a person."""
        ...


class GateDecision(Protocol):
    """What the gate said of a window."""

    @property
    def kept(self) -> bool:
        """Whether units were drawn from it."""
        ...

    @property
    def h(self) -> float:
        """Its score."""
        ...

    @property
    def threshold(self) -> float:
        """The least score of a window that is kept."""
        ...

    @property
    def reason(self) -> str:
        """For a person."""
        ...


class Remembered(Protocol):
    """What became of turns."""

    @property
    def kept_windows(self) -> int:
        """Windows that units were drawn from."""
        ...

    @property
    def dropped_windows(self) -> int:
        """Windows that stay in the raw log only."""
        ...

    @property
    def units(self) -> Sequence[str]:
        """Ids of the units that are new."""
        ...

    @property
    def scores(self) -> Sequence[GateDecision]:
        """Of the windows, in order."""
        ...


class ChatMemory(Protocol):
    """Long-term memory of one scope."""

    def recall(self, question: str, now: datetime) -> Recalled:
        """What is remembered that bears on a question; time words are meant from `now`."""
        ...

    def remember(self, turns: Sequence[Turn]) -> Remembered:
        """Log turns, and draw units from what the gate lets through. The same turns again change nothing."""
        ...

    def forget(self, ids: Sequence[str], *, turns: Sequence[tuple[str, str]] = ()) -> Forgotten:
        """Remove units, and turns of the log by (scope, id), with every trace of them; returns what was removed."""
        ...

    def search(self, query: str, k: int) -> Sequence[RecalledUnit]:
        """The k units nearest to a query, best first."""
        ...

    def named(self, prefix: str) -> MemoryUnit | None:
        """The one unit whose id begins so; None where none does.

        Raises:
            UsageProblem: several do.
        """
        ...

    def having_words(self, query: str) -> HavingWords:
        """All units and turns that have all words of a query."""
        ...


@dataclass(frozen=True)
class NothingRecalled:
    """No unit at all, for a reason."""

    reason: str
    units: tuple[RecalledUnit, ...] = ()
    k: int = 0
    complexity: float = 0.0
    tokens: int = 0


@dataclass(frozen=True)
class NothingKept:
    """No window was looked at."""

    kept_windows: int = 0
    dropped_windows: int = 0
    units: tuple[str, ...] = ()
    scores: tuple[GateDecision, ...] = ()


class NoMemory:
    """Recalls nothing and keeps nothing: `--no-memory`."""

    def recall(self, question: str, now: datetime) -> Recalled:
        """Nothing."""
        return NothingRecalled("memory is off")

    def remember(self, turns: Sequence[Turn]) -> Remembered:
        """Nothing is kept."""
        return NothingKept()

    def forget(self, ids: Sequence[str], *, turns: Sequence[tuple[str, str]] = ()) -> Forgotten:
        """There is nothing to forget."""
        return Forgotten()

    def search(self, query: str, k: int) -> Sequence[RecalledUnit]:
        """Nothing."""
        return ()

    def named(self, prefix: str) -> MemoryUnit | None:
        """None is."""
        return None

    def having_words(self, query: str) -> HavingWords:
        """Nothing."""
        return HavingWords(n_words=0)
