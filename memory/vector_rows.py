"""Vectors of units in FAISS, with tombstones: what is dropped is skipped, and swept out once it is a quarter.

Knows numbers and vectors. Must not know texts, scopes, files or the model that the vectors came from.
"""

from collections.abc import Iterator, Sequence

import faiss
import numpy as np
import numpy.typing as npt

from lm.embedding import FloatArray

SWEEP_FROM_SHARE = 0.25
_SWEEP_FROM_ROWS = 64  # below that a sweep costs more than it saves


class VectorRows:
    """Vectors by number, searched exactly by inner product.

    A hundred thousand vectors of 256 numbers take about ten milliseconds on one core; no cells are needed.
    """

    def __init__(self, dim: int) -> None:
        self._dim = dim
        self._clear()

    def _clear(self) -> None:
        self._index = faiss.IndexFlatIP(self._dim)
        self._numbers = np.zeros(0, dtype=np.int64)
        self._is_dead = np.zeros(0, dtype=np.bool_)
        self._row_of: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._row_of)

    @property
    def n_dead(self) -> int:
        """How many tombstones there are."""
        return len(self._numbers) - len(self._row_of)

    def numbers(self) -> npt.NDArray[np.int64]:
        """Of the living rows, in the order of the index."""
        return np.asarray(self._numbers[~self._is_dead])

    def pieces(self, size: int) -> Iterator[tuple[npt.NDArray[np.int64], FloatArray]]:
        """Numbers and vectors of the living rows, `size` rows of the index at a time."""
        for start in range(0, len(self._numbers), size):
            living = ~self._is_dead[start : start + size]
            vectors = self._index.reconstruct_n(start, len(living))
            yield self._numbers[start : start + size][living], np.asarray(vectors[living], dtype=np.float32)

    def add(self, numbers: Sequence[int], vectors: FloatArray) -> None:
        """Add rows of length 1 (or 0); a number that is there already keeps its vector."""
        new = [place for place, number in enumerate(numbers) if number not in self._row_of]
        if not new:
            return
        start = self._index.ntotal
        fresh = np.array([numbers[place] for place in new], dtype=np.int64)
        self._index.add(np.ascontiguousarray(vectors[new], dtype=np.float32))
        self._numbers = np.concatenate([self._numbers, fresh])
        self._is_dead = np.concatenate([self._is_dead, np.zeros(len(fresh), dtype=np.bool_)])
        self._row_of.update((int(number), start + place) for place, number in enumerate(fresh))

    def drop(self, numbers: Sequence[int]) -> None:
        """Put tombstones on rows; numbers that are not there are skipped."""
        for number in numbers:
            row = self._row_of.pop(number, None)
            if row is not None:
                self._is_dead[row] = True
        if len(self._numbers) >= _SWEEP_FROM_ROWS and self.n_dead > SWEEP_FROM_SHARE * len(self._numbers):
            self.sweep()

    def sweep(self) -> None:
        """Take the dropped rows out of memory."""
        pieces = list(self.pieces(max(1, len(self._numbers))))
        self._clear()
        for numbers, vectors in pieces:
            self.add(numbers.tolist(), vectors)

    def search(self, vector: FloatArray, k: int) -> list[tuple[int, float]]:
        """The `k` living rows nearest to `vector`: (number, cosine), best first, ties by number."""
        k = min(k, len(self))
        if k == 0:
            return []
        options = self._only_living() if self.n_dead else None
        scores, rows = self._index.search(vector[None, :].astype(np.float32), k, params=options)
        found = [
            (int(self._numbers[row]), float(score)) for score, row in zip(scores[0], rows[0], strict=True) if row >= 0
        ]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def _only_living(self) -> faiss.SearchParameters:
        bits = np.packbits(~self._is_dead, bitorder="little")
        # The declared types are those of the C++ constructors; Python's take an array and keywords.
        living = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg,arg-type]
        return faiss.SearchParameters(sel=living)  # type: ignore[call-arg]
