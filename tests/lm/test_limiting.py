import itertools
import threading
from collections.abc import Iterator

import pytest

from lm.errors import EndpointUnreachable, LMError, RateLimited, ServerFailed, StillLimited
from lm.limited import Limited
from lm.limiting import Limiter, Limits
from lm.scripted import ScriptedLM
from lm.types import ChatRequest, Message

ASK = ChatRequest(messages=(Message(role="user", content="Hi"),), max_tokens=10)


class Time:
    """A clock that stands still until somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def limiter(self, *, patience_s: float = 120.0, **limits: float) -> Limiter:
        return Limiter(Limits(**limits), patience_s=patience_s, clock=lambda: self.now, wait=self.wait)

    def wait(self, condition: threading.Condition, seconds: float | None) -> None:
        assert seconds is not None, "nobody else is there to wait for"
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


def call(limiter: Limiter, n_tokens: int = 1) -> None:
    with limiter.acquire(n_tokens) as lease:
        lease.succeeded(n_tokens)


def refuse(limiter: Limiter, retry_after_s: float | None = None) -> None:
    with limiter.acquire(1) as lease:
        lease.refused(retry_after_s)


def test_requests_are_spread_over_the_minute(time: Time):
    limiter = time.limiter(requests_per_minute=60)
    times = []
    for _ in range(120):
        call(limiter)
        times.append(time.now)
    assert max(sum(begin <= at < begin + 60.0 for at in times) for begin in times) <= 60
    assert times[5] == 0.0 < times[6]


def test_tokens_that_were_not_used_can_be_used_by_others(time: Time):
    limiter = time.limiter(tokens_per_minute=600)
    for _ in range(10):
        with limiter.acquire(50) as lease:
            lease.succeeded(1)
    assert time.now == 0.0
    call(limiter, 50)
    call(limiter, 50)
    assert time.now == pytest.approx(50.0 * 60.0 / 541.0)


def test_a_retry_after_holds_every_call_of_the_endpoint(time: Time):
    limiter = time.limiter()
    refuse(limiter, 7.0)
    assert limiter.snapshot().held_until == 7.0
    call(limiter)
    assert time.now == 7.0


def test_without_a_retry_after_one_refusal_holds_nobody_else_and_more_in_a_row_double_up_to_a_bound(time: Time):
    limiter = time.limiter(patience_s=1e9)
    times = []
    for _ in range(8):
        refuse(limiter)
        times.append(time.now)
    gaps = [later - sooner for sooner, later in itertools.pairwise(times)]
    assert gaps == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0]


def test_refusals_of_one_round_cut_the_window_once_and_success_widens_it(time: Time):
    limiter = time.limiter(max_concurrent=16)
    leases = [limiter.acquire(1) for _ in range(8)]
    for lease in leases:
        lease.refused(0.0)
    assert limiter.snapshot().window == 4.0
    assert limiter.snapshot().n_429 == 8
    for lease in leases:
        lease.__exit__(None, None, None)
    refuse(limiter, 0.0)
    assert limiter.snapshot().window == 1.0  # one was in flight
    call(limiter)
    call(limiter)
    assert limiter.snapshot().window == 2.5
    for _ in range(200):
        call(limiter)
    assert limiter.snapshot().window == 16.0


def test_the_window_is_cut_by_the_share_of_calls_that_were_refused_lately(time: Time):
    limiter = time.limiter(max_concurrent=16)
    for _ in range(100):
        call(limiter)
    leases = [limiter.acquire(1) for _ in range(16)]
    leases[0].refused(0.0)
    assert 15.0 < limiter.snapshot().window < 16.0  # one of a hundred: the endpoint is not full
    for lease in leases[1:]:
        lease.refused(0.0)
    assert 10.0 < limiter.snapshot().window < 11.0


def test_an_endpoint_that_refuses_all_beyond_its_capacity_is_soon_asked_for_no_more(time: Time):
    limiter = time.limiter(max_concurrent=16)
    refused = []
    for _ in range(12):
        n = int(limiter.snapshot().window)
        leases = [limiter.acquire(1) for _ in range(n)]
        for number, lease in enumerate(leases):
            lease.refused(0.0) if number >= 4 else lease.succeeded(1)
        for lease in leases:
            lease.__exit__(None, None, None)
        refused.append(max(0, n - 4))
    assert refused[0] == 12
    assert sum(refused[6:]) <= 6


def test_a_window_without_a_bound_is_bounded_by_the_first_refusal(time: Time):
    limiter = time.limiter()
    leases = [limiter.acquire(1) for _ in range(6)]
    assert limiter.snapshot().window is None
    leases[0].refused(0.0)
    assert limiter.snapshot().window == 3.0


def test_a_wait_longer_than_patience_is_refused_at_once(time: Time):
    limiter = time.limiter(patience_s=60.0)
    refuse(limiter, 3600.0)
    with pytest.raises(StillLimited, match="3600 s more") as raised:
        limiter.acquire(1)
    assert (time.now, raised.value.retryable, raised.value.retry_after_s) == (0.0, False, 3600.0)
    assert limiter.snapshot().waiting == 0
    time.now = 3600.0
    call(limiter)


def test_an_endpoint_that_asks_for_a_year_is_asked_again_after_an_hour(time: Time):
    limiter = time.limiter()
    refuse(limiter, 1e300)
    assert limiter.snapshot().held_s == 3600.0


def test_after_long_refusals_one_call_still_tries_and_its_success_ends_it(time: Time):
    limiter = time.limiter(patience_s=10.0)
    refuse(limiter)
    time.now = 20.0
    trying = limiter.acquire(1)
    ended = []
    thread = threading.Thread(target=lambda: ended.append(outcome(limiter)))
    thread.start()
    thread.join()
    assert ended == ["StillLimited"]
    trying.succeeded(1)
    thread = threading.Thread(target=lambda: ended.append(outcome(limiter)))
    thread.start()
    thread.join()
    assert ended == ["StillLimited", "went"]


def outcome(limiter: Limiter) -> str:
    try:
        call(limiter)
    except (StillLimited, EndpointUnreachable) as error:
        return type(error).__name__
    return "went"


def test_who_waits_longer_than_patience_behind_others_is_sent_away():
    limiter = Limiter(Limits(max_concurrent=1), patience_s=0.02)
    with limiter.acquire(1) as lease:
        lease.refused(0.0)
        ended = []
        thread = threading.Thread(target=lambda: ended.append(outcome(limiter)))
        thread.start()
        thread.join(10.0)
    assert ended == ["StillLimited"]


def test_no_more_calls_are_under_way_than_allowed_and_who_came_first_goes_first():
    limiter = Limiter(Limits(max_concurrent=2))
    order, most, lock = [], [], threading.Lock()
    first, second = limiter.acquire(1), limiter.acquire(1)

    def wait_in_line(number: int) -> None:
        with limiter.acquire(1):
            with lock:
                order.append(number)
                most.append(limiter.snapshot().in_flight)

    threads = [threading.Thread(target=wait_in_line, args=(number,)) for number in range(8)]
    for number, thread in enumerate(threads):
        thread.start()
        while limiter.snapshot().waiting <= number:
            pass
    assert order == []
    second.__exit__(None, None, None)
    for thread in threads:
        thread.join(10.0)
    first.__exit__(None, None, None)
    assert order == list(range(8))
    assert max(most) <= 2
    assert limiter.snapshot().in_flight == 0


def test_closing_sends_away_who_waits_and_who_comes():
    limiter = Limiter(Limits(max_concurrent=1))
    with limiter.acquire(1):
        ended = []
        thread = threading.Thread(target=lambda: ended.append(outcome(limiter)))
        thread.start()
        while not limiter.snapshot().waiting:
            pass
        limiter.close()
        thread.join(10.0)
    assert ended == ["EndpointUnreachable"]
    with pytest.raises(EndpointUnreachable):
        limiter.acquire(1)


def test_a_thread_with_a_call_open_does_not_wait_for_itself():
    limiter = Limiter(Limits(max_concurrent=1))
    with limiter.acquire(1), limiter.acquire(1):
        assert limiter.snapshot().in_flight == 2


@pytest.mark.parametrize(
    "error", [RateLimited("x", retry_after_s=5.0), ServerFailed("x", is_overload=True, retry_after_s=5.0)]
)
@pytest.mark.parametrize("way", ["chat", "stream"])
def test_a_model_tells_its_endpoints_door_of_refusals(time: Time, error: LMError, way: str):
    limiter = time.limiter()
    model = Limited(ScriptedLM(["ok"], errors={0: error}), limiter)
    with pytest.raises(type(error)):
        list(getattr(model, way)(ASK))
    assert limiter.snapshot().held_s == 5.0
    assert model.chat(ASK).text == "ok"
    assert (time.now, limiter.snapshot().in_flight) == (5.0, 0)


def test_other_failures_hold_nobody(time: Time):
    limiter = time.limiter()
    model = Limited(ScriptedLM(["ok"], errors={0: ServerFailed("x")}), limiter)
    with pytest.raises(ServerFailed):
        model.chat(ASK)
    assert limiter.snapshot().held_s == 0.0
    assert limiter.snapshot().in_flight == 0


def test_a_dropped_stream_gives_its_place_back(time: Time):
    limiter = time.limiter()
    stream = Limited(ScriptedLM(["one two"]), limiter).stream(ASK)
    assert isinstance(stream, Iterator)
    next(stream)
    assert limiter.snapshot().in_flight == 1
    stream.close()
    assert limiter.snapshot().in_flight == 0
