import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap

from evals.effect_size import detectable_difference
from evals.metrics.calibration import auroc
from evals.statistics import (
    bootstrap_ci95,
    clustered_ci95,
    holm,
    mcnemar_exact,
    mean_ci95,
    measure_ci95,
    paired_difference,
    paired_measure_difference,
)


def test_the_interval_is_about_two_standard_errors_wide():
    values = np.random.default_rng(1).normal(size=400).tolist()
    low, high = bootstrap_ci95(values, np.random.default_rng(0))
    standard_error = np.std(values) / np.sqrt(400)
    assert low < np.mean(values) < high
    assert (high - low) == pytest.approx(2 * 1.96 * standard_error, rel=0.1)


def test_the_interval_of_a_constant_is_a_point():
    assert bootstrap_ci95([0.5] * 10, np.random.default_rng(0)) == (0.5, 0.5)


def test_the_same_seed_gives_the_same_interval():
    values = [0.0, 1.0, 1.0, 0.5]
    assert bootstrap_ci95(values, np.random.default_rng(7)) == bootstrap_ci95(values, np.random.default_rng(7))


def test_no_values_have_no_interval():
    with pytest.raises(ValueError, match="no values"):
        bootstrap_ci95([], np.random.default_rng(0))


def test_the_interval_is_that_of_scipy():
    values = np.random.default_rng(1).random(80)
    reference = bootstrap((values,), np.mean, method="percentile", n_resamples=4000, rng=np.random.default_rng(0))
    ours = bootstrap_ci95(values.tolist(), np.random.default_rng(0), n_resamples=4000)
    assert ours == pytest.approx(tuple(reference.confidence_interval), abs=0.005)


def test_a_long_run_is_resampled_in_blocks_and_gives_the_same_as_at_once(monkeypatch):
    values = np.random.default_rng(1).random(70).tolist()
    at_once = bootstrap_ci95(values, np.random.default_rng(0), n_resamples=300)
    monkeypatch.setattr("evals.statistics._BLOCK", 1000)
    assert bootstrap_ci95(values, np.random.default_rng(0), n_resamples=300) == at_once


def test_the_interval_of_a_mean_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(5)
    covered = []
    for values in rng.exponential(size=(600, 60)) - 1.0:
        low, high = bootstrap_ci95(values.tolist(), rng, n_resamples=400)
        covered.append(low <= 0.0 <= high)
    assert 0.92 <= np.mean(covered) <= 0.98


def test_only_the_clustered_interval_covers_the_truth_where_items_share_a_document():
    rng = np.random.default_rng(6)
    clusters = np.repeat(np.arange(40), 5).tolist()
    plain, clustered = [], []
    for _ in range(400):
        values = np.repeat(rng.normal(size=40), 5) + 0.5 * rng.normal(size=200)
        low, high = bootstrap_ci95(values.tolist(), rng, n_resamples=300)
        plain.append(low <= 0.0 <= high)
        low, high = clustered_ci95(values.tolist(), clusters, rng, n_resamples=300)
        clustered.append(low <= 0.0 <= high)
    assert np.mean(plain) < 0.75
    assert 0.92 <= np.mean(clustered) <= 0.98


def test_with_a_cluster_for_each_item_the_intervals_are_the_same():
    values = [0.0, 1.0, 1.0, 0.5]
    plain = bootstrap_ci95(values, np.random.default_rng(7))
    assert clustered_ci95(values, list("abcd"), np.random.default_rng(7)) == pytest.approx(plain)


def test_a_larger_cluster_weighs_more():
    values = np.random.default_rng(1).random(60).tolist()
    clusters = [min(i, 40) for i in range(60)]
    whole = measure_ci95(lambda places: float(np.mean([values[i] for i in places])), clusters, np.random.default_rng(0))
    assert clustered_ci95(values, clusters, np.random.default_rng(0), n_resamples=500) == pytest.approx(whole)


def test_clusters_must_be_as_many_as_values():
    with pytest.raises(ValueError, match="2 values but 1 clusters"):
        clustered_ci95([0.0, 1.0], ["a"], np.random.default_rng(0))
    with pytest.raises(ValueError, match="at least 1"):
        bootstrap_ci95([1.0], np.random.default_rng(0), n_resamples=0)


def test_a_measure_of_all_items_has_an_interval_too():
    rng = np.random.default_rng(2)
    right = (rng.random(150) < 0.5).astype(float)
    scores = right + rng.normal(size=150)

    def measure(places):
        return auroc([scores[i] for i in places], [right[i] for i in places])

    low, high = measure_ci95(measure, range(150), np.random.default_rng(0), n_resamples=200)
    assert 0.5 < low < measure(range(150)) < high < 0.9
    pairs = measure_ci95(measure, [i // 2 for i in range(150)], np.random.default_rng(0), n_resamples=200)
    assert pairs != (low, high)


def test_a_measure_that_is_often_undefined_has_no_interval():
    assert measure_ci95(lambda places: None, range(5), np.random.default_rng(0)) is None
    assert measure_ci95(lambda places: None if 0 in places else 1.0, range(2), np.random.default_rng(0)) is None
    with pytest.raises(ValueError, match="no items"):
        measure_ci95(lambda places: 1.0, [], np.random.default_rng(0))


def test_a_clear_difference_is_better_or_worse_and_a_small_one_not_known():
    rng = np.random.default_rng(3)
    a = (rng.random(200) < 0.4).astype(float).tolist()
    b = [max(score, float(rng.random() < 0.3)) for score in a]
    difference = paired_difference(a, b, np.random.default_rng(0))
    assert difference.verdict == "better"
    assert difference.low < difference.mean < difference.high
    assert difference.p < 0.01
    assert paired_difference(b, a, np.random.default_rng(0)).verdict == "worse"
    noise = [1.0 - score if rng.random() < 0.1 else score for score in a]
    unclear = paired_difference(a, noise, np.random.default_rng(0))
    assert (unclear.verdict, unclear.p > 0.05) == ("not known", True)


def test_no_difference_has_p_one():
    same = paired_difference([0.0, 1.0] * 20, [0.0, 1.0] * 20, np.random.default_rng(0))
    assert (same.mean, same.low, same.high, same.p, same.effect) == (0.0, 0.0, 0.0, 1.0, None)
    assert (same.n, same.n_units, same.n_differing, same.verdict) == (40, 40, 0, "not known")


def test_five_items_that_all_improved_do_not_decide():
    five = paired_difference([0.0] * 100, [1.0] * 5 + [0.0] * 95, np.random.default_rng(0))
    assert five.low > 0.0  # what the interval alone would claim
    assert five.verdict == "not known"
    eight = paired_difference([0.0] * 100, [1.0] * 8 + [0.0] * 92, np.random.default_rng(0))
    assert eight.verdict == "better"


def test_one_document_with_many_questions_counts_as_one():
    a, b = [0.0] * 60, [1.0] * 30 + [0.0] * 30
    assert paired_difference(a, b, np.random.default_rng(0)).verdict == "better"
    clustered = paired_difference(a, b, np.random.default_rng(0), clusters=[i // 30 for i in range(60)])
    assert (clustered.n_units, clustered.n_differing, clustered.verdict) == (2, 1, "not known")


@pytest.mark.parametrize("n", [1, 60])
def test_one_item_or_one_document_tells_no_interval(n):
    one = paired_difference([0.0] * n, [1.0] * n, np.random.default_rng(0), clusters=["d"] * n)
    measure = paired_measure_difference(
        (lambda places: 0.0, lambda places: 1.0), [True] * n, ["d"] * n, np.random.default_rng(0)
    )
    for found in (one, measure):
        assert (found.mean, found.n, found.n_units, found.n_differing) == (1.0, n, 1, 1)
        assert (found.low, found.high, found.p, found.verdict) == (None, None, 1.0, "not known")


def test_a_true_null_is_rejected_about_one_time_in_twenty():
    rng = np.random.default_rng(8)
    verdicts, ps = [], []
    for _ in range(400):
        a, b = rng.random((2, 60)) < 0.5
        difference = paired_difference(a.astype(float).tolist(), b.astype(float).tolist(), rng, n_resamples=400)
        verdicts.append(difference.verdict != "not known")
        ps.append(difference.p)
    assert 0.02 <= np.mean(verdicts) <= 0.08
    assert 0.02 <= np.mean(np.array(ps) < 0.05) <= 0.08


def test_unpaired_scores_are_refused():
    with pytest.raises(ValueError, match="1 scores of run A and 2 of run B"):
        paired_difference([1.0], [1.0, 0.0], np.random.default_rng(0))
    with pytest.raises(ValueError, match="0 scores"):
        paired_difference([], [], np.random.default_rng(0))


def test_the_effect_of_pairs_is_their_mean_over_their_deviation():
    difference = paired_difference([0.0] * 4, [1.0, 2.0, 3.0, 4.0], np.random.default_rng(0))
    assert difference.effect == pytest.approx(2.5 / np.std([1, 2, 3, 4], ddof=1))


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (1, 9), (5, 5), (12, 30), (0, 6), (400, 300)])
def test_mcnemar_is_the_binomial_test_of_the_discordant_items(only_a, only_b):
    a = [1.0] * only_a + [0.0] * only_b + [1.0] * 7
    b = [0.0] * only_a + [1.0] * only_b + [1.0] * 7
    result = mcnemar_exact(a, b)
    assert (result.n_only_a, result.n_only_b) == (only_a, only_b)
    expected = binomtest(only_a, only_a + only_b, 0.5).pvalue if only_a + only_b else 1.0
    assert result.p == pytest.approx(expected)


def test_mcnemar_wants_zeros_and_ones():
    with pytest.raises(ValueError, match=r"not 0\.5"):
        mcnemar_exact([0.5], [1.0])
    with pytest.raises(ValueError, match="1 scores of run A but 2"):
        mcnemar_exact([1.0], [1.0, 0.0])


def test_holm_steps_down():
    # Worked by hand: .01·4, .02·3, max(.06, .03·2), max(.06, .04·1), in the order given.
    adjusted = holm({"a": 0.03, "b": 0.01, "c": 0.04, "d": 0.02})
    assert list(adjusted) == ["a", "b", "c", "d"]
    assert adjusted == pytest.approx({"a": 0.06, "b": 0.04, "c": 0.06, "d": 0.06})
    assert holm({"a": 0.7, "b": 0.9}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}
    with pytest.raises(ValueError, match="p-value of a"):
        holm({"a": 1.5})


def test_the_detectable_difference_is_found_as_often_as_the_power_says():
    rng = np.random.default_rng(4)
    smallest = detectable_difference(rng.normal(size=100_000)[:100].tolist())
    assert smallest == pytest.approx(2.8 / 10, rel=0.25)
    samples = rng.normal(loc=0.28016, size=(4000, 100))
    z = samples.mean(axis=1) / (samples.std(axis=1, ddof=1) / 10)
    assert np.mean(z > 1.96) == pytest.approx(0.8, abs=0.03)
    assert detectable_difference([1.0]) is None
    with pytest.raises(ValueError, match="power"):
        detectable_difference([0.0, 1.0], power=1.0)
    with pytest.raises(ValueError, match="1 clusters"):
        detectable_difference([0.0, 1.0], clusters=["a"])


def test_items_that_share_a_document_show_only_larger_differences():
    gaps = np.random.default_rng(4).normal(size=50).tolist()
    assert detectable_difference(gaps, clusters=range(50)) == pytest.approx(detectable_difference(gaps))
    # Each gap twice in its cluster: twice the items tell nothing more.
    twice = detectable_difference([gap for gap in gaps for _ in range(2)], clusters=[n // 2 for n in range(100)])
    assert twice == pytest.approx(detectable_difference(gaps))


def of_places(values):
    return lambda places: float(np.mean([values[place] for place in places]))


def test_the_difference_of_two_measures_that_are_means_is_that_of_means():
    rng = np.random.default_rng(5)
    a = rng.random(90).tolist()
    b = [score + 0.1 * rng.normal() + 0.02 for score in a]
    clusters = [n // 2 for n in range(90)]
    means = paired_difference(a, b, np.random.default_rng(0), clusters=clusters)
    measures = paired_measure_difference(
        (of_places(a), of_places(b)), [True] * 90, clusters, np.random.default_rng(1), n_resamples=2000
    )
    assert measures.mean == pytest.approx(means.mean)
    assert (measures.low, measures.high) == pytest.approx((means.low, means.high), abs=0.003)
    assert measures.p == pytest.approx(means.p, abs=0.03)
    assert (measures.n, measures.n_units, measures.n_differing, measures.effect) == (90, 45, 45, None)


def test_a_better_auroc_is_seen_and_chance_is_not():
    rng = np.random.default_rng(6)
    right = (rng.random(150) < 0.5).astype(float)
    good, noise, other = right + 0.7 * rng.normal(size=150), rng.normal(size=150), rng.normal(size=150)

    def area(scores):
        return lambda places: auroc([scores[i] for i in places], [right[i] for i in places])

    def difference(a, b):
        return paired_measure_difference((area(a), area(b)), a != b, range(150), np.random.default_rng(0))

    assert difference(noise, good).verdict == "better" and difference(noise, good).p < 0.01
    assert difference(good, noise).verdict == "worse"
    assert difference(noise, other).verdict == "not known"
    assert (difference(good, good).p, difference(good, good).n_differing) == (1.0, 0)


def test_measures_that_are_often_undefined_have_no_difference():
    rng = np.random.default_rng(0)
    always, never, often = (lambda p: 1.0), (lambda p: None), (lambda p: None if p.count(0) == 0 else 1.0)
    assert paired_measure_difference((always, never), [True] * 5, range(5), rng) is None
    assert paired_measure_difference((always, often), [True] * 5, range(5), rng) is None
    with pytest.raises(ValueError, match="2 items but 1 clusters"):
        paired_measure_difference((always, always), [True, True], ["a"], rng)


def test_a_share_of_none_or_all_is_not_certain():
    rng = np.random.default_rng(0)
    low, high = mean_ci95([0.0] * 4, range(4), rng)
    assert (low, high) == (0.0, pytest.approx(0.4899, abs=1e-4))  # Wilson, by hand: 3.8416 / 7.8416
    assert mean_ci95([1.0] * 4, range(4), rng) == (pytest.approx(0.5101, abs=1e-4), 1.0)
    # Three documents, however many items: n is 3.
    assert mean_ci95([0.0] * 9, [1, 1, 1, 2, 2, 2, 3, 3, 3], rng)[1] == pytest.approx(0.5615, abs=1e-4)


def test_where_nothing_tells_an_interval_there_is_none():
    rng = np.random.default_rng(0)
    assert mean_ci95([0.3, 0.3, 0.3], range(3), rng) is None
    assert mean_ci95([0.1, 0.9, 0.4], ["one document"] * 3, rng) is None
    assert mean_ci95([1.0], ["a"], rng) is None
    low, high = mean_ci95([0.1, 0.9, 0.4], range(3), rng)
    assert low < high
