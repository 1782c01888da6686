"""Looks for a key in everything that a call left behind, packed and coded as it may be."""

import io
import sqlite3
import stat
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path

from lm.hiding import spellings

_HEAD_CHARS = 14  # so much of a key's beginning tells which key it is


def needles_of(key: str) -> list[bytes]:
    """What may not be found: the key, its beginning, its middle, and how headers and addresses write it."""
    middle = key[8:-6]
    return [text.encode() for text in dict.fromkeys([key[:_HEAD_CHARS], middle, *spellings((key,))])]


def places_with(key: str, folder: Path, outputs: Mapping[str, str], *, spared: Collection[Path] = ()) -> list[str]:
    """Where the key was found: in what was said, in names below the folder, or in a file's content.

    Args:
        key: The canary.
        folder: Looked through with everything below it.
        outputs: Texts that were said, by name.
        spared: Files into which the campaign itself wrote the key.
    """
    needles = needles_of(key)

    def has(content: bytes) -> bool:
        return any(needle in content for needle in needles)

    found = [name for name, text in outputs.items() if has(text.encode(errors="surrogateescape"))]
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if has(bytes(name)):
            found.append(f"the name {name}")
        if path not in spared and path.is_file() and any(map(has, _contents(path))):
            found.append(str(name))
    return found


def open_to_others(folder: Path) -> list[str]:
    """Files and folders below `folder` that others than their owner may use."""
    every = (path for path in folder.rglob("*") if not path.is_symlink())
    return [str(path.relative_to(folder)) for path in every if stat.S_IMODE(path.stat().st_mode) & 0o077]


def _contents(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    yield content
    if content.startswith(b"PK"):
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    elif content.startswith(b"%PDF"):
        for stream in content.split(b"stream\n")[1:]:
            with suppress(zlib.error):
                yield zlib.decompress(stream.lstrip(b"\r\n"))
    elif content.startswith(b"SQLite format 3"):
        yield from _rows(path)


def _rows(path: Path) -> Iterator[bytes]:
    """Values of a database, one by one: pages may part a long one."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        db.text_factory = bytes
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            with suppress(sqlite3.DatabaseError):  # a virtual table, whose own tables are looked at
                for row in db.execute(f'SELECT * FROM "{table.decode()}"'):
                    yield b"\0".join(value for value in row if isinstance(value, bytes))
