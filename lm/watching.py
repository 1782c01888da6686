"""Calls of chat models as they happen, for who listens: each try that was sent, each that failed, and how a call ended.

Two layers see it: `Watched` is the outermost and knows the role; `Attempted` stands next to the backend and knows what
was really sent. Between them lie the cache, the limiter and the retries, which need not know of either. Must not keep
or hand on a word of what was asked or answered.
"""

import itertools
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from lm.layer import Layer
from lm.types import ChatDelta, ChatModel, ChatReply, ChatRequest, FinishReason, Frozen, Role, Usage

Step = Literal["sent", "failed", "ended"]
DROPPED = "dropped"  # a stream that nobody read to its end


class CallStep(Frozen):
    """What just happened to a call.

    Attributes:
        step: `sent` and `failed` are about one try, `ended` is about the whole call.
        number: The call's, from 1 in each watch.
        attempt: Which try, from 1; where ended, how many there were: none was needed for a replayed call, and none was
            made of one that a budget refused.
        seconds: Of a failed try, or of the ended call with all its waits; 0 where sent.
        in_model_s: Seconds of the call's tries so far; the rest of the ended call was waiting, for the limiter or
            before trying again.
        error: The class of what was raised; empty where nothing was.
    """

    step: Step
    number: int
    role: Role
    model: str
    attempt: int
    seconds: float = 0.0
    in_model_s: float = 0.0
    usage: Usage = Usage()
    finish_reason: FinishReason | None = None
    is_replayed: bool = False
    error: str = ""


Listener = Callable[[CallStep], None]


class CallWatch:
    """Numbers calls and tells one listener of them, in the thread that makes the call. Threads may share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Watch for nobody yet. `clock`: seconds from any origin, never going back."""
        self.clock = clock
        self._numbers = itertools.count(1)
        self._listener: Listener = _tell_nobody

    def tell_of_calls(self, listener: Listener | None) -> None:
        """Let `listener` hear of each step, in place of who heard before; None: nobody does.

        It should not raise: that would end the call.
        """
        self._listener = listener or _tell_nobody

    def begin(self, role: Role, model: str) -> "OpenCall":
        """A call that is made now."""
        return OpenCall(self, next(self._numbers), role, model, self.clock())

    def tell(self, step: CallStep) -> None:
        """Hand a step on."""
        self._listener(step)


def _tell_nobody(step: CallStep) -> None: ...


@dataclass
class OpenCall:
    """A call that has not ended."""

    watch: CallWatch
    number: int
    role: Role
    model: str
    began: float
    n_attempts: int = 0
    in_model_s: float = 0.0

    def sent(self) -> float:
        """Tell of a new try; returns when it began."""
        self.n_attempts += 1
        self._tell("sent")
        return self.watch.clock()

    def came_back(self, began: float, error: BaseException | None) -> None:
        """Count a try that began then, and tell of one that failed."""
        seconds = self.watch.clock() - began
        self.in_model_s += seconds
        if error is not None:
            self._tell("failed", seconds, error)

    def end(self, reply: ChatReply | None, error: BaseException | None) -> None:
        """Tell how the call ended."""
        self._tell("ended", self.watch.clock() - self.began, error, reply)

    def _tell(
        self, step: Step, seconds: float = 0.0, error: BaseException | None = None, reply: ChatReply | None = None
    ) -> None:
        told = CallStep(
            step=step,
            number=self.number,
            role=self.role,
            model=self.model,
            attempt=self.n_attempts,
            seconds=seconds,
            in_model_s=self.in_model_s,
            usage=reply.usage if reply else Usage(),
            finish_reason=reply.finish_reason if reply else None,
            is_replayed=reply.is_replayed if reply else False,
            error=_name_of(error),
        )
        self.watch.tell(told)


_OPEN: ContextVar[OpenCall | None] = ContextVar("open call", default=None)


@contextmanager
def _open(call: OpenCall) -> Iterator[None]:
    """Within, the backend's layer finds the call."""
    token = _OPEN.set(call)
    try:
        yield
    finally:
        _OPEN.reset(token)


class Watched(Layer):
    """A chat model whose calls are told of. The outermost layer: Watched(Metered(Replay(Retrying(Attempted(…)))))."""

    def __init__(self, inner: ChatModel, role: Role, watch: CallWatch) -> None:
        super().__init__(inner)
        self._role, self._watch = role, watch

    def chat(self, request: ChatRequest) -> ChatReply:
        """Complete the conversation, and tell of it."""
        call = self._watch.begin(self._role, self.name)
        try:
            with _open(call):
                reply = self._inner.chat(request)
        except BaseException as error:
            call.end(None, error)
            raise
        call.end(reply, None)
        return reply

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """Stream the reply, and tell of it when its last piece is there."""
        call = self._watch.begin(self._role, self.name)
        pieces = iter(self._inner.stream(request))
        reply: ChatReply | None = None
        try:
            # Piece by piece: what a generator sets stays set in its reader between two pieces.
            while (delta := _next_piece(pieces, call)) is not None:
                reply = delta.reply or reply
                yield delta
        except BaseException as error:
            with _open(call):
                _close(pieces)
            call.end(reply, None if reply else error)
            raise
        call.end(reply, None)


def _next_piece(pieces: Iterator[ChatDelta], call: OpenCall) -> ChatDelta | None:
    with _open(call):
        return next(pieces, None)


def _close(pieces: Iterator[ChatDelta]) -> None:
    """End a stream that is read no further, so that its layers count what came of it before the call ends."""
    if isinstance(pieces, Generator):
        pieces.close()


class Attempted(Layer):
    """A backend whose tries are counted to the call that they belong to; see `Watched`."""

    def chat(self, request: ChatRequest) -> ChatReply:
        """One try."""
        call = _OPEN.get()
        if call is None:
            return self._inner.chat(request)
        began = call.sent()
        try:
            reply = self._inner.chat(request)
        except BaseException as error:
            call.came_back(began, error)
            raise
        call.came_back(began, None)
        return reply

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """One try, piece by piece."""
        call = _OPEN.get()
        if call is None:
            yield from self._inner.stream(request)
            return
        began, has_reply = call.sent(), False
        try:
            for delta in self._inner.stream(request):
                has_reply = has_reply or delta.reply is not None
                yield delta
        except BaseException as error:
            call.came_back(began, None if has_reply else error)
            raise
        call.came_back(began, None)


def _name_of(error: BaseException | None) -> str:
    if error is None:
        return ""
    return DROPPED if isinstance(error, GeneratorExit) else type(error).__name__
