"""What a run does to the world: writes, deletions, processes, sockets, as the interpreter reports them.

An audit hook sees every call of this process, whoever makes it. Beside it the hash of a tree tells what is different.
"""

import hashlib
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_CHANGING = {
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link", "os.symlink"),
    *("os.truncate", "shutil.rmtree", "shutil.move", "shutil.copyfile"),
}
_STARTING = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.startfile", "webbrowser.open"}
_OF_THIS_MACHINE = {"socket.__new__", "socket.gethostname"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Witness:
    """Takes down what is done outside the folders that are allowed; of threads, too. One for a process."""

    def __init__(self) -> None:
        self._allowed: tuple[str, ...] = ()
        self._is_on = False
        self._lock = threading.Lock()
        self.seen: list[str] = []
        sys.addaudithook(self._hear)

    @contextmanager
    def watching(self, allowed: Sequence[Path]) -> Iterator[list[str]]:
        """Take down until the body ends; yields the list, which grows."""
        self._allowed = (*(str(path.resolve()) for path in allowed), os.devnull)
        self.seen, self._is_on = [], True
        try:
            yield self.seen
        finally:
            self._is_on = False

    def _hear(self, event: str, args: tuple[object, ...]) -> None:
        if not self._is_on:
            return
        if event == "open":
            path, _, flags = args
            if isinstance(flags, int) and flags & _WRITING and not isinstance(path, int):
                self._judge(event, path)
        elif event in _CHANGING:
            self._judge(event, *args[: 2 if event in ("os.rename", "shutil.move", "shutil.copyfile") else 1])
        elif event in _STARTING or (event.startswith("socket.") and event not in _OF_THIS_MACHINE):
            self._note(f"{event} {args!r}"[:200])

    def _judge(self, event: str, *paths: object) -> None:
        for path in paths:
            if isinstance(path, (str, bytes, os.PathLike)):
                place = os.path.realpath(os.fsdecode(path))
                if not any(place == root or place.startswith(root + os.sep) for root in self._allowed):
                    self._note(f"{event} {place}")

    def _note(self, what: str) -> None:
        with self._lock:
            self.seen.append(what)


def tree_hash(folder: Path, *, spared: Sequence[str] = ()) -> dict[str, str]:
    """The content's hash of every file below a folder, and "/" for folders; names that begin as `spared` left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(tuple(spared)):
            found[name] = "/" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
    return found
