"""Endpoints on 127.0.0.1 that repeat the key they are sent, each behind a path of its own; and one that writes.

They know who has asked: a case in which nobody did has shown nothing.
"""

import base64
import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from benchmarks.endurance.secret_places import Echoing

_MODELS = '{"object":"list","data":[{"id":"x","object":"model"}]}'
_HONEST = Echoing("honest", 200, "")


class RepeatingEndpoints:
    """A server; `url(n)` is the base URL of the n-th way of answering, `url(None)` of one that answers nothing odd."""

    def __init__(self, ways: Sequence[Echoing]) -> None:
        asked: set[str] = set()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                way = self._way()
                if way.at_the_door:
                    self._answer(way)
                else:
                    self._send(200, _MODELS, "application/json", {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                way = self._way()
                if way.body or way.headers:
                    self._answer(way)
                else:
                    self._send(200, _completion(body), "application/json", {})

            def _way(self) -> Echoing:
                place = self.path.strip("/").partition("/")[0]
                asked.add(place)
                number = place.partition("-")[0]
                return ways[int(number)] if number.isdigit() else _HONEST

            def _answer(self, way: Echoing) -> None:
                key = self.headers.get("Authorization", "").removeprefix("Bearer ")
                headers = {name: value.replace("KEY", key) for name, value in way.headers.items()}
                self._send(way.status, way.body.replace("KEY", key), way.kind, headers)

            def _send(self, status: int, body: str, kind: str, headers: dict[str, str]) -> None:
                content = body.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._asked = asked
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def url(self, number: int | None, case: int = 0) -> str:
        """Where the API of one way begins; each case has an address of its own."""
        place = "honest" if number is None else f"{number}-{case}"
        return f"http://127.0.0.1:{self._server.server_port}/{place}/v1"

    def was_asked(self, url: str) -> bool:
        """Whether a request came to this address."""
        return url.split("/")[3] in self._asked

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _completion(body: bytes) -> str:
    """The last line of the prompt, which carries the key where one got into the prompt; and the prompt in base64."""
    prompt = str(json.loads(body)["messages"][-1]["content"])
    text = f"{prompt.strip().splitlines()[-1]} {base64.b64encode(prompt.encode()).decode()[:200]}"
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return json.dumps(
        {"id": "1", "object": "chat.completion", "created": 0, "model": "x", "choices": [choice], "usage": usage}
    )
