"""SQLite files that several threads and processes write at once: how they are opened, made and changed.

Knows journal modes, locks, schema versions and what is wrong with a place. Must not know what a file holds, or what
its loss means to its user.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

BUSY_TIMEOUT_S = 10.0
_RETRY_S = 0.01
_WAIT = "wait for the other wellread process that is writing, and run the same command again"
# The file is sound; where it lies is not, or somebody else has it.
_PLACE_MENDS = {
    sqlite3.SQLITE_BUSY: _WAIT,
    sqlite3.SQLITE_LOCKED: _WAIT,
    sqlite3.SQLITE_FULL: "free some space and run the same command again",
    sqlite3.SQLITE_IOERR: "check the disk and its free space, and run the same command again",
    sqlite3.SQLITE_CANTOPEN: "check that the folder exists and may be written",
    sqlite3.SQLITE_READONLY: "make the folder and the file writable",
    sqlite3.SQLITE_PERM: "make the folder and the file writable",
}


class SchemaProblem(Exception):
    """The file was not made by this version: `version` is what it says of itself, 0 for another program's file.

    `hint` tells a person what to do.
    """

    def __init__(self, message: str, *, version: int, hint: str = "move the file away") -> None:
        super().__init__(message)
        self.version = version
        self.hint = hint


def open_wal(
    path: str | Path,
    *,
    schema: str,
    version: int,
    application_id: int = 0,
    synchronous: Literal["NORMAL", "FULL"] = "NORMAL",
    busy_timeout_s: float = BUSY_TIMEOUT_S,
) -> sqlite3.Connection:
    """Open a file in write-ahead mode, making its tables if it is new, however many processes do so at once.

    Args:
        path: of the file, whose folder exists; ":memory:" keeps it in memory.
        schema: statements that make a new file's tables, separated by semicolons.
        version: of the schema, at least 1.
        application_id: SQLite's mark of whose file it is; 0 asks for none.
        synchronous: FULL has each commit reach the disk; NORMAL may lose the last ones when the power fails.
        busy_timeout_s: how long to wait for another writer, here and later.

    Returns:
        A connection that any thread may use, one at a time. It begins no transaction by itself.

    Raises:
        SchemaProblem: the file is another program's, or of another version; it was not changed.
        sqlite3.Error: the file cannot be opened, is no database, or was locked for too long.
    """
    with _legible():
        connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, schema, version, application_id, busy_timeout_s)
            connection.execute(f"PRAGMA synchronous = {synchronous}")
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def _legible() -> Iterator[None]:
    """Let bytes that are no text be a database error: a damaged file brings them even into SQLite's messages."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise sqlite3.DatabaseError(f"it holds bytes that are no text: {error}") from error


def integrity_problems(path: Path) -> list[str]:
    """What SQLite finds wrong with a file that is there, the first things; nothing where all is well.

    Raises:
        sqlite3.Error: the file cannot be opened, or is no database.
    """
    with _legible(), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {round(BUSY_TIMEOUT_S * 1000)}")
        return [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]


def place_mend(error: sqlite3.Error) -> str:
    """How to mend what is wrong with the place of a file; empty if the file itself is damaged."""
    return _PLACE_MENDS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "")


def _prepare(connection: sqlite3.Connection, schema: str, version: int, application_id: int, busy_s: float) -> None:
    """Make sure whose file it is, turn it to write-ahead mode, make its tables."""
    with snapshot(connection):  # between two queries another process may make the tables
        is_new = _is_new(connection, schema, version, application_id)
    set_wal(connection, busy_timeout_s=busy_s)
    if is_new:
        with transaction(connection):
            if _is_new(connection, schema, version, application_id):  # or has made them since
                for statement in schema.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {application_id}")
                connection.execute(f"PRAGMA user_version = {version}")


def set_wal(connection: sqlite3.Connection, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
    """Turn the file to write-ahead mode; one in memory stays as it is.

    Raises:
        sqlite3.Error: other processes held the file for too long, or it is no database.
    """
    # Changing the journal mode does not wait for other processes, and two of them may make the file at once.
    deadline = time.monotonic() + busy_timeout_s
    while True:
        try:
            with _legible():
                if connection.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
                    connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_S)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run the body as one write transaction: all of it is committed, or nothing and the error goes on."""
    connection.execute("BEGIN IMMEDIATE")
    with _rolled_back(connection):
        yield connection
        connection.execute("COMMIT")


@contextmanager
def rehearsal(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run the body as a write transaction of which nothing is kept."""
    connection.execute("BEGIN IMMEDIATE")
    with _rolled_back(connection):
        yield connection


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let the queries of the body see one state of the file."""
    connection.execute("BEGIN")
    with _rolled_back(connection):
        yield
        connection.execute("COMMIT")


@contextmanager
def _rolled_back(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    finally:
        # SQLite has already rolled back by itself after some failures, a full disk among them.
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _is_new(connection: sqlite3.Connection, schema: str, version: int, application_id: int) -> bool:
    """Whether the file has no tables yet. Raises `SchemaProblem` for one that is not ours, or of another version."""
    found, whose = (_number(connection, f"PRAGMA {name}") for name in ("user_version", "application_id"))
    tables = _tables(connection)
    if tables and (found == 0 or whose != application_id):
        raise SchemaProblem("a database of another program", version=0)
    if found not in (0, version):
        age, mend = ("a newer", "upgrade wellread") if found > version else ("an older", "use that release")
        message = f"written by {age} release (schema {found}; this one knows schema {version})"
        raise SchemaProblem(message, version=found, hint=f"{mend}, or move the file away")
    if tables and not _tables_of(schema) <= tables:
        raise SchemaProblem("a database of another program", version=0)
    return not tables


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {str(name) for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _tables_of(schema: str) -> set[str]:
    with closing(sqlite3.connect(":memory:")) as scratch:
        scratch.executescript(schema)
        return _tables(scratch)
