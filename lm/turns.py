"""Turns at the processor: of threads that compute, so many at a time; who waits for a model gives its turn away.

One interpreter runs one thread at a time, and where many want to, they spend a good part of the processor on taking it
from each other (60 short reports side by side: 47.6 s one after another, 53.4 s by two threads, 75 s by sixteen).

Knows threads. Must not know what is computed.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lm.layer import Layer
from lm.types import ChatDelta, ChatModel, ChatReply, ChatRequest


class Turns:
    """Shared by threads. A thread that waits for another one must not hold a turn, unless the other needs none."""

    def __init__(self, n: int | None = None) -> None:
        """Args: n: so many threads at a time; None: as many as like."""
        self._free = threading.Semaphore(n) if n is not None else None
        self._own = threading.local()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn and hold it; within one that the thread holds already, go on."""
        if self._free is None or self._has_one:
            yield
            return
        self._take()
        try:
            yield
        finally:
            self._give()

    @contextmanager
    def given_away(self) -> Iterator[None]:
        """Let others have the thread's turn, and wait for one again at the end; nothing where it holds none."""
        if not self._has_one:
            yield
            return
        self._give()
        try:
            yield
        finally:
            self._take()

    @property
    def _has_one(self) -> bool:
        return bool(getattr(self._own, "has_one", False))

    def _take(self) -> None:
        if self._free is not None:
            self._free.acquire()
            self._own.has_one = True

    def _give(self) -> None:
        # After a signal that broke off the wait for a turn there is none to give back.
        if self._free is not None and self._has_one:
            self._own.has_one = False
            self._free.release()


class GivingWay(Layer):
    """A chat model whose callers give their turn away while it answers.

    A stream's reader works between its parts, and may drop it in another thread: it keeps its turn.
    """

    def __init__(self, inner: ChatModel, turns: Turns) -> None:
        super().__init__(inner)
        self._turns = turns

    def chat(self, request: ChatRequest) -> ChatReply:
        """As the inner model."""
        with self._turns.given_away():
            return self._inner.chat(request)

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """As the inner model."""
        yield from self._inner.stream(request)
