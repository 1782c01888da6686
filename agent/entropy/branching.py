"""Fresh tries or branches? How a budget of samples is split, and when a path may branch again (AEPO, arXiv 2510.14545).

The sign is that of the paper's text and not of code that is said to have it turned: a question that is unsure beside
its tools' results wants fresh queries, results that are unsure want branches behind them.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class BranchBudget:
    """The constants of splitting and branching.

    Attributes:
        steepness: β of the split.
        base: Chance to branch at no rise of entropy.
        gain: γ, chance for each nat of rise.
        penalty: Share of that chance lost by each branch in a row just before on the same path.
    """

    steepness: float = 1.0
    base: float = 0.5
    gain: float = 0.2
    penalty: float = 0.05

    def __post_init__(self) -> None:
        if self.steepness < 0 or not 0 <= self.base <= 1 or self.gain < 0 or self.penalty < 0:
            raise ValueError(f"{self}: nothing may be negative, and base is a chance")

    def split(self, k: int, h_root: float, h_tool: float) -> int:
        """How many of k samples begin anew: round(k·σ(β(h_root − h_tool))), at least 1; the others branch.

        Args:
            k: Samples in all.
            h_root: Entropy at the question, nats.
            h_tool: Mean entropy after tools' results, nats, from the same source.

        Raises:
            ValueError: there is no sample to split.
        """
        if k < 1:
            raise ValueError(f"a budget of {k} samples")
        # tanh for the logistic function: it does not overflow.
        share = 0.5 * (1.0 + math.tanh(self.steepness * (h_root - h_tool) / 2.0))
        return min(k, max(1, math.floor(k * share + 0.5)))

    def p_branch(self, rise: float, n_consecutive: int) -> float:
        """Chance to branch here: (base + gain·rise)(1 − penalty·n), within [0, 1].

        Args:
            rise: Entropy after this result less that at the question, nats.
            n_consecutive: Branches in a row that this path has just made.

        Raises:
            ValueError: a negative count.
        """
        if n_consecutive < 0:
            raise ValueError(f"{n_consecutive} consecutive branches")
        chance = (self.base + self.gain * rise) * max(0.0, 1.0 - self.penalty * n_consecutive)
        return min(1.0, max(0.0, chance))
