import random
from collections.abc import Iterator

import pytest

from lm.errors import EndpointRefused, LMError, QuotaExhausted, RateLimited, ServerFailed, StillLimited
from lm.retrying import Retrying, RetryPolicy
from lm.scripted import ScriptedLM
from lm.types import ChatDelta, ChatRequest, Message

ASK = ChatRequest(messages=(Message(role="user", content="Hi"),), max_tokens=10)


def retrying(model, waits: list[float], **policy: float) -> Retrying:
    return Retrying(model, RetryPolicy(**policy), sleep=waits.append, rng=random.Random(1))


def test_waits_double_within_their_jitter_until_a_reply_comes():
    waits: list[float] = []
    model = ScriptedLM(["ok"], errors={n: ServerFailed("x") for n in range(3)})
    assert retrying(model, waits, max_attempts=4, first_wait_s=2.0).chat(ASK).text == "ok"
    assert len(model.requests) == 4
    assert all(full / 2 <= wait <= full for wait, full in zip(waits, (2.0, 4.0, 8.0), strict=True))


@pytest.mark.parametrize("error", [QuotaExhausted("gone"), EndpointRefused("key")])
def test_what_waiting_does_not_mend_stops_at_once(error: LMError):
    waits: list[float] = []
    model = ScriptedLM(["ok"], errors={0: error})
    with pytest.raises(type(error)):
        retrying(model, waits).chat(ASK)
    assert (len(model.requests), waits) == (1, [])


def test_attempts_are_bounded():
    waits: list[float] = []
    model = ScriptedLM([], errors={n: ServerFailed(str(n)) for n in range(9)})
    with pytest.raises(ServerFailed, match="2"):
        retrying(model, waits, max_attempts=3).chat(ASK)
    assert len(model.requests) == 3


def test_retry_after_is_honoured():
    waits: list[float] = []
    model = ScriptedLM(["ok"], errors={0: RateLimited("slow", retry_after_s=7.0)})
    retrying(model, waits).chat(ASK)
    assert 7.0 <= waits[0] <= 7.2


def test_a_retry_after_beyond_the_total_wait_is_not_waited_for():
    waits: list[float] = []
    model = ScriptedLM(["ok"], errors={0: RateLimited("slow", retry_after_s=3600.0)})
    with pytest.raises(RateLimited):
        retrying(model, waits, max_total_wait_s=60.0).chat(ASK)
    assert waits == []


def test_the_total_wait_is_bounded():
    waits: list[float] = []
    model = ScriptedLM([], errors={n: ServerFailed("x") for n in range(99)})
    with pytest.raises(ServerFailed):
        retrying(model, waits, max_attempts=99, first_wait_s=4.0, max_total_wait_s=30.0).chat(ASK)
    assert sum(waits) <= 30.0


class Breaking(ScriptedLM):
    """Streams `n_pieces` and then fails."""

    n_pieces = 0

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        yield from list(super().stream(request))[: self.n_pieces]
        raise ServerFailed("cut")


def test_a_stream_that_failed_before_its_first_text_is_tried_again():
    waits: list[float] = []
    model = ScriptedLM(["one two"], errors={0: ServerFailed("x")})
    deltas = list(retrying(model, waits).stream(ASK))
    assert "".join(delta.text for delta in deltas) == "one two"
    assert len(waits) == 1


def test_a_stream_that_yielded_text_is_not_begun_again():
    waits: list[float] = []
    model = Breaking(["one two", "three four"])
    model.n_pieces = 1
    stream = retrying(model, waits).stream(ASK)
    assert next(stream).text == "one "
    with pytest.raises(ServerFailed):
        next(stream)
    assert (len(model.requests), waits) == (1, [])


def test_a_policy_without_an_attempt_is_refused():
    with pytest.raises(ValueError, match="max_attempts"):
        RetryPolicy(max_attempts=0)


def test_rate_limits_are_waited_out_and_not_counted_as_failures():
    waits: list[float] = []
    model = ScriptedLM(["ok"], errors={n: RateLimited("slow") for n in range(8)})
    assert retrying(model, waits, max_attempts=2).chat(ASK).text == "ok"
    assert len(waits) == 8


@pytest.mark.parametrize("retry_after_s", [None, 0.0, 0.01])
def test_an_endpoint_that_always_limits_the_rate_is_asked_a_bounded_number_of_times(retry_after_s: float | None):
    waits: list[float] = []
    model = ScriptedLM([], errors={n: RateLimited("slow", retry_after_s=retry_after_s) for n in range(99)})
    with pytest.raises(RateLimited):
        retrying(model, waits).chat(ASK)
    assert len(model.requests) <= 12
    assert sum(waits) <= 120.0


def test_an_overloaded_server_may_say_when_to_come_back():
    waits: list[float] = []
    model = ScriptedLM(["ok"], errors={0: ServerFailed("busy", is_overload=True, retry_after_s=9.0)})
    retrying(model, waits).chat(ASK)
    assert 9.0 <= waits[0] <= 9.2


def test_what_the_limiter_gave_up_is_not_tried_again():
    waits: list[float] = []
    model = ScriptedLM(["ok"], errors={0: StillLimited("enough")})
    with pytest.raises(StillLimited):
        retrying(model, waits).chat(ASK)
    assert waits == []
