"""What was spent, by role, and what a model that reads everything itself would have spent in its place.

Knows sums. Must not know prices, sizes of models, or how a call is made: `lm.metering` counts.
"""

from collections.abc import Iterable, Mapping

from pydantic import Field

from lm.types import Frozen, Role


class RoleSpend(Frozen):
    """What one role took. Replayed calls are in `replayed` and `replayed_tokens`, and nowhere else."""

    calls: int = 0
    replayed: int = 0
    failed: int = 0
    unpriced: int = Field(default=0, description="Calls of a model without a known price; `usd` lacks them.")
    # Without a word on it this is an account from before FLOPs were counted.
    unsized: int = Field(
        default_factory=lambda known: known["calls"],
        description="Calls of a model of unknown size; `flops` lacks them.",
    )
    prompt_tokens: int = 0
    completion_tokens: int = 0
    replayed_tokens: int = 0
    usd: float = 0.0
    flops: float = 0.0
    seconds: float = Field(default=0.0, description="Sum over calls; calls at the same time count each.")

    def __add__(self, other: "RoleSpend") -> "RoleSpend":
        """Both together."""
        mine, theirs = self.model_dump(), other.model_dump()
        return RoleSpend(**{key: mine[key] + theirs[key] for key in mine})

    @property
    def tokens(self) -> int:
        """Read and written, replayed calls apart."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def known_usd(self) -> float | None:
        """The money; None where the price of a call is not known."""
        return None if self.unpriced else self.usd

    @property
    def known_flops(self) -> float | None:
        """The FLOPs; None where the size of a call's model is not known."""
        return None if self.unsized else self.flops


class Compared(Frozen):
    """One measure of a run's spending beside what the spared roles alone would have taken. None: not known."""

    spent: int | float | None
    alone: int | float | None
    share: float | None = Field(description="spent / alone; None, too, where there is nothing to divide by.")


class FrontierOnly(Frozen):
    """What was spent beside a bound of what the frontier model alone would have spent: see `frontier_only`."""

    tokens: Compared
    usd: Compared
    flops: Compared


class Spend(Frozen):
    """What was spent, by role, and how long it took."""

    by_role: dict[Role, RoleSpend] = Field(default_factory=dict)
    seconds: float = Field(default=0.0, description="By the clock on the wall, between calls, too.")
    spared: dict[Role, RoleSpend] = Field(
        default_factory=dict,
        description="What a role did not have to read and write because another did it, at the role's own price and "
        "size; `calls` says how often that was.",
    )
    frontier: FrontierOnly | None = Field(default=None, description="Follows from the rest; None: nothing was spared.")

    @property
    def total(self) -> RoleSpend:
        """All roles together."""
        return together(self.by_role.values())


def together(spent: Iterable[RoleSpend]) -> RoleSpend:
    """The sum."""
    return sum(spent, RoleSpend())


def frontier_only(by_role: Mapping[Role, RoleSpend], spared: Mapping[Role, RoleSpend]) -> FrontierOnly | None:
    """All that was spent, beside the spared roles' own calls and what they were spared; None where nothing was.

    The calls of every other role are taken as not made. In tokens and money this is an upper bound of what the frontier
    model alone would have spent: alone it may read a source once for a block, and all that was read for it is counted,
    however often. In FLOPs the attention between that and the rest of its prompts is missing.
    """
    alone = together(by_role.get(role, RoleSpend()) + more for role, more in spared.items())
    if not any(more.tokens for more in spared.values()):
        return None
    spent = together(by_role.values())
    return FrontierOnly(
        tokens=_compared(spent.tokens, alone.tokens),
        usd=_compared(spent.known_usd, alone.known_usd),
        flops=_compared(spent.known_flops, alone.known_flops),
    )


def _compared(spent: float | None, alone: float | None) -> Compared:
    share = spent / alone if spent is not None and alone else None
    return Compared(spent=spent, alone=alone, share=share)
