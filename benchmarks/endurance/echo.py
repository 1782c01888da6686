"""An OpenAI-compatible endpoint that says evidence again and keeps account of what it was asked.

Knows nothing of the program but the form of its prompts' evidence lines.
"""

import hashlib
import json
import random
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_EVIDENCE = re.compile(r"^\[(\d+)\] \([^)]*\) (.*)$", re.MULTILINE)


class Echo:
    """An OpenAI-compatible endpoint on 127.0.0.1. Says evidence again, else the prompt's last line; counts requests."""

    def __init__(self, delay_s: float, *, jitter_s: float = 0.0) -> None:
        self.asked: list[str] = []
        echo = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send({"object": "list", "data": [{"id": "echo", "object": "model"}]})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                echo.asked.append(hashlib.sha256(body).hexdigest())
                time.sleep(delay_s + random.random() * jitter_s)
                self._send(completion(json.loads(body)))

            def _send(self, answer: dict[str, Any]) -> None:
                encoded = json.dumps(answer).encode()
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(encoded)))
                    self.end_headers()
                    self.wfile.write(encoded)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # who asked was killed

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.place = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.place}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def completion(body: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request: its evidence, quoted; or the last line of the prompt."""
    prompt = str(body["messages"][-1]["content"])
    evidence = _EVIDENCE.findall(prompt)
    sentences = [{"text": text[:400], "evidence": [int(number)]} for number, text in evidence if len(text) >= 12]
    text = json.dumps({"sentences": sentences[:6]}) if sentences else prompt.strip().splitlines()[-1]
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": len(prompt) // 4, "completion_tokens": len(text) // 4}
    usage["total_tokens"] = sum(usage.values())
    return {"id": "1", "object": "chat.completion", "created": 0, "model": "echo", "choices": [choice], "usage": usage}
