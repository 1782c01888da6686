"""Whole files or none: written beside their place, flushed to the disk, then moved over it."""

import os
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Write `text` (UTF-8) so that a reader, or a crash, sees the old file or the new one and nothing between.

    Raises:
        OSError: no room, or no permission; the old file is untouched.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
