"""Affinity by hand, and the laws of the groups that it makes."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm.embedding import FloatArray
from memory import affinity as module
from memory.affinity import affinity, clusters, pairs_over, reach_days

SAME = np.asarray([[1.0, 0.0]], dtype=np.float32)


def unit(rows: np.ndarray) -> FloatArray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def crowd(seed: int, n: int, n_topics: int = 12, days: float = 20.0) -> tuple[FloatArray, np.ndarray]:
    rng = np.random.default_rng(seed)
    topics = rng.normal(size=(n_topics, 16))
    vectors = topics[rng.integers(n_topics, size=n)] + rng.normal(scale=0.35, size=(n, 16))
    return unit(vectors), rng.uniform(0, days, size=n)


def plain_groups(vectors: FloatArray, days: np.ndarray, threshold: float = 0.85) -> list[list[int]]:
    """Average linkage as its definition says: join the two groups of the highest mean until none is over."""
    groups = [[i] for i in range(len(vectors))]
    cosines = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    pair = 0.7 * cosines + 0.3 * np.exp(-0.1 * np.abs(days[:, None] - days[None, :]))
    while len(groups) > 1:
        means = {
            (a, b): pair[np.ix_(groups[a], groups[b])].mean() for a, b in itertools.combinations(range(len(groups)), 2)
        }
        (a, b), best = max(means.items(), key=lambda item: item[1])
        if best <= threshold:
            break
        groups[a] += groups.pop(b)
    return sorted(sorted(group) for group in groups if len(group) > 1)


def test_affinity_as_worked_out_by_hand():
    assert affinity(1.0, 0.0) == pytest.approx(1.0)
    assert affinity(1.0, 10.0) == pytest.approx(0.7 + 0.3 * math.exp(-1))
    assert affinity(0.5, 0.0, beta=0.4) == pytest.approx(0.8)


@given(st.floats(-1, 1), st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 1))
def test_affinity_is_symmetric_in_time_and_never_rises_with_it(cosine, near, more, beta):
    assert affinity(cosine, near, beta=beta) == affinity(cosine, -near, beta=beta)
    assert affinity(cosine, near + more, beta=beta) <= affinity(cosine, near, beta=beta)


def test_identical_facts_ten_days_apart_stay_apart_and_one_day_apart_merge():
    twice = np.repeat(SAME, 2, axis=0)
    assert clusters(twice, [0.0, 10.0]) == []
    assert clusters(twice, [0.0, 1.0]) == [[0, 1]]


def test_reach_is_where_identical_facts_fall_under_the_threshold():
    assert reach_days() == pytest.approx(math.log(2) / 0.1)
    twice = np.repeat(SAME, 2, axis=0)
    assert clusters(twice, [0.0, reach_days() - 0.001]) == [[0, 1]]
    assert clusters(twice, [0.0, reach_days() + 0.001]) == []
    assert reach_days(decay=0.0) == reach_days(beta=0.9) == math.inf
    assert reach_days(threshold=1.0) < 0


@pytest.mark.parametrize("seed", range(6))
def test_groups_are_those_of_average_linkage_over_the_whole_matrix(seed):
    vectors, days = crowd(seed, 60)
    found = clusters(vectors, days)
    assert found
    assert found == plain_groups(vectors, days)


@pytest.mark.parametrize("seed", range(4))
def test_blocks_make_no_difference(seed, monkeypatch):
    vectors, days = crowd(seed, 150)
    whole = clusters(vectors, days)
    monkeypatch.setattr(module, "_BLOCK_ROWS", 7)
    assert clusters(vectors, days) == whole


@pytest.mark.parametrize("seed", range(6))
def test_the_mean_affinity_of_every_group_is_over_the_threshold(seed):
    vectors, days = crowd(seed, 200)
    for group in clusters(vectors, days):
        pairs = [
            affinity(float(vectors[i] @ vectors[j]), days[i] - days[j]) for i, j in itertools.combinations(group, 2)
        ]
        assert sum(pairs) / len(pairs) > 0.85


@pytest.mark.parametrize("seed", range(6))
def test_taking_a_group_away_leaves_the_others_as_they_are_even_when_all_are_alike(seed):
    rng = np.random.default_rng(seed)
    # the same words once a day for a month: every neighbour is as near as the next
    vectors, days, keys = np.repeat(SAME, 30, axis=0), np.arange(30.0), rng.random(30)
    found = clusters(vectors, days, keys=keys)
    assert len(found) > 2
    gone = found[seed % len(found)]
    left = [row for row in range(30) if row not in gone]
    again = clusters(vectors[left], days[left], keys=keys[left])
    assert [[left[row] for row in group] for group in again] == [group for group in found if group != gone]


def test_rows_that_must_stay_apart_never_share_a_group():
    vectors, days = np.repeat(SAME, 6, axis=0), np.zeros(6)
    found = clusters(vectors, days, apart=lambda i, j: {i, j} in ({0, 1}, {2, 3}))
    assert all(not ({0, 1} <= set(group) or {2, 3} <= set(group)) for group in found)
    assert sorted(row for group in found for row in group) == list(range(6))


def test_more_units_than_a_matrix_may_hold_are_grouped_by_and_by(monkeypatch):
    vectors, days = crowd(3, 300, n_topics=3, days=1.0)
    monkeypatch.setattr(module, "_MAX_TOGETHER", 25)
    found = clusters(vectors, days)
    assert found
    rows = [row for group in found for row in group]
    assert len(rows) == len(set(rows))
    same = clusters(np.repeat(SAME, 80, axis=0), np.linspace(0, 1, 80))
    assert sorted(row for group in same for row in group) == list(range(80))


def test_nothing_and_one_thing_have_no_groups():
    assert clusters(np.empty((0, 2), dtype=np.float32), []) == []
    assert clusters(SAME, [0.0]) == []


def test_pairs_over_a_floor_are_all_found_once():
    vectors, _ = crowd(1, 40)
    cosines = vectors @ vectors.T
    expected = [(i, j) for i, j in itertools.combinations(range(40), 2) if cosines[i, j] > 0.6]
    assert sorted(pairs_over(vectors, 0.6)) == expected


def test_wrong_numbers_are_refused():
    with pytest.raises(ValueError, match="2 times"):
        clusters(SAME, [0.0, 1.0])
    with pytest.raises(ValueError, match="share"):
        clusters(SAME, [0.0], beta=1.5)


def test_rows_that_stand_for_several_things_are_as_near_in_time_as_their_pairs_on_average():
    same = np.ones((2, 1), dtype=np.float32)
    # mean of e^-1 and e^-.5: .846, under the threshold; of e^-.5 and e^-.2: .914
    assert clusters(same, [[0.0, 5.0], 10.0]) == []
    assert clusters(same, [7.0, [5.0, 2.0]]) == [[0, 1]]
    with pytest.raises(ValueError, match="a time"):
        clusters(same, [[], 1.0])
