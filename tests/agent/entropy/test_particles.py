"""Resampling: its law, its temperature, and a tree whose early scores deceive."""

import numpy as np
import pytest

from agent.entropy.particles import EntropicResampler, log_weights, shares, systematic


def test_every_particle_comes_the_floor_or_the_ceiling_of_its_share():
    rng = np.random.default_rng(1)
    for _ in range(200):
        n = int(rng.integers(1, 20))
        pi = rng.dirichlet(np.full(n, 0.4))
        counts = np.bincount(systematic(pi, float(rng.random())), minlength=n)
        assert counts.sum() == n
        assert np.all((counts >= np.floor(n * pi - 1e-9)) & (counts <= np.ceil(n * pi + 1e-9)))


@pytest.mark.parametrize("t", range(11))
def test_nothing_is_flattened_late_or_while_half_the_particles_count(t):
    rng = np.random.default_rng(2)
    resampler = EntropicResampler()
    heated = 0
    for _ in range(100):
        log_w = rng.normal(scale=float(rng.uniform(0.0, 4.0)), size=8)
        found = resampler.step(log_w, t, 10, rng)
        if found.effective / 8 >= 0.5 or t >= 5:
            assert found.temperature == 1.0
        else:
            assert found.temperature == pytest.approx(max(1.0, 8 / found.effective * (1 - t / 10)))
            heated += found.temperature > 1.0
    assert (heated > 10) == (t < 5)


def test_effective_particles_of_equal_and_of_single_weights():
    rng = np.random.default_rng(3)
    assert EntropicResampler().step(np.zeros(6), 0, 10, rng).effective == pytest.approx(6.0)
    lone = EntropicResampler().step(np.array([0.0, -50.0, -50.0]), 9, 10, rng)
    assert lone.effective == pytest.approx(1.0)
    assert lone.indices == (0, 0, 0)


def test_scores_are_clipped_and_shares_sum_to_one():
    log_w = log_weights([0.0, 0.5, 1.0])
    assert log_w[1] == pytest.approx(0.0)
    assert log_w[2] == pytest.approx(-log_w[0]) and np.isfinite(log_w).all()
    assert shares(log_w, 3.0).sum() == pytest.approx(1.0)


@pytest.mark.parametrize(("log_w", "t"), [([], 0), ([0.0, float("nan")], 0), ([0.0], 11), ([0.0], -1)])
def test_what_cannot_be_resampled_is_refused(log_w, t):
    with pytest.raises(ValueError, match="particles"):
        EntropicResampler().step(np.array(log_w), t, 10, np.random.default_rng(0))


class Plain(EntropicResampler):
    """A particle filter without a temperature."""

    def temperature(self, effective_share, t, n_steps):
        return 1.0


def ends_well(resampler, n, seed, *, n_steps=10):
    """A tree that deceives: one first step in five looks good for two of ten steps, and is worthless after them."""
    rng = np.random.default_rng(seed)
    is_trap = rng.random(n) < 0.2
    for t in range(n_steps):
        scores = np.where(is_trap, 0.95 if t < 2 else 0.1, 0.3 if t < 2 else 0.9)
        log_w = log_weights(np.clip(scores + rng.normal(scale=0.05, size=n), 0.0, 1.0))
        is_trap = is_trap[list(resampler.step(log_w, t, n_steps, rng).indices)]
    return not is_trap.all()


@pytest.mark.parametrize("n", [4, 8])
def test_on_a_deceptive_tree_it_beats_the_plain_filter(n):
    runs = range(500)
    entropic = np.array([ends_well(EntropicResampler(), n, seed) for seed in runs])
    plain = np.array([ends_well(Plain(), n, seed) for seed in runs])
    wins, losses = np.sum(entropic & ~plain), np.sum(plain & ~entropic)
    # McNemar's z over runs that differ: far beyond chance.
    assert (wins - losses) / np.sqrt(wins + losses) > 3.0
