"""The split of the budget, and branches that do not all fall on one hot path."""

import numpy as np
import pytest

from agent.entropy.branching import BranchBudget


@pytest.mark.parametrize("k", [2, 8, 16])
def test_half_begin_anew_where_question_and_results_are_equally_unsure(k):
    assert BranchBudget().split(k, 1.3, 1.3) == k // 2


def test_the_split_rises_with_the_question_and_falls_with_the_results():
    budget = BranchBudget(steepness=2.0)
    hs = np.linspace(0.0, 4.0, 30)
    by_root = [budget.split(16, h, 2.0) for h in hs]
    by_tool = [budget.split(16, 2.0, h) for h in hs]
    assert by_root == sorted(by_root) and by_root[0] < by_root[-1]
    assert by_tool == sorted(by_tool, reverse=True) and by_tool[0] > by_tool[-1]
    assert budget.split(16, 1e6, 0.0) == 16
    assert budget.split(16, 0.0, 1e6) == 1


def test_the_chance_to_branch_rises_with_entropy_and_falls_with_each_branch_in_a_row():
    budget = BranchBudget(base=0.5, gain=0.2, penalty=0.05)
    assert budget.p_branch(1.0, 0) == pytest.approx(0.7)
    assert budget.p_branch(1.0, 4) == pytest.approx(0.7 * 0.8)
    assert budget.p_branch(9.0, 0) == 1.0
    assert budget.p_branch(-9.0, 0) == budget.p_branch(1.0, 99) == 0.0


def gini(counts):
    values = np.sort(np.asarray(counts, dtype=float))
    n = len(values)
    return float(2 * np.sum(np.arange(1, n + 1) * values) / (n * values.sum()) - (n + 1) / n)


def branches_by_path(budget, seed, *, n_paths=8, n_steps=12, allowed=24):
    """Paths in turn, of which the first is hot: after each result it is far surer to branch than the others."""
    rng = np.random.default_rng(seed)
    made, in_a_row = np.zeros(n_paths), np.zeros(n_paths, dtype=int)
    for _ in range(n_steps):
        for path in range(n_paths):
            rise = 2.5 if path == 0 else -1.0
            if made.sum() < allowed and rng.random() < budget.p_branch(rise, int(in_a_row[path])):
                made[path] += 1
                in_a_row[path] += 1
            else:
                in_a_row[path] = 0
    return made


def test_the_penalty_spreads_branches_over_the_paths():
    def mean_gini(penalty):
        return np.mean([gini(branches_by_path(BranchBudget(penalty=penalty), seed)) for seed in range(100)])

    off, mild, firm = mean_gini(0.0), mean_gini(0.05), mean_gini(0.3)
    assert off > mild > firm
    assert off - firm > 0.05


def test_senseless_constants_are_refused():
    with pytest.raises(ValueError, match="negative"):
        BranchBudget(penalty=-0.1)
    with pytest.raises(ValueError, match="0 samples"):
        BranchBudget().split(0, 1.0, 1.0)
    with pytest.raises(ValueError, match="-1 consecutive"):
        BranchBudget().p_branch(0.0, -1)
