"""Demands on a report and what came of them, as records. Knows neither how they are read nor how they are met."""

from collections import Counter
from typing import Literal

from agent.counting import counted
from lm.types import Frozen

DemandKind = Literal[
    "length", "section_length", "sections", "section", "language", "audience", "avoid", "mention", "citations"
]
Origin = Literal["settings", "request", "plan"]
State = Literal["met", "unmet", "unchecked"]


class Demand(Frozen):
    """One thing that is asked of a report.

    Attributes:
        kind: What is asked.
        wanted: The length or number in words, else the title, phrase, language, audience or style itself.
        origin: Options and settings, the request's own words, or the plan.
        least: Fewest words (or sections) that meet it; None: no bound.
        most: Most of them.
    """

    kind: DemandKind
    wanted: str
    origin: Origin
    least: int | None = None
    most: int | None = None


class Checked(Frozen):
    """A demand, whether it is met, what the report has, and why it has no more where that is known."""

    demand: Demand
    state: State
    found: str
    why: str = ""


class Ledger(Frozen):
    """Every demand with its outcome, the rounds of repair that it took, and what was repaired."""

    entries: tuple[Checked, ...]
    rounds: int = 0
    repairs: tuple[str, ...] = ()

    @property
    def unmet(self) -> tuple[Checked, ...]:
        """What was asked for and could not be had."""
        return tuple(entry for entry in self.entries if entry.state == "unmet")

    @property
    def counts(self) -> dict[str, int]:
        """How many demands there are in each state."""
        return dict(sorted(Counter(entry.state for entry in self.entries).items()))

    @property
    def told(self) -> str:
        """In a few words, for a reader."""
        parts = [f"{self.counts.get('met', 0)} of {len(self.entries)} met"]
        unchecked = self.counts.get("unchecked", 0)
        parts += [f"{unchecked} that no program can check"] if unchecked else []
        parts += [f"{counted(self.rounds, 'round')} of repair"] if self.rounds else []
        return ", ".join(parts)
