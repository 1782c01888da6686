import numpy as np
import pytest

from evals.metrics import bootstrap_ci95, mrr, ndcg_at_k, recall_at_k


def test_recall_is_the_share_of_relevant_ids_found():
    assert recall_at_k(["a", "b", "c", "d"], {"b", "d", "z"}, 2) == pytest.approx(1 / 3)
    assert recall_at_k(["a", "b", "c", "d"], {"b", "d", "z"}, 4) == pytest.approx(2 / 3)
    assert recall_at_k([], {"a"}, 5) == 0.0


def test_a_repeated_id_does_not_count_twice():
    assert recall_at_k(["a", "a"], {"a", "b"}, 2) == pytest.approx(0.5)
    assert recall_at_k(["a"], ["a", "a"], 2) == pytest.approx(1.0)
    assert ndcg_at_k(["a", "a"], {"a", "b"}, 2) == ndcg_at_k(["a"], {"a", "b"}, 2)


def test_mrr_is_one_over_the_first_relevant_rank():
    assert mrr(["a", "b", "c"], {"c", "b"}, 10) == pytest.approx(0.5)
    assert mrr(["a", "b", "c"], {"c"}, 2) == 0.0


def test_a_hand_worked_ndcg_comes_out():
    # Gains at ranks 1 and 3 over the best order's ranks 1 and 2.
    assert ndcg_at_k(["a", "x", "b"], {"a", "b"}, 10) == pytest.approx((1 + 1 / 2) / (1 + 1 / np.log2(3)))


def test_the_best_order_has_ndcg_one():
    assert ndcg_at_k(["a", "b", "x"], {"a", "b"}, 3) == pytest.approx(1.0)
    assert ndcg_at_k(["a"], {"a", "b", "c"}, 1) == pytest.approx(1.0)


@pytest.mark.parametrize("measure", [recall_at_k, mrr, ndcg_at_k])
def test_measures_without_relevant_ids_or_with_no_depth_are_refused(measure):
    with pytest.raises(ValueError, match="relevant"):
        measure(["a"], set(), 5)
    with pytest.raises(ValueError, match="at least 1"):
        measure(["a"], {"a"}, 0)


def test_the_interval_is_about_two_standard_errors_wide():
    values = np.random.default_rng(1).normal(size=400).tolist()
    low, high = bootstrap_ci95(values, np.random.default_rng(0))
    standard_error = np.std(values) / np.sqrt(400)
    assert low < np.mean(values) < high
    assert (high - low) == pytest.approx(2 * 1.96 * standard_error, rel=0.1)


def test_the_interval_of_a_constant_is_a_point():
    assert bootstrap_ci95([0.5] * 10, np.random.default_rng(0)) == (0.5, 0.5)


def test_the_same_seed_gives_the_same_interval():
    values = [0.0, 1.0, 1.0, 0.5]
    assert bootstrap_ci95(values, np.random.default_rng(7)) == bootstrap_ci95(values, np.random.default_rng(7))


def test_no_values_have_no_interval():
    with pytest.raises(ValueError, match="no values"):
        bootstrap_ci95([], np.random.default_rng(0))
