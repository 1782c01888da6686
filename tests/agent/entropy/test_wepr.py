import math

import numpy as np
import pytest

from agent.entropy.wepr import WeprModel, load_wepr, rank_features
from agent.entropy.wepr_fitting import fit_weights, left_out_logits
from agent.errors import UsageProblem

HALF, SURE = [math.log(0.5), math.log(0.5)], [0.0, -60.0]


def model(**changes):
    fields = {
        "writer": "scripted", "temperature": 0.0, "k": 2, "intercept": -1.0, "means": (2.0, 1.0), "maxima": (0.5, 0.25),
        "data": "made", "n": 10, "n_wrong": 5, "seed": 1, "fitted": "2026-11-22", "version": "0",
    }  # fmt: skip
    return WeprModel.model_validate(fields | changes)


def test_the_risk_is_the_logistic_of_means_and_maxima_of_each_rank():
    # Each of two halves has half a bit; beside a sure token the means are a quarter, the maxima a half.
    logit = -1.0 + (2.0 + 1.0) * 0.25 + (0.5 + 0.25) * 0.5
    assert model().risk([HALF, SURE]) == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-9)
    assert rank_features([HALF, SURE], 2) == pytest.approx([0.25, 0.25, 0.5, 0.5])


def test_each_token_has_a_risk_of_its_own():
    unsure, sure = model().token_risks([HALF, SURE])
    assert sure == pytest.approx(1 / (1 + math.exp(1.0)))
    assert unsure == pytest.approx(1 / (1 + math.exp(-0.5)))


def test_weights_fitted_with_more_alternatives_are_not_applied_to_fewer():
    with pytest.raises(ValueError, match="2 are wanted"):
        model().risk([[0.0]])


def test_weights_of_another_writer_are_refused_and_none_are_none(tmp_path):
    path = tmp_path / "wepr.json"
    assert load_wepr(path, writer="scripted") is None
    path.write_text(model().model_dump_json())
    assert load_wepr(path, writer="scripted") == model()
    with pytest.raises(UsageProblem, match="was fitted for scripted, not for openai:x"):
        load_wepr(path, writer="openai:x")
    path.write_text(model().model_copy(update={"means": (1.0,)}).model_dump_json())
    with pytest.raises(UsageProblem, match="holds no weights"):
        load_wepr(path, writer="scripted")


def made(n_groups, *, rng):
    groups = [f"q{i // 2}" for i in range(2 * n_groups)]
    wrong = rng.random(len(groups)) < 0.5
    rows = np.abs(rng.normal(size=(len(groups), 4)))
    rows[:, 0] += wrong
    return rows, wrong.tolist(), groups


def test_a_fit_finds_the_rank_that_tells_and_repeats_what_its_model_says():
    rows, wrong, _ = made(150, rng=np.random.default_rng(0))
    found = fit_weights(rows, wrong)
    assert found.weights[0] > max(map(abs, found.weights[1:]))
    assert np.mean(found.logits(rows)[wrong]) > np.mean(found.logits(rows)[~np.array(wrong)])


def test_no_answer_is_judged_by_weights_that_saw_its_question():
    # Labels are those of the question at random, and a feature names it: only a leak could tell them.
    rng = np.random.default_rng(0)
    groups = [f"q{i // 4}" for i in range(160)]
    label = {group: bool(rng.random() < 0.5) for group in sorted(set(groups))}
    rows = np.array([[float(hash_of == group) for hash_of in sorted(set(groups))] for group in groups])
    logits = left_out_logits(rows, [label[group] for group in groups], groups)
    told = [logit > np.median(logits) for logit in logits]
    assert np.mean([a == label[g] for a, g in zip(told, groups, strict=True)]) < 0.65


def test_answers_that_are_all_wrong_cannot_be_fitted():
    with pytest.raises(ValueError, match="both kinds"):
        fit_weights(np.ones((3, 2)), [True, True, True])
