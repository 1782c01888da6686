"""Which claims get a second opinion? Those whose probability is near the boundary (window cascade, arXiv:2303.08010).

The window is a share of claims on either side of the boundary, so that its cost is known beforehand, and is kept as
values too, by which a claim is judged.
"""

from bisect import bisect_left
from collections.abc import Sequence

from lm.types import Frozen


class Window(Frozen):
    """Probabilities strictly between `low` and `high` are near the boundary; `share` of claims is on either side."""

    boundary: float
    share: float
    low: float
    high: float

    def holds(self, probability: float) -> bool:
        """Whether a claim of this probability is near."""
        return self.low < probability < self.high


def window_around(boundary: float, share: float, quantiles: Sequence[float]) -> Window:
    """The window that holds so large a share of claims on each side of the boundary, as far as there are any.

    Args:
        boundary: probability under which a claim counts as unsupported.
        share: 0 sends none, 1 or more sends all.
        quantiles: of the probability over claims like those to come, equally spaced, ascending.

    Raises:
        ValueError: fewer than two quantiles, a boundary outside [0, 1] or a negative share.
    """
    if len(quantiles) < 2 or not 0.0 <= boundary <= 1.0 or share < 0.0:
        raise ValueError(f"boundary={boundary}, share={share} and {len(quantiles)} quantiles make no window")
    if share == 0.0:
        return Window(boundary=boundary, share=share, low=boundary, high=boundary)
    at = _place(boundary, quantiles)
    low = _value(at - share, quantiles) if at - share > 0.0 else 0.0
    high = _value(at + share, quantiles) if at + share < 1.0 else 1.0
    return Window(boundary=boundary, share=share, low=min(low, boundary), high=max(high, boundary))


def _place(value: float, quantiles: Sequence[float]) -> float:
    """The share of claims below a value, interpolated."""
    n = bisect_left(quantiles, value)
    if n in (0, len(quantiles)):
        return 0.0 if n == 0 else 1.0
    below, above = quantiles[n - 1], quantiles[n]
    return (n - 1 + (value - below) / (above - below)) / (len(quantiles) - 1)


def _value(share: float, quantiles: Sequence[float]) -> float:
    place = share * (len(quantiles) - 1)
    n = min(int(place), len(quantiles) - 2)
    return quantiles[n] + (place - n) * (quantiles[n + 1] - quantiles[n])
