"""The vectors of all units, kept up to date with a file that other processes write too.

Knows vectors in tables and in FAISS. Must not know how units are made, nor what their words are found by.

The truth is the table `vectors`; the index is this process's copy. `changes` tells it what has come and gone since it
last looked.
"""

import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lm.embedding import Embedder, FloatArray
from lm.sqlite_file import snapshot, transaction
from memory import vector_snapshot
from memory.errors import RecordRejected
from memory.sql_text import chunked, marks
from memory.unit_records import search_text
from memory.units import MemoryUnit
from memory.vector_rows import VectorRows
from memory.vector_snapshot import SnapshotKey

logger = logging.getLogger(__name__)

_BATCH = 256  # texts that are embedded and written together
_SNAPSHOT_FROM = 5_000  # units; fewer are read from the file in no time
_STALE_SHARE = 0.1  # of changes since the last snapshot


class UnitVectors:
    """An index for each scope, of the active units, by the vectors of one embedder.

    Several embedders may share a file: each has vectors of its own there, and units that lack one's are embedded when
    it first looks.
    """

    def __init__(self, embedder: Embedder, snapshot_path: Path | None = None) -> None:
        self.embedder, self._snapshot_path = embedder, snapshot_path
        self._n_unsaved = 0
        self._rows: dict[str, VectorRows] = {}
        self._scope_of: dict[int, str] = {}
        self._seen: int | None = None

    def encode(self, units: Sequence[MemoryUnit]) -> FloatArray:
        """Vectors of units, (n, dim)."""
        if not units:
            return np.zeros((0, self.embedder.dim), dtype=np.float32)
        return self.embedder.encode([search_text(unit) for unit in units])

    def check(self, vectors: FloatArray, n_units: int) -> FloatArray:
        """The vectors if they have the embedder's shape.

        Raises:
            RecordRejected: they have not.
        """
        if vectors.shape != (n_units, self.embedder.dim):
            raise RecordRejected(f"vectors of shape {vectors.shape} for {n_units} units of {self.embedder.dim} numbers")
        return np.ascontiguousarray(vectors, dtype="<f4")

    def write(self, db: sqlite3.Connection, numbers: Sequence[int], vectors: FloatArray) -> None:
        """Store vectors of units, within a transaction. Units that have gone meanwhile are skipped."""
        model = self._number(db)
        db.executemany(
            "INSERT OR IGNORE INTO vectors (unit, embedder, vector) SELECT seq, ?, ? FROM units WHERE seq = ?",
            [(model, row.tobytes(), number) for number, row in zip(numbers, vectors.astype("<f4"), strict=True)],
        )

    def of(self, db: sqlite3.Connection, unit_ids: Sequence[str]) -> dict[str, FloatArray]:
        """Vectors by unit id, archived units' too; unknown ids are left out."""
        numbers: dict[int, str] = {}
        for chunk in chunked(unit_ids):
            rows = db.execute(f"SELECT seq, id FROM units WHERE id IN ({marks(chunk)})", chunk)
            numbers.update((int(number), str(unit_id)) for number, unit_id in rows)
        self._embed_missing(db, list(numbers))
        return {numbers[number]: vector for number, vector in self._read(db, list(numbers)).items()}

    def search(self, db: sqlite3.Connection, scope: str, vector: FloatArray, k: int) -> list[tuple[int, float]]:
        """The active units of one scope nearest to `vector`: (number, cosine), best first.

        Raises:
            RecordRejected: the vector is of another length.
        """
        if vector.shape != (self.embedder.dim,):
            raise RecordRejected(f"a vector of shape {vector.shape}, of {self.embedder.dim} numbers is needed")
        self.catch_up(db)
        rows = self._rows.get(scope)
        return rows.search(vector, k) if rows else []

    def catch_up(self, db: sqlite3.Connection) -> None:
        """Bring the index to what the file holds now; embeds units that lack a vector."""
        if self._seen is None:
            self._start(db)
        with snapshot(db):
            first, last = db.execute("SELECT min(number), max(number) FROM changes").fetchone()
            if last is None or last == self._seen:
                return
            if self._seen is None or not first - 1 <= self._seen <= last:
                self._rows, self._scope_of = {}, {}
                states = db.execute("SELECT seq, 1 FROM units WHERE archived_by = ''").fetchall()
            else:
                # Of several changes of one unit only the last one counts.
                states = db.execute(
                    "SELECT unit, is_active FROM changes WHERE number > ? ORDER BY number", (self._seen,)
                ).fetchall()
        final = dict(states)
        self._drop([number for number, is_active in final.items() if not is_active])
        self._add(db, [number for number, is_active in final.items() if is_active and number not in self._scope_of])
        self._seen, self._n_unsaved = last, self._n_unsaved + len(final)

    def _start(self, db: sqlite3.Connection) -> None:
        """Begin with the snapshot, if there is one that fits."""
        found = vector_snapshot.load(self._snapshot_path, self._key(db)) if self._snapshot_path else None
        if found:
            self._seen, self._rows = found
            self._scope_of = {int(number): scope for scope, rows in self._rows.items() for number in rows.numbers()}

    @property
    def is_worth_saving(self) -> bool:
        """Whether there is an index, and a large part of it that no snapshot holds."""
        n = len(self._scope_of)
        return self._seen is not None and n >= _SNAPSHOT_FROM and self._n_unsaved > _STALE_SHARE * n

    def save(self, db: sqlite3.Connection) -> None:
        """Write the index beside the file if that spares the next process work. What cannot be written is left.

        The caller holds the file's write lock, as it does to forget: so no index from before a forgetting is written
        after it.
        """
        if not self._snapshot_path or not self.is_worth_saving or self._last_change(db) != self._seen:
            return
        try:
            vector_snapshot.save(self._snapshot_path, self._key(db), self._seen, self._rows)
            self._n_unsaved = 0
        except OSError as error:
            logger.warning("no snapshot of the vectors: %s", error)

    def drop_snapshot(self) -> None:
        """Delete the snapshot: it holds vectors of what is being forgotten."""
        if self._snapshot_path:
            self._snapshot_path.unlink(missing_ok=True)
            self._n_unsaved = len(self._scope_of) + 1

    def drop_others(self, db: sqlite3.Connection) -> None:
        """Delete the vectors of other embedders, and of units that have gone, within a transaction."""
        model = self._number(db)
        db.execute("DELETE FROM vectors WHERE embedder <> ? OR unit NOT IN (SELECT seq FROM units)", (model,))
        db.execute("DELETE FROM embedders WHERE number <> ?", (model,))

    def sweep(self) -> None:
        """Take tombstones out of memory."""
        for rows in self._rows.values():
            rows.sweep()

    def faults(self, db: sqlite3.Connection) -> list[str]:
        """Where the vectors of this embedder are not one for each active unit, or are no numbers."""
        units = dict(db.execute("SELECT seq, id FROM units WHERE archived_by = ''").fetchall())
        said = [
            f"unit {units[number]} is not in the index of vectors"
            for number in sorted(set(units) - set(self._scope_of))
        ]
        said += [
            f"the index of vectors holds unit number {n}, which has gone"
            for n in sorted(set(self._scope_of) - set(units))
        ]
        for chunk in chunked(sorted(units)):
            rows = self._read(db, chunk)
            said += [
                f"the vector of unit {units[n]} is no vector"
                for n in chunk
                if n not in rows or not np.isfinite(rows[n]).all()
            ]
        return said

    def _key(self, db: sqlite3.Connection) -> SnapshotKey:
        origin = str(db.execute("SELECT token FROM origin").fetchone()[0])
        return SnapshotKey(origin, self.embedder.fingerprint, self.embedder.dim)

    def _last_change(self, db: sqlite3.Connection) -> int:
        return int(db.execute("SELECT max(number) FROM changes").fetchone()[0] or 0)

    def _drop(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            scope = self._scope_of.pop(number, None)
            if scope is not None:
                self._rows[scope].drop([number])

    def _add(self, db: sqlite3.Connection, numbers: Sequence[int]) -> None:
        self._embed_missing(db, numbers)
        for chunk in chunked(numbers):
            vectors = self._read(db, chunk)
            rows = db.execute(f"SELECT seq, scope FROM units WHERE seq IN ({marks(chunk)})", chunk)
            scopes = {int(number): str(scope) for number, scope in rows if number in vectors}
            for scope in sorted(set(scopes.values())):
                own = [number for number in scopes if scopes[number] == scope]
                rows_of_scope = self._rows.setdefault(scope, VectorRows(self.embedder.dim))
                rows_of_scope.add(own, np.stack([vectors[number] for number in own]))
            self._scope_of |= scopes

    def _read(self, db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, FloatArray]:
        model, size = self._number(db), 4 * self.embedder.dim
        found: dict[int, FloatArray] = {}
        for chunk in chunked(numbers):
            rows = db.execute(
                f"SELECT unit, vector FROM vectors WHERE embedder = ? AND unit IN ({marks(chunk)})", [model, *chunk]
            )
            found.update((int(number), np.frombuffer(blob, dtype="<f4")) for number, blob in rows if len(blob) == size)
        return found

    def _embed_missing(self, db: sqlite3.Connection, numbers: Sequence[int]) -> None:
        """Embed units that have no vector by this embedder: another one wrote them, or an import."""
        missing: list[int] = []
        model = self._number(db)
        for chunk in chunked(numbers):
            asked = f"SELECT unit FROM vectors WHERE embedder = ? AND unit IN ({marks(chunk)})"
            have = {int(number) for (number,) in db.execute(asked, [model, *chunk])}
            missing += [number for number in chunk if number not in have]
        if missing:
            logger.info("embedding units=%d with %s", len(missing), self.embedder.fingerprint)
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            rows = db.execute(f"SELECT unit, body FROM bodies WHERE unit IN ({marks(batch)})", batch).fetchall()
            vectors = self.encode([MemoryUnit.model_validate_json(body) for _, body in rows])
            with transaction(db):
                self.write(db, [int(number) for number, _ in rows], vectors)

    def _number(self, db: sqlite3.Connection) -> int:
        """Of the embedder in this file."""
        known = "SELECT number FROM embedders WHERE fingerprint = ?"
        found = db.execute(known, (self.embedder.fingerprint,)).fetchone()
        if not found:
            new = (self.embedder.fingerprint, self.embedder.dim)
            db.execute("INSERT OR IGNORE INTO embedders (fingerprint, dim) VALUES (?, ?)", new)
            found = db.execute(known, new[:1]).fetchone()
        return int(found[0])
