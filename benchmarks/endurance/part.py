"""What a part of the campaign is asked, and what it comes to."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lm.types import Frozen

Tell = Callable[[str], None]


class Row(Frozen):
    """One kind of fault: how often it was done to the program, and how often all was as it must be afterwards."""

    what: str
    tried: int
    survived: int
    note: str = ""


class PartResult(Frozen):
    """What one part found. `failures`: how each case that was not survived can be seen again, the first ones.

    `remarks`: sentences on all rows together.
    """

    part: str
    survives: str  # what "survived" means here, in a sentence
    seed: int
    seconds: float
    rows: tuple[Row, ...]
    failures: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def tried(self) -> int:
        """Cases of all rows."""
        return sum(row.tried for row in self.rows)

    @property
    def survived(self) -> int:
        """Cases that were survived."""
        return sum(row.survived for row in self.rows)


@dataclass(frozen=True)
class Options:
    """What a part may use. `scale` multiplies its numbers of cases: 1.0 is the whole campaign."""

    place: Path  # an empty folder, of this part alone
    models_dir: Path
    seed: int
    scale: float
    tell: Tell  # hears of progress, a line at a time

    def scaled(self, n: int) -> int:
        """So many cases, at least one."""
        return max(1, round(n * self.scale))
