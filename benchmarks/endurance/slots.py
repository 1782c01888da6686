"""A simulated endpoint: every answer takes the same time, so many are worked on at once, and some of them go wrong.

Keeps account of what it was asked, what it answered, and when it worked.
"""

import contextlib
import hashlib
import json
import random
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from benchmarks.endurance.echo import completion

Fault = Literal["429", "429 with Retry-After", "reset", "stall", "truncated", "503"]


@dataclass(frozen=True)
class Span:
    """When one answer was worked on, seconds from any origin, and how long it takes: a late waking is no work."""

    began: float
    ended: float
    worked_s: float


class SlotServer:
    """On 127.0.0.1; `faults`: the share of requests that each fault takes, drawn by seed and number of the request."""

    def __init__(
        self,
        *,
        n_slots: int = 16,
        latency_s: float = 1.0,
        faults: dict[Fault, float] | None = None,
        stall_s: float = 30.0,
        seed: int = 66,
    ) -> None:
        self.n_slots, self.latency_s, self._stall_s = n_slots, latency_s, stall_s
        self._faults, self._rng = faults or {}, random.Random(f"slots-{seed}")
        self._slots = threading.BoundedSemaphore(n_slots)
        self._lock = threading.Lock()
        self.spans: list[Span] = []
        self.answered: Counter[str] = Counter()  # whole answers, by the hash of what was asked
        self.answered_at: list[tuple[str, float]] = []  # each of them, and when by the monotonic clock
        self.asked: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def busy_s(self) -> float:
        """Seconds that all slots together worked."""
        return sum(span.worked_s for span in list(self.spans))

    def busy_share(self) -> float:
        """How much of the slots' time was worked, from the first answer's beginning to the last one's end."""
        if not self.spans:
            return 0.0
        whole = max(span.ended for span in self.spans) - min(span.began for span in self.spans)
        return self.busy_s / (whole * self.n_slots)

    def forget(self) -> None:
        """Begin the account anew."""
        with self._lock:
            self.spans.clear()
            self.answered_at.clear()
            for count in (self.answered, self.asked, self.failed):
                count.clear()

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """Work on one request."""
        key = hashlib.sha256(body).hexdigest()
        with self._lock:
            self.asked[key] += 1
            fault = self._drawn()
        if fault in ("429", "429 with Retry-After", "503", "reset"):
            self._refuse(handler, fault)
            return
        with self._slots:
            began, work_s = time.monotonic(), self._stall_s if fault == "stall" else self.latency_s
            time.sleep(work_s)
            with self._lock:
                self.spans.append(Span(began, time.monotonic(), work_s))
        text = json.dumps(completion(json.loads(body))).encode()
        with contextlib.suppress(OSError):  # who asked is gone: killed, or tired of waiting
            _send(handler, 200, text, n_sent=len(text) // 2 if fault == "truncated" else len(text))
            if fault is None:
                with self._lock:
                    self.answered[key] += 1
                    self.answered_at.append((key, time.monotonic()))

    def _drawn(self) -> Fault | None:
        point = self._rng.random()
        for fault, share in self._faults.items():
            if point < share:
                self.failed[fault] += 1
                return fault
            point -= share
        return None

    def _refuse(self, handler: BaseHTTPRequestHandler, fault: Fault) -> None:
        with contextlib.suppress(OSError):
            if fault == "reset":
                # Closed with something unread and no lingering: the other side gets a reset.
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                handler.connection.close()
                return
            headers = {"Retry-After": "1"} if fault == "429 with Retry-After" else {}
            text = json.dumps({"error": {"message": "not now", "type": fault}}).encode()
            _send(handler, int(fault[:3]), text, n_sent=len(text), headers=headers)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what is being tried."""


def _handler_of(server: SlotServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            text = json.dumps({"object": "list", "data": [{"id": "echo", "object": "model"}]}).encode()
            _send(self, 200, text, n_sent=len(text))

        def do_POST(self) -> None:
            server.answer(self, self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


def _send(
    handler: BaseHTTPRequestHandler, status: int, text: bytes, *, n_sent: int, headers: dict[str, str] | None = None
) -> None:
    handler.send_response(status)
    for name, value in {
        "Content-Type": "application/json",
        "Content-Length": str(len(text)),
        **(headers or {}),
    }.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(text[:n_sent])
    handler.wfile.flush()
    if n_sent < len(text):
        handler.close_connection = True
