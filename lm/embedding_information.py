"""A cheap look at the mutual information of two sets of vectors, by a small trained critic; it often has to refuse.

Knows paired vectors; not texts. Where a model gives log p(z | x), nothing needs training: `lm.mutual_information`.

InfoNCE (arXiv 1807.03748) after the protocol of arXiv 2506.00330: a critic that stops where held-out pairs are told
apart best, on N, N/2, N/3 and N/4 of the pairs, and a straight line in 1/N to endless data. Two departures: the value
is that of the held-out pairs, not of the trained ones, so that it stays a lower bound (but for the step, which is
chosen on them, too: of 64 unrelated pairs that makes a hundredth of a nat); and dimensions are bounded by principal
components, not by a variational bottleneck.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logsumexp
from scipy.stats import t as student_t

from lm.information_result import Interval
from lm.scoring import NatsArray

Vectors = npt.NDArray[np.floating]

_MIN_PAIRS = 64
_DIMS = (1, 2, 4, 8, 16)
_NEAR_CEILING = 0.75  # of ln(batch): beyond it the bound bends away from the truth
_PLATEAU_NATS = 0.05
_PLATEAU_SHARE = 0.1
_CONTROL_NATS = 0.1
_MAX_STEPS = 60


@dataclass(frozen=True)
class EmbeddingEstimate:
    """What the protocol found, in nats.

    Attributes:
        nats: extrapolated to endless data; None where it was refused.
        interval_nats: 95 % interval of that, by the line's residuals; subsets share pairs, so it is a little narrow.
        refused: why there is no value; empty: there is one.
        at_all_nats: on all pairs, not extrapolated: never above the ceiling.
        ceiling_nats: ln of the batch, the most that can be shown.
        control_nats: the same after the pairs were shuffled; should be about 0.
        linear_ok, plateau_ok: whether the values lie on a line in 1/N, and no longer rise with the dimension.
        n_pairs, dim: pairs, and principal components of each side.
    """

    nats: float | None
    interval_nats: Interval | None
    refused: str
    at_all_nats: float
    ceiling_nats: float
    control_nats: float
    linear_ok: bool
    plateau_ok: bool
    n_pairs: int
    dim: int


def estimate_from_embeddings(
    x: Vectors, y: Vectors, *, batch: int = 128, gammas: Sequence[int] = (1, 2, 3, 4), seed: int = 0
) -> EmbeddingEstimate:
    """Information that paired vectors share.

    Refused: fewer than 64 pairs; a value near the ceiling, or one that rises when the batch is doubled; shuffled pairs
    that seem to share something; a value that rises with the dimension up to the last one tried; no line in 1/N.

    Args:
        x: (n, dim_x) one side.
        y: (n, dim_y) the other; row i belongs to row i.
        batch: pairs that are told apart at once; fewer where the smallest held-out part has fewer.
        gammas: parts that the pairs are cut into for the line; at least three different ones.
        seed: of splits, subsets and the shuffled control.

    Raises:
        ValueError: the rows do not pair, a number is not finite, or there are under three gammas.
    """
    if len(x) != len(y) or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError(f"{len(x)} and {len(y)} vectors: as many on each side, and finite")
    if len(set(gammas)) < 3 or min(gammas) != 1:
        raise ValueError(f"gammas {list(gammas)}: at least three different ones, 1 among them")
    n, rng = len(x), np.random.default_rng(seed)
    size = min(batch, n // max(gammas) // 2)
    if n < _MIN_PAIRS:
        reason = f"{n} pairs: the line in 1/N wants at least {_MIN_PAIRS}"
        return EmbeddingEstimate(None, None, reason, 0.0, math.log(max(1, size)), 0.0, False, False, n, 0)
    dim, plateau_ok = _dimension(x, y, size, rng)
    one, other = _components(x, dim), _components(y, dim)
    points = [
        (gamma / n, _held_out(one[part], other[part], size, rng))
        for gamma in gammas
        for part in np.array_split(rng.permutation(n), gamma)
    ]
    at_all = points[0][1]
    control = _held_out(one, other[rng.permutation(n)], size, rng)
    split = int(rng.integers(2**31))
    by_half, by_whole = (_held_out(one, other, b, np.random.default_rng(split)) for b in (size // 2, size))
    nats, interval, linear_ok = _extrapolated(np.asarray(points))
    reason = (
        _ceiling_reason(max(at_all, nats), math.log(size), by_whole - by_half)
        or (f"shuffled pairs seem to share {control:.2f} nats" if control > _CONTROL_NATS else "")
        or ("" if plateau_ok else "the value still rises with the dimension")
        or ("" if linear_ok else "the values do not lie on a line in 1/N")
    )
    return EmbeddingEstimate(
        None if reason else nats,
        None if reason else interval,
        reason,
        at_all,
        math.log(size),
        control,
        linear_ok,
        plateau_ok,
        n,
        dim,
    )


def _ceiling_reason(value: float, ceiling: float, rise: float) -> str:
    """Why the ceiling holds the value down, if it does; `rise` is what doubling the batch added."""
    if value > _NEAR_CEILING * ceiling:
        return f"{value:.2f} nats is near the ceiling of {ceiling:.2f}: it says no more than that there is more"
    if rise > _PLATEAU_NATS + _PLATEAU_SHARE * value:
        return f"the value still rises with the batch, below a ceiling of {ceiling:.2f} nats"
    return ""


def _dimension(x: Vectors, y: Vectors, size: int, rng: np.random.Generator) -> tuple[int, bool]:
    """The first dimension after which the value rises no more, and whether there was one."""
    most = min(x.shape[1], y.shape[1])
    dims = sorted({min(dim, most) for dim in (*_DIMS, most if most < _DIMS[-1] else _DIMS[-1])})
    split = int(rng.integers(2**31))
    values = [_held_out(_components(x, dim), _components(y, dim), size, np.random.default_rng(split)) for dim in dims]
    best = max(values)
    enough = next(at for at, value in enumerate(values) if value >= best - _PLATEAU_NATS - _PLATEAU_SHARE * abs(best))
    is_whole = dims[enough] == most
    return dims[enough], is_whole or enough < len(dims) - 1


def _components(vectors: Vectors, dim: int) -> NatsArray:
    """(n, dim) principal components of deviation 1. They know nothing of the pairing, so they may see all rows."""
    centred = vectors.astype(np.float64) - vectors.mean(axis=0)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    kept = left[:, :dim] * (values[:dim] > 1e-9 * max(values[0], 1e-300))
    return np.asarray(kept * math.sqrt(len(vectors)))


def _features(vectors: NatsArray) -> NatsArray:
    """1, v, v²: a form that is bilinear in these has the densities' ratio of correlated Gaussians among its values."""
    return np.concatenate([np.ones((len(vectors), 1)), vectors, vectors**2], axis=1)


def _held_out(x: NatsArray, y: NatsArray, size: int, rng: np.random.Generator) -> float:
    """The bound on the held-out half, at the step of the training on the other where it was highest."""
    order = rng.permutation(len(x))
    half = len(x) // 2
    one, other = _features(x), _features(y)
    train, test = (_batches(part, min(size, len(part))) for part in (order[:half], order[half:]))
    shape = one.shape[1], other.shape[1]
    best = [0.0]

    def loss(flat: NatsArray) -> tuple[float, NatsArray]:
        value, gradient = _bound(one, other, train, flat.reshape(shape))
        return -value, -gradient.ravel()

    def watch(flat: NatsArray) -> None:
        best[0] = max(best[0], _bound(one, other, test, flat.reshape(shape))[0])

    minimize(
        loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", callback=watch, options={"maxiter": _MAX_STEPS}
    )
    return best[0]


def _batches(rows: npt.NDArray[np.int64], size: int) -> list[npt.NDArray[np.int64]]:
    """Whole batches only: the ceiling must be one."""
    return [rows[at : at + size] for at in range(0, len(rows) - size + 1, size)]


def _bound(
    x: NatsArray, y: NatsArray, batches: Sequence[npt.NDArray[np.int64]], weights: NatsArray
) -> tuple[float, NatsArray]:
    """InfoNCE and its gradient by the weights; it is concave in them."""
    value, gradient = 0.0, np.zeros_like(weights)
    for rows in batches:
        scores = x[rows] @ weights @ y[rows].T
        log_shares = scores - logsumexp(scores, axis=1, keepdims=True)
        value += float(np.trace(log_shares)) / len(rows) + math.log(len(rows))
        gradient += x[rows].T @ (np.eye(len(rows)) - np.exp(log_shares)) @ y[rows] / len(rows)
    return value / len(batches), gradient / len(batches)


def _extrapolated(points: NatsArray) -> tuple[float, Interval, bool]:
    """The line's value at 1/N = 0 with its interval, and whether a bend adds nothing (t-test of a square, 5 %)."""
    at, values = points[:, 0], points[:, 1]
    line, deviations = _least_squares(np.stack([np.ones_like(at), at], axis=1), values)
    reach = float(student_t.ppf(0.975, len(at) - 2)) * deviations[0]
    bend, bend_deviations = _least_squares(np.stack([np.ones_like(at), at, at**2], axis=1), values)
    is_bent = abs(bend[2]) > float(student_t.ppf(0.975, len(at) - 3)) * bend_deviations[2] > 0.0
    return float(line[0]), (float(line[0] - reach), float(line[0] + reach)), not is_bent


def _least_squares(columns: NatsArray, values: NatsArray) -> tuple[NatsArray, NatsArray]:
    """Coefficients and their standard deviations."""
    scale = np.abs(columns).max(axis=0)
    inverse = np.linalg.inv((columns / scale).T @ (columns / scale))
    found = inverse @ (columns / scale).T @ values
    residuals = values - (columns / scale) @ found
    variance = float(residuals @ residuals) / (len(values) - columns.shape[1])
    return found / scale, np.sqrt(np.diag(inverse) * variance) / scale
