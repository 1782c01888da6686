"""The server behind `WarmProgram`: imports the program, then forks one child for each request on a Unix socket.

    python -m benchmarks.endurance.warm_server SOCKET MODELS_DIR|'' [MODULE ...]

It has one thread and does nothing but fork and wait, so that its children begin from a clean state. It ends, with all
of its children, when its stdin is closed.
"""

import atexit
import faulthandler
import importlib
import json
import os
import resource
import selectors
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import httpx
import openai

# What the commands import when they are called, and what those import late; without torch and what needs it.
_PRELOADED = (
    "agent.run",
    "agent.graph",
    "agent.services",
    "agent.exit_codes",
    "agent.diary_picture",
    "agent.forgetting",
    "agent.planning",
    "lm.static_embedding",
    "memory.dict_store",
    "retrieval.ingest",
    "huggingface_hub.hf_api",
    "huggingface_hub.repocard",
    "model2vec.modelcards",
    "model2vec.persistence",
    "openai.pagination",
    "openai.resources.chat.completions",
    "safetensors.numpy",
    "faiss",
    "bm25s",
    "matplotlib.figure",
    "PIL.PngImagePlugin",
    "rich.status",
    "rich._emoji_codes",
    "sqlite3",
    "traceback",
)


class Server:
    """Knows which child answers to which connection."""

    def __init__(self, address: str) -> None:
        self._selector = selectors.DefaultSelector()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(address)
        self._listener.listen(64)
        self._line_of: dict[int, socket.socket] = {}
        # A child's death becomes a byte here, which wakes the selector.
        self._woken, self._waking = socket.socketpair()
        for end in (self._woken, self._waking):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waking.fileno(), warn_on_full_buffer=False)

    def serve(self) -> None:
        """Fork and wait until stdin is closed."""
        for watched in (self._listener, self._woken, sys.stdin.buffer):
            self._selector.register(watched, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _ in self._selector.select()]
            if sys.stdin.buffer in ready:
                break
            if self._woken in ready:
                self._woken.recv(4096)
                self._reap()
            if self._listener in ready:
                self._begin(self._listener.accept()[0])
        for pid in self._line_of:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _begin(self, line: socket.socket) -> None:
        _, fds, _, _ = socket.recv_fds(line, 1, 3)
        with line.makefile("rb") as reader:
            asked = json.loads(reader.readline())
        pid = os.fork()
        if pid == 0:
            _be_child(asked, fds)
        for fd in fds:
            os.close(fd)
        _be_group(pid)
        self._line_of[pid] = line
        _tell(line, {"pid": pid})

    def _reap(self) -> None:
        for pid in list(self._line_of):
            ended, status, used = os.wait4(pid, os.WNOHANG)
            if not ended:
                continue
            with self._line_of.pop(pid) as line:
                figures = {"max_rss_mb": used.ru_maxrss / 1024, "cpu_s": used.ru_utime + used.ru_stime}
                _tell(line, {"code": os.waitstatus_to_exitcode(status), **figures})


def _tell(line: socket.socket, answer: dict[str, Any]) -> None:
    with suppress(OSError):  # who asked may be gone
        line.sendall(json.dumps(answer).encode() + b"\n")


def _be_group(pid: int) -> None:
    """Make a child the head of a group: by both it and its parent, so that it is one whoever comes first."""
    with suppress(OSError):  # it is one already, or has ended
        os.setpgid(pid, pid)


def _be_child(asked: dict[str, Any], fds: Sequence[int]) -> NoReturn:
    code = 1
    try:
        _take_place(asked, fds)
        if asked["prepare"]:
            name, keywords = asked["prepare"]
            module, _, function = name.partition(":")
            getattr(importlib.import_module(module), function)(**keywords)
        from agent.main import run

        code = run(asked["argv"])
    except SystemExit as request:
        code = request.code if isinstance(request.code, int) else 1
    except BaseException:  # noqa: BLE001 - as the interpreter does at its end
        sys.excepthook(*sys.exc_info())
    finally:
        _leave(code)


def _take_place(asked: dict[str, Any], fds: Sequence[int]) -> None:
    """Become a process of its own, with what was asked for."""
    _be_group(0)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for target, fd in enumerate(fds):
        os.dup2(fd, target)
    os.closerange(3, 4096)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1)
    faulthandler.register(signal.SIGUSR2, file=2)  # from who finds it late: show where it hangs
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    sys.argv = ["wellread", *asked["argv"]]
    for number, limit in asked["rlimits"].items():
        resource.setrlimit(int(number), (limit, limit))


def _leave(code: int) -> NoReturn:
    """End as an interpreter ends: threads are waited for, exit functions called, what is written flushed."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except BaseException:  # noqa: BLE001 - as the interpreter does at its end
        code = code or 120  # the interpreter's own code for a failed flush
    finally:
        os._exit(code & 0xFF)


def _load_embedder(models_dir: Path) -> None:
    """Load the static embedder here, for all children."""
    from agent import embedders

    loaded = embedders._load_static(models_dir)
    embedders._load_static = lambda folder: loaded


def main() -> None:
    """Import, say so, serve."""
    address, models_dir, *more = sys.argv[1:]
    from agent.main import COMMANDS

    for name in [place.partition(":")[0] for place, _ in COMMANDS.values()] + [*_PRELOADED, *more]:
        importlib.import_module(name)
    # Clients import their transports when they are made.
    openai.OpenAI(api_key="none").close()
    httpx.Client().close()
    if models_dir:
        _load_embedder(Path(models_dir))
    server = Server(address)
    print("ready", flush=True)
    server.serve()


if __name__ == "__main__":
    main()
