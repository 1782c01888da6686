"""The arithmetic of the bound, against channels whose information is known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lm.information_bound import estimate_from_matrix, sweep_contexts


def channel(n_letters, error, n_each, seed=0):
    """Samples of a symmetric channel, scored by its own law: letters in, one letter out."""
    rng = np.random.default_rng(seed)
    owners = np.repeat(np.arange(n_letters), n_each)
    shift = np.where(rng.random(len(owners)) < error, rng.integers(1, n_letters, len(owners)), 0)
    got = (owners + shift) % n_letters
    law = np.full((n_letters, n_letters), error / (n_letters - 1))
    np.fill_diagonal(law, 1.0 - error)
    return np.log(law)[:, got].T, owners.tolist()


@pytest.mark.parametrize("k", [2, 8, 30])
def test_a_copy_has_all_the_bits_that_there_are_contexts_for(k):
    matrix = np.where(np.eye(k, dtype=bool), 0.0, -np.inf)
    found = estimate_from_matrix(matrix, range(k))
    assert found.plain.nats == found.best.nats == found.ceiling_nats == pytest.approx(math.log(k), abs=1e-12)
    assert found.ceiling_bits == pytest.approx(math.log2(k))
    assert (found.is_saturated, found.top1, found.plain.negative_share) == (True, 1.0, 0.0)


def test_a_text_that_is_as_likely_under_every_context_has_no_bits_at_all():
    matrix = np.repeat(np.random.default_rng(1).normal(-70, 9, size=(24, 1)), 8, axis=1)
    found = estimate_from_matrix(matrix, np.repeat(np.arange(8), 3).tolist())
    assert found.plain.nats == 0.0 == found.best.nats
    assert found.best.interval_nats == (0.0, 0.0)
    assert found.top1 == pytest.approx(1 / 8)


@pytest.mark.parametrize("error", [0.05, 0.3, 0.7])
def test_a_symmetric_channel_has_the_bits_that_the_textbook_gives_it(error):
    k = 16
    matrix, owners = channel(k, error, 400)
    entropy = -error * math.log2(error) - (1 - error) * math.log2(1 - error)
    expected = math.log2(k) - entropy - error * math.log2(k - 1)
    found = estimate_from_matrix(matrix, owners)
    assert found.plain.bits == pytest.approx(expected, abs=0.06)
    assert found.fitted.bits == pytest.approx(expected, abs=0.06)
    assert max(found.temperatures) < 1.3
    low, high = found.best.interval_bits
    assert low < expected < high
    assert found.top1 == pytest.approx(1 - error, abs=0.03)


def test_texts_of_the_next_context_are_strongly_negative_and_clipped_to_nothing():
    rng = np.random.default_rng(2)
    matrix = rng.normal(-60, 3, size=(10, 10)) + 30 * np.eye(10)
    rotated = estimate_from_matrix(matrix, [(at + 1) % 10 for at in range(10)])
    assert rotated.plain.bits < -20
    assert (rotated.plain.clipped_bits, rotated.plain.negative_share, rotated.top1) == (0.0, 1.0, 0.0)
    assert rotated.fitted.bits < 0.0 == rotated.fitted.clipped_bits
    assert rotated.bits_per_token is None


def test_an_over_confident_scorer_is_cooled_by_the_other_half():
    rng = np.random.default_rng(3)
    truth = rng.normal(0, 1, size=(64, 64)) + 3 * np.eye(64)
    found = estimate_from_matrix(8 * truth, range(64))
    assert min(found.temperatures) > 1.4
    assert found.plain.bits < found.fitted.bits - 0.3
    assert found.top1 == estimate_from_matrix(truth, range(64)).top1


def test_where_a_half_makes_no_mistake_its_temperature_stays_at_one():
    matrix = np.full((8, 8), -40.0)
    np.fill_diagonal(matrix, -20.0)
    found = estimate_from_matrix(matrix, range(8))
    assert found.temperatures == (1.0, 1.0)
    assert found.fitted == found.plain


def test_a_temperature_is_fitted_without_the_half_that_it_is_applied_to():
    matrix = np.random.default_rng(4).normal(0, 4, size=(12, 12)) + 6 * np.eye(12)
    whole = estimate_from_matrix(matrix, range(12), seed=5)
    rng = np.random.default_rng(5)
    order = rng.permutation(np.arange(12))
    changed = order[::2]  # the first half: the second temperature is made of it alone
    other = matrix.copy()
    other[np.ix_(changed, changed)] = np.random.default_rng(6).normal(0, 30, size=(6, 6))
    again = estimate_from_matrix(other, range(12), seed=5)
    assert again.temperatures[0] == whole.temperatures[0]
    assert again.temperatures[1] != whole.temperatures[1]


def test_too_few_contexts_have_no_temperature():
    found = estimate_from_matrix(np.array([[-1.0, -2.0, -3.0], [-2.0, -1.0, -4.0], [-5.0, -2.0, -1.0]]), [0, 1, 2])
    assert found.fitted is None is found.temperatures
    assert found.best is found.plain


@settings(max_examples=60)
@given(
    arrays.arrays(np.float64, (6, 4), elements=st.floats(-1e4, 0)),
    st.lists(st.integers(0, 3), min_size=6, max_size=6),
)
def test_it_never_exceeds_the_ceiling(matrix, owners):
    found = estimate_from_matrix(matrix, owners, n_boot=20)
    for bound in (found.plain, found.best):
        assert bound.nats <= found.ceiling_nats + 1e-12
    assert 0.0 <= found.top1 <= 1.0
    assert found.terms_nats.max() <= math.log(4)


def test_groups_are_told_apart_within_themselves_and_averaged():
    rng = np.random.default_rng(7)
    one, other = rng.normal(-9, 2, (4, 4)) + 3 * np.eye(4), rng.normal(-9, 2, (6, 6)) + 3 * np.eye(6)
    matrix = np.full((10, 10), np.nan)
    matrix[:4, :4], matrix[4:, 4:] = one, other
    found = estimate_from_matrix(matrix, range(10), groups=["a"] * 4 + ["b"] * 6)
    of_one, of_other = (estimate_from_matrix(part, range(len(part))) for part in (one, other))
    assert found.plain.nats == pytest.approx((4 * of_one.plain.nats + 6 * of_other.plain.nats) / 10)
    assert found.ceiling_nats == pytest.approx((4 * math.log(4) + 6 * math.log(6)) / 10)
    assert found.n_groups == 2
    assert set(found.likeliest[:4]) <= set(range(4))


def test_a_context_counts_once_however_many_texts_it_has():
    matrix = np.array([[-1.0, -9.0], [-9.0, -1.0]])
    once = estimate_from_matrix(matrix, [0, 1])
    often = estimate_from_matrix(matrix[[0, 1, 1, 1]], [0, 1, 1, 1], kept_tokens=[2, 4, 4, 4])
    assert often.plain.nats == pytest.approx(once.plain.nats)
    assert (often.n_contexts, often.n_samples, often.mean_tokens) == (2, 4, 3.0)
    assert often.bits_per_token == pytest.approx(often.best.bits / 3.0)


def test_a_context_without_a_text_is_only_a_negative():
    matrix = np.array([[-1.0, -1.0, -1.0]])
    found = estimate_from_matrix(matrix, [0])
    assert (found.plain.nats, found.n_contexts, found.plain.interval_nats) == (0.0, 1, None)
    assert found.ceiling_nats == pytest.approx(math.log(3))


def test_a_sweep_shows_a_value_that_only_follows_its_ceiling():
    copies = np.where(np.eye(32, dtype=bool), -5.0, -500.0)
    points = sweep_contexts(copies, range(32))
    assert [point.n for point in points] == [8, 16, 32]
    assert [point.bits for point in points] == pytest.approx([3, 4, 5])
    assert all(point.is_saturated for point in points)
    noisy = np.random.default_rng(8).normal(0, 1, (32, 32)) + np.eye(32)
    assert not any(point.is_saturated for point in sweep_contexts(noisy, range(32)))
    with pytest.raises(ValueError, match="within groups"):
        sweep_contexts(np.array([[0.0, np.nan], [np.nan, 0.0]]), [0, 1])


@pytest.mark.parametrize(
    ("matrix", "owners", "said"),
    [
        (np.zeros((2, 2)), [0], "owners"),
        (np.zeros((2, 2)), [0, 2], "owners"),
        (np.empty((0, 2)), [], "texts"),
        (np.array([[-np.inf, 0.0]]), [0], "text 0 is impossible"),
        (np.array([[0.0, np.nan]]), [0], "no number"),
    ],
)
def test_what_is_no_matrix_of_texts_under_contexts_is_refused(matrix, owners, said):
    with pytest.raises(ValueError, match=said):
        estimate_from_matrix(matrix, owners)
