"""A run's events as spans: the sitting, its blocks, their stages, the calls of models within.

Names follow the semantic conventions for generative AI (`gen_ai.*`); what they do not know is `wellread.*`. No topic,
prompt, reply or title is ever in a span: the events that are read here hold none.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context

from agent.ledger import RunRow
from agent.progress import Event
from agent.sitting import SITTING_BEGAN, SITTING_ENDED
from agent.stages import CALL_NAMES, STAGE_BEGAN, STAGE_ENDED

_NS = 1_000_000_000
_LAST_OF_BLOCK = "file"
_FAILED = frozenset({"failed", "interrupted"})
Attributes = dict[str, str | int | float | bool]


class SpanTeller:
    """Listens to one sitting. Events come one at a time, from whatever thread."""

    def __init__(self, tracer: Tracer, row: RunRow, *, clock_ns: Callable[[], int] = time.time_ns) -> None:
        """Args: clock_ns: nanoseconds since 1970; spans are told of when they end, and lie where they were."""
        self._tracer, self._row, self._clock_ns = tracer, row, clock_ns
        self._run: Span | None = None
        self._blocks: dict[str, Span] = {}
        self._stages: dict[tuple[str, str], Span] = {}
        self._calls: dict[int, Span] = {}
        self._by_name: dict[str, Callable[[Event], None]] = {
            SITTING_BEGAN: self._begin_run,
            SITTING_ENDED: self._end_run,
            STAGE_BEGAN: self._begin_stage,
            STAGE_ENDED: self._end_stage,
            CALL_NAMES["sent"]: self._send,
            CALL_NAMES["failed"]: self._fail,
            CALL_NAMES["ended"]: self._end_call,
        }

    def __call__(self, event: Event) -> None:
        """Take one event; those that are about contents are not looked at."""
        take = self._by_name.get(event.name)
        if take is not None:
            take(event)

    def close(self) -> None:
        """End what is still open: the sitting was cut off."""
        for span in (*self._calls.values(), *self._stages.values(), *self._blocks.values()):
            span.end(self._clock_ns())
        if self._run is not None:
            self._run.set_status(Status(StatusCode.ERROR, "cut off"))
            self._run.end(self._clock_ns())
        self._calls, self._stages, self._blocks, self._run = {}, {}, {}, None

    def _begin(self, name: str, parent: Span | None, known: Attributes, kind: SpanKind = SpanKind.INTERNAL) -> Span:
        within = set_span_in_context(parent) if parent is not None else None
        return self._tracer.start_span(name, within, kind=kind, attributes=known, start_time=self._clock_ns())

    def _begin_run(self, event: Event) -> None:
        known: Attributes = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "wellread",
            # The words of a topic stand in a run's id; its time and number are enough to find it.
            "wellread.run.id": _without_topic(self._row.id),
            "wellread.run.mode": self._row.mode,
            "wellread.version": event.words.get("version", ""),
        }
        self._run = self._begin("invoke_agent wellread", None, known)

    def _end_run(self, event: Event) -> None:
        for block in self._blocks.values():
            block.end(self._clock_ns())
        self._blocks = {}
        if self._run is None:
            return
        status = event.words.get("status", "")
        told: Attributes = {"wellread.status": status, "wellread.exit_code": int(event.numbers.get("exit_code", 0))}
        self._run.set_attributes(told)
        if status in _FAILED:
            self._run.set_status(Status(StatusCode.ERROR, status))
        self._run.end(self._clock_ns())
        self._run = None

    def _begin_stage(self, event: Event) -> None:
        name, known = event.words["stage"], _of_block(event)
        self._stages[name, event.block] = self._begin(name, self._parent(event), {"wellread.stage": name, **known})

    def _parent(self, event: Event) -> Span | None:
        if not event.block:
            return self._run
        if event.block not in self._blocks:
            self._blocks[event.block] = self._begin(f"block {event.block}", self._run, _of_block(event))
        return self._blocks[event.block]

    def _end_stage(self, event: Event) -> None:
        name = event.words["stage"]
        span = self._stages.pop((name, event.block), None)
        if span is None:
            return
        if "stops" in event.words:
            span.set_attribute("wellread.budget_stops", event.words["stops"])
        _fail(span, event)
        span.end(self._clock_ns())
        if name == _LAST_OF_BLOCK and event.block in self._blocks:
            self._blocks.pop(event.block).end(self._clock_ns())

    def _send(self, event: Event) -> None:
        number = int(event.numbers["call"])
        if number not in self._calls:
            self._calls[number] = self._begin_call(event, began_ns=self._clock_ns())
        elif event.numbers["attempt"] > 1:
            self._calls[number].add_event("retried", {"wellread.attempt": int(event.numbers["attempt"])})

    def _fail(self, event: Event) -> None:
        span = self._calls.get(int(event.numbers["call"]))
        if span is not None:
            span.add_event("failed", {"error.type": event.words.get("error", "")})

    def _begin_call(self, event: Event, *, began_ns: int) -> Span:
        kind, model, server = _model_of(event.words["model"])
        known: Attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": kind,
            "gen_ai.request.model": model,
            "wellread.role": event.words["role"],
            "wellread.stage": event.words["stage"],
            **_of_block(event),
            **server,
        }
        stage = self._stages.get((event.words["stage"], event.block), self._run)
        within = set_span_in_context(stage) if stage is not None else None
        return self._tracer.start_span(
            f"chat {model}", within, kind=SpanKind.CLIENT, attributes=known, start_time=began_ns
        )

    def _end_call(self, event: Event) -> None:
        now, seconds = self._clock_ns(), event.numbers["seconds"]
        span = self._calls.pop(int(event.numbers["call"]), None)
        if span is None:  # nothing was sent: replayed, or refused by a budget
            span = self._begin_call(event, began_ns=now - int(seconds * _NS))
        numbers = event.numbers
        told: Attributes = {
            "gen_ai.usage.input_tokens": int(numbers["prompt_tokens"]),
            "gen_ai.usage.output_tokens": int(numbers["completion_tokens"]),
            "wellread.attempts": int(numbers["attempt"]),
            "wellread.waited_s": round(max(0.0, seconds - numbers["in_model_s"]), 4),
            "wellread.replayed": bool(numbers.get("replayed")),
        }
        span.set_attributes(told)
        if "finish" in event.words:
            span.set_attribute("gen_ai.response.finish_reasons", [event.words["finish"]])
        _fail(span, event)
        span.end(now)


def _fail(span: Span, event: Event) -> None:
    if "error" in event.words:
        span.set_attribute("error.type", event.words["error"])
        span.set_status(Status(StatusCode.ERROR, event.words["error"]))


def _of_block(event: Event) -> Attributes:
    return {"wellread.block": event.block} if event.block else {}


def _without_topic(run_id: str) -> str:
    """`2026-11-22T100000-8f3a2b1c` of `2026-11-22T100000-the-topics-words-8f3a2b1c`."""
    parts = run_id.split("-")
    return "-".join([*parts[:3], parts[-1]])


def _model_of(name: str) -> tuple[str, str, Attributes]:
    """Provider, model and server of a model's name, `openai:gpt@127.0.0.1:8080`."""
    kind, _, rest = name.partition(":")
    model, _, netloc = rest.partition("@")
    server: Attributes = {}
    with suppress(ValueError):  # no server, but a version that the model is called by
        url = urlsplit(f"//{netloc.rpartition('@')[2]}")
        server = {"server.address": url.hostname} if url.hostname else {}
        if server and url.port:
            server["server.port"] = url.port
    return kind, model or kind, server
