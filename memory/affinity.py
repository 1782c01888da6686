"""Which units of memory say the same thing at about the same time? Average linkage over a pairwise affinity.

Knows vectors and times. Must not know what units say or how groups are joined. (SimpleMem, arXiv:2601.02553, section
3.2 of its first version; beta is ours, for the paper does not state it, and so is the day as the unit of time.)
"""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

from lm.embedding import FloatArray

DoubleArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Apart = Callable[[int, int], bool]

BETA = 0.7
DECAY_PER_DAY = 0.1
THRESHOLD = 0.85
# Two equal affinities would be joined in the order of the rows, which changes when some rows are gone: a difference
# in the keys, far below any of meaning, decides. It must exceed the rounding of float64 and stay below the threshold's
# last digit.
_TIE = 1e-9
_ROUNDING = 1e-5  # of float32 products over a row
_BLOCK_ROWS = 256
_MAX_TOGETHER = 3_000  # units of one dense matrix: 72 MB


def affinity(cosine: float, days_apart: float, *, beta: float = BETA, decay: float = DECAY_PER_DAY) -> float:
    """beta cos + (1 - beta) exp(-decay |dt|), at most 1.

    With the default constants two identical texts a day apart have .97, and ten days apart .81, under the threshold:
    what is said again a week later stays a unit of its own.
    """
    return beta * cosine + (1.0 - beta) * math.exp(-decay * abs(days_apart))


def reach_days(*, beta: float = BETA, decay: float = DECAY_PER_DAY, threshold: float = THRESHOLD) -> float:
    """How far apart two identical texts may be and still pass the threshold: 6.9 days with the default constants;
    infinite if time has no say, negative if nothing passes."""
    if threshold >= 1.0:
        return -1.0
    if beta > threshold or decay == 0.0:
        return math.inf
    return -math.log((threshold - beta) / (1.0 - beta)) / decay if threshold > beta else math.inf


def clusters(
    vectors: FloatArray,
    days: Sequence[float | Sequence[float]],
    *,
    apart: Apart | None = None,
    keys: Sequence[float] | None = None,
    beta: float = BETA,
    decay: float = DECAY_PER_DAY,
    threshold: float = THRESHOLD,
) -> list[list[int]]:
    """Groups of two or more rows whose mean pairwise affinity is over the threshold.

    Average linkage joins two groups only over a pair that passes the threshold by itself, so it is done within the
    connected components of such pairs, with the same outcome as over the whole matrix, which is never made. Taking
    all members of some groups away leaves the other groups as they are. More than 3,000 units that hang together are
    first parted at a higher threshold.

    Args:
        vectors: (n, dim) unit rows.
        days: (n,) times in days; of a row that stands for several things, all of theirs. Nearness in time is the mean
            over the pairs of two rows' times, so that a chain of things a few days apart does not join its ends.
        apart: Whether two rows must never stand in one group; asked for the pairs of a component.
        keys: (n,) a number of each row in [0, 1), by which ties are broken; without them by the order of the rows.
        beta: Share of the cosine.
        decay: How fast nearness in time fades, per day.
        threshold: Of the mean affinity.

    Returns:
        Rows of each group in ascending order, groups in the order of their first rows.

    Raises:
        ValueError: numbers of vectors, times or keys differ, a row has no time, or a constant is out of range.
    """
    if not 0.0 <= beta <= 1.0 or decay < 0.0:
        raise ValueError(f"beta {beta} must be a share and decay {decay} not negative")
    if len(days) != len(vectors) or (keys is not None and len(keys) != len(vectors)):
        raise ValueError(f"{len(vectors)} vectors, {len(days)} times, {len(keys or days)} keys")
    if any(isinstance(day, Sequence) and not day for day in days):
        raise ValueError("every row needs a time")
    times = [np.atleast_1d(np.asarray(day, dtype=np.float64)) for day in days]
    linker = _Linker(vectors, times, apart, _tie_keys(keys, len(days)), beta, decay)
    found = [group for part in linker.components(threshold) for group in linker.groups(part, threshold)]
    return sorted(sorted(int(row) for row in group) for group in found)


def pairs_over(vectors: FloatArray, floor: float) -> Iterator[tuple[int, int]]:
    """Pairs of rows i < j whose cosine is over a floor; a block of rows at a time."""
    for begin in range(0, len(vectors), _BLOCK_ROWS):
        cosines = vectors[begin : begin + _BLOCK_ROWS] @ vectors[begin:].T
        rows, columns = np.nonzero(cosines > floor)
        upper = columns > rows
        yield from zip((rows[upper] + begin).tolist(), (columns[upper] + begin).tolist(), strict=True)


def _tie_keys(keys: Sequence[float] | None, n: int) -> DoubleArray:
    return np.arange(n) / max(n, 1) if keys is None else np.asarray(keys, dtype=np.float64)


class _Linker:
    """Vectors, times and constants, from which affinities are made where they are needed."""

    def __init__(
        self,
        vectors: FloatArray,
        days: Sequence[DoubleArray],
        apart: Apart | None,
        keys: DoubleArray,
        beta: float,
        decay: float,
    ) -> None:
        self._vectors, self._days, self._keys, self._apart = vectors, days, keys, apart
        self._beta, self._decay = beta, decay
        self._first = np.array([times.min() for times in days], dtype=np.float64)
        self._last = np.array([times.max() for times in days], dtype=np.float64)

    def components(self, threshold: float) -> Iterator[IntArray]:
        """Rows that hang together by pairs over the threshold, two or more at a time; in order of time, for only those
        within reach of one another are compared."""
        low = threshold - _ROUNDING
        reach = reach_days(beta=self._beta, decay=self._decay, threshold=low)
        # Two at the same instant need at least this cosine, so only few pairs are looked at in full.
        floor = (low - 1.0 + self._beta) / self._beta if self._beta else -math.inf
        order = np.argsort(self._first, kind="stable")
        vectors, first, last = self._vectors[order], self._first[order], self._last[order]
        labels = np.arange(len(order))
        for begin in range(0, len(order), _BLOCK_ROWS):
            end = min(begin + _BLOCK_ROWS, len(order))
            until = int(np.searchsorted(first, last[begin:end].max() + reach, side="right"))
            cosines = vectors[begin:end] @ vectors[begin:until].T
            rows, columns = np.nonzero(cosines > floor)
            nearness = self._nearness_of_pairs(order[rows + begin], order[columns + begin])
            near = self._beta * cosines[rows, columns] + (1.0 - self._beta) * nearness > low
            labels = _joined(labels, rows[near] + begin, columns[near] + begin)
        for rows in _rows_of_labels(labels):
            if len(rows) > 1:
                yield order[rows]

    def _nearness_of_pairs(self, rows: IntArray, columns: IntArray) -> DoubleArray:
        """(n,) nearness in time of pairs."""
        nearness = np.exp(-self._decay * np.abs(self._first[rows] - self._first[columns]))
        lasts = (self._first[rows] < self._last[rows]) | (self._first[columns] < self._last[columns])
        for at in np.flatnonzero(lasts):
            one, other = self._days[rows[at]], self._days[columns[at]]
            nearness[at] = np.exp(-self._decay * np.abs(one[:, None] - other[None, :])).mean()
        return np.asarray(nearness, dtype=np.float64)

    def _nearness(self, rows: IntArray) -> DoubleArray:
        """(n, n) nearness in time; the times of one row after the other, for all pairs of times are too many."""
        times = np.concatenate([self._days[row] for row in rows])
        counts = np.array([len(self._days[row]) for row in rows])
        starts = np.cumsum(counts) - counts
        found = np.empty((len(rows), len(rows)))
        for at, row in enumerate(rows):
            means = np.exp(-self._decay * np.abs(self._days[row][:, None] - times[None, :])).mean(axis=0)
            found[at] = np.add.reduceat(means, starts) / counts
        return (found + found.T) / 2  # the two halves differ by rounding

    def groups(self, rows: IntArray, threshold: float, *, hang_over: float | None = None) -> Iterator[list[int]]:
        """Groups of two or more among rows that hang together by pairs over `hang_over`, by itself the threshold."""
        if len(rows) > _MAX_TOGETHER:
            yield from self._of_many(rows, threshold, threshold if hang_over is None else hang_over)
            return
        rows = np.sort(rows)
        distances = 1.0 - self._affinities(rows)
        np.fill_diagonal(distances, 0.0)
        tree = linkage(squareform(distances, checks=False), method="average")
        # A mean on the threshold is not over it.
        numbers = fcluster(tree, t=1.0 - threshold - 2 * _TIE, criterion="distance")
        for number in np.unique(numbers):
            group = rows[numbers == number]
            if len(group) > 1:
                yield group.tolist()

    def _affinities(self, rows: IntArray) -> DoubleArray:
        """(n, n) affinities; those of pairs that must stay apart outweigh all others in any mean."""
        vectors, keys = self._vectors[rows].astype(np.float64), self._keys[rows]
        found: DoubleArray = self._beta * (vectors @ vectors.T) + (1.0 - self._beta) * self._nearness(rows)
        found -= _TIE * np.abs(keys[:, None] - keys[None, :])
        if self._apart is not None:
            for i in range(len(rows)):
                for j in range(i + 1, len(rows)):
                    if self._apart(int(rows[i]), int(rows[j])):
                        found[i, j] = found[j, i] = -2.0 * len(rows) ** 2
        return np.minimum(found, 1.0)

    def _of_many(self, rows: IntArray, threshold: float, hang_over: float) -> Iterator[list[int]]:
        """Parted at ever higher thresholds; what hangs together even at the highest is cut in order of time."""
        higher = hang_over + (1.0 - hang_over) / 2
        part = _Linker(
            self._vectors[rows],
            [self._days[row] for row in rows],
            self._inner_apart(rows),
            self._keys[rows],
            self._beta,
            self._decay,
        )
        parts = list(part.components(higher)) if higher < 1.0 - _ROUNDING else []
        if not parts:
            parts = np.array_split(np.argsort(part._first, kind="stable"), -(-len(rows) // _MAX_TOGETHER))
        for inner in parts:
            for group in part.groups(inner, threshold, hang_over=higher):
                yield rows[group].tolist()

    def _inner_apart(self, rows: IntArray) -> Apart | None:
        apart = self._apart
        return None if apart is None else lambda i, j: apart(int(rows[i]), int(rows[j]))


def _joined(labels: IntArray, rows: IntArray, columns: IntArray) -> IntArray:
    """Labels of components after the pairs (rows, columns) are joined."""
    edges = coo_array((np.ones(len(rows), dtype=np.int8), (labels[rows], labels[columns])), shape=(len(labels),) * 2)
    _, joined = connected_components(edges, directed=False)
    return np.asarray(joined[labels], dtype=np.int64)


def _rows_of_labels(labels: IntArray) -> list[IntArray]:
    """The rows of each label."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
