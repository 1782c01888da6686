import numpy as np
import pytest

from agent.claims.window import window_around

EVEN = tuple(np.linspace(0.0, 1.0, 101))


def test_a_window_holds_the_share_of_claims_that_it_says():
    rng = np.random.default_rng(0)
    seen = rng.beta(2, 1, size=4000)
    window = window_around(0.6, 0.15, tuple(np.quantile(seen, np.linspace(0, 1, 101))))
    held = np.mean([window.holds(p) for p in rng.beta(2, 1, size=4000)])
    assert held == pytest.approx(0.30, abs=0.03)
    assert window.low < 0.6 < window.high


def test_no_window_holds_nothing_and_a_whole_one_everything():
    assert not any(window_around(0.5, 0.0, EVEN).holds(p) for p in (0.0, 0.4999, 0.5, 0.5001, 1.0))
    assert all(window_around(0.5, 1.0, EVEN).holds(p) for p in (0.001, 0.5, 0.999))


def test_a_wider_window_holds_what_a_narrower_one_holds():
    narrow, wide = window_around(0.3, 0.1, EVEN), window_around(0.3, 0.2, EVEN)
    assert wide.low <= narrow.low < narrow.high <= wide.high
    assert (narrow.low, narrow.high) == (pytest.approx(0.2), pytest.approx(0.4))


def test_a_boundary_beyond_all_claims_still_lies_within_its_window():
    window = window_around(0.9, 0.1, tuple(np.linspace(0.2, 0.6, 11)))
    assert window.low == pytest.approx(0.56)
    assert window.holds(0.9) and window.holds(0.59) and not window.holds(0.3)


@pytest.mark.parametrize(("boundary", "share", "quantiles"), [(0.5, 0.1, (0.5,)), (1.5, 0.1, EVEN), (0.5, -0.1, EVEN)])
def test_what_makes_no_window_is_refused(boundary, share, quantiles):
    with pytest.raises(ValueError, match="make no window"):
        window_around(boundary, share, quantiles)
