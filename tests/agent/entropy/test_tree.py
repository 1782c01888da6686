"""Trees counted: rollouts, forks, and tokens against independent samples."""

import math

import numpy as np
import pytest

from agent.entropy.tree import fork_positions, tree_rollouts
from lm.types import TokenLogProb

LENGTH = 60


def token(text, entropy_like):
    p = 0.5 * entropy_like
    return TokenLogProb(token=text, log_prob_nats=0.0, top=(("a", math.log(1 - p)), ("b", math.log(max(p, 1e-12)))))


def sampler(rng):
    """Texts of one length, whose unsure positions are drawn at random; a token is a letter."""

    def sample(beginning, seed):
        left = LENGTH - len(beginning)
        letter = "abcdefgh"[seed % 8]
        return [token(letter, float(rng.random())) for _ in range(left)]

    return sample


@pytest.mark.parametrize(("m", "n", "b"), [(1, 3, 2), (12, 2, 2), (4, 0, 3), (2, 5, 1)])
def test_there_are_m_times_one_plus_bn_rollouts(m, n, b):
    found = tree_rollouts(sampler(np.random.default_rng(1)), n_trees=m, n_forks=n, n_branches=b, seed=7)
    assert len(found) == m * (1 + b * n)
    assert sum(rollout.fork is None for rollout in found) == m
    assert all(len(rollout.text) == LENGTH for rollout in found)


def test_a_branch_shares_the_trunk_up_to_its_fork_and_pays_only_for_the_rest():
    found = tree_rollouts(sampler(np.random.default_rng(2)), n_trees=1, n_forks=3, n_branches=2, seed=0)
    trunk, *branches = found
    for branch in branches:
        assert branch.text[: branch.fork] == trunk.text[: branch.fork]
        assert branch.text[branch.fork] != trunk.text[branch.fork]
        assert branch.n_new == LENGTH - branch.fork


def test_three_forks_of_two_branches_take_four_sevenths_of_the_tokens():
    found = tree_rollouts(sampler(np.random.default_rng(3)), n_trees=300, n_forks=3, n_branches=2, seed=0)
    ratio = sum(rollout.n_new for rollout in found) / (len(found) * LENGTH)
    assert ratio == pytest.approx(4 / 7, abs=0.02)


def test_forks_are_the_unsurest_positions_in_order():
    steps = [token("x", e) for e in (0.1, 0.9, 0.2, 0.9, 0.8)]
    assert fork_positions(steps, 3) == [1, 3, 4]
    assert fork_positions(steps, 1) == [1]


def test_more_forks_than_tokens_are_refused():
    with pytest.raises(ValueError, match="2 forks in 1 tokens"):
        fork_positions([token("x", 0.5)], 2)
    with pytest.raises(ValueError, match="n_trees=0"):
        tree_rollouts(sampler(np.random.default_rng(4)), n_trees=0, n_forks=1, n_branches=1, seed=0)
