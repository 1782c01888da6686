"""Coverage as promised, from honest and from dishonest probabilities; the bound on entropy; the rank by hand."""

import math

import numpy as np
import pytest
from scipy.stats import betabinom

from agent.pursuit.conformal import ALL_LABELS, Scored, Thresholds, fit, quantile
from agent.pursuit.posterior import OTHER, Posterior, from_samples

N_LABELS, N_CALIBRATION, N_TEST = 20, 1_000, 4_000


def drawn(rng, n, temperature, *, n_labels=N_LABELS):
    """Posteriors as a model states them at a temperature, and truths drawn from those of temperature 1."""
    logits = rng.normal(size=(n, n_labels)) * 1.7

    def softmax(rows):
        exps = np.exp(rows - rows.max(axis=1, keepdims=True))
        return exps / exps.sum(axis=1, keepdims=True)

    honest = softmax(logits)
    truths = np.array([rng.choice(n_labels, p=row) for row in honest])
    return softmax(logits / temperature), truths


def band(alpha, *, tail=1e-4):
    """Hits among the test points that chance allows for n exchangeable calibration points without ties."""
    missed = math.floor(round((N_CALIBRATION + 1) * alpha, 9))
    return betabinom.ppf([tail, 1 - tail], N_TEST, N_CALIBRATION + 1 - missed, missed)


def covered(threshold, stated, truths):
    return int(np.sum(1.0 - stated[np.arange(len(truths)), truths] <= threshold))


@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.2, 0.4])
@pytest.mark.parametrize("temperature", [0.3, 1.0, 3.0])
def test_the_truth_is_in_the_set_as_often_as_promised_however_badly_the_model_is_calibrated(alpha, temperature):
    rng = np.random.default_rng(66)
    stated, truths = drawn(rng, N_CALIBRATION, temperature)
    points = [Scored(0, float(1.0 - row[y])) for row, y in zip(stated, truths, strict=True)]
    low, high = band(alpha)
    assert low <= covered(fit(points, alpha=alpha).of(0), *drawn(rng, N_TEST, temperature)) <= high


@pytest.mark.parametrize("temperature", [0.3, 1.0, 3.0])
def test_the_threshold_as_the_paper_prints_it_covers_alpha_and_fails(temperature):
    rng = np.random.default_rng(66)
    alpha = 0.1
    stated, truths = drawn(rng, N_CALIBRATION, temperature)
    p_true = np.sort(stated[np.arange(N_CALIBRATION), truths])
    as_printed = p_true[math.ceil(round((1 - alpha) * (N_CALIBRATION + 1), 9)) - 1]
    stated, truths = drawn(rng, N_TEST, temperature)
    hits = int(np.sum(stated[np.arange(N_TEST), truths] > as_printed))
    assert hits < band(alpha)[0]
    assert hits / N_TEST == pytest.approx(alpha, abs=0.03)


def test_sets_hold_what_the_threshold_says():
    rng = np.random.default_rng(1)
    stated, truths = drawn(rng, 400, 0.3, n_labels=5)
    names = tuple("abcde")
    posteriors = [Posterior(labels=names, probabilities=tuple(row / row.sum())) for row in stated]
    thresholds = fit([Scored(0, p.score(names[y])) for p, y in zip(posteriors, truths, strict=True)], alpha=0.2)
    inside = [names[y] in thresholds.predict_set(p, 0) for p, y in zip(posteriors, truths, strict=True)]
    assert np.mean(inside) >= 0.8


def test_coarse_posteriors_of_five_samples_cover_at_least_as_often_as_promised():
    rng = np.random.default_rng(3)
    names = tuple("abcd")

    def point():
        p = rng.dirichlet(np.full(6, 0.7))  # two labels are never named: they are what OTHER is for
        y = "abcdef"[rng.choice(6, p=p)]
        return from_samples(list(rng.choice(list("abcdef"), size=5, p=p)), names), y

    points = [point() for _ in range(600)]
    thresholds = fit([Scored(0, p.score(y)) for p, y in points], alpha=0.2)
    held_out = [point() for _ in range(2_000)]
    inside = [(y if y in p.labels else OTHER) in thresholds.predict_set(p, 0) for p, y in held_out]
    assert np.mean(inside) >= 0.8 - 3 * math.sqrt(0.16 / 600 + 0.16 / 2_000)


def test_the_rank_is_the_ceiling_of_n_plus_one_times_one_minus_alpha():
    scores = [i / 100 for i in range(1, 20)]  # n = 19
    assert quantile(scores, 0.1) == 0.18
    assert quantile(scores, 0.5) == 0.10
    assert quantile(list(reversed(scores)), 0.05) == 0.19


def test_too_few_points_for_the_coverage_keep_every_label():
    thresholds = fit([Scored(0, 0.2)] * 8, alpha=0.1)
    assert thresholds.pooled == ALL_LABELS
    assert thresholds.predict_set(Posterior(labels=("a", "b"), probabilities=(1.0, 0.0)), 0) == ("a", "b")


def test_each_length_of_history_has_its_own_threshold_and_rare_lengths_share_one():
    points = [Scored(0, 0.9)] * 60 + [Scored(1, 0.1)] * 60 + [Scored(2, 0.5)] * 3
    thresholds = fit(points, alpha=0.2, min_calibration=50)
    assert (thresholds.of(0), thresholds.of(1)) == (0.9, 0.1)
    assert thresholds.of(2) == thresholds.of(7) == thresholds.pooled == 0.9
    assert Thresholds.model_validate_json(thresholds.model_dump_json()) == thresholds


def entropy_bound(*, alpha, n, n_labels, mean_set_size):
    """The most that H(Y|X) can be, in nats (Prop. 3.1): for alpha under a half, and scores without ties.

    Whether the truth is in the set; all labels where it is not; ln E|C| more than its share of coverage where it is.
    """
    most_covered = 1.0 - alpha + 1.0 / (n + 1)
    binary = -alpha * math.log(alpha) - (1.0 - alpha) * math.log(1.0 - alpha)
    slack = binary + alpha * math.log(n_labels) - most_covered * math.log(1.0 - alpha)
    return slack + most_covered * math.log(mean_set_size)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("alpha", [0.1, 0.3])
def test_proposition_3_1_bounds_the_entropy_of_joint_distributions(alpha, temperature):
    rng = np.random.default_rng(5)
    stated, truths = drawn(rng, N_CALIBRATION, temperature)
    threshold = quantile([float(1.0 - row[y]) for row, y in zip(stated, truths, strict=True)], alpha)
    logits = rng.normal(size=(N_TEST, N_LABELS)) * 1.7
    honest = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    seen = np.exp(logits / temperature) / np.exp(logits / temperature).sum(axis=1, keepdims=True)
    true_entropy = float(-(honest * np.log(honest)).sum(axis=1).mean())
    size = float((1.0 - seen <= threshold).sum(axis=1).mean())
    bound = entropy_bound(alpha=alpha, n=N_CALIBRATION, n_labels=N_LABELS, mean_set_size=size)
    assert true_entropy <= bound <= 3 * math.log(N_LABELS)


def test_the_bound_by_hand():
    # ln 2 for which side, half of ln 4 for the labels missed, and ln 2 for two that are left.
    bound = entropy_bound(alpha=0.4999999, n=10**9, n_labels=4, mean_set_size=1.0)
    assert bound == pytest.approx(math.log(2) + 0.5 * math.log(4) + 0.5 * math.log(2), abs=1e-5)


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1])
def test_a_share_that_is_none_is_refused(alpha):
    with pytest.raises(ValueError, match="alpha"):
        quantile([0.5], alpha)


def test_frequencies_are_smoothed_and_strangers_count_as_other():
    posterior = from_samples(["3 years", "3 years", "no idea"], ["3 years", "4 years"])
    assert dict(zip(posterior.labels, posterior.probabilities, strict=True)) == {
        "3 years": 3 / 6,
        "4 years": 1 / 6,
        OTHER: 2 / 6,
    }
    assert posterior.best == "3 years"
    assert posterior.score("5 years") == posterior.score(OTHER) == pytest.approx(2 / 3)


def test_what_is_no_distribution_is_refused():
    with pytest.raises(ValueError, match="sum to 1"):
        Posterior(labels=("a", "b"), probabilities=(0.9, 0.3))
    with pytest.raises(ValueError, match="pseudo_count"):
        from_samples(["a"], ["a"], pseudo_count=0.0)
