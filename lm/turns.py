"""Turns at the processor: of threads that compute, so many at a time; who waits for a model gives its turn away.

One interpreter runs one thread at a time, and where many want to, they spend a good part of the processor on taking it
from each other (60 short reports side by side: 47.6 s one after another, 53.4 s by two threads, 75 s by sixteen).

Knows threads. Must not know what is computed.
"""

import heapq
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lm.layer import Layer
from lm.types import ChatDelta, ChatModel, ChatReply, ChatRequest


class _Desk:
    """Gives out so many turns; of those that wait the lowest rank comes first, of its equals who came first."""

    def __init__(self, n: int) -> None:
        self._n_free = n
        self._waiting: list[tuple[int, int, threading.Event]] = []
        self._n_asked = 0
        self._lock = threading.Lock()

    def take(self, rank: int) -> None:
        """Wait for a turn."""
        granted = threading.Event()
        with self._lock:
            if self._n_free:
                self._n_free -= 1
                return
            self._n_asked += 1
            heapq.heappush(self._waiting, (rank, self._n_asked, granted))
        granted.wait()

    def give(self) -> None:
        """Hand a turn on, or back."""
        with self._lock:
            if self._waiting:
                heapq.heappop(self._waiting)[2].set()
            else:
                self._n_free += 1


class Turns:
    """Shared by threads, none of which takes signals: a wait for a turn ends with it.

    A thread that waits for another one must not hold a turn, unless the other needs none.
    """

    def __init__(self, n: int | None = None) -> None:
        """Args: n: so many threads at a time; None: as many as like."""
        self._desk = _Desk(n) if n is not None else None
        self._rank = 0
        self._own = threading.local()

    def ranked(self, rank: int) -> "Turns":
        """The same turns for somebody of a rank: the lowest goes first.

        Were all served in turn, items that began together would come to their calls together, and the endpoint would
        have nothing to do until then.
        """
        same = Turns()
        same._desk, same._rank, same._own = self._desk, rank, self._own
        return same

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn and hold it; within one that the thread holds already, go on."""
        if self._desk is None or self._has_one:
            yield
            return
        self._take(self._desk)
        try:
            yield
        finally:
            self._give(self._desk)

    @contextmanager
    def given_away(self) -> Iterator[None]:
        """Let others have the thread's turn, and wait for one again at the end; nothing where it holds none."""
        if self._desk is None or not self._has_one:
            yield
            return
        self._give(self._desk)
        try:
            yield
        finally:
            self._take(self._desk)

    @property
    def _has_one(self) -> bool:
        return bool(getattr(self._own, "has_one", False))

    def _take(self, desk: _Desk) -> None:
        desk.take(self._rank)
        self._own.has_one = True

    def _give(self, desk: _Desk) -> None:
        self._own.has_one = False
        desk.give()


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
