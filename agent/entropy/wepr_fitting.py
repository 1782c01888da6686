"""Fitting WEPR: a logistic regression over the entropy of ranks, and how well it does on groups that it did not see.

All but unregularised, as in the paper (C = 10,000): where answers can be parted without a fault its weights would have
no end. Knows features and labels; not who wrote what.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

FloatArray = npt.NDArray[np.float64]
_C, _MAX_ITER = 1e4, 10_000


@dataclass(frozen=True)
class WeprWeights:
    """β0, and the weights of `rank_features`: (2k,)."""

    intercept: float
    weights: tuple[float, ...]

    def logits(self, rows: FloatArray) -> FloatArray:
        """(n,) of (n, 2k) features: above 0 for what is rather wrong."""
        found: FloatArray = rows @ np.array(self.weights) + self.intercept
        return found


def fit_weights(rows: FloatArray, is_wrong: Sequence[bool]) -> WeprWeights:
    """The weights.

    Args:
        rows: (n, 2k) `rank_features`.
        is_wrong: (n,).

    Raises:
        ValueError: lengths differ, or all are wrong, or none is.
    """
    labels = np.asarray(is_wrong, dtype=bool)
    if len(labels) != len(rows) or labels.all() or not labels.any():
        raise ValueError(f"{len(rows)} answers with {int(labels.sum())} wrong of {len(labels)}: both kinds are wanted")
    means, scales = rows.mean(axis=0), rows.std(axis=0)
    scales = np.where(scales > 1e-12, scales, 1.0)
    model = LogisticRegression(C=_C, max_iter=_MAX_ITER).fit((rows - means) / scales, labels)
    weights = model.coef_[0] / scales
    return WeprWeights(float(model.intercept_[0] - weights @ means), tuple(weights.tolist()))


def left_out_logits(
    rows: FloatArray, is_wrong: Sequence[bool], groups: Sequence[Hashable], *, n_folds: int = 5
) -> FloatArray:
    """(n,) logits of each answer by weights that saw no answer of its group.

    Raises:
        ValueError: fewer groups than folds, or a fold without both kinds.
    """
    names = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    numbers = np.array([names[group] for group in groups])
    labels = np.asarray(is_wrong, dtype=bool)
    found = np.zeros(len(rows))
    for train, test in GroupKFold(n_folds).split(rows, labels, numbers):
        found[test] = fit_weights(rows[train], labels[train].tolist()).logits(rows[test])
    return found
