"""The ledger of runs: what was begun, how it stands, what it cost. "Finished" is a row here, nowhere else.

LangGraph's `next` can be empty for a run that a kill cut short, so it is never asked.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self

from agent.errors import AgentError, UsageProblem
from agent.exit_codes import CORPUS
from agent.state import Mode
from lm.sqlite_file import SchemaProblem, open_wal, transaction
from lm.types import Frozen

Status = Literal["running", "finished", "stopped", "failed", "interrupted"]
_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, topic TEXT NOT NULL, mode TEXT NOT NULL, words INTEGER, status TEXT NOT NULL,
    exit_code INTEGER, started_at TEXT NOT NULL, updated_at TEXT NOT NULL, message TEXT NOT NULL DEFAULT '',
    report_id TEXT, tokens INTEGER NOT NULL DEFAULT 0, usd REAL NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0)
"""
_COLUMNS = "id, topic, mode, words, status, exit_code, started_at, updated_at, message, report_id, tokens, usd, seconds"


class RunRow(Frozen):
    """One run in the ledger. Times are ISO 8601, UTC; tokens, money and seconds are sums over all its sittings."""

    id: str
    topic: str
    mode: Mode
    words: int | None
    status: Status
    exit_code: int | None
    started_at: str
    updated_at: str
    message: str = ""
    report_id: str | None = None
    tokens: int = 0
    usd: float = 0.0
    seconds: float = 0.0


class Ledger:
    """Rows of `ledger.sqlite`. Several processes may use it at once."""

    def __init__(self, path: Path) -> None:
        """Open the ledger, or make it with its folder.

        Raises:
            AgentError: the file cannot be opened, is no ledger, or is one of another version.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        try:
            self._db = open_wal(path, schema=_SCHEMA, version=_SCHEMA_VERSION, synchronous="FULL")
        except SchemaProblem as error:
            if error.version > _SCHEMA_VERSION:
                message = f"{path} was written by a newer version (schema {error.version})"
                raise AgentError(message, hint="upgrade wellread") from error
            raise _unreadable(path, error) from error
        except sqlite3.DatabaseError as error:
            raise _unreadable(path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, transaction(self._db) as db:
            yield db

    def begin(self, row: RunRow) -> None:
        """Enter a new run."""
        values = tuple(row.model_dump().values())
        with self._writing() as db:
            db.execute(f"INSERT INTO runs ({_COLUMNS}) VALUES ({', '.join('?' * len(values))})", values)

    def update(self, row: RunRow) -> None:
        """Replace a run's row."""
        with self._writing() as db:
            db.execute(
                """
                UPDATE runs SET status = :status, exit_code = :exit_code, updated_at = :updated_at, message = :message,
                    report_id = :report_id, tokens = :tokens, usd = :usd, seconds = :seconds
                WHERE id = :id
                """,
                row.model_dump(),
            )

    def remove(self, run_id: str) -> None:
        """Forget a run. Its folder is the caller's business."""
        with self._writing() as db:
            db.execute("DELETE FROM runs WHERE id=?", (run_id,))

    def rows(self) -> list[RunRow]:
        """All runs, newest first."""
        with self._lock:
            found = self._db.execute(f"SELECT {_COLUMNS} FROM runs ORDER BY started_at DESC, id DESC").fetchall()
        return [RunRow.model_validate(dict(zip(RunRow.model_fields, values, strict=True))) for values in found]

    def find(self, name: str) -> RunRow:
        """A run by its id, an unambiguous part of it, or "last".

        Raises:
            UsageProblem: no run, or more than one, is called that.
        """
        rows = self.rows()
        if name == "last" and rows:
            return rows[0]
        found = [row for row in rows if row.id == name] or [row for row in rows if name in row.id]
        if len(found) == 1:
            return found[0]
        what = f"{len(found)} runs are called {name!r}" if found else f"there is no run {name!r}"
        raise UsageProblem(what, hint="`wellread runs ls` lists them")


# The file is sound; where it lies is not.
_PLACE_FAULTS = {
    sqlite3.SQLITE_FULL: "free some space and run the same command again",
    sqlite3.SQLITE_IOERR: "check the disk and its free space, and run the same command again",
    sqlite3.SQLITE_CANTOPEN: "check that the home folder exists and may be written, or choose another --home",
    sqlite3.SQLITE_READONLY: "make the home folder writable, or choose another --home",
}


def _unreadable(path: Path, error: Exception) -> AgentError:
    hint = "move the file away; finished reports stay in the runs folder"
    place_hint = _PLACE_FAULTS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if place_hint:
        return AgentError(f"{path} cannot be used: {error}", hint=place_hint, exit_code=CORPUS)
    return AgentError(f"{path} is not a readable ledger: {error}", hint=hint, exit_code=CORPUS)
