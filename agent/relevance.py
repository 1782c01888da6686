"""How relevant a search's hits are, in one unit whatever its mode.

The unit: 1 is as near as can be, 0 not near. Cosines have it, and so have the modes that join them with shares of the
best score by words. BM25 scores grow with the query and sums of reciprocal ranks end at 1/30: these count as shares of
the best hit's, the only measure that they bring along. A best hit is then as relevant as can be, however poor.
"""

from collections.abc import Sequence

from retrieval.types import Hit, SearchMode

_IN_UNIT: frozenset[SearchMode] = frozenset(("static", "dense", "hybrid", "linked"))


def unit_of(hits: Sequence[Hit], mode: SearchMode) -> float:
    """The score that counts as a relevance of 1: what scores of the same query are to be divided by.

    Args:
        hits: of the query, best first.
        mode: how it was searched for.
    """
    if mode in _IN_UNIT or not hits or hits[0].score <= 0.0:
        return 1.0
    return hits[0].score
