"""A dense index that is kept elsewhere and finds passages by itself, and how rows are found in it.

Knows ids and rows of passages. Must not know what keeps the index or how its likenesses are joined with other scores.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from retrieval.corpus import Corpus
from retrieval.lexical import BoolArray

_DEEPER = 8


class PassageIndex(Protocol):
    """A dense index that is kept elsewhere and finds passages by itself."""

    def sync(self, corpus: Corpus) -> object:
        """Bring it in step with the corpus."""
        ...

    def nearest(self, query: str, k: int) -> Sequence[tuple[str, float]]:
        """The passages nearest to a query: (id, likeness of at most 1), best first."""
        ...


def nearest_rows(
    index: PassageIndex, query: str, k: int, *, rows_by_id: Mapping[str, int], allowed: BoolArray | None
) -> dict[int, float]:
    """At most `k` rows with their likenesses, best first.

    The index knows no documents, so it is asked deeper until enough is of those allowed.

    Args:
        index: what to ask.
        query: any text.
        k: at least 1.
        rows_by_id: passages that it finds and that have no row are left out.
        allowed: (n_rows,) which rows may be found; None: all.
    """
    depth = k
    while True:
        found = index.nearest(query, depth)
        known = {rows_by_id[id_]: score for id_, score in found if id_ in rows_by_id}
        scores = {row: score for row, score in known.items() if allowed is None or allowed[row]}
        if len(scores) >= k or len(found) < depth:
            return dict(list(scores.items())[:k])
        depth *= _DEEPER
