"""Cascades worked out from one table of judgements."""

import numpy as np
import pytest

from benchmarks.cascade import Judged, arms_of, balanced, judge_all, rows_of, table
from evals.support.labelled import LabelledClaim
from lm.scripted import ScriptedLM

EVEN = tuple(np.linspace(0, 1, 101))


def judged(first, judge, is_supported, *, cluster="d"):
    return Judged("made", cluster, is_supported, first, judge, 10)


def doubtful_middle(n=120):
    """Stage one is right where it is sure and guesses about .5; the judge is always right."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(n):
        truth = bool(i % 2)
        is_sure = i % 3 > 0
        first = (0.9 if truth else 0.1) if is_sure else float(rng.uniform(0.41, 0.59))
        rows.append(judged(first, float(truth), truth, cluster=f"d{i}"))
    return rows


def shares(rows, low, high):
    near = np.array([low < one.first < high for one in rows])
    return {arm.name: rows_of(rows, arm, boundary=0.5, by_mean=False).mean() for arm in arms_of(rows, near)}


def test_nobody_asked_is_stage_one_and_everybody_asked_is_the_judge():
    rows = doubtful_middle()
    alone = np.mean([(one.first >= 0.5) == one.is_supported for one in rows])
    assert list(shares(rows, 0.5, 0.5).values()) == pytest.approx([alone] * 3)
    assert list(shares(rows, 0.0, 1.0).values()) == pytest.approx([1.0] * 3)


def test_a_window_beats_chance_and_the_least_supported_where_doubt_is_in_the_middle():
    found = shares(doubtful_middle(), 0.4, 0.6)
    assert found["window"] == 1.0
    assert found["window"] > found["random"] + 0.05
    assert found["window"] > found["least supported"] + 0.05


def test_chance_is_the_exact_expectation_of_asking_as_many():
    rows = [judged(0.9, 0.0, False), judged(0.9, 0.0, False), judged(0.9, 1.0, True), judged(0.1, 1.0, True)]
    near = np.array([True, False, False, False])
    random = next(arm for arm in arms_of(rows, near) if arm.name == "random")
    assert rows_of(rows, random, boundary=0.5, by_mean=False).tolist() == [0.25, 0.25, 1.0, 0.25]


def test_without_an_opinion_stage_one_stands_at_its_own_boundary():
    rows = [judged(0.55, None, True)]
    everybody = arms_of(rows, np.array([True]))[0]
    assert rows_of(rows, everybody, boundary=0.6, by_mean=False).tolist() == [0.0]
    assert rows_of(rows, everybody, boundary=0.5, by_mean=False).tolist() == [1.0]


def test_the_mean_needs_more_of_a_judge_where_stage_one_is_against():
    rows = [judged(0.2, 0.7, True)]
    everybody = arms_of(rows, np.array([True]))[0]
    assert rows_of(rows, everybody, boundary=0.5, by_mean=False).tolist() == [1.0]
    assert rows_of(rows, everybody, boundary=0.5, by_mean=True).tolist() == [0.0]


def test_balanced_accuracy_does_not_reward_saying_yes():
    rows = [judged(0.9, None, True)] * 9 + [judged(0.9, None, False)]
    nobody = arms_of(rows, np.zeros(10, bool))[0]
    assert balanced(rows_of(rows, nobody, boundary=0.5, by_mean=False), rows) == pytest.approx(0.5)


def test_the_table_has_both_ends_and_the_tokens_of_those_who_were_asked():
    rows = doubtful_middle()
    lines = table(rows, [0.1], EVEN, boundary=0.5, seed=1).splitlines()
    assert len(lines) == 2 + 3 * 2
    cells = [line.split(" | ") for line in lines[2:]]
    assert cells[0][2] == "0.000" and cells[0][-1] == "0 |"
    assert cells[-1][2] == "1.000" and cells[-1][-1] == "1,200 |"
    assert "better" in cells[2][6]


def test_the_judge_is_asked_about_each_claim_until_the_time_is_over():
    claims = [
        LabelledClaim("made", "0", f"d{i}", "reporting", f"Gate {i}.", f"Gate {i} opened.", True) for i in range(3)
    ]
    judge = ScriptedLM(lambda request: "yes" if "Gate 1" in request.messages[-1].content else "?")
    found = judge_all(claims, [0.1, 0.2, 0.3], judge, seed=1, seconds=60.0)
    assert {one.first: one.judge for one in found} == {0.1: None, 0.2: 1.0, 0.3: None}
    assert judge_all(claims, [0.1, 0.2, 0.3], judge, seed=1, seconds=-1.0) == []
