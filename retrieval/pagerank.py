"""Personalised PageRank by local push: where a walk that keeps going back to its seeds is found.

The graph is asked for its edges only where the walk has something to hand on, so it need not be stored, nor be finite.
Knows nodes and weights. Must not know what they stand for.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

Node = TypeVar("Node")
Edges = Mapping[Node, float]


def personalised_pagerank(
    seeds: Mapping[Node, float],
    edges_of: Callable[[Sequence[Node]], Mapping[Node, Edges[Node]]],
    *,
    damping: float,
    tolerance: float,
) -> dict[Node, float]:
    """The share of time that a walk spends at each node (Haveliwala, 2002), by push (Andersen, Chung and Lang, 2006).

    At each step the walk goes back to the seeds with the probability 1 - `damping`, else over an edge drawn by weight;
    where there is none it stays. What a node holds is pushed on while it is more than `tolerance`; the paper measures
    it against the node's degree, which would have every edge of a hub read first.

    Args:
        seeds: weights > 0, of any sum.
        edges_of: for each of these nodes its edges: weights > 0 by neighbour. Asked once a node that is pushed.
        damping: 0 to below 1. 0 gives the seeds back.
        tolerance: above 0. The result differs from the exact one, summed over all nodes, by at most 2 `damping` times
            what is left unpushed, and at most 1 / (`tolerance` (1 - `damping`)) pushes are made.

    Returns:
        Mass by node, which sums to 1; nodes without any are left out. What is left unpushed stays where it is.

    Raises:
        ValueError: there are no seeds, a weight is not above 0, or `damping` or `tolerance` is out of bounds.
    """
    if not seeds or min(seeds.values()) <= 0.0:
        raise ValueError(f"seeds need weights above 0, got {list(seeds.values())}")
    if not 0.0 <= damping < 1.0 or tolerance <= 0.0:
        raise ValueError(f"damping {damping} must be in [0, 1), tolerance {tolerance} above 0")
    total = sum(seeds.values())
    waiting = {node: weight / total for node, weight in seeds.items()}
    settled: dict[Node, float] = {}
    known: dict[Node, Edges[Node]] = {}
    while damping and (pushed := {node: mass for node, mass in waiting.items() if mass > tolerance}):
        known.update(edges_of([node for node in pushed if node not in known]))
        for node in pushed:
            del waiting[node]
        for node, mass in pushed.items():
            out = sum(known[node].values())
            settled[node] = settled.get(node, 0.0) + mass * (1.0 - damping if out else 1.0)
            for neighbour, weight in known[node].items():
                waiting[neighbour] = waiting.get(neighbour, 0.0) + damping * mass * weight / out
    return {node: settled.get(node, 0.0) + waiting.get(node, 0.0) for node in {**settled, **waiting}}
