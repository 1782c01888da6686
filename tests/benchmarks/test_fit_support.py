"""Claims with their labels, and a fit of what can be told apart."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from agent.claims.features import SupportFeatures
from benchmarks.fit_support import Labelled, claims_of, figures_of, fit, signed_logistic
from evals.items import Item


def item(text, *, spans, **gold):
    return Item(id="a", text=text, gold={"context": "c", "supported": not spans, "spans": spans, **gold})


def test_an_answer_with_marks_is_cut_into_sentences_and_a_marked_one_is_not_supported():
    text = "1. The gate opened at noon (passage 2). It was painted green. Fine."
    start = text.index("green")
    spans = [{"text": "green", "start": start, "end": start + 5, "type": ""}]
    assert list(claims_of(item(text, spans=spans, quality="good"))) == [
        ("The gate opened at noon (the passage).", True),
        ("It was painted green.", False),
    ]


def test_a_text_without_marks_is_one_claim():
    text = "The gate opened. It was green."
    assert list(claims_of(Item(id="a", text=text, gold={"context": "c", "supported": False}))) == [(text, False)]


def test_a_fit_tells_apart_what_its_features_tell_apart():
    rng = np.random.default_rng(0)
    empty = SupportFeatures(
        number_share=1, name_share=1, coverage=0, coverage_all=0, embedding_coverage=0, cosine=0, pair_coverage=0,
        negation_mismatch=0, turned_verbs=0, log_words=1,
    )  # fmt: skip
    claims = []
    for row in range(200):
        is_supported = bool(row % 2)
        coverage = float(np.clip(rng.normal(0.8 if is_supported else 0.4, 0.1), 0, 1))
        features = empty.model_copy(update={"coverage": coverage})
        claims.append(Labelled("made", "0", f"c{row}", "tuning", features, is_supported))
    model = fit(claims, ("coverage", "name_share"), date="2026-11-22", fingerprint="bag")
    assert model.weights[0] > 1.0
    assert abs(model.weights[1]) < 1e-6
    assert (model.fitted_on[0].n, model.fitted_on[0].n_supported) == (200, 100)
    assert figures_of(model, claims).startswith("0.9")


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
