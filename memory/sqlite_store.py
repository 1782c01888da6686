"""The store in one SQLite file, for several threads and processes at once."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ValidationError

from lm.sqlite_file import SchemaProblem, open_wal, transaction
from memory.errors import CorruptRecord, SchemaTooNew, StoreBroken
from memory.records import CORRUPT_HINT, M, Record, check_name, check_parents, check_record, make_record, unknown
from memory.sqlite_faults import translated
from memory.store import Clock

SCHEMA_VERSION = 1
_LOSS = "unfinished runs are lost then, finished reports are not"
_SCHEMA = """
CREATE TABLE records (
    seq INTEGER PRIMARY KEY, scope TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, form TEXT NOT NULL,
    body BLOB NOT NULL, created_at REAL NOT NULL, UNIQUE (scope, id));
CREATE INDEX records_by_kind ON records (scope, kind, seq);
CREATE TABLE parents (
    seq INTEGER PRIMARY KEY, scope TEXT NOT NULL, id TEXT NOT NULL, parent TEXT NOT NULL,
    UNIQUE (scope, id, parent))
"""


class SqliteStore:
    """A store in one SQLite file that several processes and threads may write at once.

    Scopes (``run``, ``user``, ``run:2026…``) share a file and never see each other's records. The
    connection is guarded by a lock; do not carry the object across a fork, open another one.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        scope: str = "run",
        clock: Clock = time.time,
        busy_timeout_s: float = 10.0,
    ) -> None:
        """Open or create the file (not its folder); ``":memory:"`` keeps it in memory.

        Raises:
            SchemaTooNew: a newer version of the program made the file.
            StoreBroken: the file cannot be opened or is not a store.
        """
        check_name("scope", scope)
        self._where, self._scope, self._clock, self._lock = str(path), scope, clock, threading.RLock()
        with translated(self._where, _LOSS):
            self._db = _opened(self._where, busy_timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Closing twice is fine; using a closed store is StoreBroken."""
        with self._lock:
            self._db.close()

    def put(self, kind: str, content: BaseModel | str | bytes, *, parents: Sequence[str] = ()) -> str:
        """See `RecordStore.put`. A damaged row under the same id is mended."""
        record = make_record(kind, content, created_at=self._clock())
        new = check_parents(record.id, parents)
        if self._holds(record, new):
            return record.id
        with self._transaction() as db:
            db.execute(
                "INSERT INTO records (scope, id, kind, form, body, created_at) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (scope, id) "
                "DO UPDATE SET kind = excluded.kind, form = excluded.form, body = excluded.body",
                (self._scope, record.id, kind, record.form, record.body, record.created_at),
            )
            db.executemany(
                "INSERT OR IGNORE INTO parents (scope, id, parent) VALUES (?, ?, ?)",
                [(self._scope, record.id, parent) for parent in new],
            )
        return record.id

    def get(self, record_id: str) -> Record:
        """See `RecordStore.get`."""
        rows = self._rows("SELECT kind, form, body, created_at FROM records WHERE scope = ? AND id = ?", record_id)
        if not rows:
            raise unknown(record_id, f"scope {self._scope} of {self._where}")
        kind, form, body, created_at = rows[0]
        try:
            record = Record.model_validate(
                {"id": record_id, "kind": kind, "form": form, "body": body, "created_at": created_at}
            )
        except ValidationError as error:
            reason = error.errors()[0]["msg"]
            raise CorruptRecord(
                f"record {record_id} in {self._where} is damaged: {reason}", hint=CORRUPT_HINT
            ) from error
        try:
            return check_record(record)
        except CorruptRecord as error:
            raise CorruptRecord(f"{self._where}: {error}", hint=error.hint) from error

    def get_model(self, record_id: str, model: type[M]) -> M:
        """See `RecordStore.get_model`."""
        return self.get(record_id).as_model(model)

    def has(self, record_id: str) -> bool:
        """See `RecordStore.has`."""
        return bool(self._rows("SELECT 1 FROM records WHERE scope = ? AND id = ?", record_id))

    def parents(self, record_id: str) -> list[str]:
        """See `RecordStore.parents`."""
        found = [
            str(row[0])
            for row in self._rows("SELECT parent FROM parents WHERE scope = ? AND id = ? ORDER BY seq", record_id)
        ]
        if not found and not self.has(record_id):
            raise unknown(record_id, f"scope {self._scope} of {self._where}")
        return found

    def iter_ids(self, kind: str) -> Iterator[str]:
        """See `RecordStore.iter_ids`."""
        rows = self._rows("SELECT id FROM records WHERE scope = ? AND kind = ? ORDER BY seq", kind)
        return iter([str(row[0]) for row in rows])

    def delete(self, record_ids: Sequence[str]) -> int:
        """See `RecordStore.delete`."""
        keys = [(self._scope, record_id) for record_id in record_ids]
        with self._transaction() as db:
            db.executemany("DELETE FROM parents WHERE scope = ? AND id = ?", keys)
            return db.executemany("DELETE FROM records WHERE scope = ? AND id = ?", keys).rowcount

    def verify(self) -> tuple[int, list[str]]:
        """How many records there are in all scopes, and what is wrong with them, in words. Reads everything."""
        columns = "scope, id, kind, form, body, created_at"
        problems = []
        with self._lock, translated(self._where, _LOSS):
            n_records = 0
            for scope, *values in self._db.execute(f"SELECT {columns} FROM records ORDER BY seq"):
                n_records += 1
                problems += _fault_of(scope, dict(zip(columns.split(", ")[1:], values, strict=True)))
            orphans = "SELECT scope, id FROM parents EXCEPT SELECT scope, id FROM records"
            found = self._db.execute(orphans).fetchall()
        return n_records, problems + [f"{scope}: parents of {id_}, which is not there" for scope, id_ in found]

    def _holds(self, record: Record, parents: Sequence[str]) -> bool:
        same = "SELECT kind, form, body FROM records WHERE scope = ? AND id = ?"
        if self._rows(same, record.id) != [(record.kind, record.form, record.body)]:
            return False
        return not parents or set(parents) <= set(self.parents(record.id))

    def _rows(self, query: str, key: str) -> list[tuple[object, ...]]:
        with self._lock, translated(self._where, _LOSS):
            return self._db.execute(query, (self._scope, key)).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, translated(self._where, _LOSS), transaction(self._db) as db:
            yield db


def _fault_of(scope: str, values: dict[str, object]) -> list[str]:
    """What is wrong with one row, if anything is."""
    try:
        check_record(Record.model_validate(values))
    except (ValidationError, CorruptRecord):
        return [f"{scope}: record {values['id']} of kind {values['kind']} is damaged"]
    return []


def _opened(where: str, busy_timeout_s: float) -> sqlite3.Connection:
    try:
        # A checkpoint that names an id must not outlive the record, so each commit reaches the disk.
        return open_wal(
            where, schema=_SCHEMA, version=SCHEMA_VERSION, synchronous="FULL", busy_timeout_s=busy_timeout_s
        )
    except SchemaProblem as error:
        if not error.version:
            raise StoreBroken(f"{where}: {error}", hint=f"{error.hint}; {_LOSS}") from error
        raise SchemaTooNew(f"{where}: {error}", hint=f"{error.hint}; {_LOSS}") from error
