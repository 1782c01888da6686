"""When to stay with a source of evidence, when to leave it, and when to stop: the marginal value theorem.

A patch is one query's ranking of passages: the deeper, the poorer. Going to the next costs a query (Charnov, 1976;
Pirolli and Card, 1999): leave when what a patch gives per cost falls under what all foraging so far has given, the cost
of going included. Both rates are of the same unit: gain is relevance times novelty, never a bare likeness. A public
trial that held a novelty-discounted gain against a bare one under-retrieved by construction (QASPER, F1 .138 for .217).

Knows gains and costs. Must not know queries, passages or what is done with them.
"""

from collections import deque
from typing import Literal

from lm.types import Frozen

Action = Literal["stay", "leave", "go", "stop"]


class Decision(Frozen):
    """What to do next and why; rates are gain per cost."""

    action: Action
    reason: str
    patch: str
    patch_rate: float
    environment_rate: float


class ForagingController:
    """Charges costs, books gains, and decides. One for each forager; not safe for several threads."""

    def __init__(self, *, travel_cost: float, patience: int = 2) -> None:
        """Begin with nothing read.

        Args:
            travel_cost: of one query, in the unit of the costs.
            patience: passages whose mean rate decides, so that one poor one does not end a good patch.

        Raises:
            ValueError: a cost is negative, or nobody is to be asked.
        """
        if travel_cost < 0 or patience < 1:
            raise ValueError(f"travel_cost={travel_cost} must not be negative, patience={patience} must be at least 1")
        self._travel_cost, self._patience = travel_cost, patience
        self._gain = self._cost = 0.0
        self._patch = ""
        self._recent: deque[tuple[float, float]] = deque(maxlen=patience)

    @property
    def environment_rate(self) -> float:
        """Gain per cost of all foraging so far, queries included; 0 before the first cost."""
        return self._gain / self._cost if self._cost else 0.0

    def enter(self, patch: str) -> None:
        """Go to a patch: a query is charged."""
        self._patch = patch
        self._cost += self._travel_cost
        self._recent.clear()

    def take(self, gain: float, cost: float) -> Decision:
        """Book one passage, and stay or leave.

        Args:
            gain: relevance times novelty, not negative.
            cost: of reading it, positive.
        """
        if gain < 0 or cost <= 0:
            raise ValueError(f"gain={gain} must not be negative, cost={cost} must be positive")
        self._gain += gain
        self._cost += cost
        self._recent.append((gain, cost))
        gains, costs = map(sum, zip(*self._recent, strict=True))
        rate, environment = gains / costs, self.environment_rate
        if len(self._recent) < self._patience:
            return self._decided("stay", f"fewer than {self._patience} passages read here", rate)
        if rate < environment:
            return self._decided("leave", f"its last passages gave {rate:.3g} a cost, foraging {environment:.3g}", rate)
        return self._decided("stay", f"it still gives {rate:.3g} a cost, foraging {environment:.3g}", rate)

    def next(self, best_scent: float | None, *, is_saturated: bool) -> Decision:
        """Whether to go to another patch.

        Args:
            best_scent: what the best patch left promises: gain per cost, the query's cost included. None: none is left.
            is_saturated: whether enough is read. Under it no margin is a reason to stop.
        """
        if best_scent is None:
            return self._decided("stop", "no query is left", 0.0)
        if not is_saturated:
            return self._decided("go", "not enough is read yet", best_scent)
        if best_scent < self.environment_rate:
            reason = f"enough is read, and the best query left promises {best_scent:.3g} a cost, under the mean"
            return self._decided("stop", reason, best_scent)
        return self._decided("go", "the best query left promises more than foraging has given", best_scent)

    def _decided(self, action: Action, reason: str, rate: float) -> Decision:
        return Decision(
            action=action,
            reason=reason,
            patch=self._patch,
            patch_rate=rate,
            environment_rate=self.environment_rate,
        )
