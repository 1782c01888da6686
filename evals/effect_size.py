"""How small a difference could have been seen?

Knows differences, and which of them belong together. Must not know what was measured.
"""

import math
from collections.abc import Hashable, Sequence
from statistics import NormalDist

import numpy as np


def detectable_difference(
    differences: Sequence[float], *, clusters: Sequence[Hashable] | None = None, power: float = 0.8
) -> float | None:
    """The smallest true mean difference that as many items would show at 5 %, two-sided, with this power.

    By the normal approximation, (z(.975) + z(power)) times the standard error, which is sd / √n of the items, or of
    their clusters' sums where they share documents; None below two units.

    Args:
        differences: (n,) of the items.
        clusters: (n,) equal where items belong together; None: each item by itself.
        power: chance of seeing it.

    Raises:
        ValueError: the power is not between 0 and 1, or the lengths differ.
    """
    if not 0.0 < power < 1.0:
        raise ValueError(f"power is {power}, must be between 0 and 1")
    if clusters is not None and len(clusters) != len(differences):
        raise ValueError(f"{len(differences)} differences but {len(clusters)} clusters")
    mean = float(np.mean(differences)) if differences else 0.0
    # What each cluster adds to the error of the mean over items, be it large or small.
    parts: dict[Hashable, float] = {}
    for difference, cluster in zip(differences, clusters or range(len(differences)), strict=True):
        parts[cluster] = parts.get(cluster, 0.0) + difference - mean
    if len(parts) < 2:
        return None
    normal = NormalDist()
    factor = normal.inv_cdf(0.975) + normal.inv_cdf(power)
    error = math.sqrt(len(parts)) * float(np.std(list(parts.values()), ddof=1)) / len(differences)
    return factor * error
