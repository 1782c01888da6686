"""Signs by hand, and fitted cut-offs against always saying normal and against chance, on questions not fitted on."""

import math
import random

import pytest

from agent.difficulty import (
    DIFFICULTIES,
    ROUTES,
    Cutoffs,
    Signs,
    difficulty_of,
    fit_cutoffs,
    loss,
    signs_of,
)


def test_answers_that_agree_and_stand_in_the_evidence():
    signs = signs_of(["3 years", "3 Years.", "the 3 years"], ["(Court) He got 3 years in prison."])
    assert signs == Signs(agreement=1.0, entropy=0.0, coverage=1.0)


def test_answers_that_differ_and_stand_nowhere():
    signs = signs_of(["Rome", "Oslo", "unknown"], ["Nothing of the kind."])
    assert signs.agreement == pytest.approx(1 / 3)
    assert signs.entropy == pytest.approx(math.log(3))
    assert signs.coverage == 0.0


def test_two_that_decline_do_not_agree():
    assert signs_of(["not stated", "not stated", "Rome"], []).agreement == pytest.approx(1 / 3)


def test_two_of_three():
    signs = signs_of(["red fox", "red fox", "cat"], ["A red x."])
    assert signs.entropy == pytest.approx(-(2 / 3) * math.log(2 / 3) - (1 / 3) * math.log(1 / 3))
    assert signs.coverage == pytest.approx((0.5 + 0.5 + 0.0) / 3)


def test_no_answers_are_refused():
    with pytest.raises(ValueError, match="no answers"):
        signs_of([], ["a"])


def synthetic(n, seed):
    """Questions whose signs lean on their difficulty, and lie one time in seven."""
    rng = random.Random(seed)
    signs, labels = [], []
    for _ in range(n):
        label = rng.choices(DIFFICULTIES, weights=[5, 3, 2])[0]
        shown = label if rng.random() > 1 / 7 else rng.choice(DIFFICULTIES)
        groups = {"easy": (3,), "normal": (2, 1), "hard": (1, 1, 1)}[shown]
        coverage = {"easy": 0.9, "normal": 0.7, "hard": 0.25}[shown] + rng.uniform(-0.1, 0.1)
        shares = [group / 3 for group in groups]
        entropy = abs(-sum(share * math.log(share) for share in shares))
        signs.append(Signs(agreement=max(shares), entropy=entropy, coverage=coverage))
        labels.append(label)
    return signs, labels


def test_fitted_cutoffs_beat_always_normal_and_a_random_router_on_questions_they_have_not_seen():
    cutoffs = fit_cutoffs(*synthetic(200, seed=1))
    signs, true = synthetic(600, seed=2)
    told = [cutoffs.label(s) for s in signs]
    rng = random.Random(3)
    shuffled = rng.sample(told, len(told))  # the same frequencies
    routed = loss(told, true)
    assert routed < 0.15
    assert loss(["normal"] * len(true), true) > routed + 0.1
    assert loss(shuffled, true) > routed + 0.2


def test_equal_classes_weigh_alike_however_rare():
    true = ["easy"] * 9 + ["hard"]
    assert loss(["easy"] * 10, true) == 0.5
    assert loss(true, true) == 0.0
    assert loss(["normal"] * 10, true) == 0.5


def test_signs_that_say_nothing_give_no_better_than_chance():
    rng = random.Random(4)
    signs, true = synthetic(300, seed=5)
    rng.shuffle(true)
    cutoffs = fit_cutoffs(signs, true)
    held_signs, held_true = synthetic(300, seed=6)
    rng.shuffle(held_true)
    assert loss([cutoffs.label(s) for s in held_signs], held_true) > 0.25


def test_hard_reads_deeper_and_easy_is_told_in_fewer_words():
    cutoffs = Cutoffs(easy_agreement=1.0, easy_entropy=0.0, hard_agreement=0.5, hard_coverage=0.5, n=9, loss=0.1)
    easy = cutoffs.route(Signs(agreement=1.0, entropy=0.0, coverage=1.0))
    hard = cutoffs.route(Signs(agreement=1 / 3, entropy=math.log(3), coverage=0.2))
    normal = cutoffs.route(Signs(agreement=2 / 3, entropy=0.6, coverage=0.2))
    assert (easy.label, normal.label, hard.label) == DIFFICULTIES
    assert hard.depth > normal.depth > easy.depth
    assert easy.length < hard.length < normal.length
    assert set(ROUTES) == set(DIFFICULTIES)


@pytest.mark.parametrize(("n_right", "label"), [(3, "easy"), (2, "normal"), (1, "normal"), (0, "hard")])
def test_the_true_difficulty_is_how_many_answers_were_right(n_right, label):
    assert difficulty_of(n_right, 3) == label
