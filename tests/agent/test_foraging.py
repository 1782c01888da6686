"""The marginal value theorem on patches whose best leaving time is known."""

import math

import pytest

from agent.foraging import ForagingController

STEP, DECAY = 0.02, 0.5


def leaving_time(travel_cost, *, richness=1.0, patches=300, patience=2):
    """Time in the last of many alike patches that give richness * (1 - exp(-DECAY * t))."""
    controller = ForagingController(travel_cost=travel_cost, patience=patience)
    for number in range(patches):
        controller.enter(f"patch {number}")
        time, action = 0.0, "stay"
        while action == "stay":
            gain = richness * (math.exp(-DECAY * time) - math.exp(-DECAY * (time + STEP)))
            time += STEP
            action = controller.take(gain, STEP).action
    return time


@pytest.mark.parametrize(("travel_cost", "best"), [(1.0, 1.715), (2.0, 2.292), (4.0, 3.011)])
def test_a_patch_is_left_when_charnov_says(travel_cost, best):
    assert leaving_time(travel_cost) == pytest.approx(best, abs=2 * STEP)


def test_richness_alone_changes_no_leaving_time_and_a_longer_way_makes_one_stay():
    assert leaving_time(2.0, richness=5.0) == leaving_time(2.0)
    assert leaving_time(4.0) > leaving_time(2.0) > leaving_time(1.0)


def test_a_poor_patch_in_a_rich_land_is_left_at_once_and_kept_in_a_poor_one():
    def passages_read_in_poor(neighbour_gain):
        controller = ForagingController(travel_cost=1.0)
        controller.enter("neighbour")
        for _ in range(20):
            controller.take(neighbour_gain, 1.0)
        controller.enter("poor")
        gains = [0.3 * 0.9**n for n in range(100)]
        return next(n for n, gain in enumerate(gains, start=1) if controller.take(gain, 1.0).action == "leave")

    assert passages_read_in_poor(1.0) == 2
    assert passages_read_in_poor(0.05) > 10


def test_no_margin_stops_before_enough_is_read():
    controller = ForagingController(travel_cost=1.0)
    controller.enter("a")
    controller.take(5.0, 1.0)
    assert controller.next(0.01, is_saturated=False).action == "go"
    stopped = controller.next(0.01, is_saturated=True)
    assert (stopped.action, stopped.environment_rate) == ("stop", 2.5)
    assert "promises 0.01" in stopped.reason
    assert controller.next(3.0, is_saturated=True).action == "go"
    assert controller.next(None, is_saturated=False).action == "stop"


@pytest.mark.parametrize(("gain", "cost"), [(-1.0, 1.0), (1.0, 0.0)])
def test_impossible_books_are_refused(gain, cost):
    controller = ForagingController(travel_cost=1.0)
    controller.enter("a")
    with pytest.raises(ValueError, match="must"):
        controller.take(gain, cost)
