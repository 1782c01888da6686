"""A real HTTP server on 127.0.0.1 that answers like an OpenAI-compatible provider, faults included."""

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Body = dict[str, Any]
_STALL_S = 60.0


@dataclass(frozen=True)
class Answer:
    """What the server does with one request: a head and a body, or `raw` in the place of both; then the ending."""

    status: int = 200
    body: str | bytes = ""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    is_reset: bool = False  # before anything is sent
    n_missing_bytes: int = 0  # promised by Content-Length and never sent
    drip_s: float = 0.0  # pause before each byte of the body
    is_head_dripped: bool = False  # the head too
    raw: bytes | None = None
    repeated: bytes = b""  # after the body, again and again, until who asked goes away
    repeat_pause_s: float = 0.0
    ending: Literal["close", "reset", "stall"] = "close"

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        return self.body if isinstance(self.body, bytes) else self.body.encode()


def completion(text: str | None = "Hello.", *, finish: str = "stop", **extra: Any) -> Answer:
    """A whole answer; `extra` replaces fields of its only choice."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return Answer(body=json.dumps({"id": "1", "model": "m", "choices": [{**choice, **extra}], "usage": usage}))


def failure(status: int, message: str = "no", *, headers: dict[str, str] | None = None, **error: Any) -> Answer:
    """An error as providers tell it."""
    return Answer(status, json.dumps({"error": {"message": message, **error}}), headers=headers or {})


def events(*pieces: str, finish: str | None = "stop", usage: bool = True, tail: str = "") -> Answer:
    """A stream of pieces."""
    lines = [json.dumps({"choices": [{"index": 0, "delta": {"content": piece}}]}) for piece in pieces]
    if finish:
        lines.append(json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}))
    if usage:
        lines.append(json.dumps({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}))
    if finish:
        lines.append("[DONE]")
    body = "".join(f"data: {line}\n\n" for line in lines) + tail
    return Answer(body=body, content_type="text/event-stream")


class FaultServer:
    """Answers by a function of the request's JSON body, or of ``{"path": …}`` for a GET; records the bodies."""

    def __init__(self, answer: Callable[[Body], Answer]) -> None:
        self.bodies: list[Body] = []
        self.closing = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.bodies.append(body)
                _Sender(self, outer.closing).send(answer(body))

            def do_GET(self) -> None:
                _Sender(self, outer.closing).send(answer({"path": self.path}))

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        """Stop serving; answers under way are broken off."""
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away: killed ones do."""


class _Sender:
    """Sends one answer, however broken it is to arrive."""

    def __init__(self, handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
        self._handler, self._closing = handler, closing

    def send(self, answer: Answer) -> None:
        self._closing.wait(answer.delay_s)
        if answer.is_reset:
            self._reset()
            return
        with contextlib.suppress(OSError):  # a client that gave up waiting has closed its end
            if answer.raw is None:
                self._send_head(answer)
                self._send_content(answer)
            else:
                self._handler.wfile.write(answer.raw)
            self._handler.wfile.flush()
            while answer.repeated and not self._closing.is_set():
                self._handler.wfile.write(answer.repeated)
                self._handler.wfile.flush()
                time.sleep(answer.repeat_pause_s)
            self._handler.close_connection = True
            if answer.ending == "stall":
                self._closing.wait(_STALL_S)
            elif answer.ending == "reset":
                self._reset()

    def _send_head(self, answer: Answer) -> None:
        self._handler.send_response(answer.status)
        self._handler.send_header("Content-Type", answer.content_type)
        if not answer.repeated:
            self._handler.send_header("Content-Length", str(len(answer.content) + answer.n_missing_bytes))
        for key, value in answer.headers.items():
            self._handler.send_header(key, value)
        if answer.is_head_dripped:
            self._drip(b"X-Slow: ", answer.drip_s)
            self._drip(b"x" * 10_000, answer.drip_s)
        self._handler.end_headers()

    def _send_content(self, answer: Answer) -> None:
        if answer.drip_s:
            self._drip(answer.content, answer.drip_s)
        else:
            self._handler.wfile.write(answer.content)

    def _drip(self, content: bytes, pause_s: float) -> None:
        self._handler.flush_headers()
        for byte in content:
            self._handler.wfile.write(bytes([byte]))
            self._handler.wfile.flush()
            if self._closing.wait(pause_s):
                return

    def _reset(self) -> None:
        # Linger 0 makes close() send RST instead of FIN.
        handler = self._handler
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.close_connection = True
        handler.connection.close()
        handler.wfile = handler.rfile = _Nowhere()  # type: ignore[assignment]


class _Nowhere:
    closed = True

    def flush(self) -> None: ...

    def close(self) -> None: ...
