import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from evals.metrics.ranking import mrr, ndcg_at_k, recall_at_k


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


def test_ndcg_agrees_with_sklearn():
    rng = np.random.default_rng(0)
    for _ in range(20):
        ids = [f"d{i}" for i in range(12)]
        relevant = set(rng.choice(ids, size=4, replace=False))
        reference = ndcg_score([[float(id_ in relevant) for id_ in ids]], [list(range(12, 0, -1))], k=5)
        assert ndcg_at_k(ids, relevant, 5) == pytest.approx(reference)
