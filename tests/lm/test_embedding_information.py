import math

import numpy as np
import pytest

from lm.embedding_information import estimate_from_embeddings


def gaussians(n, dim, rho, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, dim))
    return x, rho * x + math.sqrt(1 - rho**2) * rng.normal(size=(n, dim))


def test_one_correlated_number_is_found_within_a_tenth_and_whatever_its_scale():
    x, y = gaussians(2000, 1, 0.9)
    found = estimate_from_embeddings(x, y)
    truth = -0.5 * math.log(1 - 0.9**2)
    assert found.refused == ""
    assert found.nats == pytest.approx(truth, rel=0.1)
    assert found.interval_nats[0] < truth < found.interval_nats[1]
    assert found.control_nats < 0.05
    assert estimate_from_embeddings(-7 * x + 3, y / 100).nats == pytest.approx(found.nats, abs=0.02)


def test_more_than_a_batch_can_show_is_flagged_and_not_returned():
    x, y = gaussians(700, 5, 0.9)
    found = estimate_from_embeddings(x, y, batch=32)
    assert found.ceiling_nats == pytest.approx(math.log(32))
    assert 2.2 < found.at_all_nats <= math.log(32) < -2.5 * math.log(1 - 0.9**2)
    assert found.nats is None
    assert "ceiling" in found.refused


def test_independent_vectors_share_nothing():
    x, y = gaussians(600, 3, 0.0)
    found = estimate_from_embeddings(x, y)
    assert found.refused == ""
    assert found.interval_nats[0] <= 0.0 <= found.interval_nats[1]
    assert found.at_all_nats < 0.05


def test_a_few_pairs_are_refused():
    x, y = gaussians(40, 2, 0.9)
    found = estimate_from_embeddings(x, y)
    assert found.nats is None
    assert "40 pairs" in found.refused


def test_vectors_that_do_not_pair_are_an_error():
    x, y = gaussians(100, 2, 0.5)
    with pytest.raises(ValueError, match="as many"):
        estimate_from_embeddings(x, y[:-1])
    with pytest.raises(ValueError, match="gammas"):
        estimate_from_embeddings(x, y, gammas=(1, 2))
