"""Which files an ingest would read, and which it refuses to look at. Knows paths; opens nothing."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from retrieval.errors import RetrievalError

_JUNK_NAMES = frozenset(("__pycache__", "node_modules", "Thumbs.db", "desktop.ini"))
_JUNK_PREFIXES = (".", "~$")
_JUNK_SUFFIXES = (".pyc", ".sqlite-wal", ".sqlite-shm")
NOTHING_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_SPECIAL = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a block device"),
    (stat.S_ISCHR, "a character device"),
)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file under an ingested folder. `name` is its path in the folder, with slashes on every system."""

    name: str
    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that is not read. `line` counts from 1, and is 0 for a whole file.

    `keeps_documents`: it could not be looked at, so what was read before of this file, or below this folder, may
    still be there.
    """

    name: str
    reason: str
    hint: str = ""
    size: int = 0
    mtime_ns: int = 0
    line: int = 0
    keeps_documents: bool = False

    def covers(self, name: str) -> bool:
        """Whether a file is the thing refused, or lies below it."""
        return self.name in (".", name) or name.startswith(self.name + "/")


@dataclass(frozen=True)
class Scan:
    """What stands under one path. `is_folder` is False when the path names a single file of `root`."""

    root: str
    is_folder: bool
    files: list[FoundFile] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    @cached_property
    def names(self) -> frozenset[str]:
        """Of the files."""
        return frozenset(file.name for file in self.files)

    @cached_property
    def out_of_sight(self) -> list[Refusal]:
        """What could not be looked at, and keeps its documents for that."""
        return [refusal for refusal in self.refusals if refusal.keeps_documents]

    def is_gone(self, name: str) -> bool:
        """Whether a file that was read before stands here no more, and is not only out of sight."""
        return name not in self.names and not any(refusal.covers(name) for refusal in self.out_of_sight)


def scan(path: Path, *, skipped: frozenset[Path] = frozenset()) -> Scan:
    """List a folder's files in sorted order, or a single file.

    Hidden files and the litter of other programs are passed over; so are the files and the whole folders whose
    resolved paths are in `skipped`.

    Raises:
        RetrievalError: the path does not exist or may not be read, or it is skipped, or lies in what is.
    """
    try:
        resolved = path.resolve(strict=True)
        is_folder = resolved.is_dir()
    except (OSError, RuntimeError) as error:  # RuntimeError: a circle of links
        raise RetrievalError(f"cannot read {path}: {_words(error)}", hint="Check the path.") from error
    if (own := _skipped_place(resolved, skipped)) is not None:
        hint = "Keep documents in a folder outside it."
        raise RetrievalError(f"{path} lies in {own}, which this program writes itself: no source", hint=hint)
    root = resolved if is_folder else resolved.parent
    if not _is_storable(str(root)):
        raise RetrievalError(f"the path {str(root)!a} is not UTF-8", hint="Rename the folder, or move the documents.")
    found = Scan(root=str(root), is_folder=is_folder)
    items = _walk(root, skipped) if is_folder else _look_at(os.fspath(resolved), resolved.name, root, skipped)
    for item in items:
        if isinstance(item, FoundFile):
            found.files.append(item)
        else:
            found.refusals.append(item)
    return found


def _walk(root: Path, skipped: frozenset[Path]) -> Iterator[FoundFile | Refusal]:
    waiting: list[tuple[str, str, bool]] = [(os.fspath(root), "", True)]
    while waiting:  # no recursion: folders nest deeper than Python's stack
        path, name, is_folder = waiting.pop()
        if not is_folder:
            yield from _look_at(path, name, root, skipped)
            continue
        try:
            with os.scandir(path) as entries:
                listed = sorted(entries, key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            reason = f"cannot list the folder: {_words(error)}"
            yield Refusal(_shown(name) or ".", reason, "Check its permissions.", keeps_documents=True)
            continue
        waiting += [
            (entry.path, f"{name}/{entry.name}" if name else entry.name, entry.is_dir(follow_symlinks=False))
            for entry in listed
            if not _is_junk(entry.name) and Path(entry.path) not in skipped
        ]


def _look_at(path: str, name: str, root: Path, skipped: frozenset[Path]) -> Iterator[FoundFile | Refusal]:
    """Judge one thing that is no folder."""
    if not _is_storable(name):
        yield Refusal(_shown(name), "its name is not valid UTF-8", "Rename it.")
        return
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            target = Path(path).resolve(strict=True)
            if not target.is_relative_to(root):
                reason = f"a link that leads out of the folder, to {target}"
                yield Refusal(name, reason, "Copy the file into the folder, or ingest the place it leads to.")
                return
            if target.is_dir() or _skipped_place(target, skipped) is not None:
                return  # a folder's files are found at their own place
            path, status = str(target), target.stat()
    except (OSError, RuntimeError) as error:
        is_out_of_sight = isinstance(error, OSError) and error.errno not in NOTHING_THERE
        reason = f"cannot be read: {_words(error)}"
        yield Refusal(name, reason, "Check permissions and links.", keeps_documents=is_out_of_sight)
        return
    for is_kind, words in _SPECIAL:
        if is_kind(status.st_mode):
            yield Refusal(name, f"{words}, not a file")
            return
    yield FoundFile(name, path, status.st_size, status.st_mtime_ns)


def _skipped_place(resolved: Path, skipped: frozenset[Path]) -> Path | None:
    """The skipped file or folder that a path is, or lies in."""
    return next((place for place in (resolved, *resolved.parents) if place in skipped), None)


def _is_junk(name: str) -> bool:
    return name in _JUNK_NAMES or name.startswith(_JUNK_PREFIXES) or name.endswith(_JUNK_SUFFIXES)


def _is_storable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(name: str) -> str:
    """A name that can be stored and sent, whatever its bytes."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _words(error: OSError | RuntimeError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
