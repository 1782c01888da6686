"""How many bits of which text a text came from are left in it: the arithmetic, on a matrix of log-probabilities.

Knows numbers; not texts and not scorers (`lm.mutual_information` fills the matrix).

With log p(z | x_l) of a text z under N contexts, ln N + ln softmax over l of its own context, averaged, is a lower
bound on the mutual information I(X; Z) (InfoNCE, arXiv 1807.03748, with the critic that arXiv 2512.21720 takes from a
language model). It never exceeds ln N, because the own context is in the sum. It is sharp where z was drawn from the
scorer's own p(z | x); for other texts, such as what was cut out of x, the scorer is over-confident and the value may
be negative although most texts are told apart. Any critic gives a lower bound, so log p / T does, with a temperature T
that is fitted on contexts which it is then not applied to.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lm.information_result import SATURATED, Bound, Interval, MIResult
from lm.scoring import IntArray, NatsArray

BoolArray = npt.NDArray[np.bool_]
_TEMPERATURES = np.exp(np.arange(0, 47) / 5.0)  # 1 to 10,000


def estimate_from_matrix(
    log_probs: NatsArray,
    owners: Sequence[int],
    *,
    groups: Sequence[Hashable] | None = None,
    rivals: BoolArray | None = None,
    kept_tokens: Sequence[int] | None = None,
    n_boot: int = 2000,
    seed: int = 0,
) -> MIResult:
    """The estimate, from the log-probability of every text under every context that could be meant.

    Contexts count alike, however many texts they have; one without any is only a negative. The bootstrap resamples
    contexts and keeps their negatives and the temperatures as they are: it speaks of these groups, not of others.

    Args:
        log_probs: (n_samples, n_contexts) nats, in any order of rows; -inf: impossible; NaN: not a rival.
        owners: (n_samples,) the context that each text came from.
        groups: (n_contexts,) equal where contexts are negatives of each other; None: all are.
        rivals: (n_contexts, n_contexts) in place of that: row i says which contexts i is told apart from. The
            diagonal counts as true.
        kept_tokens: (n_samples,) lengths of the texts, in tokens of the model that will read them.
        n_boot: resamples.
        seed: of the halves and the bootstrap.

    Raises:
        ValueError: shapes disagree, a text is impossible under its own context, or a rival's cell is NaN.
    """
    own = np.asarray(owners, dtype=np.int64)
    group_of = _numbered(groups if groups is not None else [0] * log_probs.shape[1])
    _check(log_probs, own, group_of, kept_tokens)
    mask = (group_of[:, None] == group_of[None, :]) if rivals is None else rivals | np.eye(len(group_of), dtype=bool)
    gaps = _gaps(log_probs, own, mask)
    rng = np.random.default_rng(seed)
    plain = _terms(gaps, np.ones(len(own)))
    halves = _halves(own, group_of, rng)
    temperatures = _cross_fitted(gaps, own, halves)
    fitted = None if temperatures is None else _terms(gaps, np.asarray(temperatures)[halves[own]])
    n_groups = len(np.unique(group_of[own]))
    return MIResult(
        plain=_bound(plain, own, n_boot, np.random.default_rng(seed)),
        fitted=None if fitted is None else _bound(fitted, own, n_boot, np.random.default_rng(seed)),
        temperatures=temperatures,
        ceiling_nats=float(_context_means(np.log(_n_rivals(gaps)), own).mean()),
        top1=float(_context_means(_wins(gaps), own).mean()),
        n_contexts=len(np.unique(own)),
        n_samples=len(own),
        n_groups=n_groups,
        mean_tokens=None if kept_tokens is None else float(_context_means(np.asarray(kept_tokens, float), own).mean()),
        terms_nats=plain if fitted is None else fitted,
        likeliest=np.nanargmax(np.where(mask[own], log_probs, np.nan), axis=1),
        matrix=log_probs,
    )


@dataclass(frozen=True)
class SweepPoint:
    """The estimate among n contexts, over several draws of them; the interval is of the draws."""

    n: int
    bits: float
    interval_bits: Interval
    ceiling_bits: float
    is_saturated: bool


def sweep_contexts(
    log_probs: NatsArray,
    owners: Sequence[int],
    *,
    sizes: Sequence[int] = (8, 16, 32, 64),
    n_draws: int = 20,
    seed: int = 0,
) -> list[SweepPoint]:
    """The estimate among fewer contexts: one that rises with its ceiling is a lower bound that says "at least".

    Sizes above the number of contexts are left out.

    Raises:
        ValueError: the matrix has cells that are no numbers: it was made within groups.
    """
    if np.isnan(log_probs).any():
        raise ValueError("a sweep draws any contexts together, and this matrix was made within groups")
    rng = np.random.default_rng(seed)
    own, n_all = np.asarray(owners, dtype=np.int64), log_probs.shape[1]
    points = []
    for n in (size for size in sizes if 2 <= size <= n_all):
        bits = []
        for _ in range(n_draws if n < n_all else 1):
            chosen = np.sort(rng.choice(n_all, size=n, replace=False))
            rows = np.flatnonzero(np.isin(own, chosen))
            if not len(rows):
                continue
            part = log_probs[np.ix_(rows, chosen)]
            bits.append(estimate_from_matrix(part, np.searchsorted(chosen, own[rows]).tolist(), n_boot=0).best.bits)
        if bits:
            low, high = np.quantile(bits, [0.025, 0.975])
            mean, ceiling = float(np.mean(bits)), math.log2(n)
            points.append(SweepPoint(n, mean, (float(low), float(high)), ceiling, mean > SATURATED * ceiling))
    return points


def _check(log_probs: NatsArray, own: IntArray, group_of: IntArray, kept_tokens: Sequence[int] | None) -> None:
    n_samples, n_contexts = log_probs.shape
    if n_samples == 0 or len(own) != n_samples or (kept_tokens is not None and len(kept_tokens) != n_samples):
        raise ValueError(f"{n_samples} texts, but {len(own)} owners and {kept_tokens and len(kept_tokens)} lengths")
    if len(group_of) != n_contexts or not (own.min() >= 0 and own.max() < n_contexts):
        raise ValueError(f"{n_contexts} contexts, but {len(group_of)} groups and owners up to {own.max()}")
    of_own = log_probs[np.arange(n_samples), own]
    if not np.isfinite(of_own).all():
        raise ValueError(f"text {int(np.argmin(np.isfinite(of_own)))} is impossible under the context it came from")


def _numbered(groups: Sequence[Hashable]) -> IntArray:
    numbers: dict[Hashable, int] = {}
    return np.asarray([numbers.setdefault(group, len(numbers)) for group in groups], dtype=np.int64)


def _gaps(log_probs: NatsArray, own: IntArray, mask: BoolArray) -> NatsArray:
    """(n_samples, n_contexts) log p under each rival minus that under the own context; NaN: no rival.

    Taken before anything else, so that equal log-probabilities give exactly 0 bits.
    """
    gaps = log_probs.astype(np.float64) - log_probs[np.arange(len(own)), own][:, None]
    is_rival = mask[own]
    if np.isnan(gaps[is_rival]).any():
        raise ValueError("a rival's log-probability is no number")
    return np.where(is_rival, gaps, np.nan)


def _n_rivals(gaps: NatsArray) -> NatsArray:
    return np.asarray((~np.isnan(gaps)).sum(axis=1), dtype=np.float64)


def _terms(gaps: NatsArray, temperatures: NatsArray) -> NatsArray:
    """(n_samples,) ln N + ln softmax of the own context, at each row's temperature; never above ln N."""
    scaled = gaps / temperatures[:, None]
    highest = np.nanmax(scaled, axis=1)
    total = highest + np.log(np.nansum(np.exp(scaled - highest[:, None]), axis=1))
    ceiling = np.log(_n_rivals(gaps))
    return np.asarray(np.minimum(ceiling - total, ceiling))


def _wins(gaps: NatsArray) -> NatsArray:
    highest = np.nanmax(gaps, axis=1)
    return np.where(highest > 0.0, 0.0, 1.0 / (gaps == 0.0).sum(axis=1))


def _context_means(values: NatsArray, own: IntArray) -> NatsArray:
    """(n_contexts with texts,) the mean of each."""
    _, at = np.unique(own, return_inverse=True)
    return np.asarray(np.bincount(at, weights=values) / np.bincount(at))


def _halves(own: IntArray, group_of: IntArray, rng: np.random.Generator) -> IntArray:
    """(n_contexts,) 0 or 1: whole groups where there are several; contexts with texts are shared out evenly."""
    if len(np.unique(group_of[own])) > 1:
        halves = np.empty(group_of.max() + 1, dtype=np.int64)
        halves[_shuffled(len(halves), np.unique(group_of[own]), rng)] = np.arange(len(halves)) % 2
        return np.asarray(halves[group_of])
    halves = np.empty(len(group_of), dtype=np.int64)
    halves[_shuffled(len(halves), np.unique(own), rng)] = np.arange(len(halves)) % 2
    return halves


def _shuffled(n: int, first: IntArray, rng: np.random.Generator) -> IntArray:
    rest = np.setdiff1d(np.arange(n), first)
    return np.concatenate([rng.permutation(first), rng.permutation(rest)])


def _cross_fitted(gaps: NatsArray, own: IntArray, halves: IntArray) -> tuple[float, float] | None:
    """The temperature for each half, fitted on the texts and the contexts of the other alone; from one no T is told."""
    found = []
    for half in (0, 1):
        rows = halves[own] != half
        seen = gaps[rows][:, halves != half]
        if len(np.unique(own[rows])) < 2 or _n_rivals(seen).max() < 2:
            return None
        found.append(_fit(seen, own[rows]))
    return found[0], found[1]


def _fit(gaps: NatsArray, own: IntArray) -> float:
    """The temperature with the highest bound, the lowest of several.

    Never below 1: where a half makes no mistake the bound only grows as T falls to 0, and then one mistake of the other
    half costs without limit.
    """
    values = [_context_means(_terms(gaps, np.full(len(gaps), t)), own).mean() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmax(values))])


def _bound(terms: NatsArray, own: IntArray, n_boot: int, rng: np.random.Generator) -> Bound:
    means = _context_means(terms, own)
    interval = None
    if len(means) > 1 and n_boot > 0:
        drawn = rng.integers(len(means), size=(n_boot, len(means)))
        low, high = np.quantile(means[drawn].mean(axis=1), [0.025, 0.975])
        interval = float(low), float(high)
    return Bound(float(means.mean()), interval, float((terms < 0.0).mean()))
