"""What foraging for a block is: what it may do, what it reads into, and what it leaves behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from lm.types import Frozen
from retrieval.near_duplicates import UniqueReading
from retrieval.types import Hit, Passage

# Why a query was left: it gives less than the mean; its hits, so deep, are read; it has no more; enough is read; time
# is over.
Why = Literal["poorer", "depth", "empty", "full", "late"]


class ForageStep(Frozen):
    """One visit to a query's ranking: how deep it went, what it brought, and why it ended.

    `read` is the characters of the passages that were new to the block, `gain` the unique ones among them. The rates
    are the controller's, relevant new characters per character read; 0 where none decides.
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


class Foraged(Frozen):
    """What was read for a block: passages in order of reading, the steps, and why it stopped."""

    block: str
    passages: tuple[str, ...]
    unique_characters: int
    target_characters: int
    steps: tuple[ForageStep, ...]
    stop_reason: str
    is_cut_short: bool = False


class Basket:
    """The passages read for a block, until their unique characters reach the target."""

    def __init__(self, target: int) -> None:
        self.passages: dict[str, Passage] = {}
        self.target = target
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
        """Whether the target is reached."""
        return self.unique_characters >= self.target

    def read(self, passage: Passage) -> int:
        """Read one passage; returns the unique characters gained. What brings none is not kept."""
        gain = self._reading.read(passage)
        if gain:
            self.passages[passage.id] = passage
        return gain


@dataclass(frozen=True)
class Land:
    """Where a block may forage.

    Attributes:
        look: The best hits of a query, so many.
        neighbours: The passages beside these.
        is_late: Whether time is over.
        tell: Hears of each visit.
    """

    look: Callable[[str, int], Sequence[Hit]]
    neighbours: Callable[[Sequence[Passage]], Sequence[Passage]]
    is_late: Callable[[], bool]
    tell: Callable[[ForageStep], None]
