"""Cutting an HTTP client's connections: from another thread, or when an answer takes too long or is too large.

Closing a socket does not wake a thread that reads from it; shutting it down does, at both ends. And a client's own
timeout is for one read: a server that sends a byte a minute outlives it for ever. Nor does it count what it reads: an
answer without an end, or one that was packed a thousandfold, fills the memory first.
"""

import contextlib
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from lm.errors import EndpointUnreachable

# The longest that models write, with the log-probabilities of twenty tokens at each position, is some 20 MB.
MAX_BYTES = 64 * 2**20
# Packed a thousandfold, the most that gzip can, it is as much again. One read of the connection may come on top.
_MAX_PACKED_BYTES = 64 * 2**10


class UnusableAnswer(ValueError):
    """The answer cannot be read without harm: it is too large, or packed in a way that cannot be bounded."""


class TracedRequest(Protocol):
    """A request of httpx or httpx2, whose `extensions` may carry a trace function."""

    @property
    def extensions(self) -> Any:
        """A mutable mapping, read when the request is sent."""
        ...


class HeadOfAnswer(Protocol):
    """An answer of httpx or httpx2, of which the head has come."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By name, in any case."""
        ...


class Severing:
    """Knows the sockets of a client. Give `watch` to the client as its request hook, `look_at` as its response hook."""

    def __init__(self) -> None:
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._is_severed = False
        self._lock = threading.Lock()
        self._limits = threading.local()

    @property
    def is_severed(self) -> bool:
        """Whether the client was cut off: httpx then fails with a RuntimeError of its own."""
        return self._is_severed

    def watch(self, request: TracedRequest) -> None:
        """Learn which sockets the request opens.

        Raises:
            EndpointUnreachable: the client was severed.
        """
        if self._is_severed:
            raise EndpointUnreachable("this client was cut off", hint="Make a new one.")
        request.extensions["trace"] = self._trace

    def look_at(self, answer: HeadOfAnswer) -> None:
        """Let an answer that is packed be small, since nobody counts what it is unpacked to.

        Raises:
            UnusableAnswer: it is packed in several ways, or in one that we did not ask for and cannot bound.
        """
        packed = answer.headers.get("content-encoding", "identity").strip().lower()
        if packed in ("", "identity"):
            return
        if packed not in ("gzip", "deflate"):
            raise UnusableAnswer(f"it is packed as {packed[:40]!r}, which was not asked for")
        self._limits.n_bytes = min(self._limits.n_bytes, _MAX_PACKED_BYTES)

    @contextlib.contextmanager
    def within(self, limit_s: float, *, max_bytes: int = MAX_BYTES) -> Iterator[None]:
        """Let what this thread reads from the connections take `limit_s` in all, however the server spreads it, and be
        no more than `max_bytes`.

        The read that is too late fails with the client's own timeout, or with a TimeoutError for its cause; the one
        that is too much with an UnusableAnswer, or with that for its cause.
        """
        self._limits.until, self._limits.n_bytes = time.monotonic() + limit_s, max_bytes
        try:
            yield
        finally:
            self._limits.until = None

    def sever(self) -> None:
        """Break every connection, now and from now on: calls in flight fail in the threads that made them."""
        with self._lock:
            self._is_severed = True
            for connected in list(self._sockets):
                _shut(connected)

    def _trace(self, event: str, details: Mapping[str, Any]) -> None:
        if not event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        stream = details["return_value"]
        # A client reads from no other object, and a connection that is used again keeps it.
        stream.read = self._limited(stream.read)
        connected = stream.get_extra_info("socket")
        with self._lock:
            self._sockets.add(connected)
            if self._is_severed:
                _shut(connected)

    def _limited(self, read: Callable[[int, float | None], bytes]) -> Callable[[int, float | None], bytes]:
        def limited(max_bytes: int, timeout: float | None = None) -> bytes:
            until: float | None = getattr(self._limits, "until", None)
            if until is None:
                return read(max_bytes, timeout)
            left_s = until - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("the answer was not complete in time")
            piece = read(max_bytes, left_s if timeout is None else min(timeout, left_s))
            self._limits.n_bytes -= len(piece)
            if self._limits.n_bytes < 0:
                raise UnusableAnswer("it is larger than any that was asked for")
            return piece

        return limited


def _shut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):  # closed already, or wrapped in TLS and no longer the owner
        connected.shutdown(socket.SHUT_RDWR)
