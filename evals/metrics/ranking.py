"""Measures of rankings.

Knows ids and numbers. Must not know where they come from.
"""

from collections.abc import Collection, Sequence

import numpy as np


def recall_at_k(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Share of the relevant ids among the first `k`, 0 to 1.

    Raises:
        ValueError: nothing is relevant, or k is below 1.
    """
    _check(relevant, k)
    return len(set(ranked[:k]) & set(relevant)) / len(set(relevant))


def mrr(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """1 / rank of the first relevant id among the first `k`, else 0. Same errors as `recall_at_k`."""
    _check(relevant, k)
    return next((1.0 / rank for rank, id_ in enumerate(ranked[:k], start=1) if id_ in relevant), 0.0)


def ndcg_at_k(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Discounted gain over that of the best order, gains 0 or 1, 0 to 1 (Järvelin and Kekäläinen, 2002).

    A repeated id counts once. Same errors as `recall_at_k`.
    """
    _check(relevant, k)
    distinct = list(dict.fromkeys(ranked))[:k]
    gain = sum(1.0 / np.log2(rank + 1) for rank, id_ in enumerate(distinct, start=1) if id_ in relevant)
    best = sum(1.0 / np.log2(rank + 1) for rank in range(1, min(k, len(set(relevant))) + 1))
    return float(gain / best)


def _check(relevant: Collection[str], k: int) -> None:
    if not relevant:
        raise ValueError("no id is relevant: the measure is undefined")
    if k < 1:
        raise ValueError(f"k is {k}, must be at least 1")
