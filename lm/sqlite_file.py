"""SQLite files that several threads and processes write at once: how they are opened, made and changed.

Knows journal modes, locks and schema versions. Must not know what a file holds, or what a fault means to its user.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

BUSY_TIMEOUT_S = 10.0
_RETRY_S = 0.01


class SchemaProblem(Exception):
    """The file was not made by this version: `version` is what it says of itself, 0 for another program's file."""

    def __init__(self, message: str, *, version: int) -> None:
        super().__init__(message)
        self.version = version


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
    connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False)
    try:
        with snapshot(connection):  # between two queries another process may make the tables
            is_new = _is_new(connection, schema, version, application_id)
        set_wal(connection, busy_timeout_s=busy_timeout_s)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        if is_new:
            with transaction(connection):
                if _is_new(connection, schema, version, application_id):  # or has made them since
                    for statement in schema.split(";"):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id = {application_id}")
                    connection.execute(f"PRAGMA user_version = {version}")
    except BaseException:
        connection.close()
        raise
    return connection


def set_wal(connection: sqlite3.Connection, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
    """Turn the file to write-ahead mode; one in memory stays as it is.

    Raises:
        sqlite3.Error: other processes held the file for too long, or it is no database.
    """
    # Changing the journal mode does not wait for other processes, and two of them may make the file at once.
    deadline = time.monotonic() + busy_timeout_s
    while True:
        try:
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
        raise SchemaProblem(f"schema {found}; this release knows schema {version}", version=found)
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
