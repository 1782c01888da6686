import numpy as np
import pytest

from evals.metrics.headings import heading_soft_recall, soft_cardinality, soft_recall
from tests.bag_embedder import BagEmbedder


def test_soft_cardinality_counts_what_is_different():
    assert soft_cardinality(np.eye(4)) == pytest.approx(4.0)
    assert soft_cardinality(np.ones((4, 4))) == pytest.approx(1.0)
    assert soft_cardinality([]) == 0.0
    # Two half alike: 1 / 1.5 each.
    assert soft_cardinality([[1.0, 0.5], [0.5, 1.0]]) == pytest.approx(4 / 3)


def test_negative_similarities_count_as_none_and_the_diagonal_as_one():
    assert soft_cardinality([[1.0, -0.4], [-0.4, 1.0]]) == pytest.approx(2.0)
    assert soft_cardinality([[0.0]]) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="square"):
        soft_cardinality([[1.0, 0.5]])


def test_a_hand_worked_soft_recall_comes_out():
    # Gold 0 and 1, predicted 2, which is half like 0 and nothing else.
    matrix = [[1.0, 0.0, 0.5], [0.0, 1.0, 0.0], [0.5, 0.0, 1.0]]
    union = 1 / 1.5 + 1 + 1 / 1.5
    assert soft_recall(matrix, [0, 1], [2]) == pytest.approx((2 + 1 - union) / 2)


def test_the_gold_headings_recall_themselves_and_others_nothing():
    gold = ["Early life", "Career", "Awards and honours"]
    assert heading_soft_recall(gold, gold, BagEmbedder()) == pytest.approx(1.0)
    assert heading_soft_recall(gold, ["Geology", "Climate"], BagEmbedder()) == pytest.approx(0.0, abs=1e-6)
    assert 0.0 < heading_soft_recall(gold, ["Life and career"], BagEmbedder()) < 1.0


def test_repeating_a_heading_gains_nothing():
    gold = ["Early life", "Career"]
    once = heading_soft_recall(gold, ["Career"], BagEmbedder())
    assert heading_soft_recall(gold, ["Career", "Career"], BagEmbedder()) == once == pytest.approx(0.5)


def test_without_headings_there_is_nothing_to_recall():
    assert heading_soft_recall([], ["Career"], BagEmbedder()) is None
    assert heading_soft_recall(["Career"], [], BagEmbedder()) == 0.0
    assert soft_recall(np.eye(2), [], [0]) is None
