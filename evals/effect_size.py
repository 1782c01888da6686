"""How large is a difference, and how small a one could have been seen?

Knows shares and differences. Must not know what was measured.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np


def cohens_h(a: float, b: float) -> float:
    """Size of the difference between two shares, 2·asin√b − 2·asin√a, −π to π (Cohen, 1988: .2 is small, .8 large).

    Raises:
        ValueError: a share is outside [0, 1].
    """
    if not (0.0 <= a <= 1.0 and 0.0 <= b <= 1.0):
        raise ValueError(f"shares are {a} and {b}, must be in [0, 1]")
    return 2 * math.asin(math.sqrt(b)) - 2 * math.asin(math.sqrt(a))


def detectable_difference(differences: Sequence[float], *, power: float = 0.8) -> float | None:
    """The smallest true mean difference that as many items would show at 5 %, two-sided, with this power.

    By the normal approximation, (z(.975) + z(power)) · sd / √n; None below two items.

    Raises:
        ValueError: the power is not between 0 and 1.
    """
    if not 0.0 < power < 1.0:
        raise ValueError(f"power is {power}, must be between 0 and 1")
    if len(differences) < 2:
        return None
    normal = NormalDist()
    factor = normal.inv_cdf(0.975) + normal.inv_cdf(power)
    return float(factor * np.std(differences, ddof=1) / math.sqrt(len(differences)))
