"""Whole files or none: written beside their place, flushed to the disk, then moved over it. And their hashes."""

import glob
import hashlib
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

LEFT_OVER = ".*.part"  # what a kill in the middle of a write leaves beside the file


def write_atomically(path: Path, text: str) -> None:
    """Write `text` (UTF-8) as `write_bytes_atomically` does."""
    write_bytes_atomically(path, text.encode("utf-8"))


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Write so that a reader, or a crash, sees the old file or the new one and nothing between.

    Threads and processes may write one file at once: the last one wins.

    Raises:
        OSError: no room, or no permission; the old file is untouched.
    """
    with written_atomically(path) as stream:
        stream.write(content)


@contextmanager
def written_atomically(path: Path) -> Iterator[BinaryIO]:
    """The same for what is written piece by piece: the file is there when the body has ended, unless it has failed.

    What processes that were killed have left of the same file goes.
    """
    _sweep(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with partial.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    if sys.platform == "win32":  # which cannot ask for a process without sending it something
        return
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        writer = left.name.removesuffix(".part").rpartition(".")[2].partition("-")[0]
        if writer.isdigit() and not _is_alive(int(writer)):
            left.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # another user's, or no id at all
        return True
    return True


def file_sha256(path: Path) -> str:
    """The hash of a file's content, in hexadecimal."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
