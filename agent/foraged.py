"""What foraging for a block is: what it may do, what it reads into, and what it leaves behind."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.directions import Directions
from agent.settings import Foraging, Granularity, SaturationSign
from lm.types import Frozen
from retrieval.near_duplicates import UniqueReading
from retrieval.types import Hit, Passage

SPECIFIC = "figures, dates and quotations of the best sections"  # what such a visit is called
# Beyond its share a block reads on only while that pays, and never more than this.
MOST_OVER_TARGET = 1.5
# Unique characters at which even who wants all there is has enough: some two hundred passages.
MOST_FOR_ALL = 200_000
DEPTHS = (10, 25, 60, 150)  # how many passages of a query are looked at, and then
# Why foraging ended: neither queries nor neighbours brought more, a query had more than its last depth, as much was
# read as is wanted or may be, or time was over.
Ending = Literal["nothing_new", "depth", "most", "time"]
# Why a query was left: it gives less than the mean; its hits, so deep, are read; it has no more; enough is read; time
# is over.
Why = Literal["poorer", "depth", "empty", "full", "late"]


class ForageStep(Frozen):
    """One visit to a query's ranking: how deep it went, what it brought, and why it ended.

    `read` is the characters of the passages that were new to the block, `gain` the unique ones among them. The rates
    are the controller's, relevant new characters per character read; 0 where none decides. `directions`: the mean share
    of the last passages' possible gain in spectral entropy; None where that is not asked for.
    """

    query: str
    depth: int
    new_passages: int
    read: int
    gain: int
    why: Why
    left_because: str
    patch_rate: float = 0.0
    environment_rate: float = 0.0
    directions: float | None = None


class Foraged(Frozen):
    """What was read for a block: passages in order of reading, the steps, and why it stopped."""

    block: str
    passages: tuple[str, ...]
    unique_characters: int
    target_characters: int
    steps: tuple[ForageStep, ...]
    stop_reason: str
    ending: Ending = "nothing_new"


class ForageGoal(Frozen):
    """How a block reads, and when it has read enough: at so many unique characters.

    With the sign `directions` it reads on past them while passages still open new ones, until half as much again is
    read. Passages are read whole, and what is new in one shows when it is read: the one that reaches a limit may pass
    it. Who wants all there is reads to the queries' ends, or to `MOST_FOR_ALL`.
    """

    target: int
    sign: SaturationSign = "characters"
    wants_all: bool = False
    way: Foraging = "rounds"
    granularity: Granularity = "single"


class Basket:
    """The passages read for a block, until they are enough."""

    def __init__(self, goal: ForageGoal, directions: Directions | None = None) -> None:
        self.passages: dict[str, Passage] = {}
        self._goal, self._directions = goal, directions
        self._reading = UniqueReading()

    def has_read(self, passage: Passage) -> bool:
        """Whether it was read, be it in vain."""
        return self._reading.has_read(passage)

    @property
    def raw_characters(self) -> int:
        """Of all that was read, what repeats other things included."""
        return self._reading.raw_characters

    @property
    def unique_characters(self) -> int:
        """Of all that was read."""
        return self._reading.unique_characters

    @property
    def is_full(self) -> bool:
        """Whether enough is read."""
        if self._goal.wants_all:
            return self.is_overfull
        if self.unique_characters < self._goal.target:
            return False
        return self._directions is None or self._directions.is_flat or self.is_overfull

    @property
    def is_overfull(self) -> bool:
        """Whether so much is read that no promise of more is worth it."""
        most = MOST_FOR_ALL if self._goal.wants_all else MOST_OVER_TARGET * self._goal.target
        return self.unique_characters >= most

    @property
    def is_capped(self) -> bool:
        """Whether only the most that a block may read ends its reading: its last passages still open directions."""
        return self.is_overfull and self._directions is not None and not self._directions.is_flat

    def read(self, passage: Passage) -> int:
        """Read one passage; returns the unique characters gained. What brings none is not kept."""
        gain = self._reading.read(passage)
        if gain:
            self.passages[passage.id] = passage
            if self._directions is not None:
                self._directions.read(passage.text)
        return gain


def best_score(hits: Sequence[Hit]) -> float:
    """What the scores of a search are shares of: the best one's; 1 where there is none above 0."""
    return max((hit.score for hit in hits), default=0.0) or 1.0


@dataclass(frozen=True)
class Land:
    """Where a block may forage.

    Attributes:
        look: The best hits of a query, so many.
        specific: Passages of the best sections with their relevance, most specific first; None: that is not done.
        neighbours: The passages beside these.
        is_late: Whether time is over.
        tell: Hears of each visit.
    """

    look: Callable[[str, int], Sequence[Hit]]
    specific: Callable[[], Iterator[tuple[Passage, float]]] | None
    neighbours: Callable[[Sequence[Passage]], Sequence[Passage]]
    is_late: Callable[[], bool]
    tell: Callable[[ForageStep], None]
