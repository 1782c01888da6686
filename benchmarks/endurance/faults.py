"""Faults of the disk, done to one process at one of its write calls: the layer under `open`, `os` and `sqlite3`.

A call is known by its site (which lines of the program asked for it) and by how often that site has been reached. To
record is to list them; a plan names one and says what goes wrong there, once or from there on. The files are really
opened and written: a call that is to fail raises what the kernel would, a short write leaves what was written, and
limits on file sizes and open files are the kernel's own, so that SQLite and FAISS, written in C, meet them too.
"""

import atexit
import builtins
import errno
import fcntl
import io
import json
import os
import resource
import signal
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from benchmarks.endurance.fault_sites import site_of
from benchmarks.endurance.fault_sql import SQL_FAULTS, FaultyConnection

_IGNORED = ("/dev/", "/proc/", "/sys/")
_KILLS = ("KILL", "KILL_AFTER")
_LIMITS = ("FSIZE", "NOFILE")


class Call(NamedTuple):
    """One write call: what kind, which lines asked for it, and the file's name."""

    op: str
    site: str
    name: str


class Plan(BaseModel):
    """What is to go wrong, and where: at call number `number` of all, or at the `occurrence`-th of `site`, from 1."""

    how: str = ""
    number: int = 0
    op: str = ""
    site: str = ""
    occurrence: int = 1
    lasts: bool = False


class Layer:
    """The calls so far, and the plan. One for a process."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.calls: list[Call] = []
        self.plan = plan
        self.has_struck = False
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.RLock()

    def meet(self, op: str, name: object) -> bool:
        """Count a call; raises if it is to fail. True: it is a short write, of which half is to be written."""
        shown = os.fsdecode(name) if isinstance(name, (str, bytes, os.PathLike)) else str(name)
        if shown.startswith(_IGNORED):
            return False
        with self._lock:
            call = Call(op, site_of(), Path(shown).name)
            self.calls.append(call)
            self._counts[call.op, call.site] += 1
            plan = self.plan
            if plan is None or not self._is_hit(plan, call):
                return False
            is_first, self.has_struck = not self.has_struck, True
        return self._strike(plan, call, shown, is_first=is_first)

    def after(self) -> None:
        """A call has been done; the plan may be to die just behind it."""
        plan = self.plan
        if plan is not None and plan.how == "KILL_AFTER" and self.has_struck:
            os.kill(os.getpid(), signal.SIGKILL)

    def _is_hit(self, plan: Plan, call: Call) -> bool:
        if self.has_struck:
            return plan.lasts and _applies(plan.how, call.op)
        if plan.number:
            return len(self.calls) == plan.number
        is_there = (plan.op, plan.site) == (call.op, call.site)
        return is_there and self._counts[call.op, call.site] == plan.occurrence

    def _strike(self, plan: Plan, call: Call, path: str, *, is_first: bool) -> bool:
        if plan.how == "KILL":
            os.kill(os.getpid(), signal.SIGKILL)
        if plan.how == "KILL_AFTER":
            return False
        if plan.how in _LIMITS:
            _limit(plan.how)
            return False
        if plan.how == "SHORT" and call.op == "write" and is_first:
            return True  # what still had room is written; the next write finds none
        if call.op.startswith("sql"):
            raise SQL_FAULTS[plan.how](call.op)
        code = errno.ENOSPC if plan.how == "SHORT" else getattr(errno, plan.how)
        raise OSError(code, os.strerror(code), path)


def _applies(how: str, op: str) -> bool:
    """Whether a lasting fault is met by a call of this kind: a full disk still lets files be removed and read."""
    if how == "EMFILE":
        return op in OPENING
    if how in ("ENOSPC", "EDQUOT", "SHORT"):
        return op not in ("unlink", "rmdir")
    return True


OPENING = ("open", "os.open", "sql connect")


def _limit(how: str) -> None:
    """Lower a limit of the kernel's for what comes: no file may grow, or no further one be opened."""
    if how == "FSIZE":  # the interpreter ignores SIGXFSZ, so that a write fails and nobody dies
        which, soft = resource.RLIMIT_FSIZE, 0
    else:
        which, soft = resource.RLIMIT_NOFILE, os.dup(0)
        os.close(soft)
    resource.setrlimit(which, (soft, resource.getrlimit(which)[1]))


def strike(plan: Mapping[str, Any], record: str = "") -> None:
    """What `WarmProgram` calls in a child: install the layer, with a plan; a list of the calls is left in `record`."""
    layer = Layer(Plan.model_validate(plan))
    if record:
        real_open = io.open

        def leave() -> None:
            _lift_limits()
            with real_open(record, "w", encoding="utf-8") as stream:
                json.dump({"calls": layer.calls, "has_struck": layer.has_struck}, stream)

        atexit.register(leave)
    if layer.plan is not None and layer.plan.how == "FSIZE":
        _speak_through_a_pipe()
    install(layer)


def _lift_limits() -> None:
    for which in (resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
        hard = resource.getrlimit(which)[1]
        resource.setrlimit(which, (hard, hard))


def _speak_through_a_pipe() -> None:
    """A file that may not grow can take no output either; a person's terminal is no file."""
    for descriptor in (1, 2):
        kept, (reader, writer) = os.dup(descriptor), os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 1 << 20)
        os.dup2(writer, descriptor)
        os.close(writer)
        os.set_blocking(reader, False)
        atexit.register(_hand_on, reader, kept, descriptor)


def _hand_on(reader: int, kept: int, descriptor: int) -> None:
    _lift_limits()
    (sys.stdout if descriptor == 1 else sys.stderr).flush()
    with suppress(BlockingIOError):
        while said := os.read(reader, 1 << 20):
            os.write(kept, said)
    os.dup2(kept, descriptor)


def install(layer: Layer) -> None:
    """Put the layer under this process; there is no way back."""
    real_open = io.open

    class FaultyFile(io.FileIO):
        """A file whose writes are counted."""

        def write(self, content: Any) -> int:
            if layer.meet("write", self.name):
                return super().write(bytes(content)[: len(content) // 2])
            n_written = super().write(content)
            layer.after()
            return n_written

    def opened(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **options: Any) -> Any:
        if isinstance(file, int) or not set(mode) & set("wax+"):
            return real_open(file, mode, buffering, *args, **options)
        layer.meet("open", file)
        found = _layered(FaultyFile, file, mode, buffering, *args, **options)
        layer.after()
        return found

    builtins.open = opened  # type: ignore[assignment]
    io.open = opened  # type: ignore[assignment]
    for name in ("replace", "rename", "mkdir", "unlink", "remove", "rmdir", "link", "symlink", "truncate", "ftruncate"):
        setattr(os, name, _counted(layer, getattr(os, name), "unlink" if name == "remove" else name))
    for name in ("fsync", "fdatasync"):
        setattr(os, name, _counted(layer, getattr(os, name), "fsync", is_by_number=True))
    real_os_open = os.open

    def os_opened(path: Any, flags: int, *args: Any, **options: Any) -> int:
        if not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return real_os_open(path, flags, *args, **options)
        layer.meet("os.open", path)
        descriptor = real_os_open(path, flags, *args, **options)
        layer.after()
        return descriptor

    os.open = os_opened
    real_connect = sqlite3.connect

    def connected(database: Any, *args: Any, **options: Any) -> sqlite3.Connection:
        if str(database) == ":memory:":
            return real_connect(database, *args, **options)
        layer.meet("sql connect", database)
        connection = real_connect(database, *args, factory=FaultyConnection, **options)
        connection.watch(layer, Path(str(database)).name)
        return connection

    sqlite3.connect = connected  # type: ignore[assignment]


def _counted(layer: Layer, real: Callable[..., Any], op: str, *, is_by_number: bool = False) -> Callable[..., Any]:
    def call(target: Any, *args: Any, **options: Any) -> Any:
        layer.meet(op, _path_of(target) if is_by_number else target)
        found = real(target, *args, **options)
        layer.after()
        return found

    return call


def _path_of(descriptor: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return str(descriptor)


def _layered(  # noqa: PLR0913 - those of `open`
    raw_file: type[io.FileIO],
    file: Any,
    mode: str,
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    closefd: bool = True,
    opener: Any = None,
) -> Any:
    """What `open` makes of a file, on a raw file of another class."""
    raw = raw_file(file, mode.replace("b", "").replace("t", ""), closefd=closefd, opener=opener)
    if buffering == 0:
        return raw
    size = io.DEFAULT_BUFFER_SIZE if buffering in (-1, 1) else buffering
    buffered = io.BufferedRandom(raw, size) if "+" in mode else io.BufferedWriter(raw, size)
    if "b" in mode:
        return buffered
    text = io.TextIOWrapper(buffered, encoding, errors, newline, line_buffering=buffering == 1)
    text.mode = mode  # type: ignore[misc]
    return text
