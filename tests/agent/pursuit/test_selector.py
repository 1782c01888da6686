"""A toy world: eight animals, and questions of which one halves them; it is found, and beats asking at random."""

import math

import numpy as np
import pytest

from agent.pursuit.conformal import Scored, fit
from agent.pursuit.posterior import Posterior
from agent.pursuit.selector import ConformalQuerySelector

ANIMALS = tuple("abcdefgh")
# Each query parts the animals into those that it is true of, and the rest.
QUERIES = {
    "halves": set("abcd"),
    "one apart": set("a"),
    "all alike": set(ANIMALS),
    "quarters": set("ab"),
    "other half": set("aceg"),
    "third half": set("abef"),
}


def posterior_after(history, truth):
    """Of an observer who hears true answers and errs a little on each animal."""
    weights = np.ones(len(ANIMALS))
    for query in history:
        says = truth in QUERIES[query]
        weights *= [1.0 if (animal in QUERIES[query]) == says else 1e-3 for animal in ANIMALS]
    return Posterior(labels=ANIMALS, probabilities=tuple(weights / weights.sum()))


@pytest.fixture(scope="module")
def thresholds():
    """Calibrated on histories of random queries, length by length."""
    rng = np.random.default_rng(66)
    points = []
    for _ in range(600):
        truth = ANIMALS[rng.integers(8)]
        order = list(rng.permutation(list(QUERIES)))
        for k in range(4):
            points.append(Scored(k, posterior_after(order[:k], truth).score(truth)))
    return fit(points, alpha=0.1)


def simulate_first(query):
    """What each animal would answer."""
    return [posterior_after([query], animal) for animal in ANIMALS]


def test_the_question_that_halves_is_chosen(thresholds):
    selector = ConformalQuerySelector(thresholds)
    queries = ["one apart", "quarters", "all alike", "halves"]
    chosen = selector.select(0, queries, simulate_first)
    assert chosen.query == "halves"
    assert not chosen.stop
    scores = {c.query: c.score for c in chosen.candidates}
    assert scores["halves"] == pytest.approx(math.log(4))
    assert scores["all alike"] == pytest.approx(math.log(8))


def test_an_informative_query_never_makes_the_expected_set_larger(thresholds):
    selector = ConformalQuerySelector(thresholds)
    now = selector.expected_log_size([posterior_after([], "a")], 0)
    for query in QUERIES:
        assert selector.expected_log_size(simulate_first(query), 1) <= now + 1e-12


def set_after(n_asked, choose, thresholds, truth):
    history, possible = [], list(ANIMALS)
    for k in range(n_asked):
        left = [q for q in QUERIES if q not in history]

        def simulate(query, history=history, possible=possible):
            return [posterior_after([*history, query], x) for x in possible]

        history.append(choose(k, left, simulate))
        possible = [x for x in possible if (x in QUERIES[history[-1]]) == (truth in QUERIES[history[-1]])]
    return len(thresholds.predict_set(posterior_after(history, truth), n_asked))


def test_random_queries_leave_more_answers_open_at_the_same_length(thresholds):
    selector = ConformalQuerySelector(thresholds)
    rng = np.random.default_rng(7)
    truths = [ANIMALS[rng.integers(8)] for _ in range(60)]
    pursued = [set_after(3, lambda k, left, s: selector.select(k, left, s).query, thresholds, t) for t in truths]
    by_chance = [set_after(3, lambda k, left, s: left[rng.integers(len(left))], thresholds, t) for t in truths]
    assert np.mean(pursued) == 1.0
    assert np.mean(by_chance) > np.mean(pursued) + 0.5


def test_it_stops_when_no_query_is_better_than_another(thresholds):
    chosen = ConformalQuerySelector(thresholds).select(0, ["halves", "other half"], simulate_first)
    assert "no query is better" in chosen.stop
    assert len(chosen.candidates) == 2


def test_it_stops_at_the_most_queries_and_where_none_is_left(thresholds):
    selector = ConformalQuerySelector(thresholds, max_length=2)
    assert "2 queries" in selector.select(2, ["halves"], simulate_first).stop
    assert "no query is left" in selector.select(0, [], simulate_first).stop
    assert selector.select(0, ["halves"], simulate_first).stop == ""


def test_an_empty_set_is_no_certainty():
    sure_of_nothing = Posterior(labels=ANIMALS, probabilities=(0.125,) * 8)
    strict = fit([Scored(0, 0.1)] * 60, alpha=0.2)
    assert strict.predict_set(sure_of_nothing, 0) == ()
    assert ConformalQuerySelector(strict).expected_log_size([sure_of_nothing], 0) == math.log(8)


def test_an_expectation_over_nothing_is_refused(thresholds):
    with pytest.raises(ValueError, match="at least one"):
        ConformalQuerySelector(thresholds).select(0, ["halves", "quarters"], lambda query: [])
