"""How an error falls as more bits are spent: D(R) = C·exp(−bR) + D0 (as arXiv 2512.21720 fits it).

Knows pairs of a rate and a distortion; not what they were measured on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar, nnls

from lm.information_result import Interval
from lm.scoring import NatsArray, Unavailable

_MIN_RATES = 4
_MIN_EXPLAINED = 0.5
_MIN_FITTED = 0.9  # share of resamples that must have a curve for the intervals to mean anything
_MAX_EXPONENT = 500.0  # of e: C, the curve's height at rate 0, would be beyond any number
# Of b times the span of the rates: below it is a straight line, above it a step, and neither tells b.
_LOG_DECAYS = np.linspace(math.log(0.3), math.log(100.0), 40)


@dataclass(frozen=True)
class RateDistortion:
    """The curve and the 95 % intervals of its numbers (None where too many resamples had none).

    Attributes:
        scale: C, what more rate can mend; at least 0.
        decay: b, for each unit of rate; above 0.
        floor: D0, what no rate mends; at least 0.
        explained: share of the distortions' variance.
        n: points.
    """

    scale: float
    decay: float
    floor: float
    explained: float
    n: int
    scale_interval: Interval | None = None
    decay_interval: Interval | None = None
    floor_interval: Interval | None = None

    def at(self, rate: float) -> float:
        """The distortion that the curve has at a rate."""
        return self.scale * math.exp(-self.decay * rate) + self.floor


def fit_rate_distortion(
    rates: Sequence[float], distortions: Sequence[float], *, n_boot: int = 200, seed: int = 0
) -> RateDistortion | Unavailable:
    """Fit the curve by least squares; the intervals are of resampled residuals (Efron, 1979), widened for three
    parameters.

    Args:
        rates: bits, or bits a token; any unit.
        distortions: such as 1 − accuracy, at least 0.
        n_boot: resamples; 0: no intervals.
        seed: of the resamples.

    Returns:
        `Unavailable` for fewer than four different rates, where nothing falls, or where b cannot be told.

    Raises:
        ValueError: the lengths differ, or a number is not finite or a distortion negative.
    """
    rate, distortion = np.asarray(rates, dtype=np.float64), np.asarray(distortions, dtype=np.float64)
    if rate.shape != distortion.shape or not np.isfinite([rate, distortion]).all() or (distortion < 0.0).any():
        raise ValueError(f"{len(rates)} rates and {len(distortions)} distortions: as many finite ones, from 0 up")
    n_rates = len(np.unique(rate))
    if n_rates < _MIN_RATES:
        return Unavailable(f"{n_rates} different rates: a curve of three numbers wants at least {_MIN_RATES}")
    curve = _curve(rate, distortion)
    if isinstance(curve, Unavailable) or n_boot < 1:
        return curve
    return _with_intervals(curve, rate, distortion, n_boot, np.random.default_rng(seed))


def _curve(rate: NatsArray, distortion: NatsArray) -> RateDistortion | Unavailable:
    spread = float(((distortion - distortion.mean()) ** 2).sum())
    if spread <= 1e-18:
        return Unavailable("the distortions are all the same: nothing falls")
    # For a given b the rest is linear, so only b is searched for. Rates from 0 to 1, else exp overflows.
    span, low = float(np.ptp(rate)), float(rate.min())
    unit = (rate - low) / span

    def solved(log_decay: float) -> tuple[NatsArray, float]:
        columns = np.stack([np.exp(-math.exp(log_decay) * unit), np.ones_like(unit)], axis=1)
        return nnls(columns, distortion)  # type: ignore[no-any-return]

    at = int(np.argmin([solved(log_decay)[1] for log_decay in _LOG_DECAYS]))
    (scale, floor), _ = solved(float(_LOG_DECAYS[at]))
    if scale * (1.0 - math.exp(-math.exp(_LOG_DECAYS[at]))) <= 1e-12:
        return Unavailable("the distortions do not fall as the rate rises")
    if at in (0, len(_LOG_DECAYS) - 1):
        shape = "a straight line" if at == 0 else "a step"
        return Unavailable(f"the fit does not converge: the points are {shape}, from which b cannot be told")
    best = minimize_scalar(
        lambda log_decay: solved(log_decay)[1], bounds=(_LOG_DECAYS[at - 1], _LOG_DECAYS[at + 1]), method="bounded"
    )
    (scale, floor), residual = solved(float(best.x))
    explained = 1.0 - residual**2 / spread
    if explained < _MIN_EXPLAINED:
        return Unavailable(f"a curve explains {explained:.0%} of the variance: that is noise around a flat line")
    decay = math.exp(best.x) / span
    if decay * low > _MAX_EXPONENT:
        return Unavailable(f"rates from {low:g} on lie too far above 0 to tell the height of so steep a curve there")
    return RateDistortion(float(scale) * math.exp(decay * low), decay, float(floor), explained, len(rate))


def _with_intervals(
    curve: RateDistortion, rate: NatsArray, distortion: NatsArray, n_boot: int, rng: np.random.Generator
) -> RateDistortion:
    fitted = np.asarray([curve.at(one) for one in rate])
    residuals = (distortion - fitted) * math.sqrt(len(rate) / (len(rate) - 3))
    drawn = (_curve(rate, fitted + rng.choice(residuals, size=len(rate))) for _ in range(n_boot))
    found = [(one.scale, one.decay, one.floor) for one in drawn if isinstance(one, RateDistortion)]
    if len(found) < _MIN_FITTED * n_boot:
        return curve
    low, high = np.quantile(np.asarray(found), [0.025, 0.975], axis=0)
    scale, decay, floor = ((float(a), float(b)) for a, b in zip(low, high, strict=True))
    return RateDistortion(curve.scale, curve.decay, curve.floor, curve.explained, curve.n, scale, decay, floor)
