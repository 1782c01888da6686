"""The corpus file itself: its SQLite schema, its connections, and what SQLite's failures mean to a person.

Knows tables and transactions. Must not know documents' formats, chunking or search.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from lm.sqlite_file import SchemaProblem, open_wal, snapshot, transaction
from retrieval.errors import CorpusBroken, CorpusBusy, CorpusFull, RetrievalError

SCHEMA_VERSION = 1
BLOCK_CHARS = 16_384
BLOCKS_PER_TEXT = 1 << 20
_APPLICATION_ID = 0x57656C6C  # "Well": tells our file from any other program's SQLite file
_MAX_VARIABLES = 900  # SQLite's oldest limit on "?" is 999

# Rowids are AUTOINCREMENT: a number once given to a passage never means another one to an older index.
# A text is cut into blocks (`texts.key = document rowid * 2**20 + block`): long books are read in pieces.
# `files.sha256` is NULL while a file is being read, so a run that was killed is finished by the next one.
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    rowid INTEGER PRIMARY KEY, root TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, sha256 TEXT, parser TEXT NOT NULL, notes TEXT NOT NULL, UNIQUE (root, path)
);
CREATE TABLE documents (
    rowid INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
    source TEXT NOT NULL, media_type TEXT NOT NULL, sha256 TEXT NOT NULL, n_chars INTEGER NOT NULL,
    n_pages INTEGER, sections TEXT NOT NULL, file INTEGER REFERENCES files (rowid), digest TEXT NOT NULL
);
CREATE INDEX documents_by_file ON documents (file);
CREATE INDEX documents_by_sha256 ON documents (sha256);
CREATE TABLE texts (key INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE passages (
    rowid INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, doc INTEGER NOT NULL,
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, page INTEGER,
    heading_path TEXT NOT NULL
);
CREATE UNIQUE INDEX passages_by_document ON passages (doc, ordinal);
CREATE TABLE quarantine (
    root TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL, hint TEXT NOT NULL,
    size INTEGER NOT NULL, mtime REAL NOT NULL, tried_at REAL NOT NULL, PRIMARY KEY (root, path, line)
) WITHOUT ROWID;
INSERT INTO meta VALUES ('generation', 0), ('identity', lower(hex(randomblob(8))))
"""


class CorpusFile:
    """One corpus file, with a connection to read and one to write: reading goes on while a batch is written.

    Safe for several threads; other processes are held off by SQLite's own locks (writers wait up to 10 s).
    """

    def __init__(self, path: Path, reader: sqlite3.Connection, writer: sqlite3.Connection) -> None:
        self.path = path
        self._reader = reader
        self._writer = writer
        self._read_lock = threading.RLock()
        self._write_lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open `path`, making the tables if the file is new. Same errors as `Corpus.open`."""
        reader = _connect(path)
        try:
            return cls(path, reader, _connect(path))
        except BaseException:
            reader.close()
            raise

    def close(self) -> None:
        """Close both connections."""
        with self._read_lock, self._write_lock:
            self._reader.close()
            self._writer.close()

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows of one query, as tuples of what SQLite stores."""
        with self._read_lock, sqlite_errors(self.path):
            return self._reader.execute(sql, values).fetchall()

    def rows_in(self, sql: str, values: Sequence[object]) -> list[Any]:
        """Rows of a query whose text ends in ``IN (?*)``, for any number of values; no order is promised."""
        found: list[Any] = []
        for chunk in chunks(values):
            found += self.rows(sql.replace("?*", ",".join("?" * len(chunk))), chunk)
        return found

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let several queries see one state of the file. Other readers of this process wait meanwhile."""
        with self._read_lock:
            if self._reader.in_transaction:  # within another snapshot
                yield
                return
            with sqlite_errors(self.path), snapshot(self._reader):
                yield

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Run the body as one write transaction: all of it is committed, or none."""
        with self._write_lock, sqlite_errors(self.path), transaction(self._writer):
            yield self._writer


def chunks(values: Sequence[object]) -> Iterator[list[object]]:
    """Cut `values` into lists short enough for one SQL statement."""
    for start in range(0, len(values), _MAX_VARIABLES):
        yield list(values[start : start + _MAX_VARIABLES])


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about `path` into this floor's errors; a broken constraint stays what it is."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except sqlite3.DatabaseError as error:
        raise _explained(error, path) from error
    except OSError as error:
        raise RetrievalError(f"cannot use {path}: {error.strerror or error}", hint="Check the path.") from error


def _connect(path: Path) -> sqlite3.Connection:
    with sqlite_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = _opened(path)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA cache_size = -32768")
        except BaseException:
            connection.close()
            raise
    return connection


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return open_wal(path, schema=_SCHEMA, version=SCHEMA_VERSION, application_id=_APPLICATION_ID)
    except SchemaProblem as error:
        if not error.version:
            raise CorpusBroken(
                f"{path} is a database of another program, not a corpus",
                hint="Name another file, or move this one away.",
            ) from error
        raise CorpusBroken(
            f"{path} has corpus schema {error.version}, this release knows schema {SCHEMA_VERSION}",
            hint="Use the release that wrote it, or move the file away and ingest the folder again.",
        ) from error


def _explained(error: sqlite3.DatabaseError, path: Path) -> RetrievalError:
    message = str(error)
    if "full" in message or "disk I/O" in message:
        hint = "Free some disk space and run the same command again."
        return CorpusFull(f"cannot write {path}: {message}", hint=hint)
    if "locked" in message or "busy" in message:
        return CorpusBusy(
            f"{path} is being written by another process",
            hint="Wait for the other run to end, then run this again.",
        )
    if "readonly" in message or "unable to open" in message:
        return RetrievalError(
            f"cannot open {path} for writing: {message}", hint="Check the folder and its permissions."
        )
    return CorpusBroken(
        f"{path} is damaged: {message}",
        hint="Move the file away and ingest the folder again; the sources are untouched.",
    )
