"""A lock between processes of one machine. The kernel frees it when its holder dies, so it is never stale."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def lock_file(path: Path, *, on_wait: Callable[[], None], poll_s: float = 0.2) -> Iterator[None]:
    """Hold `path` as a lock; wait for as long as another holder lives.

    Args:
        path: created if absent and left in place: to remove it would race with a waiting process.
        on_wait: called once, if the lock is not free at once.
        poll_s: seconds between two tries.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _take(descriptor):
            on_wait()
            while not _take(descriptor):
                time.sleep(poll_s)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def try_lock(path: Path, *, patience_s: float = 0.0) -> Iterator[bool]:
    """Hold `path` as a lock if it is free: yields whether it is held now.

    Args:
        path: created if absent and left in place.
        patience_s: how long to go on trying. A look at whether a lock is free holds it for a moment.
    """
    deadline = time.monotonic() + patience_s
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not (is_held := _take(descriptor)) and time.monotonic() < deadline:
            time.sleep(0.01)
        yield is_held
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Whether somebody holds `path` as a lock; the file is not made."""
    if not path.exists():
        return False
    with try_lock(path) as is_free:
        return not is_free
