"""Cutting an HTTP client's connections from another thread.

Closing a socket does not wake a thread that reads from it; shutting it down does, at both ends.
"""

import contextlib
import socket
import threading
import weakref
from collections.abc import Mapping
from typing import Any, Protocol

from lm.errors import EndpointUnreachable


class TracedRequest(Protocol):
    """A request of httpx or httpx2, whose `extensions` may carry a trace function."""

    @property
    def extensions(self) -> Any:
        """A mutable mapping, read when the request is sent."""
        ...


class Severing:
    """Knows the sockets of a client. Give `watch` to the client as its request hook."""

    def __init__(self) -> None:
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._is_severed = False
        self._lock = threading.Lock()

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

    def sever(self) -> None:
        """Break every connection, now and from now on: calls in flight fail in the threads that made them."""
        with self._lock:
            self._is_severed = True
            for connected in list(self._sockets):
                _shut(connected)

    def _trace(self, event: str, details: Mapping[str, Any]) -> None:
        if event not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        connected = details["return_value"].get_extra_info("socket")
        with self._lock:
            self._sockets.add(connected)
            if self._is_severed:
                _shut(connected)


def _shut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):  # closed already, or wrapped in TLS and no longer the owner
        connected.shutdown(socket.SHUT_RDWR)
