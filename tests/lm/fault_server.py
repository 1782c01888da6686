"""The faulty endpoint of the campaign, as tests use it: answers in order, and a client for it."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.endurance.fault_server import Answer, FaultServer, completion, events, failure
from lm.openai_chat import OpenAIChat

__all__ = ["Answer", "client", "completion", "events", "failure", "serving"]


@contextlib.contextmanager
def serving(*answers: Answer | Callable[[dict[str, Any]], Answer]) -> Iterator[FaultServer]:
    """A server that gives these answers in order, the last one for ever after."""
    left = list(answers)

    def next_answer(body: dict[str, Any]) -> Answer:
        answer = left.pop(0) if len(left) > 1 else left[0]
        return answer(body) if callable(answer) else answer

    server = FaultServer(next_answer)
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def client(server: FaultServer, **options: Any) -> Iterator[OpenAIChat]:
    chat = OpenAIChat(
        name="fake:m",
        base_url=server.base_url,
        api_key="k",
        model="m",
        **{"context_tokens": 1000, "timeout_s": 5.0, **options},
    )
    try:
        yield chat
    finally:
        chat.close()
