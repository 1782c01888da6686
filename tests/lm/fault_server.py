"""A real HTTP server on 127.0.0.1 that answers like an OpenAI-compatible provider, faults included."""

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lm.openai_chat import OpenAIChat


@dataclass(frozen=True)
class Answer:
    """What the server does with one request."""

    status: int = 200
    body: str = ""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    is_reset: bool = False
    n_missing_bytes: int = 0  # promised by Content-Length and never sent
    drip_s: float = 0.0  # pause before each byte of the body
    is_head_dripped: bool = False  # the head too


def completion(text: str | None = "Hello.", *, finish: str = "stop", **extra: Any) -> Answer:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return Answer(body=json.dumps({"id": "1", "model": "m", "choices": [{**choice, **extra}], "usage": usage}))


def failure(status: int, message: str = "no", *, headers: dict[str, str] | None = None, **error: Any) -> Answer:
    return Answer(status, json.dumps({"error": {"message": message, **error}}), headers=headers or {})


def events(*pieces: str, finish: str | None = "stop", usage: bool = True, tail: str = "") -> Answer:
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
    """Answers by a function of the request's JSON body; records the bodies."""

    def __init__(self, answer: Callable[[dict[str, Any]], Answer]) -> None:
        self.bodies: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.bodies.append(body)
                _send(self, answer(body))

            def do_GET(self) -> None:
                _send(self, answer({"path": self.path}))

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    time.sleep(answer.delay_s)
    content = answer.body.encode()
    if answer.is_reset:
        # Linger 0 makes close() send RST instead of FIN.
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.close_connection = True
        handler.connection.close()
        handler.wfile = handler.rfile = _Nowhere()  # type: ignore[assignment]
        return
    with contextlib.suppress(OSError):  # a client that gave up waiting has closed its end
        handler.send_response(answer.status)
        handler.send_header("Content-Type", answer.content_type)
        handler.send_header("Content-Length", str(len(content) + answer.n_missing_bytes))
        for key, value in answer.headers.items():
            handler.send_header(key, value)
        if answer.is_head_dripped:
            _drip(handler, b"X-Slow: ", answer.drip_s)
            _drip(handler, b"x" * 10_000, answer.drip_s)
        handler.end_headers()
        if answer.drip_s:
            _drip(handler, content, answer.drip_s)
        else:
            handler.wfile.write(content)
        handler.wfile.flush()


def _drip(handler: BaseHTTPRequestHandler, content: bytes, pause_s: float) -> None:
    handler.flush_headers()
    for byte in content:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(pause_s)


class _Nowhere:
    closed = True

    def flush(self) -> None: ...

    def close(self) -> None: ...


@contextlib.contextmanager
def serving(*answers: Answer | Callable[[dict[str, Any]], Answer]) -> Iterator[FaultServer]:
    """A server that gives these answers in order, the last one for ever after."""
    left = list(answers)

    def next_answer(body: dict[str, Any]) -> Answer:
        answer = left.pop(0) if len(left) > 1 else left[0]
        return answer(body) if callable(answer) else answer

    server = FaultServer(next_answer)
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def client(server: FaultServer, **options: Any) -> Iterator[OpenAIChat]:
    chat = OpenAIChat(
        name="fake:m",
        base_url=server.base_url,
        api_key="k",
        model="m",
        **{"context_tokens": 1000, "timeout_s": 5.0, **options},
    )
    try:
        yield chat
    finally:
        chat.close()
