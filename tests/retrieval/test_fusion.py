import pytest

from retrieval.fusion import convex_combination, reciprocal_rank_fusion


def test_a_hand_worked_fusion_comes_out():
    fused = reciprocal_rank_fusion([["a", "b", "c"], ["c", "a"]])
    assert [item for item, _ in fused] == ["a", "c", "b"]
    assert dict(fused) == pytest.approx({"a": 1 / 61 + 1 / 62, "c": 1 / 63 + 1 / 61, "b": 1 / 62})


def test_weights_count_a_ranking_more():
    fused = reciprocal_rank_fusion([["a", "b"], ["b", "a"]], k=10, weights=[1.0, 2.0])
    assert dict(fused) == pytest.approx({"b": 1 / 12 + 2 / 11, "a": 1 / 11 + 2 / 12})
    assert fused[0][0] == "b"


def test_ties_keep_the_order_of_first_sight():
    assert [item for item, _ in reciprocal_rank_fusion([["z"], ["a"], ["m"]])] == ["z", "a", "m"]


def test_one_ranking_keeps_its_order():
    assert [item for item, _ in reciprocal_rank_fusion([[3, 1, 2]])] == [3, 1, 2]


def test_nothing_fused_is_nothing():
    assert reciprocal_rank_fusion([]) == []
    assert reciprocal_rank_fusion([[], []]) == []


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="2 rankings but 1 weights"):
        reciprocal_rank_fusion([["a"], ["b"]], weights=[1.0])


def test_a_ranking_with_an_item_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        reciprocal_rank_fusion([["a", "b", "a"]])


def test_a_hand_worked_convex_combination_comes_out():
    scores = convex_combination({"a": 8.0, "b": 4.0}, {"a": 0.1, "b": 0.9, "c": 0.5}, lexical_weight=0.4)
    assert scores == pytest.approx({"a": 0.4 + 0.06, "b": 0.2 + 0.54, "c": 0.3})


def test_the_scale_of_lexical_scores_does_not_matter():
    small = convex_combination({"a": 2.0, "b": 1.0}, {"b": 0.5}, lexical_weight=0.3)
    large = convex_combination({"a": 200.0, "b": 100.0}, {"b": 0.5}, lexical_weight=0.3)
    assert small == pytest.approx(large)


def test_without_lexical_scores_the_cosines_decide():
    assert convex_combination({}, {"a": 0.2, "b": 0.4}, lexical_weight=0.5) == pytest.approx({"a": 0.1, "b": 0.2})


def test_a_weight_outside_its_range_is_refused():
    with pytest.raises(ValueError, match=r"1\.5"):
        convex_combination({}, {}, lexical_weight=1.5)
