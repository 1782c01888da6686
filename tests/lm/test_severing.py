import threading
import time
from dataclasses import replace

import pytest

from lm.errors import EndpointUnreachable
from lm.types import ChatRequest, Message
from tests.lm.fault_server import Answer, client, completion, events, serving

ASK = ChatRequest(messages=(Message(role="user", content="Hi"),), max_tokens=10)


def test_closing_a_client_fails_its_calls_in_flight_at_once():
    with serving(replace(completion(), delay_s=2.0)) as server, client(server) as chat:
        failed_after_s: list[float] = []

        def ask() -> None:
            started = time.perf_counter()
            with pytest.raises(EndpointUnreachable):
                chat.chat(ASK)
            failed_after_s.append(time.perf_counter() - started)

        thread = threading.Thread(target=ask)
        thread.start()
        time.sleep(0.3)
        chat.close()
        thread.join()
    assert failed_after_s[0] < 1.5


def test_a_closed_client_makes_no_more_calls():
    with serving(completion()) as server, client(server) as chat:
        chat.chat(ASK)
        chat.close()
        with pytest.raises(EndpointUnreachable):
            chat.chat(ASK)
    assert len(server.bodies) == 1


def seconds_until_unreachable(call) -> float:
    started = time.perf_counter()
    with pytest.raises(EndpointUnreachable, match="in time"):
        call()
    return time.perf_counter() - started


@pytest.mark.parametrize("is_head_dripped", [False, True])
@pytest.mark.parametrize("drip_s", [0.05, 0.0001])
def test_an_answer_that_drips_in_takes_no_longer_than_the_timeout(drip_s: float, is_head_dripped: bool):
    slow = replace(completion("Hello. " * 3000), drip_s=drip_s, is_head_dripped=is_head_dripped)
    with serving(completion(), slow, completion()) as server, client(server, timeout_s=0.5) as chat:
        chat.chat(ASK)  # the slow answer comes over a connection that is used again
        assert seconds_until_unreachable(lambda: chat.chat(ASK)) < 1.0
        assert chat.chat(ASK).text == "Hello."


@pytest.mark.parametrize("drip_s", [0.0001, 0.1])
def test_a_stream_that_is_only_kept_open_takes_no_longer_than_the_timeout(drip_s: float):
    pings = Answer(body=": wait\n\n" * 3000, content_type="text/event-stream", drip_s=drip_s)
    with serving(pings) as server, client(server, timeout_s=0.4) as chat:
        assert seconds_until_unreachable(lambda: list(chat.stream(ASK))) < 1.0


def test_a_stream_may_take_longer_than_the_timeout_if_its_pieces_come():
    slow = replace(events("One ", "two ", "three."), drip_s=0.005)
    with serving(slow) as server, client(server, timeout_s=1.5) as chat:
        started = time.perf_counter()
        assert "".join(piece.text for piece in chat.stream(ASK)) == "One two three."
        assert time.perf_counter() - started > 1.5


def test_each_call_has_the_whole_time_for_itself():
    with serving(replace(completion(), delay_s=0.3)) as server, client(server, timeout_s=0.5) as chat:
        for _ in range(3):
            assert chat.chat(ASK).text == "Hello."
