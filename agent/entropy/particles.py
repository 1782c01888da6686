"""Which of several partial texts to go on with: resampling that stays broad while it is early (ePF, arXiv 2510.05825).

A particle filter trusts early scores too much: one that looks good soon fills the whole population. Where few particles
hold most of the weight in the first half, the weights are flattened before the draw.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_CLIP = 1e-7
_MIN_EFFECTIVE_SHARE = 0.5
_EARLY = 0.5  # share of the steps in which weights may be flattened

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Resampled:
    """Which particles go on, by position, repeated as often as they were drawn; the temperature that flattened their
    weights (1: none did); and the effective number of particles before that, 1 to N."""

    indices: tuple[int, ...]
    temperature: float
    effective: float


def log_weights(scores: Sequence[float]) -> FloatArray:
    """logit of scores in [0, 1], clipped at 1e-7 from either end: (n,)."""
    clipped = np.clip(np.asarray(scores, dtype=np.float64), _CLIP, 1.0 - _CLIP)
    weights: FloatArray = np.log(clipped) - np.log1p(-clipped)
    return weights


def shares(log_w: FloatArray, temperature: float = 1.0) -> FloatArray:
    """softmax(log_w / temperature): (n,), which sum to 1."""
    scaled = log_w / temperature
    exps = np.exp(scaled - scaled.max())
    found: FloatArray = exps / exps.sum()
    return found


def systematic(pi: FloatArray, u: float) -> tuple[int, ...]:
    """n draws at (i + u)/n along the shares: each particle comes ⌊nπ⌋ or ⌈nπ⌉ times (Kitagawa, 1996).

    Args:
        pi: (n,) shares that sum to 1.
        u: One uniform number in [0, 1).
    """
    n = len(pi)
    ends = np.cumsum(pi)
    ends[-1] = 1.0  # rounding must not leave the last draw outside
    return tuple(int(i) for i in np.searchsorted(ends, (np.arange(n) + u) / n, side="right"))


class EntropicResampler:
    """Systematic resampling with a temperature that is above 1 only early, and only where few particles weigh most."""

    def temperature(self, effective_share: float, t: int, n_steps: int) -> float:
        """max(1, (N/ESS)(1 − t/T)) where ESS/N < .5 and t/T < .5, else 1.

        Args:
            effective_share: ESS/N, in (0, 1].
            t: This step, from 0.
            n_steps: T.
        """
        if effective_share >= _MIN_EFFECTIVE_SHARE or t / n_steps >= _EARLY:
            return 1.0
        return max(1.0, (1.0 - t / n_steps) / effective_share)

    def step(self, log_w: FloatArray, t: int, n_steps: int, rng: np.random.Generator) -> Resampled:
        """Draw as many particles as there are.

        Raises:
            ValueError: no particles, a weight that is no number, or a step outside [0, n_steps].
        """
        if len(log_w) == 0 or not np.isfinite(log_w).all() or not 0 <= t <= n_steps or n_steps < 1:
            raise ValueError(f"{len(log_w)} particles with weights {log_w}, step {t} of {n_steps}")
        effective = 1.0 / math.fsum(shares(log_w) ** 2)
        temperature = self.temperature(effective / len(log_w), t, n_steps)
        drawn = systematic(shares(log_w, temperature), float(rng.random()))
        return Resampled(indices=drawn, temperature=temperature, effective=effective)
