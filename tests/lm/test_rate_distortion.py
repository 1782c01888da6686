import math

import numpy as np
import pytest

from lm.rate_distortion import RateDistortion, fit_rate_distortion
from lm.scoring import Unavailable

RATES = [0.5, 1.0, 2.0, 3.0, 5.0, 8.0]


def curve(rates, scale=0.6, decay=0.7, floor=0.15):
    return [scale * np.exp(-decay * rate) + floor for rate in rates]


@pytest.mark.parametrize("unit", [1.0, 1000.0, 1e-3])
def test_an_exact_curve_is_found_in_any_unit(unit):
    found = fit_rate_distortion([unit * rate for rate in RATES], curve(RATES))
    assert isinstance(found, RateDistortion)
    assert (found.scale, found.decay * unit, found.floor) == pytest.approx((0.6, 0.7, 0.15), rel=1e-3)
    assert found.explained == pytest.approx(1.0)
    assert found.at(2.0 * unit) == pytest.approx(curve([2.0])[0], rel=1e-4)


def test_intervals_hold_the_truth_where_points_are_noisy():
    rates = np.linspace(0.2, 8.0, 20).tolist()
    noisy = np.array(curve(rates)) + np.random.default_rng(0).normal(0, 0.015, 20)
    found = fit_rate_distortion(rates, noisy.tolist())
    for truth, interval in [(0.6, found.scale_interval), (0.7, found.decay_interval), (0.15, found.floor_interval)]:
        assert interval[0] < truth < interval[1]
    assert found.n == 20
    assert found == fit_rate_distortion(rates, noisy.tolist())


@pytest.mark.parametrize(
    ("rates", "distortions", "said"),
    [
        ([1, 2, 3], [0.5, 0.4, 0.3], "3 different rates"),
        ([1, 1, 2, 2, 3], [0.5, 0.5, 0.4, 0.4, 0.3], "3 different rates"),
        (RATES, [0.4] * 6, "all the same"),
        (RATES, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], "do not fall"),
        ([1, 2, 3, 4], [0.95, 0.90, 0.85, 0.80], "does not converge"),
        ([1, 2, 3, 4], [0.8, 0.2, 0.2, 0.2], "does not converge"),
        (RATES, [0.40, 0.55, 0.35, 0.52, 0.38, 0.47], "noise|fall|converge"),
    ],
)
def test_points_without_a_curve_are_refused(rates, distortions, said):
    found = fit_rate_distortion(rates, distortions)
    assert isinstance(found, Unavailable)
    assert any(word in found.reason for word in said.split("|"))


def test_what_is_no_distortion_is_an_error():
    with pytest.raises(ValueError, match="finite"):
        fit_rate_distortion([1, 2, 3, 4], [0.5, -0.1, 0.2, 0.1])
    with pytest.raises(ValueError, match="4 rates and 3"):
        fit_rate_distortion([1, 2, 3, 4], [0.5, 0.2, 0.1])


def test_a_steep_curve_far_from_rate_zero_is_refused_and_does_not_overflow():
    rates = [1000.0 + at for at in range(9)]
    found = fit_rate_distortion(rates, [0.1 + math.exp(-2.0 * at) for at in range(9)])
    assert isinstance(found, Unavailable) and "too far above 0" in found.reason
