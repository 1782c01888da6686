"""Trees counted: rollouts, forks, and tokens against independent samples."""

import numpy as np
import pytest

from agent.entropy.tree import Part, fork_positions, tree_rollouts

LENGTH = 60


def sampler(rng):
    """Texts of one length, whose unsure positions are drawn at random; a part is the number of the call."""

    def sample(beginning, seed):
        return [Part(seed, float(rng.random())) for _ in range(LENGTH - len(beginning))]

    return sample


def rollouts(seed, **counts):
    return list(tree_rollouts(sampler(np.random.default_rng(seed)), seed=7, **counts))


@pytest.mark.parametrize(("m", "n", "b"), [(1, 3, 2), (12, 2, 2), (4, 0, 3), (2, 5, 1)])
def test_m_whole_trees_are_m_times_one_plus_bn_rollouts(m, n, b):
    found = rollouts(1, n_rollouts=m * (1 + b * n), n_forks=n, n_branches=b)
    assert len(found) == m * (1 + b * n)
    assert [rollout.tree for rollout in found if rollout.fork is None] == list(range(m))
    assert all(len(rollout.parts) == LENGTH for rollout in found)


def test_the_last_tree_has_as_many_branches_as_are_left():
    found = rollouts(1, n_rollouts=7, n_forks=2, n_branches=2)
    assert [(rollout.tree, rollout.fork is None) for rollout in found] == [
        (0, True), (0, False), (0, False), (0, False), (0, False), (1, True), (1, False),
    ]  # fmt: skip


def test_a_branch_shares_the_trunk_up_to_its_fork_and_pays_only_for_the_rest():
    trunk, *branches = rollouts(2, n_rollouts=7, n_forks=3, n_branches=2)
    assert [branch.parts[-1] for branch in branches] == [8, 9, 10, 11, 12, 13]  # each has a seed of its own
    for branch in branches:
        assert branch.parts[: branch.fork] == trunk.parts[: branch.fork]
        assert branch.parts[branch.fork] != trunk.parts[branch.fork]
        assert branch.n_new == LENGTH - branch.fork


def test_three_forks_of_two_branches_take_four_sevenths_of_the_tokens():
    found = rollouts(3, n_rollouts=300 * 7, n_forks=3, n_branches=2)
    assert sum(rollout.n_new for rollout in found) / (len(found) * LENGTH) == pytest.approx(4 / 7, abs=0.02)


def test_forks_are_the_unsurest_positions_in_order():
    assert fork_positions((0.1, 0.9, 0.2, 0.9, 0.8), 3) == [1, 3, 4]
    assert fork_positions((0.1, 0.9, 0.2, 0.9, 0.8), 1) == [1]
    assert fork_positions((0.1, None), 3) == [0]


def test_without_entropies_all_rollouts_are_trunks():
    found = list(tree_rollouts(lambda begun, seed: [Part(seed, None)], n_rollouts=4, n_forks=2, n_branches=2, seed=0))
    assert [(rollout.tree, rollout.fork) for rollout in found] == [(0, None), (1, None), (2, None), (3, None)]


def test_no_rollout_at_all_is_refused():
    with pytest.raises(ValueError, match="n_rollouts=0"):
        rollouts(4, n_rollouts=0, n_forks=1, n_branches=1)
