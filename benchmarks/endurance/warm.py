"""The program many times over without its start: a process that has imported everything forks one child for each call.

    with WarmProgram(env=environment(models_dir)) as program:
        ended = program.run(["ask", "Why?", "--home", str(home)], limit_s=20)
        started = program.start(["write", "Topic", "--home", str(home)])
        started.kill()
        ended = started.wait(5)

A child runs `agent.main.run(argv)` as `python -m agent.main` would: its own process group, working folder, environment,
limits, stdin, and stdout and stderr as files; its exit code is the program's. Threads may share a WarmProgram. What it
does not show is the start itself: imports happened before, under the environment of the server, with its hash seed.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

ROOT = Path(__file__).resolve().parents[2]
_START_LIMIT_S = 120.0
# A child that is late is asked for the tracebacks of its threads first, and has so long to write them.
_LAST_WORDS_S = 0.3


@dataclass(frozen=True)
class Ended:
    """How a call ended. `code` is negative where a signal ended it; `is_late`: it was ended for taking too long.

    `max_rss_mb` begins with what the server had imported (some 200 MB), which the child shares.
    """

    code: int
    stdout: str
    stderr: str
    seconds: float
    is_late: bool
    max_rss_mb: float
    cpu_s: float

    @property
    def last_line(self) -> str:
        """The end of what was said on stderr: enough for a list of failures."""
        lines = [line for line in self.stderr.splitlines() if line.strip()]
        return lines[-1][:300] if lines else ""


class Started:
    """A call that is under way; wait for it or kill it."""

    def __init__(self, line: socket.socket, stdout: BinaryIO, stderr: BinaryIO) -> None:
        self._line, self._stdout, self._stderr = line, stdout, stderr
        self._answers = line.makefile("rb")
        self._began = time.monotonic()
        self.pid = int(json.loads(self._answers.readline())["pid"])

    def kill(self, sent: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the call and to every process that it started, unless it has ended."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, sent)

    def wait(self, limit_s: float) -> Ended:
        """Wait for the end, which comes after `limit_s` at the latest."""
        is_late = not self.has_ended(limit_s)
        if is_late:
            os.kill(self.pid, signal.SIGUSR2)
            self.has_ended(_LAST_WORDS_S)
        self.kill()  # also children that it left behind
        return self._ended(is_late=is_late)

    def has_ended(self, limit_s: float = 0.0) -> bool:
        """Whether it ends within so many seconds."""
        self._line.settimeout(max(limit_s, 0.001))
        try:
            return bool(self._line.recv(1, socket.MSG_PEEK)) or True
        except TimeoutError:
            return False
        finally:
            self._line.settimeout(None)

    def _ended(self, *, is_late: bool) -> Ended:
        with closing(self._line), self._answers, self._stdout, self._stderr:
            answer = self._answers.readline()
            if not answer:
                raise RuntimeError("the server of warm programs died")
            figures = json.loads(answer)
            return Ended(
                code=figures["code"],
                stdout=_text_of(self._stdout),
                stderr=_text_of(self._stderr),
                seconds=time.monotonic() - self._began,
                is_late=is_late,
                max_rss_mb=figures["max_rss_mb"],
                cpu_s=figures["cpu_s"],
            )


class WarmProgram:
    """The program, imported once. Close it to end its children too."""

    def __init__(
        self, env: Mapping[str, str] | None = None, *, preload: Sequence[str] = (), embedder_of: Path | None = None
    ) -> None:
        """Start the server and wait until it has imported everything.

        Args:
            env: The environment of the server, and of the calls that name none; None: this process's.
            preload: Modules to import besides the program's.
            embedder_of: A folder of models: the calls find its static embedder loaded, which spares half a second each.
        """
        self._env = dict(os.environ if env is None else env)
        self._folder = tempfile.TemporaryDirectory(prefix="wellread-warm-")
        self._address = str(Path(self._folder.name) / "line")
        command = [sys.executable, "-m", "benchmarks.endurance.warm_server", self._address, str(embedder_of or "")]
        command += preload
        env_of_server = self._env | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[1:]])}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=env_of_server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != b"ready":
            self.close()
            raise RuntimeError(f"the server of warm programs did not start; exit code {self._process.returncode}")

    def start(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: bytes = b"",
        rlimits: Mapping[int, int] | None = None,
        prepare: tuple[str, Mapping[str, Any]] | None = None,
    ) -> Started:
        """Begin a call.

        Args:
            argv: What stands after `wellread`.
            env: The whole environment of the call; None: the server's.
            cwd: The working folder; None: an empty one.
            stdin: What it can read there.
            rlimits: Limits by the constants of `resource`, as ``{resource.RLIMIT_FSIZE: 4096}``.
            prepare: A function, "package.module:name", that the child calls with these keywords (JSON) before the
                program: to put a fault into it.
        """
        # They outlive this call: `Started` closes two of them.
        stdout, stderr, given = (tempfile.TemporaryFile() for _ in range(3))  # noqa: SIM115
        given.write(stdin)
        given.seek(0)
        asked = {
            "argv": list(argv),
            "env": dict(env) if env is not None else self._env,
            "cwd": str(cwd or self._folder.name),
            "rlimits": {str(number): limit for number, limit in (rlimits or {}).items()},
            "prepare": list(prepare) if prepare else None,
        }
        line = socket.socket(socket.AF_UNIX)
        line.connect(self._address)
        with given:
            socket.send_fds(line, [b"+"], [given.fileno(), stdout.fileno(), stderr.fileno()])
        line.sendall(json.dumps(asked).encode() + b"\n")
        return Started(line, stdout, stderr)

    def run(self, argv: Sequence[str], *, limit_s: float = 60.0, **options: Any) -> Ended:
        """Make a call and wait for its end; `options` are those of `start`."""
        return self.start(argv, **options).wait(limit_s)

    def close(self) -> None:
        """End the server and all its children."""
        if self._process.stdin is not None:
            self._process.stdin.close()  # its sign to end
        try:
            self._process.wait(10.0)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._folder.cleanup()

    def __enter__(self) -> "WarmProgram":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def environment(models_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of a call that hangs on nothing of this machine but its models.

    The static embedder stands for both, so no call loads torch. `settings` are more variables.
    """
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")}
    fixed = {
        "HOME": "/nonexistent",
        "WELLREAD_MODELS": str(models_dir),
        "WELLREAD_ROLES__EMBEDDER__MODEL": "embedded:minilm-static",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    return kept | fixed | settings


def _text_of(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode("utf-8", errors="backslashreplace")
