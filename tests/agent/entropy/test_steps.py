"""Entropy of steps against what it must be."""

import math

import pytest

from agent.entropy.steps import disagreement, step_entropy, token_entropy
from lm.types import TokenLogProb


def token(probabilities):
    top = tuple((f"t{i}", math.log(p) if p else -9999.0) for i, p in enumerate(probabilities))
    return TokenLogProb(token="t0", log_prob_nats=top[0][1] if top else 0.0, top=top)


UNIFORM = token([1 / 50] * 50)
SURE = token([1.0] + [0.0] * 49)


def test_uniform_over_fifty_is_the_logarithm_of_fifty():
    assert step_entropy([UNIFORM] * 60).nats == pytest.approx(math.log(50))


def test_a_deterministic_step_has_none():
    found = step_entropy([SURE] * 60)
    assert found.nats == pytest.approx(0.0, abs=1e-12)
    assert (found.window, found.source) == (10, "logprobs")


@pytest.mark.parametrize(("unsure", "window"), [((0, 10), 10), ((10, 20), 20), ((10, 30), 30), ((10, 50), 50)])
def test_the_window_that_makes_the_mean_largest_is_given(unsure, window):
    steps = [UNIFORM if unsure[0] <= i < unsure[1] else SURE for i in range(60)]
    found = step_entropy(steps)
    assert found.window == window
    assert found.nats == pytest.approx(math.log(50) * (unsure[1] - unsure[0]) / window)


def test_a_short_step_is_one_window():
    assert step_entropy([UNIFORM] * 4).window == 4
    assert step_entropy([UNIFORM] * 14).window == 10


def test_fewer_alternatives_are_brought_to_a_sum_of_one_and_the_source_says_so():
    found = step_entropy([token([0.2, 0.2])] * 10)
    assert found.nats == pytest.approx(math.log(2))
    assert found.source == "truncated logprobs"


def test_of_more_alternatives_only_the_likeliest_count():
    assert token_entropy([math.log(0.5), math.log(0.5), math.log(1e-9)], top=2) == pytest.approx(math.log(2))


def test_disagreement_is_the_surrogate_and_is_never_mixed_with_entropy():
    found = disagreement(["a", "a", "b", "b"])
    assert (found.nats, found.source) == (pytest.approx(math.log(2)), "samples")
    assert found.rise_from(disagreement(["a", "a"])) == pytest.approx(math.log(2))
    with pytest.raises(ValueError, match="samples cannot be held against entropy from logprobs"):
        found.rise_from(step_entropy([UNIFORM]))


def test_nothing_to_measure_is_refused():
    with pytest.raises(ValueError, match="0 tokens"):
        step_entropy([])
    with pytest.raises(ValueError, match="no alternatives"):
        step_entropy([token([])])
    with pytest.raises(ValueError, match="no answers"):
        disagreement([])
