"""The ledger of runs: what was begun, how it stands, what it cost. "Finished" is a row here, nowhere else.

LangGraph's `next` can be empty for a run that a kill cut short, so it is never asked.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import ValidationError

from agent.databases import damaged, explained
from agent.errors import UsageProblem
from agent.home import Home
from agent.state import Mode
from lm.sqlite_file import open_wal, transaction
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
_LOSS = "finished reports stay in the runs folder"
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

    @property
    def began(self) -> datetime:
        """When it was started."""
        return datetime.fromisoformat(self.started_at)


class Ledger:
    """Rows of `ledger.sqlite`. Several processes may use it at once.

    Every method raises FileBroken where the file is damaged or out of reach.
    """

    def __init__(self, path: Path) -> None:
        """Open the ledger, or make it with its folder.

        Raises:
            FileBroken: the file cannot be opened, is no ledger, or is one of another version.
            UsageProblem: its folder cannot be made.
        """
        Home(path.parent).make()
        self._path = path
        self._lock = threading.Lock()
        with explained(path, loss=_LOSS):
            self._db = open_wal(path, schema=_SCHEMA, version=_SCHEMA_VERSION, synchronous="FULL")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, explained(self._path, loss=_LOSS), transaction(self._db) as db:
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
        query = f"SELECT {_COLUMNS} FROM runs ORDER BY started_at DESC, id DESC"
        with self._lock, explained(self._path, loss=_LOSS):
            found = self._db.execute(query).fetchall()
        try:
            return [RunRow.model_validate(dict(zip(RunRow.model_fields, values, strict=True))) for values in found]
        except ValidationError as error:
            raise damaged(self._path, error, loss=_LOSS) from error

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
