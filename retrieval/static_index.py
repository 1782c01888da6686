"""Nearest static vectors by inner product, in FAISS.

Knows vectors and row numbers. Must not know the texts or the model that the vectors came from.
"""

from pathlib import Path
from typing import Self

import faiss
import numpy as np

from lm.embedding import FloatArray
from retrieval.lexical import BoolArray

# Exact search reads every vector: 200,000 of 256 numbers are 200 MB and about 20 ms. Past that, cells.
EXACT_UP_TO = 200_000
_CELLS_PER_ROOT = 4  # n_cells = 4 sqrt(n): FAISS's own advice for up to a million vectors
_PROBED_SHARE = 0.06


class StaticIndex:
    """Unit vectors by row number. Exact up to `EXACT_UP_TO` rows, an inverted file (IVF) above."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: FloatArray, *, exact_up_to: int = EXACT_UP_TO) -> Self:
        """Index vectors; row numbers are their order.

        Args:
            vectors: (n, dim) float32, n >= 1; rows of length 1, or all zeros for a text without meaning.
            exact_up_to: with more rows than this the search becomes approximate.

        Raises:
            ValueError: there are no vectors.
        """
        if vectors.ndim != 2 or not len(vectors):
            raise ValueError(f"vectors have the shape {vectors.shape}, (n >= 1, dim) is needed")
        index = faiss.IndexFlatIP(vectors.shape[1]) if len(vectors) <= exact_up_to else _cells_for(vectors)
        index.add(vectors)
        return cls(index)

    def save(self, path: Path) -> None:
        """Write the index to one file. The caller makes it appear atomically."""
        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Open a saved index. Raises `RuntimeError` when the file is missing or damaged."""
        return cls(faiss.read_index(str(path)))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, vector: FloatArray, k: int, *, allowed: BoolArray | None = None) -> list[tuple[int, float]]:
        """The best `k` rows: (row, inner product), best first, ties by row.

        Args:
            vector: (dim,) of length 1; all zeros finds nothing.
            k: at least 1. Fewer rows come back when there are fewer.
            allowed: (n_rows,) True for the rows that may come back.
        """
        if k < 1:
            raise ValueError(f"k is {k}, must be at least 1")
        if not vector.any():
            return []
        k = min(k, len(self))
        query = np.ascontiguousarray(vector, dtype=np.float32)[None, :]
        if allowed is None:
            scores, rows = self._index.search(query, k)
        else:
            scores, rows = self._index.search(query, k, params=self._restricted_to(allowed))
        found = [(int(row), float(score)) for row, score in zip(rows[0], scores[0], strict=True) if row >= 0]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def _restricted_to(self, allowed: BoolArray) -> faiss.SearchParameters:
        selector = faiss.IDSelectorBatch(np.flatnonzero(allowed))
        if isinstance(self._index, faiss.IndexIVFFlat):
            # A restricted search looks into every cell: the allowed rows may lie in any of them.
            return faiss.SearchParametersIVF(sel=selector, nprobe=self._index.nlist)  # type: ignore[call-arg]
        return faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]


def _cells_for(vectors: FloatArray) -> faiss.Index:
    """An inverted file whose cells fit `vectors`, still empty."""
    dim = int(vectors.shape[1])
    n_cells = int(_CELLS_PER_ROOT * np.sqrt(len(vectors)))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dim), dim, n_cells, faiss.METRIC_INNER_PRODUCT)
    # FAISS seeds its k-means with a constant: the same vectors give the same cells.
    index.train(vectors)
    index.nprobe = max(1, int(n_cells * _PROBED_SHARE))
    return index
