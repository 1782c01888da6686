"""Stopping what many threads do by their models: the next call of any of them is an interrupt, as by Ctrl-C.

A thread cannot be interrupted from outside, but whatever runs long here asks a model now and then. Calls under way are
let end: they are paid, and their replies are kept.
"""

import threading
from collections.abc import Iterator

from lm.layer import Layer
from lm.types import ChatDelta, ChatModel, ChatReply, ChatRequest


class Stop:
    """Says once that all is to stop. Threads share it."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def now(self) -> None:
        """Let no further call begin."""
        self._event.set()

    @property
    def is_asked(self) -> bool:
        """Whether all is to stop."""
        return self._event.is_set()

    def check(self) -> None:
        """Go on, or raise KeyboardInterrupt."""
        if self._event.is_set():
            raise KeyboardInterrupt


class Stoppable(Layer):
    """A chat model whose calls do not begin once all is to stop."""

    def __init__(self, inner: ChatModel, stop: Stop) -> None:
        super().__init__(inner)
        self._stop = stop

    def chat(self, request: ChatRequest) -> ChatReply:
        """As the inner model; raises KeyboardInterrupt where all is to stop."""
        self._stop.check()
        return self._inner.chat(request)

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """As the inner model; raises KeyboardInterrupt where all is to stop."""
        self._stop.check()
        yield from self._inner.stream(request)
