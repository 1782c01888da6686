"""Faulty streams, done to the client alone: commands ask for whole answers, so no command can meet them."""

import gzip
import json
import random
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.endurance.endpoint_echo import healthy
from benchmarks.endurance.fault_server import Answer, Body, FaultServer, events
from lm.errors import LMError
from lm.openai_chat import OpenAIChat
from lm.retrying import Retrying, RetryPolicy
from lm.types import ChatRequest, Message

_TIMEOUT_S = 1.0
_LIMIT_S = 60.0
_ASK = ChatRequest(messages=(Message(role="user", content="Hello?"),), max_tokens=50)
_POLICY = RetryPolicy(max_attempts=4, first_wait_s=0.02, max_wait_s=0.6, max_total_wait_s=2.4)
_GOOD = events("Good ", "morning.")


@dataclass(frozen=True)
class StreamFault:
    """One way in which a stream is faulty. `is_fine`: it says enough to be a whole answer."""

    name: str
    answer: Answer
    is_fine: bool = False


def _lines(*lines: str) -> Answer:
    return Answer(body="".join(f"{line}\n\n" for line in lines), content_type="text/event-stream")


def _event(text: str | None, **choice: Any) -> str:
    return "data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": text}, **choice}]})


_END = (_event(None, finish_reason="stop"), "data: [DONE]")
_PIECE = (_event("more ") + "\n\n").encode()
_NOTHING = (_event(None) + "\n\n").encode()
_BOMB = gzip.compress(b"data: " + b" " * 500_000_000)

STREAMS = (
    StreamFault("empty", _lines()),
    StreamFault("no event but the end", _lines("data: [DONE]")),
    StreamFault("breaks off without an end", events("Good ", "morn", finish=None)),
    StreamFault("no [DONE]", _lines(_event("Good morning."), _END[0]), is_fine=True),
    StreamFault("text after [DONE]", events("Good ", "morning.", tail="data: more\n\n" + _END[0]), is_fine=True),
    StreamFault("reset before the first token", replace(_lines(": wait"), ending="reset", n_missing_bytes=9)),
    StreamFault("reset after the first token", replace(_lines(_event("Good ")), ending="reset", n_missing_bytes=9)),
    StreamFault("stall before the first token", replace(_lines(": wait"), ending="stall", n_missing_bytes=9)),
    StreamFault("stall after the first token", replace(_lines(_event("Good ")), ending="stall", n_missing_bytes=9)),
    StreamFault("cut within an event", replace(_GOOD, body=_GOOD.content[:60], n_missing_bytes=9)),
    StreamFault("drips", replace(_GOOD, drip_s=0.05)),
    StreamFault("remarks for ever", replace(_lines(": a"), repeated=b": busy\n\n", repeat_pause_s=0.01)),
    StreamFault("text for ever", replace(_lines(), repeated=_PIECE * 200)),
    StreamFault("events of nothing for ever", replace(_lines(), repeated=_NOTHING * 200)),
    StreamFault("one line for ever", replace(_lines(), repeated=b"data: " + b"x" * 65_536)),
    StreamFault(
        "gzip bomb", Answer(body=_BOMB, content_type="text/event-stream", headers={"Content-Encoding": "gzip"})
    ),
    StreamFault("an event that is no JSON", _lines("data: {oops", *_END)),
    StreamFault("an event of a list", _lines("data: [1]", *_END)),
    StreamFault("an event of null", _lines("data: null", *_END)),
    StreamFault("an error event", _lines('data: {"error": {"message": "overloaded", "code": 503}}')),
    StreamFault("an error event after text", _lines(_event("Good "), 'data: {"error": {"message": "oops"}}')),
    StreamFault("each event twice", _lines(*[_event("Good ")] * 2, *[_event("morning.")] * 2, *_END), is_fine=True),
    StreamFault("thinking unclosed", _lines(_event("<think>Hm. "), _event("Let me see."), *_END), is_fine=True),
    StreamFault(
        "thinking split over events", _lines(*map(_event, ("<th", "ink>a</thi", "nk>Good.")), *_END), is_fine=True
    ),
    StreamFault("a choice of null", _lines('data: {"choices": [null]}', *_END)),
    StreamFault(
        "usage negative", _lines(_event("Good."), 'data: {"usage": {"prompt_tokens": -1}}', *_END), is_fine=True
    ),
    StreamFault("half a character", _lines(_event("Good \ud800."), *_END), is_fine=True),
    StreamFault("HTML page", Answer(body="<html></html>", content_type="text/html")),
    StreamFault("a whole answer in place of a stream", healthy({"messages": [{"content": "Hello?"}]})),
)


def stream_problem(fault: StreamFault, *, is_once: bool) -> str:
    """What went wrong; empty where the client ended in time, with the answer or with an error of its own tree."""
    left = [fault.answer] if is_once else []
    always: Callable[[Body], Answer] = lambda body: _GOOD if is_once else fault.answer  # noqa: E731
    began = time.monotonic()
    with closing(FaultServer(lambda body: left.pop() if left else always(body))) as server:
        text, error, is_whole = _ask(server.base_url)
        seconds, n_requests = time.monotonic() - began, len(server.bodies)
    if seconds > _LIMIT_S:
        return f"took {seconds:.0f} s"
    if n_requests > _POLICY.max_attempts:
        return f"asked {n_requests} times"
    if error and not isinstance(error, LMError):
        return f"{type(error).__name__}: {error}"
    if fault.is_fine and not is_whole:
        return f"a whole answer was not taken: {error}"
    if not fault.is_fine and not is_once and is_whole:
        return f"was taken for a whole answer: {text[:60]!r}"
    # Text that was handed on is not taken back, so such a stream is not begun again.
    if is_once and error and not text:
        return f"the second try was healthy, and yet: {error}"
    return ""


def _ask(url: str) -> tuple[str, Exception | None, bool]:
    chat = OpenAIChat(name="fake:m", base_url=url, api_key="k", model="m", context_tokens=1000, timeout_s=_TIMEOUT_S)
    text, is_whole = "", False
    with closing(chat):
        try:
            for delta in Retrying(chat, _POLICY, sleep=time.sleep, rng=random.Random(0)).stream(_ASK):
                text += delta.text
                is_whole = is_whole or delta.reply is not None
        except Exception as error:  # noqa: BLE001 - of which kind it is, is what is asked
            return text, error, is_whole
    return text, None, is_whole
