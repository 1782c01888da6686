"""A real terminal for a real program: keys in, screen out, by `pty`."""

import os
import pty
import re
import select
import signal
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

_ROOT = Path(__file__).resolve().parents[3]
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[=>()][0-9A-B]?|\][^\x07]*\x07)")
_LINES, _COLUMNS = 40, 160
_PROMPT_BEGINS, _PROMPT_ENDS = b"\x1b[?2004h", b"\x1b[?2004l"  # bracketed paste is taken while a line is typed
_CURSOR_ASKED = b"\x1b[6n"


class Terminal:
    """`wellread ARGV` in a process of its own that has a terminal of 40 lines by 160 columns."""

    def __init__(self, argv: list[str], environment: Mapping[str, str]) -> None:
        self._raw = b""
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            termios.tcsetwinsize(0, (_LINES, _COLUMNS))
            os.chdir(_ROOT)
            command = [sys.executable, "-m", "agent.main", *argv]
            os.execve(sys.executable, command, {**environment, "TERM": "xterm"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self._master)

    @property
    def screen(self) -> str:
        """All that was shown so far, without colours and moves of the cursor."""
        return _ESCAPES.sub("", self._raw.decode("utf-8", "replace")).replace("\r", "")

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def wait_for(self, text: str, *, behind: int = 0, within_s: float = 120.0) -> int:
        """Until a text is shown behind a place of the screen; returns where it ends."""
        deadline = time.monotonic() + within_s
        while (at := self.screen.find(text, behind)) < 0:
            if time.monotonic() > deadline or not self._read(0.2):
                raise AssertionError(f"{text!r} is not shown:\n{self.screen}")
        return at + len(text)

    def wait_for_prompt(self, within_s: float = 120.0) -> None:
        """Until the program takes a line again."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            self._read(0.2)
            if self._raw.rfind(_PROMPT_BEGINS) > self._raw.rfind(_PROMPT_ENDS):
                return
        raise AssertionError(f"no prompt:\n{self.screen}")

    def exit_code(self, within_s: float = 60.0) -> int:
        """How the program ended."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            self._read(0.1)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"still there after {within_s} s:\n{self.screen}")

    def _read(self, patience_s: float) -> bool:
        """Take what is shown; False when the program has closed its side."""
        ready, _, _ = select.select([self._master], [], [], patience_s)
        if not ready:
            return True
        try:
            chunk = os.read(self._master, 65536)
        except OSError:
            return False
        self._raw += chunk
        for _ in range(chunk.count(_CURSOR_ASKED)):
            os.write(self._master, b"\x1b[1;1R")
        return bool(chunk)
