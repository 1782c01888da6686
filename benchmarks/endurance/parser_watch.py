"""One file after another through the program's own parser process, with what each costs: seconds and memory.

Linux only: the peak of a process's memory is read from /proc, where it can be set back between files.
"""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import SourceUnreadable
from retrieval.parsing.wire import ParseLimits
from retrieval.sandbox import Batch, Finished, Job, ParserProcess

MAX_SECONDS = 20.0
MAX_BYTES = 512 << 20
_KILL_SLACK_S = 1.0  # from the limit until the process is dead and its file refused
_WATCH_EVERY_S = 0.02
_PEAK = re.compile(r"VmHWM:\s*(\d+) kB")
# Reasons that are no words for a person but a bug: the parser let an error through, or broke in its own code.
_NO_REASON = ("the parser failed with status", "the parser was killed by SIGSEGV", "the parser was killed by SIGABRT")


@dataclass(frozen=True, slots=True)
class Watched:
    """What one file came to. `reason` is "" where it was read to its end."""

    name: str
    seconds: float
    peak_bytes: int
    n_documents: int
    reason: str

    @property
    def faults(self) -> list[str]:
        """What is not as it must be."""
        found = [f"{self.reason}"] if self.reason.startswith(_NO_REASON) else []
        if self.seconds > MAX_SECONDS + _KILL_SLACK_S:
            found.append(f"took {self.seconds:.1f} s")
        if self.peak_bytes > MAX_BYTES:
            found.append(f"took {self.peak_bytes >> 20} MiB")
        return found


@contextmanager
def watched_parser(limits: ParseLimits) -> Iterator["WatchedParser"]:
    """A parser that is ended with the block."""
    parser = WatchedParser(limits)
    try:
        yield parser
    finally:
        parser.close()


class WatchedParser:
    """A warm parser process whose peaks of memory are told file by file."""

    def __init__(self, limits: ParseLimits) -> None:
        self._process = ParserProcess(limits)
        self._peak = 0
        self._is_over = threading.Event()
        self._watch = threading.Thread(target=self._keep_watching, daemon=True)
        self._watch.start()

    def close(self) -> None:
        """End the process and the watch."""
        self._is_over.set()
        self._watch.join()
        self._process.close()

    def read(self, path: Path, name: str = "") -> Watched:
        """Read one file as ingest does."""
        self._set_back()
        began = time.monotonic()
        n_documents, reason = 0, "no end came"
        for part in self._process.read(Job(str(path), name or path.name)):
            self._look()
            if isinstance(part, Batch):
                n_documents += len(part.documents)
            elif isinstance(part, Finished):
                reason = ""
            elif isinstance(part, SourceUnreadable):
                reason = part.reason
        self._look()
        return Watched(name or path.name, time.monotonic() - began, self._peak, n_documents, reason)

    def _set_back(self) -> None:
        self._peak = 0
        if (pid := self._process.pid) is not None:
            with suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")

    def _look(self) -> None:
        if (pid := self._process.pid) is None:
            return
        with suppress(OSError):  # it has just ended
            if found := _PEAK.search(Path(f"/proc/{pid}/status").read_text(encoding="ascii")):
                self._peak = max(self._peak, int(found[1]) << 10)

    def _keep_watching(self) -> None:
        """A process that is killed takes its figures along, so they are read while it lives."""
        while not self._is_over.wait(_WATCH_EVERY_S):
            self._look()
