"""What became of the items of batches: a row each, in one file of the home, so that a batch goes on where it was.

Knows rows. Must not know how items are run; what a run did is in its folder and in the ledger of runs.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError

from agent.databases import damaged, explained
from agent.home import Home
from agent.state import Mode
from lm.sqlite_file import open_wal, transaction
from lm.types import Frozen

ItemStatus = Literal["waiting", "running", "finished", "stopped", "failed", "interrupted"]
_SCHEMA_VERSION = 1
_SCHEMA = "CREATE TABLE items (batch TEXT, item TEXT, row TEXT NOT NULL, PRIMARY KEY (batch, item))"
_LOSS = "batches begin anew then: finished reports stay in the runs folder, and paid calls are replayed"


class ItemRow(Frozen):
    """One item: what was asked, which run it is, how it stands. Times are ISO 8601, UTC; spending is of its run."""

    batch: str
    item: str
    asked: str
    mode: Mode
    fingerprint: str = Field(description="Of all that is asked and of the settings: another one is another item.")
    ordinal: int = Field(default=0, description="Its place in the file, from 0.")
    limits: str = Field(default="", description="Its own budget, as JSON.")
    by_batch: bool = Field(default=False, description="Whether it was the batch's budget that stopped it.")
    run_id: str = ""
    status: ItemStatus = "waiting"
    exit_code: int | None = None
    kind: str = Field(default="", description="The kind of error, where it failed.")
    message: str = ""
    attempts: int = 0
    started_at: str = ""
    ended_at: str = ""
    tokens: int = 0
    usd: float = 0.0
    calls: int = Field(default=0, description="Of models, those spared by the cache left out.")
    unpriced: int = Field(default=0, description="Calls whose price is not known: `usd` is of the others.")
    seconds: float = Field(default=0.0, description="Of the sitting that ended it, by the wall clock.")
    title: str = ""
    words: int = 0
    sections: int = 0
    claims: int = 0
    sources: int = 0
    documents: int = 0
    support: float = 0.0
    ratio: float = 0.0
    unmet: int = Field(default=0, description="Demands that the report does not meet.")
    answer: str = ""


class BatchStore:
    """Rows of `batches.sqlite`. Threads and processes may share the file.

    Every method raises FileBroken where the file is damaged or out of reach.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or make it with its folder."""
        Home(path.parent).make()
        self._path, self._lock = path, threading.Lock()
        with explained(path, loss=_LOSS):
            self._db = open_wal(path, schema=_SCHEMA, version=_SCHEMA_VERSION, synchronous="FULL")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def put(self, row: ItemRow) -> None:
        """Enter a row, or replace it."""
        with self._writing() as db:
            values = (row.batch, row.item, row.model_dump_json())
            db.execute("INSERT OR REPLACE INTO items (batch, item, row) VALUES (?, ?, ?)", values)

    def rows(self, batch: str) -> dict[str, ItemRow]:
        """The items of a batch, by name."""
        return {row.item: row for row in self._read("SELECT row FROM items WHERE batch = ?", (batch,))}

    def all_rows(self) -> list[ItemRow]:
        """The items of all batches."""
        return self._read("SELECT row FROM items ORDER BY batch, item", ())

    def _read(self, query: str, values: tuple[str, ...]) -> list[ItemRow]:
        with self._lock, explained(self._path, loss=_LOSS):
            found = self._db.execute(query, values).fetchall()
        try:
            return [ItemRow.model_validate_json(row) for (row,) in found]
        except ValidationError as error:
            raise damaged(self._path, error, loss=_LOSS) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, explained(self._path, loss=_LOSS), transaction(self._db) as db:
            yield db
