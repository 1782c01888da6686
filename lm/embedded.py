"""The embedded model: llama.cpp's own server inside this process, reached like any other endpoint.

It listens on 127.0.0.1 at a port and with a key that are drawn anew for each start. It writes nothing to the
terminal, and leaves nothing behind: stopped, collected, interrupted or crashed, its port and memory are free.
"""

import functools
import logging
import os
import secrets
import time
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
import xllamacpp

from lm.capabilities import Capabilities
from lm.errors import EndpointUnreachable, ModelMissing, RequestRejected, ServerFailed
from lm.last_prompt import LastPrompt
from lm.openai_chat import OpenAIChat
from lm.severing import Severing

logger = logging.getLogger(__name__)

_N_CACHED_COUNTS = 4096


class EmbeddedServer:
    """A llama.cpp server with one model. Use as a context manager, or `start` and `stop` it.

    Requests beyond `n_parallel` wait in the server's queue; the others share one batch. A reply may differ in
    its last digits, and so in its words, with what else is in the batch, and with the prompts before it whose
    beginnings it shares, unless `reuse_prefix` is false: only the call cache repeats exactly.
    """

    def __init__(self, gguf_path: Path, *, context_tokens: int = 8192, n_parallel: int = 2, n_threads: int) -> None:
        """Describe the server; nothing is loaded.

        Args:
            gguf_path: The model.
            context_tokens: The window of each of the parallel requests.
            n_parallel: Requests that are served at once.
            n_threads: Threads that compute. More than there are idle cores is many times slower, not faster.

        Raises:
            ValueError: a number is not positive.
        """
        if min(context_tokens, n_parallel, n_threads) < 1:
            raise ValueError(
                f"context_tokens={context_tokens}, n_parallel={n_parallel}, n_threads={n_threads} must all be positive"
            )
        self._gguf_path = gguf_path
        self._context_tokens, self._n_parallel, self._n_threads = context_tokens, n_parallel, n_threads
        self._running: _Running | None = None
        self._finalizer: weakref.finalize[[], Self] | None = None

    @property
    def base_url(self) -> str:
        """Where the API begins.

        Raises:
            EndpointUnreachable: the server is not running.
        """
        return f"{self._require().address}/v1"

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *exception: object) -> None:
        """Stop, whatever happened."""
        self.stop()

    def start(self) -> Self:
        """Load the model and listen; a server that runs is left alone.

        Raises:
            ModelMissing: the file is not there, or is no model that llama.cpp can read.
            RequestRejected: the model's own window is smaller than the one asked for.
        """
        if self._running:
            return self
        if not self._gguf_path.is_file():
            raise ModelMissing(f"no model file at {self._gguf_path}", hint="Fetch the embedded model first.")
        started = time.perf_counter()
        key = secrets.token_urlsafe(24)
        try:
            server = xllamacpp.Server(self._parameters(key))
        except RuntimeError as error:
            raise ModelMissing(
                f"llama.cpp cannot load {self._gguf_path}: {error}",
                hint="The file may be damaged or the memory too small; fetch the model again.",
            ) from error
        running = _Running(server, server.listening_address, key, os.getpid())
        # At exit and on collection alike: finalizers also run when an exception or Ctrl-C ends the program.
        self._running, self._finalizer = running, weakref.finalize(self, running.release)
        try:
            self._check_window(running)
        except BaseException:
            self.stop()
            raise
        logger.info(
            "started model=%s address=%s seconds=%.2f",
            self._gguf_path.name,
            running.address,
            time.perf_counter() - started,
        )
        return self

    def stop(self) -> None:
        """Free the port and the memory. Requests in flight fail with EndpointUnreachable."""
        if self._finalizer:
            self._finalizer()
        self._running = self._finalizer = None

    def chat_model(self, name: str, *, timeout_s: float = 600.0, reuse_prefix: bool = True) -> OpenAIChat:
        """A client of this server that counts with the model's own tokenizer.

        Args:
            name: Name for the call-cache key, e.g. ``embedded:smollm2-135m``.
            timeout_s: The longest wait for a whole answer, or for the next piece when streaming; on a busy CPU a long
                prompt takes minutes.
            reuse_prefix: See `ChatRequest.reuse_prefix`; here where the request does not say.

        Raises:
            EndpointUnreachable: the server is not running.
        """
        running = self._require()
        chat = OpenAIChat(
            name=name,
            base_url=self.base_url,
            api_key=running.key,
            model=self._gguf_path.stem,
            context_tokens=self._context_tokens,
            timeout_s=timeout_s,
            capabilities=Capabilities(context_tokens=self._context_tokens, reuse_prefix=reuse_prefix),
            tokenize=functools.lru_cache(maxsize=_N_CACHED_COUNTS)(running.count_tokens),
        )
        chat.share(running.last_prompt)
        running.clients.add(chat)
        return chat

    def _require(self) -> "_Running":
        if self._running is None:
            raise EndpointUnreachable(
                "the embedded server is not running", hint="Call start(), or use it in a with block."
            )
        return self._running

    def _parameters(self, key: str) -> Any:
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(self._gguf_path)
        parameters.model_alias = {self._gguf_path.stem}
        parameters.hostnames = ["127.0.0.1"]
        parameters.port = 0
        parameters.api_keys = [key]
        parameters.n_parallel = self._n_parallel
        # The slots share this number; each is to have the whole window.
        parameters.n_ctx = self._context_tokens * self._n_parallel
        parameters.cpuparams.n_threads = self._n_threads
        parameters.cpuparams_batch.n_threads = self._n_threads
        parameters.n_threads_http = self._n_parallel + 2
        parameters.verbosity = 0
        parameters.ui = False
        parameters.fit_params = False  # it loads the model a first time to measure it
        parameters.warmup = False  # a whole batch on all threads: seconds where the cores are busy
        parameters.cache_ram_mib = 0  # by default up to 8 GiB of past prompts
        return parameters

    def _check_window(self, running: "_Running") -> None:
        window = running.slot_tokens()
        if window < self._context_tokens:
            raise RequestRejected(
                f"{self._gguf_path.name} holds {window} tokens, {self._context_tokens} were asked for",
                parameter="context_tokens",
                hint=f"Set context_tokens to {window} or less.",
            )


@dataclass
class _Running:
    """What exists only while the server runs. Its own object, so that the finalizer can hold it."""

    server: object | None
    address: str
    key: str
    pid: int

    def __post_init__(self) -> None:
        headers = {"Authorization": f"Bearer {self.key}"}
        # trust_env: a proxy set for the web must not swallow calls to this very machine.
        self.severing = Severing()
        self.http = httpx.Client(
            base_url=self.address,
            headers=headers,
            timeout=60.0,
            trust_env=False,
            event_hooks={"request": [self.severing.watch]},
        )
        self.clients: weakref.WeakSet[OpenAIChat] = weakref.WeakSet()
        self.last_prompt = LastPrompt()

    def release(self) -> None:
        # A forked child has the object but not its threads: taking it down there could hang.
        if os.getpid() == self.pid:
            # The native destructor waits for calls in flight, which without their task queue never end. It
            # holds the interpreter lock meanwhile, so nobody could mend that: the calls must be cut first.
            for client in list(self.clients):
                client.close()
            self.severing.sever()
            self.http.close()
            self.server = None  # stops the threads, frees port and memory

    def count_tokens(self, text: str) -> int:
        answer = self._ask("POST", "/tokenize", {"content": text})
        tokens = answer.get("tokens")
        if not isinstance(tokens, list):
            raise ServerFailed("the embedded server did not tokenize")
        return len(tokens)

    def slot_tokens(self) -> int:
        settings = self._ask("GET", "/props", None).get("default_generation_settings")
        window = settings.get("n_ctx") if isinstance(settings, dict) else None
        if not isinstance(window, int):
            raise ServerFailed("the embedded server did not state its window")
        return window

    def _ask(self, method: str, path: str, content: dict[str, str] | None) -> dict[str, object]:
        if self.server is None:
            raise EndpointUnreachable("the embedded server was stopped", hint="Start it again.")
        try:
            answer = self.http.request(method, path, json=content).raise_for_status().json()
        except httpx.TransportError as error:
            raise EndpointUnreachable(f"the embedded server does not answer: {error}") from error
        except RuntimeError as error:
            if not self.severing.is_severed:
                raise
            raise EndpointUnreachable("the embedded server was stopped", hint="Start it again.") from error
        except (httpx.HTTPStatusError, ValueError) as error:
            raise ServerFailed(f"the embedded server failed: {error}") from error
        return answer if isinstance(answer, dict) else {}
