import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, roc_auc_score

from evals.metrics.calibration import auroc, brier, ece, prr, reliability_bins, risk_coverage


def drawn(n=200, *, seed=0, digits=1):
    rng = np.random.default_rng(seed)
    confidence = np.round(rng.random(n), digits)
    right = (rng.random(n) < confidence).astype(float)
    return confidence.tolist(), right.tolist()


def test_a_hand_worked_auroc_comes_out():
    # Pairs of right and wrong: .9>.5, .9>.2, .5=.5 (half), .5>.2: 3.5 of 4.
    assert auroc([0.9, 0.5, 0.5, 0.2], [1, 1, 0, 0]) == pytest.approx(3.5 / 4)


@pytest.mark.parametrize("seed", range(5))
def test_auroc_and_brier_agree_with_sklearn_on_tied_scores(seed):
    confidence, right = drawn(seed=seed)
    assert auroc(confidence, right) == pytest.approx(roc_auc_score(right, confidence))
    assert brier(confidence, right) == pytest.approx(brier_score_loss(right, confidence))


def test_auroc_takes_any_order_preserving_scores_and_is_undefined_for_one_class():
    assert auroc([-3.0, 7.0], [0, 1]) == 1.0
    assert auroc([0.1, 0.2], [1, 1]) is None
    with pytest.raises(ValueError, match="labels of 0 or 1"):
        auroc([0.1, 0.2], [0.5, 1])


def test_a_hand_worked_ece_comes_out():
    # (.1, .2]: confidence .2, accuracy 0, 2 of 4; (.8, .9]: confidence .9, accuracy .5, 2 of 4.
    assert ece([0.2, 0.2, 0.9, 0.9], [0, 0, 1, 0]) == pytest.approx(0.5 * 0.2 + 0.5 * 0.4)
    assert ece([0.0, 1.0], [0, 1]) == 0.0


def test_the_bins_agree_with_sklearns_curve():
    confidence, right = drawn(digits=3)
    accuracy, mean_confidence = calibration_curve(right, confidence, n_bins=10)
    bins = reliability_bins(confidence, right)
    assert [one.accuracy for one in bins] == pytest.approx(accuracy)
    assert [one.mean_confidence for one in bins] == pytest.approx(mean_confidence)
    assert sum(one.n for one in bins) == 200


def test_a_bin_holds_its_upper_edge_and_empty_bins_are_left_out():
    bins = reliability_bins([0.0, 0.1, 0.3, 0.6, 0.7, 1.0], [0] * 6)
    assert [(round(one.low, 1), round(one.high, 1), one.n) for one in bins] == [
        (0.0, 0.1, 2), (0.2, 0.3, 1), (0.5, 0.6, 1), (0.6, 0.7, 1), (0.9, 1.0, 1)
    ]  # fmt: skip


def test_bins_of_equal_mass_hold_equally_many_and_keep_ties_together():
    confidence = (0.9 + 0.1 * np.random.default_rng(0).random(100)).tolist()
    assert [one.n for one in reliability_bins(confidence, [1] * 100, n_bins=4, binning="mass")] == [25] * 4
    assert len(reliability_bins(confidence, [1] * 100, n_bins=4)) == 1
    tied = reliability_bins([0.5] * 8 + [1.0] * 2, [1] * 10, n_bins=5, binning="mass")
    assert [one.n for one in tied] == [8, 2]


def test_a_calibrated_forecast_has_a_small_ece_and_an_overconfident_one_a_large():
    confidence, right = drawn(20_000, digits=4)
    for binning in ("width", "mass"):
        assert ece(confidence, right, binning=binning) < 0.02
        assert ece([min(1.0, c + 0.3) for c in confidence], right, binning=binning) > 0.2


def test_a_hand_worked_risk_coverage_curve_comes_out():
    curve = risk_coverage([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0])
    assert curve.coverages == (0.25, 0.5, 0.75, 1.0)
    assert curve.risks == pytest.approx((0, 1 / 2, 1 / 3, 1 / 2))
    assert curve.area == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_equal_confidences_give_the_mean_over_their_orders():
    tied = risk_coverage([0.5, 0.5, 0.1], [1, 0, 0]).risks
    first, second = (risk_coverage(c, [1, 0, 0]).risks for c in ([0.6, 0.5, 0.1], [0.5, 0.6, 0.1]))
    assert tied == pytest.approx([(x + y) / 2 for x, y in zip(first, second, strict=True)])
    assert risk_coverage([0.5] * 4, [1, 0, 1, 0]).risks == pytest.approx([0.5] * 4)


def test_prr_of_the_oracle_is_one_of_chance_about_zero_and_reversed_below():
    rng = np.random.default_rng(1)
    quality = rng.random(400)
    assert prr(quality.tolist(), quality.tolist()) == pytest.approx(1.0)
    assert prr((-quality).tolist(), quality.tolist()) < -0.5
    assert prr([0.5] * 400, quality.tolist()) == pytest.approx(0.0, abs=1e-12)
    assert np.mean([prr(rng.random(400).tolist(), quality.tolist()) for _ in range(100)]) == pytest.approx(0, abs=0.03)


def test_a_hand_worked_prr_comes_out():
    # Kept 4, 3, 2, 1 of [1, 0, 1, 0], surest first: 1/2, 2/3, 1/2, 1; the oracle's 1/2, 2/3, 1, 1; chance 1/2.
    method, oracle = (1 / 2 + 2 / 3 + 1 / 2 + 1) / 4, (1 / 2 + 2 / 3 + 1 + 1) / 4
    value = prr([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0])
    assert value == pytest.approx((method - 0.5) / (oracle - 0.5))
    # Half of them rejected at most: the first two steps, where both are alike.
    assert prr([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0], max_rejection=0.5) == pytest.approx(1.0)


def test_prr_agrees_with_its_definition_by_shuffles():
    rng = np.random.default_rng(2)
    quality, confidence = rng.random(60), rng.random(60)

    def area(order):
        kept = quality[np.argsort(-order)]
        return np.mean([kept[:k].mean() for k in range(60, 30, -1)])

    chance = np.mean([area(rng.random(60)) for _ in range(3000)])
    expected = (area(confidence) - chance) / (area(quality) - chance)
    assert prr(confidence.tolist(), quality.tolist(), max_rejection=0.5) == pytest.approx(expected, abs=0.03)


def test_prr_is_undefined_where_nothing_can_be_gained():
    assert prr([0.1, 0.9], [1, 1]) is None
    assert prr([0.1, 0.9], [0, 1], max_rejection=0.5) is None
    with pytest.raises(ValueError, match="at least one must be rejected"):
        prr([0.1, 0.9], [0, 1], max_rejection=0.2)


@pytest.mark.parametrize("measure", [auroc, brier, ece, prr, risk_coverage])
def test_bad_numbers_are_refused(measure):
    with pytest.raises(ValueError, match="2 confidences but 1 outcomes"):
        measure([0.1, 0.2], [1])
    with pytest.raises(ValueError, match="no answers"):
        measure([], [])
    with pytest.raises(ValueError, match="finite"):
        measure([float("nan"), 0.5], [1, 0])


@pytest.mark.parametrize("measure", [brier, ece])
def test_calibration_wants_shares(measure):
    with pytest.raises(ValueError, match=r"confidence 1\.5 is not"):
        measure([1.5, 0.5], [1, 0])
    with pytest.raises(ValueError, match=r"outcome 2\.0 is not"):
        measure([0.5, 0.5], [2, 0])
    with pytest.raises(ValueError, match="n_bins"):
        ece([0.5], [1], n_bins=0)
