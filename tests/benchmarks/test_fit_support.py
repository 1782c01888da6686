"""Claims with their labels, and a fit of what can be told apart."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from agent.claims.features import SupportFeatures
from benchmarks.fit_support import CONTENT, GAINS, fit, measured, signed_logistic
from evals.support.featured import Labelled

EMPTY = SupportFeatures(
    number_share=1, name_share=1, coverage=0, coverage_all=0, embedding_coverage=0, cosine=0, pair_coverage=0,
    negation_mismatch=0, turned_verbs=0, log_words=1, information_gain=1, gain_share=0, idle_share=0, loss_bits=0,
    worst_loss_bits=0,
)  # fmt: skip


def labelled(name, *, right, wrong, n=200):
    """Claims whose feature `name` is about `right` where they are supported."""
    rng = np.random.default_rng(0)
    values = [float(rng.normal(right if row % 2 else wrong, 0.1)) for row in range(n)]
    return [
        Labelled("made", "0", f"c{row}", "tuning", EMPTY.model_copy(update={name: value}), bool(row % 2))
        for row, value in enumerate(values)
    ]


def test_a_fit_tells_apart_what_its_features_tell_apart():
    claims = labelled("coverage", right=0.8, wrong=0.4)
    model = fit(claims, ("coverage", "name_share"), date="2026-11-22", fingerprint="bag", seed=3)
    assert model.weights[0] > 1.0
    assert abs(model.weights[1]) < 1e-6
    assert (model.fitted_on[0].n, model.fitted_on[0].n_supported) == (200, 100)
    figures, shown = measured(model, claims, "made")
    assert figures.auroc > 0.95 and shown.startswith(("0.9", "1.0"))
    assert figures.auroc_ci95[0] <= figures.auroc <= figures.auroc_ci95[1]
    assert (model.scorer, model.gains_version, model.seed) == ("", 0, 3)


def test_the_quantiles_are_those_of_probabilities_over_folds_left_out():
    model = fit(labelled("coverage", right=0.8, wrong=0.4), ("coverage",), date="", fingerprint="bag")
    assert len(model.quantiles) == 101
    assert model.quantiles[0] < 0.2 < 0.8 < model.quantiles[-1]


def test_a_scorer_s_features_bring_its_name_and_version_along():
    claims = labelled("worst_loss_bits", right=1.0, wrong=3.0)
    model = fit(claims, (*CONTENT, *GAINS), date="", fingerprint="bag", scorer="toy:w1:fp32")
    weights = dict(zip(model.features, model.weights, strict=True))
    assert weights["worst_loss_bits"] < -1.0
    assert model.needs_scorer and model.scorer == "toy:w1:fp32" and model.gains_version >= 1


def test_a_loss_can_only_speak_against_a_claim():
    model = fit(labelled("loss_bits", right=3.0, wrong=1.0), GAINS, date="", fingerprint="bag", scorer="s")
    assert dict(zip(model.features, model.weights, strict=True))["loss_bits"] == 0.0


def test_signed_weights_are_those_of_a_plain_logistic_regression_where_the_signs_agree():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 2))
    labels = rows @ np.array([2.0, -1.0]) + rng.logistic(size=300) > 0.3
    plain = LogisticRegression(C=1.0, tol=1e-8).fit(rows, labels)
    free, intercept = signed_logistic(rows, labels, np.ones(300), (0, 0))
    assert free == pytest.approx(plain.coef_[0], abs=1e-3)
    assert intercept == pytest.approx(float(plain.intercept_[0]), abs=1e-3)
    held, _ = signed_logistic(rows, labels, np.ones(300), (1, 1))
    assert held[0] > 0.0 == held[1]
