"""Which rate a compressor must be asked for, so that its text has the size that is wanted, where it misses its rate."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_MAX_STEPS = 6


def largest_within(
    attempt: Callable[[float], T], size: Callable[[T], int], *, target: int, whole: int, first: float
) -> tuple[float, T]:
    """Ask a few times; the rate and what came of it.

    The largest that is not above the target; if all are, the smallest. Rates are taken between the one that gave too
    much and the one that gave too little, in proportion; it ends at 1 % of the target.

    Args:
        attempt: Costly; larger rates give larger things, nearly always.
        size: Of what `attempt` gives.
        target: The size wanted, below `whole`.
        whole: The size at a rate of 1.
        first: The rate asked for first, in (0, 1).
    """
    low, high = (0.0, 0), (1.0, whole)
    rate, best = first, None
    for _ in range(_MAX_STEPS):
        found = attempt(rate)
        n = size(found)
        if best is None or _worth(n, target) > _worth(size(best[1]), target):
            best = rate, found
        if 0 <= target - n <= max(1, target // 100):
            break
        low, high = ((rate, n), high) if n <= target else (low, (rate, n))
        share = (target - low[1]) / max(1, high[1] - low[1])
        # Not at the very edge: what is curved would be crept up on.
        rate = low[0] + (high[0] - low[0]) * min(max(share, 0.1), 0.9)
    assert best is not None
    return best


def _worth(n: int, target: int) -> tuple[bool, int]:
    return n <= target, n if n <= target else -n
