"""Split conformal prediction: which answers cannot be ruled out, at a coverage that holds however badly the model knows
its own certainty (Vovk et al., 2005; used for pursuit by arXiv 2507.03279).

Knows probabilities of labels. Must not know where they come from, nor what the labels mean.

The paper keeps y with p(y) above the ⌈(1−α)(N+1)⌉-th smallest true-label probability, which covers about α of the
truths and not 1−α. Here the score is 1 − p(y), its ⌈(1−α)(N+1)⌉-th smallest value is the threshold, and what scores no
higher is kept.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import Field

from agent.pursuit.posterior import Posterior
from lm.types import Frozen

# 1 − p never exceeds it, so under it every label is kept.
ALL_LABELS = 1.0
DEFAULT_ALPHA = 0.15  # the paper's for open answers
MIN_CALIBRATION = 50


class Scored(NamedTuple):
    """One calibration point: how many queries had been asked, and 1 − p of the true label."""

    length: int
    score: float


class Thresholds(Frozen):
    """Fitted thresholds on 1 − p for one model: one for each length of history, and one of all lengths together.

    `pooled` stands in for lengths with too few points; over one such length alone its coverage is not promised.
    """

    alpha: float = Field(gt=0.0, lt=1.0)
    n: int = Field(ge=0, description="Calibration points of all lengths.")
    pooled: float = Field(ge=0.0, le=1.0)
    by_length: dict[int, float] = Field(default_factory=dict)

    def of(self, length: int) -> float:
        """The threshold after so many queries."""
        return self.by_length.get(length, self.pooled)

    def predict_set(self, posterior: Posterior, length: int) -> tuple[str, ...]:
        """The labels that cannot be ruled out after so many queries; may be empty where all are improbable."""
        threshold = self.of(length)
        return tuple(
            label
            for label, p in zip(posterior.labels, posterior.probabilities, strict=True)
            if threshold >= ALL_LABELS or 1.0 - p <= threshold
        )


def quantile(scores: Sequence[float], alpha: float) -> float:
    """The ⌈(n+1)(1−α)⌉-th smallest score; `ALL_LABELS` where that is beyond the n there are.

    Args:
        scores: (n,) 1 − p of true labels, in [0, 1].
        alpha: Share of truths that may be missed, in (0, 1).

    Raises:
        ValueError: alpha or a score is out of its range.
    """
    if not 0.0 < alpha < 1.0:
        raise ValueError(f"alpha={alpha} must lie between 0 and 1")
    if any(not 0.0 <= score <= 1.0 for score in scores):
        raise ValueError("a score lies outside [0, 1]")
    # Rounded first: (n + 1)(1 − α) is often a whole number that floating point puts a hair above itself.
    rank = math.ceil(round((len(scores) + 1) * (1.0 - alpha), 9))
    return ALL_LABELS if rank > len(scores) else sorted(scores)[rank - 1]


def fit(points: Sequence[Scored], *, alpha: float, min_calibration: int = MIN_CALIBRATION) -> Thresholds:
    """Thresholds for each history length that has at least `min_calibration` points, and one for the rest."""
    by_length: dict[int, list[float]] = defaultdict(list)
    for point in points:
        by_length[point.length].append(point.score)
    return Thresholds(
        alpha=alpha,
        n=len(points),
        pooled=quantile([point.score for point in points], alpha),
        by_length={k: quantile(own, alpha) for k, own in sorted(by_length.items()) if len(own) >= min_calibration},
    )
