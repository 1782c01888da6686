"""EPR against cases worked out by hand, and the law that its tail bound is one."""

import math

import numpy as np
import pytest

from agent.entropy.production import entropy_production, terms_of


def uniform(n):
    return [math.log(1 / n)] * n


def test_fifteen_of_sixteen_equal_tokens_show_fifteen_sixteenths_of_four_bits():
    found = entropy_production([uniform(16)], k=15)
    assert found.epr_bits == pytest.approx(3.75)
    assert found.k == 15


def test_a_sure_token_shows_nothing():
    assert entropy_production([[0.0, -math.inf, -9999.0]]).epr_bits == 0.0


def test_the_rate_is_a_mean_and_the_maximum_a_maximum():
    found = entropy_production([uniform(2), [0.0, -50.0]], k=2)
    assert (found.epr_bits, found.max_bits, found.n_tokens) == (pytest.approx(0.5), pytest.approx(1.0), 2)


def test_what_is_shown_and_the_bound_on_the_rest_are_never_less_than_the_entropy():
    rng = np.random.default_rng(0)
    for _ in range(200):
        logits = rng.normal(scale=rng.uniform(0.1, 6.0), size=50)
        p = np.exp(logits - np.logaddexp.reduce(logits))
        exact = float(-(p * np.log2(p)).sum())
        found = entropy_production([np.sort(np.log(p))[::-1][:15].tolist()], n_support=50)
        assert found.epr_bits <= exact + 1e-6 <= found.epr_bits + found.tail_bits + 3e-6


def test_more_alternatives_show_no_less():
    nats = np.log(np.random.default_rng(1).dirichlet(np.ones(40))).tolist()
    rates = [entropy_production([nats], k=k).epr_bits for k in range(1, 16)]
    assert rates == sorted(rates)


def test_where_a_position_has_fewer_alternatives_the_result_says_so():
    assert entropy_production([uniform(8), uniform(20)]).k == 8
    with pytest.raises(ValueError, match="position 0 has 8 alternatives, 15 are wanted"):
        terms_of([uniform(8)])


@pytest.mark.parametrize("tops", [[], [[]], [[0.0], []]])
def test_without_tokens_or_alternatives_there_is_no_rate(tops):
    assert entropy_production(tops) is None
