"""What a faulty endpoint does to a call, on the way there and back: limits, failures, connections, refusals.

Each fault is a record. `always` are the exit codes that are right where the endpoint never does otherwise (0 besides
them for a role that a report can do without), `once` where it does it to the first call only, `calls` how often the
same request may be sent, and `roles` who makes such a call at all.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache

from benchmarks.endurance.endpoint_echo import healthy
from benchmarks.endurance.fault_server import Answer, Body, failure

ROLES = ("writer", "helper", "judge")
RETRIED, WAITED_OUT, FINAL = 4, 12, 1
_GONE = (4,)  # the endpoint cannot be used
_UNUSABLE = (2,)  # the request, or the model's name, cannot be used


@dataclass(frozen=True)
class Fault:
    """One way in which an endpoint is faulty."""

    name: str
    answer: Callable[[Body], Answer]
    always: tuple[int, ...] = _GONE
    once: tuple[int, ...] = (0,)
    calls: int = RETRIED
    roles: tuple[str, ...] = ROLES
    at_models: bool = False  # the list of models is answered so, too


def _fixed(answer: Answer) -> Callable[[Body], Answer]:
    return lambda body: answer


def _limited(header: str = "", value: str = "") -> Callable[[Body], Answer]:
    return _fixed(failure(429, "Rate limit reached", headers={header: value} if header else {}))


def _date_in(seconds: float) -> Callable[[Body], Answer]:
    def answer(body: Body) -> Answer:
        until = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
        return failure(429, "Rate limit reached", headers={"Retry-After": until})

    return answer


def _refused(parameter: str, message: str = "Unsupported parameter: '{}' is not supported with this model.") -> Fault:
    """Refuses a parameter for as long as it comes."""

    def answer(body: Body) -> Answer:
        if parameter in body:
            return failure(400, message.format(parameter), param=parameter, code="unsupported_parameter")
        return healthy(body)

    roles = ("judge",) if "logprobs" in parameter else ("writer", "helper") if "format" in parameter else ROLES
    return Fault(f"parameter refused: {parameter}", answer, always=(0,), calls=2, roles=roles)


def _raw(head: str, body: bytes = b"") -> bytes:
    return head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body


def _cut(body: Body, share: float) -> tuple[str, bytes]:
    """The head of a healthy answer and a part of its body."""
    content = healthy(body).content
    head = f"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: {len(content)}"
    return head, content[: int(len(content) * share)]


def _cut_off(share: float, ending: str) -> Callable[[Body], Answer]:
    return lambda body: Answer(raw=_raw(*_cut(body, share)), ending=ending)  # type: ignore[arg-type]


def _chunked(last: bytes) -> Callable[[Body], Answer]:
    """A chunked answer that ends in `last`, where the empty chunk is due."""

    def answer(body: Body) -> Answer:
        content = healthy(body).content
        head = "HTTP/1.1 200 OK\nContent-Type: application/json\nTransfer-Encoding: chunked"
        return Answer(raw=_raw(head, b"%x\r\n%s\r\n%s" % (len(content), content, last)))

    return answer


def _every_parameter(body: Body) -> Answer:
    for parameter in ("temperature", "seed", "response_format", "logprobs", "top_logprobs", "max_tokens"):
        if parameter in body:
            return failure(400, f"Unsupported parameter: '{parameter}'.", param=parameter)
    return healthy(body)


@cache
def _hundred_megabytes() -> bytes:
    return b'{"choices": [{"index": 0, "message": {"role": "assistant", "content": "%s"}}]}' % (b"x" * 100_000_000)


_JSON_HEAD = "HTTP/1.1 200 OK\nContent-Type: application/json"

LIMITS = (
    Fault("429", _limited(), calls=WAITED_OUT),
    Fault("429, Retry-After in a second", _limited("Retry-After", "1"), calls=WAITED_OUT),
    Fault("429, Retry-After 0", _limited("Retry-After", "0"), calls=WAITED_OUT),
    Fault("429, Retry-After a date", _date_in(1.0), calls=WAITED_OUT),
    Fault("429, Retry-After a date that is past", _date_in(-3600.0), calls=WAITED_OUT),
    # Beyond any patience: it is not waited for, and the run can be resumed.
    Fault("429, Retry-After an hour", _limited("Retry-After", "3600"), once=(0, 4), calls=FINAL),
    Fault("429, Retry-After of 400 digits", _limited("Retry-After", "9" * 400), once=(0, 4), calls=FINAL),
    Fault("429, Retry-After no number", _limited("Retry-After", "soon"), calls=WAITED_OUT),
    Fault("429, retry-after-ms", _limited("retry-after-ms", "20"), calls=WAITED_OUT),
    Fault("429 under status 200", _fixed(Answer(body='{"error": {"message": "slow down", "code": 429}}')), calls=12),
    Fault("503, Retry-After in a second", _fixed(failure(503, "busy", headers={"Retry-After": "1"}))),
    Fault("529, overloaded", _fixed(failure(529, "Overloaded", type="overloaded_error"))),
    Fault("quota exhausted (429)", _fixed(failure(429, "no", code="insufficient_quota")), once=_GONE, calls=FINAL),
    Fault("quota exhausted (402)", _fixed(failure(402, "Payment required")), once=_GONE, calls=FINAL),
    Fault("no credit (400)", _fixed(failure(400, "Your credit balance is too low")), once=_GONE, calls=FINAL),
)

FAILURES = (
    Fault("500", _fixed(failure(500, "oops"))),
    Fault("500 without a body", _fixed(Answer(500))),
    Fault("502 with a page", _fixed(Answer(502, "<html><h1>Bad gateway</h1></html>", "text/html"))),
    Fault("503", _fixed(failure(503, "busy"))),
    Fault("504", _fixed(failure(504, "timed out"))),
    Fault("408", _fixed(failure(408, "timed out"))),
    Fault("409", _fixed(failure(409, "conflict"))),
)

CONNECTIONS = (
    Fault("reset before the head", _fixed(Answer(is_reset=True))),
    Fault("closed without a word", _fixed(Answer(raw=b""))),
    Fault("half a status line", _fixed(Answer(raw=b"HTTP/1."))),
    Fault("no HTTP", _fixed(Answer(raw=b"SSH-2.0-OpenSSH_9.6\r\n"))),
    Fault("reset within the head", _fixed(Answer(raw=_JSON_HEAD.encode(), ending="reset"))),
    Fault("reset after the head", _cut_off(0.0, "reset")),
    Fault("reset within the body", _cut_off(0.5, "reset")),
    Fault("body cut short", _cut_off(0.5, "close")),
    Fault("stall before the head", _fixed(Answer(raw=b"", ending="stall"))),
    Fault("stall after the head", _cut_off(0.0, "stall")),
    Fault("stall within the body", _cut_off(0.5, "stall")),
    Fault("head drips", _fixed(Answer(body="{}", drip_s=0.05, is_head_dripped=True))),
    Fault("body drips", lambda body: replace(healthy(body), drip_s=0.05)),
    Fault("chunks without an end", _chunked(b"")),
    Fault("a chunk of no length", _chunked(b"zz\r\n")),
    Fault("a chunk of the wrong length", _chunked(b"ffff\r\n{}\r\n0\r\n\r\n")),
    Fault("100 Continue for ever", _fixed(Answer(raw=b"", repeated=b"HTTP/1.1 100 Continue\r\n\r\n"))),
    Fault(
        "a head without an end", _fixed(Answer(raw=b"HTTP/1.1 200 OK\r\n", repeated=b"X-More: " + b"x" * 99 + b"\r\n"))
    ),
    Fault("a head of 1 MB", _fixed(Answer(raw=_raw(_JSON_HEAD + "\nX-Long: " + "x" * 1_000_000)))),
    Fault(
        "remarks for ever",
        _fixed(Answer(content_type="text/event-stream", repeated=b": busy\n\n", repeat_pause_s=0.01)),
    ),
    Fault("a body without an end", _fixed(Answer(body='{"a": "', repeated=b"x" * 65_536))),
    Fault("blanks without an end", _fixed(Answer(raw=_raw(_JSON_HEAD), repeated=b" " * 65_536))),
    Fault("a body of 100 MB", lambda body: Answer(body=_hundred_megabytes())),
    Fault("redirect to itself", _fixed(Answer(307, headers={"Location": "/v1/chat/completions"})), calls=16),
    Fault("redirect to a closed port", _fixed(Answer(307, headers={"Location": "http://127.0.0.1:9/v1"}))),
    Fault("redirect without an address", _fixed(Answer(302)), always=(2, 4), once=(0, 2, 4)),
    Fault("204, no content", _fixed(Answer(raw=_raw("HTTP/1.1 204 No Content")))),
)

REFUSALS = (
    Fault("wrong key, 401", _fixed(failure(401, "Incorrect API key provided")), once=_GONE, calls=FINAL),
    Fault("wrong key, 401 at once", _fixed(failure(401, "Incorrect API key")), once=_GONE, calls=FINAL, at_models=True),
    Fault("no permission, 403", _fixed(failure(403, "not for you")), once=_GONE, calls=FINAL),
    Fault("model unknown, 404", _fixed(failure(404, "The model 'm' does not exist")), _UNUSABLE, _UNUSABLE, FINAL),
    Fault("404 with a page", _fixed(Answer(404, "<html>Not found</html>", "text/html")), _UNUSABLE, _UNUSABLE, FINAL),
    Fault("405", _fixed(failure(405, "method not allowed")), _UNUSABLE, _UNUSABLE, FINAL),
    Fault("422", _fixed(failure(422, "what?")), _UNUSABLE, _UNUSABLE, FINAL),
    Fault("messages refused", _fixed(failure(400, "bad", param="messages")), _UNUSABLE, _UNUSABLE, FINAL),
    Fault("400 in plain words", _fixed(Answer(400, "no", "text/plain")), _UNUSABLE, _UNUSABLE, FINAL),
    Fault("418 with a list for a body", _fixed(Answer(418, '[{"error": []}]')), _UNUSABLE, _UNUSABLE, FINAL),
    Fault(
        "context overflow",
        _fixed(failure(400, "This model's maximum context length is 10 tokens", code="context_length_exceeded")),
        always=_UNUSABLE,
        once=(0, 2),
        calls=FINAL,
    ),
    # Dropped, it is refused all the same: an end must come.
    Fault(
        "a parameter refused for ever",
        _fixed(failure(400, "Unsupported parameter: 'temperature'", param="temperature")),
        always=_UNUSABLE,
        once=(0,),
        calls=2,
    ),
    *map(_refused, ("temperature", "seed", "max_tokens", "response_format", "logprobs", "top_logprobs")),
    Fault("every parameter refused in turn", _every_parameter, always=(0,), calls=7),
    Fault("refused without its name", _fixed(failure(400, "Invalid parameter")), _UNUSABLE, _UNUSABLE, FINAL),
    Fault("an error of null", _fixed(Answer(400, json.dumps({"error": None}))), _UNUSABLE, _UNUSABLE, FINAL),
)

TRANSPORT = {"limits": LIMITS, "failures": FAILURES, "connections": CONNECTIONS, "refusals": REFUSALS}
