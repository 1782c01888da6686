"""The folder in which a model's files gather until all of them are there and verified. Knows no source.

An unfinished file keeps a name of its own there, so that the next try continues it. A file under `ready/` is
complete and had the right hash when it was put there.
"""

import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from lm.catalog import ModelEntry, ModelFile
from lm.errors import LMError
from lm.files import file_sha256

logger = logging.getLogger(__name__)

CHUNK_BYTES = 1 << 20


class SourceError(LMError):
    """One source of a model did not give its files; another one may."""


@dataclass(frozen=True)
class PullProgress:
    """How far a file has come. `file` is empty while another process's pull is waited for."""

    entry: str
    source: str
    file: str
    done_bytes: int
    total_bytes: int | None


@dataclass(frozen=True)
class Fetch:
    """One model to be brought into one staging folder."""

    entry: ModelEntry
    staging: Path
    http: httpx.Client
    progress: Callable[[PullProgress], None]
    pip_args: tuple[str, ...] = ()

    @property
    def ready(self) -> Path:
        """Where complete and verified files stand."""
        return self.staging / "ready"

    def report(self, source: str, file: ModelFile, done_bytes: int) -> None:
        """Tell the caller how many bytes of a file are there."""
        self.progress(PullProgress(self.entry.name, source, file.name, done_bytes, file.size_bytes))


def sync(path: Path) -> None:
    """Have the kernel put a file, or a folder's list of names, on the disk."""
    if sys.platform == "win32" and path.is_dir():
        return  # Windows opens no folder for this.
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_named(entry: ModelEntry, name: str) -> ModelFile:
    """The model's file of this name.

    Raises:
        ValueError: the catalogue contradicts itself: a source names a file that the entry does not have.
    """
    for file in entry.files:
        if file.name == name:
            return file
    raise ValueError(f"{entry.name} has no file {name!r}: its source and its files disagree")


def part_path(fetch: Fetch, file: ModelFile, origin: str) -> Path:
    """Where an unfinished file grows. One for each kind of source: bytes of different origins never mix."""
    fetch.staging.mkdir(parents=True, exist_ok=True)
    return fetch.staging / f"{file.name.replace('/', '__')}.{origin}.part"


def is_ready(fetch: Fetch, file: ModelFile) -> bool:
    """Whether an earlier try already brought this file, whole and with the right hash."""
    path = fetch.ready / file.name
    if path.is_file() and file_sha256(path) == file.sha256:
        fetch.report("kept from an earlier try", file, path.stat().st_size)
        return True
    return False


def accept(fetch: Fetch, file: ModelFile, part: Path) -> None:
    """Move a complete file to its place if its hash is right; remove it if not."""
    digest = file_sha256(part)
    if file.sha256 is not None and digest != file.sha256:
        n_bytes = part.stat().st_size
        part.unlink()
        raise SourceError(
            f"{file.name}: sha256 is {digest} ({n_bytes:,} bytes), not {file.sha256}; the file was removed"
        )
    sync(part)
    place = fetch.ready / file.name
    place.parent.mkdir(parents=True, exist_ok=True)
    os.replace(part, place)
    logger.info("verified model=%s file=%s bytes=%d", fetch.entry.name, file.name, place.stat().st_size)


def require_space(folder: Path, needed_bytes: int) -> None:
    """Refuse before a download that the disk cannot hold.

    Raises:
        SourceError: fewer bytes are free where `folder` is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise SourceError(f"needs {needed_bytes:,} free bytes in {folder}, but there are {free_bytes:,}")


def copy_counting(content: IO[bytes], sink: IO[bytes], *, limit_bytes: int | None) -> Iterator[int]:
    """Copy piece by piece, yielding the bytes so far.

    Raises:
        SourceError: there is more than `limit_bytes`; a swollen archive must not fill the disk.
    """
    done_bytes = 0
    while chunk := content.read(CHUNK_BYTES):
        done_bytes += len(chunk)
        if limit_bytes is not None and done_bytes > limit_bytes:
            raise SourceError(f"more than the expected {limit_bytes:,} bytes")
        sink.write(chunk)
        yield done_bytes
