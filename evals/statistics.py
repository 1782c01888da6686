"""How sure may we be of a mean, and of a difference between two runs?

Knows numbers, which of them belong together (clusters), and a generator. Must not know what was measured.
"""

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Interval = tuple[float, float]
Verdict = Literal["better", "worse", "not known"]
Measure = Callable[[list[int]], float | None]

# Below six units that differ no two-sided test can reach 5 %: even if all have the same sign, p is 2 / 2^5 = .0625.
MIN_DIFFERING = 6
_Z95 = 1.959964
_MIN_DEFINED = 0.9  # share of resamples on which a measure must be defined for its interval to mean anything
_BLOCK = 4_000_000  # resampled indices at a time: 32 MB


@dataclass(frozen=True)
class Difference:
    """Run B minus run A over the same items, with its 95 % interval.

    `p` is two-sided, from the same resamples as the interval. `n_units` counts what was resampled: items, or clusters
    where they were given; `n_differing` those of them whose two scores differ. `effect` is the mean difference over
    the standard deviation of the differences (Cohen's d for pairs); None where that deviation is 0. One unit has no
    interval, and a p of 1: all its resamples are itself, which says nothing of how sure its difference is.
    """

    n: int
    n_units: int
    n_differing: int
    mean: float
    low: float | None
    high: float | None
    p: float
    effect: float | None

    @property
    def verdict(self) -> Verdict:
        """Whether B is better than A, for scores of which more is better.

        "not known" when there is no interval or it holds 0, or when fewer than six units differ: resampling a handful
        of items that all changed the same way never shows the other way, so its interval is too narrow there.
        """
        if self.low is None or self.high is None or self.n_differing < MIN_DIFFERING:
            return "not known"
        if self.low <= 0.0 <= self.high:
            return "not known"
        return "better" if self.low > 0.0 else "worse"


@dataclass(frozen=True)
class McNemar:
    """Items that only one of two runs got right, and the exact two-sided p that both are equally likely."""

    n_only_a: int
    n_only_b: int
    p: float


def bootstrap_ci95(values: Sequence[float], rng: np.random.Generator, *, n_resamples: int = 2000) -> Interval:
    """95 % percentile interval of the mean, over resamples of `values` (Efron, 1979).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values to resample")
    array = np.asarray(values, dtype=np.float64)
    return _interval(_resampled(len(array), rng, n_resamples, lambda drawn: array[drawn].mean(axis=1)))


def clustered_ci95(
    values: Sequence[float], clusters: Sequence[Hashable], rng: np.random.Generator, *, n_resamples: int = 2000
) -> Interval:
    """95 % percentile interval of the mean over items, over resamples of whole clusters (Field and Welsh, 2007).

    Items with equal `clusters` share a document and so their errors: resampled singly their interval is too narrow.
    Few clusters (below some 20) still give too narrow a one.

    Raises:
        ValueError: there are no values, or the lengths differ.
    """
    if not values:
        raise ValueError("no values to resample")
    sums, sizes = _by_cluster(np.asarray(values, dtype=np.float64), clusters)
    return _interval(_cluster_means(sums, sizes, rng, n_resamples))


def mean_ci95(values: Sequence[float], clusters: Sequence[Hashable], rng: np.random.Generator) -> Interval | None:
    """95 % interval of a mean over items: by resampling clusters; Wilson's (1927) where all scores are 0, or all 1.

    Its n are the clusters. Resampling would call a share of 0 of 4 certain.

    Returns:
        None of a single cluster, and of scores that are all alike and neither 0 nor 1: nothing says how sure they are.

    Raises:
        ValueError: there are no values, or the lengths differ.
    """
    n_units = len(set(clusters))
    if len(set(values)) <= 1 and values:
        return _edge_ci95(values[0], n_units)
    if n_units < 2:
        return None
    return clustered_ci95(values, clusters, rng) if n_units < len(values) else bootstrap_ci95(values, rng)


def measure_ci95(
    measure: Measure,
    clusters: Sequence[Hashable],
    rng: np.random.Generator,
    *,
    n_resamples: int = 500,
) -> Interval | None:
    """95 % percentile interval of a measure of all items together (an AUROC), over resamples of whole clusters.

    Args:
        measure: of the items at these places, repeats included; None where it is undefined.
        clusters: (n,) equal where items belong together; `range(n)` for each item by itself.
        rng: source of the resamples.
        n_resamples: how many.

    Returns:
        None when the measure is undefined on a tenth of the resamples or more; fewer such are left out.

    Raises:
        ValueError: there are no items.
    """
    values = (measure(places) for places in _places_drawn(clusters, rng, n_resamples))
    defined = [value for value in values if value is not None]
    return _interval(np.asarray(defined)) if len(defined) > _MIN_DEFINED * n_resamples else None


def paired_difference(
    a: Sequence[float],
    b: Sequence[float],
    rng: np.random.Generator,
    *,
    clusters: Sequence[Hashable] | None = None,
    n_resamples: int = 2000,
) -> Difference:
    """The mean of b − a over items that both runs did, by the paired bootstrap (Efron and Tibshirani, 1993).

    p is twice the smaller share of resampled means at or beyond 0, each count plus one (Davison and Hinkley, 1997), so
    it is never 0 (with n resamples at least 2 / (n + 1)) and is 1 where nothing differs.

    Args:
        a: (n,) scores of run A.
        b: (n,) scores of run B, in the same order of items.
        rng: source of the resamples.
        clusters: (n,) equal where items belong together; None: each item by itself.
        n_resamples: how many.

    Raises:
        ValueError: there are no items, or the lengths differ.
    """
    if not a or len(a) != len(b):
        raise ValueError(f"{len(a)} scores of run A and {len(b)} of run B: a pair for each item is wanted")
    gaps = np.asarray(b, dtype=np.float64) - np.asarray(a, dtype=np.float64)
    sums, sizes = _by_cluster(gaps, clusters if clusters is not None else range(len(gaps)))
    low, high, p = _told_by(_cluster_means(sums, sizes, rng, n_resamples), len(sums))
    return Difference(
        n=len(gaps),
        n_units=len(sums),
        n_differing=int((np.abs(sums) > 1e-12).sum()),
        mean=float(gaps.mean()),
        low=low,
        high=high,
        p=p,
        effect=_effect(gaps),
    )


def paired_measure_difference(
    measures: tuple[Measure, Measure],
    differs: Sequence[bool],
    clusters: Sequence[Hashable],
    rng: np.random.Generator,
    *,
    n_resamples: int = 1000,
) -> Difference | None:
    """Measure of run B minus that of run A (two AUROCs), where both did the same items; interval and p as for means.

    Both measures are taken on the same resamples of whole clusters, so what makes items hard cancels out.

    Args:
        measures: of run A and of run B, of the items at these places, repeats included; None where undefined.
        differs: (n,) whether the runs gave different things for an item.
        clusters: (n,) equal where items belong together.
        rng: source of the resamples.
        n_resamples: how many.

    Returns:
        None when a measure is undefined on all items, or on a tenth of the resamples or more; fewer such are left out.
        `effect` is None.

    Raises:
        ValueError: there are no items, or the lengths differ.
    """
    if len(differs) != len(clusters):
        raise ValueError(f"{len(differs)} items but {len(clusters)} clusters")

    def gap(places: list[int]) -> float | None:
        a, b = (measure(places) for measure in measures)
        return None if a is None or b is None else b - a

    gaps = [gap(places) for places in _places_drawn(clusters, rng, n_resamples)]
    defined = np.asarray([one for one in gaps if one is not None], dtype=np.float64)
    whole = gap(list(range(len(clusters))))
    if whole is None or len(defined) <= _MIN_DEFINED * n_resamples:
        return None
    n_units = len(set(clusters))
    low, high, p = _told_by(defined, n_units)
    return Difference(
        n=len(clusters),
        n_units=n_units,
        n_differing=len({cluster for cluster, is_other in zip(clusters, differs, strict=True) if is_other}),
        mean=whole,
        low=low,
        high=high,
        p=p,
        effect=None,
    )


def mcnemar_exact(a: Sequence[float], b: Sequence[float]) -> McNemar:
    """Do two runs differ in what they get right? By the binomial test on the items that one alone got right.

    McNemar (1947), exact. It takes items as independent: where they share documents, use `paired_difference`. Scores
    are 0 or 1, in the same order of items.

    Raises:
        ValueError: the lengths differ, or a score is neither 0 nor 1.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} scores of run A but {len(b)} of run B")
    if other := next((score for score in (*a, *b) if score not in (0, 1)), None):
        raise ValueError(f"McNemar's test wants scores of 0 or 1, not {other}")
    only_a = sum(x > y for x, y in zip(a, b, strict=True))
    only_b = sum(x < y for x, y in zip(a, b, strict=True))
    n = only_a + only_b
    tail = sum(math.comb(n, i) for i in range(min(only_a, only_b) + 1))
    return McNemar(only_a, only_b, min(1.0, 2 * tail / 2**n))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p-values by name, as given: below α with at most α chance of any false one (Holm, 1979, step-down).

    Raises:
        ValueError: a p-value is outside [0, 1].
    """
    if wrong := next((name for name, p in p_values.items() if not 0.0 <= p <= 1.0), None):
        raise ValueError(f"the p-value of {wrong} is {p_values[wrong]}, must be in [0, 1]")
    adjusted: dict[str, float] = {}
    highest = 0.0
    for rank, name in enumerate(sorted(p_values, key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[name]))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}


def _edge_ci95(share: float, n: int) -> Interval | None:
    """Wilson's 95 % interval of a share of 0 or 1 of n; None of other shares, and where n is below 2."""
    if n < 2 or share not in (0.0, 1.0):
        return None
    far = _Z95**2 / (n + _Z95**2)
    return (0.0, far) if share == 0.0 else (1.0 - far, 1.0)


def _by_cluster(values: FloatArray, clusters: Sequence[Hashable]) -> tuple[FloatArray, FloatArray]:
    """Sum and size of every cluster, in the order of their first items."""
    if len(values) != len(clusters):
        raise ValueError(f"{len(values)} values but {len(clusters)} clusters")
    numbers: dict[Hashable, int] = {}
    of_item = np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters])
    sums: FloatArray = np.bincount(of_item, weights=values).astype(np.float64)
    return sums, np.bincount(of_item).astype(np.float64)


def _cluster_means(sums: FloatArray, sizes: FloatArray, rng: np.random.Generator, n_resamples: int) -> FloatArray:
    return _resampled(len(sums), rng, n_resamples, lambda drawn: sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))


def _resampled(
    n: int, rng: np.random.Generator, n_resamples: int, statistic: Callable[[npt.NDArray[np.int64]], FloatArray]
) -> FloatArray:
    """The statistic of every resample of n units. In blocks: a large run must not take gigabytes."""
    if n_resamples < 1:
        raise ValueError(f"n_resamples is {n_resamples}, must be at least 1")
    rows = max(1, _BLOCK // n)
    starts = range(0, n_resamples, rows)
    return np.concatenate([statistic(rng.integers(n, size=(min(rows, n_resamples - at), n))) for at in starts])


def _places_drawn(clusters: Sequence[Hashable], rng: np.random.Generator, n_resamples: int) -> Iterator[list[int]]:
    """The places of the items of every resample of whole clusters."""
    members: dict[Hashable, list[int]] = {}
    for place, cluster in enumerate(clusters):
        members.setdefault(cluster, []).append(place)
    groups = list(members.values())
    if not groups:
        raise ValueError("no items to resample")
    for _ in range(n_resamples):
        yield [place for group in rng.integers(len(groups), size=len(groups)).tolist() for place in groups[group]]


def _told_by(differences: FloatArray, n_units: int) -> tuple[float | None, float | None, float]:
    """Interval and p of a difference, by its resamples."""
    return (*_interval(differences), _two_sided(differences)) if n_units > 1 else (None, None, 1.0)


def _two_sided(differences: FloatArray) -> float:
    """Twice the smaller share of resampled differences at or beyond 0, each count plus one."""
    n_beyond = min(int((differences <= 0).sum()), int((differences >= 0).sum()))
    return min(1.0, 2 * (1 + n_beyond) / (1 + len(differences)))


def _interval(means: FloatArray) -> Interval:
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _effect(differences: FloatArray) -> float | None:
    spread = float(np.std(differences, ddof=1)) if len(differences) > 1 else 0.0
    return float(differences.mean()) / spread if spread > 0.0 else None
