import threading
import time
from dataclasses import replace

import pytest

from lm.errors import EndpointUnreachable
from lm.types import ChatRequest, Message
from tests.lm.fault_server import client, completion, serving

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
