"""Several rankings of the same things made into one.

Knows scores and ranks. Must not know what is ranked or who ranked it.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)

RRF_K = 60.0


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[Item]], *, k: float = RRF_K, weights: Sequence[float] | None = None
) -> list[tuple[Item, float]]:
    """Sum of weight / (k + rank) over the rankings that hold an item (Cormack, Clarke and Buettcher, 2009).

    Args:
        rankings: each best first, without repeats.
        k: how little the top ranks stand out; 60 in the paper.
        weights: one a ranking; all 1 in the paper.

    Returns:
        (item, score), best first.

    Raises:
        ValueError: weights and rankings differ in number, or a ranking holds an item twice.
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if len(weights) != len(rankings):
        raise ValueError(f"{len(rankings)} rankings but {len(weights)} weights")
    scores: dict[Item, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        if len(set(ranking)) != len(ranking):
            raise ValueError("a ranking holds an item twice")
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + weight / (k + rank)
    # Ties keep the order of first sight: the paper is silent on them, and evals need determinism.
    return sorted(scores.items(), key=lambda pair: -pair[1])


def convex_combination(
    lexical: Mapping[Item, float], semantic: Mapping[Item, float], *, lexical_weight: float
) -> dict[Item, float]:
    """weight * lexical / best lexical + (1 - weight) * cosine (Bruch, Gai and Ingber, 2023).

    An item that one side does not hold has 0 there. Unlike ranks this keeps how far apart the candidates are.
    The paper moves both scores to 0..1; cosines are left as they are here, because a constant shift of every
    candidate changes no order.

    Args:
        lexical: scores >= 0 of any scale; only their share of the best one counts.
        semantic: cosines, -1 to 1.
        lexical_weight: 0 to 1.

    Raises:
        ValueError: the weight is outside 0..1.
    """
    if not 0.0 <= lexical_weight <= 1.0:
        raise ValueError(f"lexical_weight is {lexical_weight}, must be between 0 and 1")
    best = max(lexical.values(), default=0.0) or 1.0
    return {
        item: lexical_weight * lexical.get(item, 0.0) / best + (1 - lexical_weight) * semantic.get(item, 0.0)
        for item in dict.fromkeys([*lexical, *semantic])
    }
