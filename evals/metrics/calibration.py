"""Does confidence tell right from wrong? Ranking (AUROC, PRR, risk–coverage) and calibration (ECE, Brier).

Knows a confidence and a quality for each answer. Must not know where either comes from. More confidence is surer
everywhere: an uncertainty goes in with its sign turned. Equal confidences are never broken by order: each measure gives
its mean over all orders of theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Binning = Literal["width", "mass"]


@dataclass(frozen=True)
class ReliabilityBin:
    """The answers with a confidence in (low, high]; the first bin has 0 too."""

    low: float
    high: float
    n: int
    mean_confidence: float
    accuracy: float


@dataclass(frozen=True)
class RiskCoverage:
    """The share of answers given, surest first, and the mean of 1 − quality among them; (n,) each."""

    coverages: tuple[float, ...]
    risks: tuple[float, ...]

    @property
    def area(self) -> float:
        """Mean of the risks, AURC, 0 to 1; less is better (Geifman et al., 2019)."""
        return sum(self.risks) / len(self.risks)


def auroc(confidences: Sequence[float], is_right: Sequence[float]) -> float | None:
    """Chance that a right answer has more confidence than a wrong one, ties half, 0 to 1 (Hanley and McNeil, 1982).

    Args:
        confidences: (n,) any real numbers.
        is_right: (n,) 0 or 1.

    Returns:
        None where all answers are right, or all wrong.

    Raises:
        ValueError: no answers, lengths that differ, a number that is not finite, or a label that is neither 0 nor 1.
    """
    confidence, right = _checked(confidences, is_right)
    if not np.isin(right, (0.0, 1.0)).all():
        raise ValueError("AUROC wants labels of 0 or 1; a quality between them needs a threshold first")
    n_right = int(right.sum())
    n_pairs = n_right * (len(right) - n_right)
    if n_pairs == 0:
        return None
    _, group, sizes = np.unique(confidence, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(sizes) - (sizes - 1) / 2
    return float((mean_rank[group][right == 1].sum() - n_right * (n_right + 1) / 2) / n_pairs)


def brier(confidences: Sequence[float], is_right: Sequence[float]) -> float:
    """Mean squared gap between confidence and outcome, 0 (best) to 1 (Brier, 1950). Same errors as `ece`."""
    confidence, right = _checked_shares(confidences, is_right)
    return float(((confidence - right) ** 2).mean())


def reliability_bins(
    confidences: Sequence[float], is_right: Sequence[float], *, n_bins: int = 10, binning: Binning = "width"
) -> list[ReliabilityBin]:
    """Confidence against accuracy by bins of confidence, from low to high; empty bins are left out.

    Args:
        confidences: (n,) in [0, 1].
        is_right: (n,) in [0, 1].
        n_bins: how many bins at most.
        binning: equal "width", or about equal "mass" (number of answers); equal confidences stay in one bin.

    Raises:
        ValueError: no answers, lengths that differ, a number outside [0, 1], or no bins.
    """
    confidence, right = _checked_shares(confidences, is_right)
    if n_bins < 1:
        raise ValueError(f"n_bins is {n_bins}, must be at least 1")
    if binning == "width":
        inner = np.linspace(0.0, 1.0, n_bins + 1)[1:-1]
    else:
        ranks = np.ceil(np.arange(1, n_bins) * len(confidence) / n_bins).astype(int) - 1
        inner = np.unique(np.sort(confidence)[ranks])
    edges = [0.0, *inner.tolist(), 1.0]
    bin_of = np.searchsorted(inner, confidence, side="left")
    members = ((number, bin_of == number) for number in range(len(edges) - 1))
    return [
        ReliabilityBin(
            low=edges[number],
            high=edges[number + 1],
            n=int(inside.sum()),
            mean_confidence=float(confidence[inside].mean()),
            accuracy=float(right[inside].mean()),
        )
        for number, inside in members
        if inside.any()
    ]


def ece(
    confidences: Sequence[float], is_right: Sequence[float], *, n_bins: int = 10, binning: Binning = "width"
) -> float:
    """Expected calibration error: mean |accuracy − confidence| over bins, weighted by size, 0 to 1.

    Ten bins of equal width by default, as most of the field reports it (Naeini et al., 2015; Guo et al., 2017, use 15);
    a number without its bins cannot be compared. Equal mass ("adaptive", Nixon et al., 2019) suits confidences that
    crowd near 1. The estimate is biased upwards for few answers. Same arguments and errors as `reliability_bins`.
    """
    bins = reliability_bins(confidences, is_right, n_bins=n_bins, binning=binning)
    return sum(one.n * abs(one.accuracy - one.mean_confidence) for one in bins) / len(confidences)


def risk_coverage(confidences: Sequence[float], qualities: Sequence[float]) -> RiskCoverage:
    """Risk at every coverage, from the surest answer alone to all of them (El-Yaniv and Wiener, 2010).

    Args:
        confidences: (n,) any real numbers.
        qualities: (n,) in [0, 1]; 1 is right.

    Raises:
        ValueError: no answers, lengths that differ, a number that is not finite, or a quality outside [0, 1].
    """
    confidence, quality = _checked(confidences, qualities)
    _check_shares("quality", quality)
    n = len(quality)
    risks = 1.0 - _means_kept(confidence, quality)
    # Rounding must not give a risk of −1e-17.
    return RiskCoverage(tuple((np.arange(1, n + 1) / n).tolist()), tuple(np.clip(risks, 0.0, 1.0).tolist()))


def prr(confidences: Sequence[float], qualities: Sequence[float], *, max_rejection: float = 1.0) -> float | None:
    """Prediction rejection ratio: 1 as good as the oracle, about 0 at random, below 0 worse (Malinin and Gales, 2021).

    The area under a rejection curve is the mean quality of the answers kept, over rejections of 0, 1, … of the least
    sure. PRR is that area minus the random one over the oracle's minus the random one, as in LM-Polygraph
    (Fadeeva et al., 2023). The random area is the exact mean quality; LM-Polygraph takes the mean of 1,000 shuffles.

    Args:
        confidences: (n,) any real numbers.
        qualities: (n,) any real numbers, more is better; they need not be 0 or 1.
        max_rejection: share of the answers that is rejected at most: 1 rejects all but the last one, .5 is what
            LM-Polygraph's benchmark (Vashurin et al., 2025) reports.

    Returns:
        None where all qualities are equal: the oracle is no better than chance.

    Raises:
        ValueError: no answers, lengths that differ, a number that is not finite, or a share that rejects none.
    """
    confidence, quality = _checked(confidences, qualities)
    n_steps = int(max_rejection * len(quality)) if max_rejection <= 1 else 0
    if n_steps < 1:
        raise ValueError(f"max_rejection is {max_rejection}: of {len(quality)} answers at least one must be rejected")
    if quality.min() == quality.max():
        return None
    area, oracle = (float(_means_kept(order, quality)[-n_steps:].mean()) for order in (confidence, quality))
    by_chance = float(quality.mean())
    # With few steps the oracle may reject nothing yet: the first one is at no rejection.
    return (area - by_chance) / (oracle - by_chance) if n_steps > 1 else None


def _means_kept(confidence: FloatArray, quality: FloatArray) -> FloatArray:
    """Mean quality of the k surest answers for k = 1 … n, in expectation over the orders of equal confidences."""
    _, group, sizes = np.unique(-confidence, return_inverse=True, return_counts=True)
    expected = (np.bincount(group, weights=quality) / sizes)[np.sort(group)]
    means: FloatArray = np.cumsum(expected) / np.arange(1, len(quality) + 1)
    return means


def _checked(confidences: Sequence[float], qualities: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    if len(confidences) != len(qualities):
        raise ValueError(f"{len(confidences)} confidences but {len(qualities)} outcomes")
    if not len(confidences):
        raise ValueError("no answers: the measure is undefined")
    arrays = np.asarray(confidences, dtype=np.float64), np.asarray(qualities, dtype=np.float64)
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError("a confidence or outcome is not a finite number")
    return arrays


def _checked_shares(confidences: Sequence[float], is_right: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    confidence, right = _checked(confidences, is_right)
    _check_shares("confidence", confidence)
    _check_shares("outcome", right)
    return confidence, right


def _check_shares(name: str, values: FloatArray) -> None:
    outside = values[(values < 0.0) | (values > 1.0)]
    if outside.size:
        raise ValueError(f"{name} {outside[0]} is not in [0, 1]")
