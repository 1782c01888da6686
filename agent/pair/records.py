"""What a helper hands over of a block's sources, and the account of it: the nouns of `agent.pair`.

Statements go by their position among those that the block may use, in reading order.
"""

from typing import Literal

from pydantic import Field

from lm.types import Frozen

# Who chose what is kept: the helper or a compressor; a rule, in its place; nobody, because so little needs no choosing.
Chooser = Literal["helper", "compressor", "rule", "nobody"]


class Unit(Frozen):
    """One line for the writer: a note on the statements at `sources`, or, without one, the statement's own sentence."""

    sources: tuple[int, ...] = Field(min_length=1)
    note: str = ""


class Found(Frozen):
    """What was found in some statements: positions of those that matter, and notes that their statements carry.

    `n_failed` counts notes that they do not carry; what such a note names is among `kept`.
    """

    kept: tuple[int, ...] = ()
    notes: tuple[Unit, ...] = ()
    n_failed: int = 0


NOTHING = Found()


class Ended(Frozen):
    """Why something went no further: `reason` in words, empty where nothing did, and the budget that it was, if one."""

    reason: str = ""
    limit: str = ""


class SourceRead(Ended):
    """What was kept of one source, out of `read` statements; `reason` says why a rule chose.

    Tokens are the writer's: of all its statements, and of what was found in them.
    """

    document: str
    title: str
    read: int
    found: Found
    by: Chooser
    tokens_before: int = 0
    tokens_after: int = 0


class Round(Ended):
    """What the writer asked for, and what the sources had of it, out of `read` statements that it had not seen;
    `reason` says why no round follows, and is empty where one may."""

    questions: tuple[str, ...] = ()
    read: int = 0
    found: Found = NOTHING


class Condensed(Frozen):
    """A block's sources as the writer reads them. Tokens are the writer's.

    Attributes:
        block: Its id.
        reads: By source.
        rounds: In the order of asking.
        units: The lines, in the order in which they are shown.
        n_filled: Statements that no helper chose, added because the block needs something to say.
        tokens_before: Of all statements that the block may use.
        tokens_after: Of the lines.
        tokens_spared: What the writer would have read of all statements, as far as its window goes, and did not.
    """

    block: str
    reads: tuple[SourceRead, ...]
    rounds: tuple[Round, ...] = ()
    units: tuple[Unit, ...]
    n_filled: int = 0
    tokens_before: int
    tokens_after: int
    tokens_spared: int

    @property
    def ended(self) -> tuple[Ended, ...]:
        """What a budget cut short, in order."""
        parts: tuple[Ended, ...] = (*self.reads, *self.rounds)
        return tuple(one for one in parts if one.limit)

    @property
    def limits(self) -> tuple[str, ...]:
        """The budgets that cut it short, none twice."""
        return tuple(dict.fromkeys(one.limit for one in self.ended))
