"""Faults of the disk as SQLite tells them: connections whose write statements are counted, and may fail.

A statement that is to fail is not executed; the transaction that it stands in is left to the program, as after a real
failure of this kind. Real short writes come by the kernel's limit on file sizes (see `faults`).
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

_WRITING = re.compile(
    r"\s*(BEGIN IMMEDIATE|COMMIT|INSERT|REPLACE|UPDATE|DELETE|CREATE|DROP|VACUUM|"
    r"PRAGMA (?:journal_mode|user_version|application_id|wal_checkpoint)\s*[=(])",
    re.IGNORECASE,
)


def _error(message: str, code: int, name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(message)
    error.sqlite_errorcode, error.sqlite_errorname = code, name
    return error


def _full(_: str) -> sqlite3.OperationalError:
    return _error("database or disk is full", sqlite3.SQLITE_FULL, "SQLITE_FULL")


def _failing(op: str) -> sqlite3.OperationalError:
    is_commit = op == "sql COMMIT"
    code, name = (1034, "SQLITE_IOERR_FSYNC") if is_commit else (778, "SQLITE_IOERR_WRITE")
    return _error("disk I/O error", code, name)


def _readonly(op: str) -> sqlite3.OperationalError:
    if op == "sql connect":
        return _unopened(op)
    return _error("attempt to write a readonly database", sqlite3.SQLITE_READONLY, "SQLITE_READONLY")


def _unopened(_: str) -> sqlite3.OperationalError:
    return _error("unable to open database file", sqlite3.SQLITE_CANTOPEN, "SQLITE_CANTOPEN")


SQL_FAULTS: dict[str, Callable[[str], sqlite3.OperationalError]] = {
    "ENOSPC": _full,
    "EDQUOT": _full,
    "SHORT": _full,
    "EIO": _failing,
    "EROFS": _readonly,
    "EMFILE": _unopened,
}


class Watcher(Protocol):
    """Counts calls; raises at one that is to fail."""

    def meet(self, op: str, name: object) -> bool:
        """Before a call."""
        ...

    def after(self) -> None:
        """Behind it."""
        ...


class FaultyCursor(sqlite3.Cursor):
    """Tells of each write statement before it is executed."""

    def execute(self, statement: str, *args: Any) -> sqlite3.Cursor:
        with self.connection.told(statement):  # type: ignore[attr-defined]
            return super().execute(statement, *args)

    def executemany(self, statement: str, *args: Any) -> sqlite3.Cursor:
        with self.connection.told(statement):  # type: ignore[attr-defined]
            return super().executemany(statement, *args)

    def executescript(self, script: str) -> sqlite3.Cursor:
        with self.connection.told(script):  # type: ignore[attr-defined]
            return super().executescript(script)


class FaultyConnection(sqlite3.Connection):
    """A connection that tells of its own statements, and whose cursors do."""

    _watcher: Watcher | None = None
    _name = ""

    def watch(self, watcher: Watcher, name: str) -> None:
        """From here on."""
        self._watcher, self._name = watcher, name

    def cursor(self, factory: type[sqlite3.Cursor] = FaultyCursor) -> sqlite3.Cursor:  # type: ignore[override]
        return super().cursor(factory)

    def execute(self, statement: str, *args: Any) -> sqlite3.Cursor:
        with self.told(statement):
            return super().execute(statement, *args)

    def executemany(self, statement: str, *args: Any) -> sqlite3.Cursor:
        with self.told(statement):
            return super().executemany(statement, *args)

    def executescript(self, script: str) -> sqlite3.Cursor:
        with self.told(script):
            return super().executescript(script)

    def commit(self) -> None:
        with self.told("COMMIT" if self.in_transaction else ""):
            super().commit()

    @contextmanager
    def told(self, statement: str) -> Iterator[None]:
        """Tell of a statement that writes, before and after it."""
        found = _WRITING.match(statement)
        if found is None or self._watcher is None:
            yield
            return
        self._watcher.meet(f"sql {' '.join(found[1].split()).rstrip('=( ').upper()}", self._name)
        yield
        self._watcher.after()
