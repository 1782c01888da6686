"""Long-term memory in one SQLite file: the raw log, the gate's decisions, and units by words, vectors, names and days.

Knows what is stored and how it is found. Must not know how units are made, gated, joined or recalled.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np

from lm.embedding import Embedder, FloatArray
from lm.sqlite_file import rehearsal, transaction
from memory import turn_log, unit_rows
from memory.errors import MemoryFloorError, RecordRejected, UnknownRecord
from memory.forgetting import Forgotten, forget_units, wipe_traces
from memory.passage_rows import renew_passages
from memory.passages import check_scope, is_log_scope, scope_of_log
from memory.sql_text import Scopes, marks, scopes_of
from memory.sqlite_faults import translated
from memory.store import Clock
from memory.symbol_search import search_symbols
from memory.unit_import import Brought, Imported, take_in
from memory.unit_records import StoredUnit, WindowRecord
from memory.unit_schema import LOSS, open_units
from memory.unit_upkeep import StoreStats, find_faults, read_stats
from memory.unit_vectors import UnitVectors
from memory.units import Interval, MemoryUnit, Turn
from memory.word_tables import WordTables

logger = logging.getLogger(__name__)


class UnitStore:
    """Units and the raw log in a file that several processes and threads may read and write at once.

    Where a `scope` is asked for, several may be given; they are searched together. The connection is guarded by a
    lock; do not carry the object across a fork, open another one.
    """

    def __init__(
        self, path: str | Path, embedder: Embedder, *, clock: Clock = time.time, busy_timeout_s: float = 10.0
    ) -> None:
        """Open or create the file (not its folder); ":memory:" keeps it in memory.

        Raises:
            SchemaTooNew: a newer version of the program made the file.
            StoreBroken: the file cannot be opened or is not a memory.
        """
        self._where, self._clock, self._lock, self._is_closed = str(path), clock, threading.RLock(), False
        beside = None if self._where == ":memory:" else Path(f"{path}.vectors.npz")
        self._words, self._vectors = WordTables(), UnitVectors(embedder, beside)
        with translated(self._where, LOSS):
            self._db = open_units(self._where, busy_timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def embedder(self) -> Embedder:
        """What vectors are made with."""
        return self._vectors.embedder

    def close(self) -> None:
        """Close the file. Closing twice is fine; using a closed store is StoreBroken."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._save_vectors()
            self._db.close()

    def _save_vectors(self) -> None:
        if not self._vectors.is_worth_saving:
            return
        try:
            with self.reading() as db:
                self._vectors.catch_up(db)
            with self.writing() as db:
                self._vectors.save(db)
        except MemoryFloorError as error:
            logger.info("no snapshot of the vectors: %s", error)

    # The raw log.

    def log_turns(self, scope: str, turns: Sequence[Turn]) -> int:
        """Log turns; one whose id the scope has is left as it is. Returns how many were new."""
        scopes_of(scope)
        check_scope(scope)
        with self.writing() as db:
            return turn_log.log_turns(db, self._words, scope, turns)

    def turns(self, scope: Scopes, *, session: str | None = None, ids: Sequence[str] | None = None) -> list[Turn]:
        """Turns in the order they were logged: all, or those of a session, or those of `ids` that are there."""
        with self.reading() as db:
            return turn_log.read_turns(db, scopes_of(scope), session=session, ids=ids)

    def unjudged_sessions(self, scope: Scopes) -> list[str]:
        """Sessions with turns that no window of the gate holds, in the order they began."""
        with self.reading() as db:
            return turn_log.unjudged_sessions(db, scopes_of(scope))

    def turns_before(self, scope: Scopes, turn_id: str, n: int) -> list[Turn]:
        """The `n` turns that were logged last before a turn, whatever their session, in the order they were logged."""
        with self.reading() as db:
            return turn_log.turns_before(db, scopes_of(scope), turn_id, n)

    def search_turns(self, scope: Scopes, query: str, k: int) -> list[tuple[str, float]]:
        """The `k` turns that share most with the query, gated-out ones too: (id, BM25 score), best first."""
        with self.reading() as db:
            return self._words.search(db, "turn_words", scopes_of(scope), query, k)

    # The gate's decisions.

    def log_window(self, record: WindowRecord) -> None:
        """Write down what the gate decided; the first decision about a window stays."""
        check_scope(record.scope)
        with self.writing() as db:
            turn_log.log_window(db, record)

    def windows(self, scope: Scopes, *, session: str | None = None) -> list[WindowRecord]:
        """The gate's decisions in the order they were made."""
        with self.reading() as db:
            return list(turn_log.read_windows(db, scopes_of(scope), session=session))

    def known_entities(self, scope: Scopes) -> set[str]:
        """Names (`unit_records.folded`) that kept windows or units have brought."""
        with self.reading() as db:
            return turn_log.known_entities(db, scopes_of(scope))

    # Units.

    def add(
        self, units: Sequence[MemoryUnit], *, vectors: FloatArray | None = None, window: WindowRecord | None = None
    ) -> list[str]:
        """Store units in one transaction. Returns the ids of those that are new.

        Those that stand on a forgotten turn are left out.

        Args:
            units: what to store.
            vectors: (n, dim) of `search_text` of each unit by the store's embedder, if the caller has them.
            window: the gate's decision that they follow from, written with them: judged again after a kill, a window
                would find its own units' names in memory.

        Raises:
            RecordRejected: vectors of another shape, text that is no Unicode, or a scope of the log's passages for
                what is none; nothing was stored.
        """
        for unit in units:
            check_scope(unit.scope, unit.kind)
        known = {stored.id for stored in self.get([unit.id for unit in units])}
        new = [place for place, unit in enumerate(units) if unit.id not in known]
        fresh = [units[place] for place in new]
        # Outside the transaction: others may write meanwhile.
        given = self._vectors.encode(fresh) if vectors is None else self._vectors.check(vectors, len(units))[new]
        with self.writing() as db:
            unwanted = self._unwanted(fresh)
            numbers = {
                row: number
                for row, unit in enumerate(fresh)
                if unit.id not in unwanted and (number := unit_rows.insert_unit(db, self._words, unit)) is not None
            }
            self._vectors.write(db, list(numbers.values()), given[list(numbers)])
            if window is not None:
                turn_log.log_window(db, window)
                renew_passages(db, self._words, [(window.scope, turn) for turn in window.turn_ids])
            return [fresh[row].id for row in numbers]

    def _unwanted(self, units: Sequence[MemoryUnit]) -> set[str]:
        """Ids of units that stand on a forgotten turn: windows overlap, and a chat may be read again."""
        scopes = {scope_of_log(unit.scope) for unit in units} - {""}
        forgotten = {scope: self.forgotten_turns(scope) for scope in scopes}
        return {
            unit.id for unit in units if not forgotten.get(scope_of_log(unit.scope), set()).isdisjoint(unit.parents)
        }

    def get(self, ids: Sequence[str]) -> list[StoredUnit]:
        """The units that are there, archived ones too, in the order asked, each once."""
        with self.reading() as db:
            return unit_rows.read_units(db, ids)

    def units(
        self,
        scope: Scopes,
        *,
        kind: str | None = None,
        include_archived: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[StoredUnit]:
        """Units in the order they were stored."""
        with self.reading() as db:
            return unit_rows.list_units(
                db, scopes_of(scope), kind=kind, include_archived=include_archived, limit=limit, offset=offset
            )

    def latest_units(
        self, scope: Scopes, n: int, *, kind: str | None = None, include_archived: bool = False
    ) -> list[StoredUnit]:
        """The `n` units that were stored last, the last first."""
        with self.reading() as db:
            return unit_rows.latest_units(db, scopes_of(scope), n, kind=kind, include_archived=include_archived)

    def units_from(self, scope: Scopes, parents: Sequence[str]) -> dict[str, list[StoredUnit]]:
        """Active units by the parent that they were drawn from, in the order they were stored; passages are none."""
        with self.reading() as db:
            return unit_rows.units_from(db, scopes_of(scope), parents)

    def children(self, scope: Scopes, parent: str) -> list[str]:
        """Ids of units that were drawn from a turn, a quotation or a claim, archived ones too, first stored first."""
        with self.reading() as db:
            asked = (
                "SELECT units.id FROM unit_parents JOIN units ON units.seq = unit_parents.unit "
                f"WHERE parent = ? AND scope IN ({marks(scopes_of(scope))}) ORDER BY units.seq"
            )
            return [str(row[0]) for row in db.execute(asked, [parent, *scopes_of(scope)])]

    def find(self, id_prefix: str) -> StoredUnit:
        """The one unit whose id begins so.

        Raises:
            UnknownRecord: none does, or several do.
        """
        with self.reading() as db:
            asked = "SELECT id FROM units WHERE id >= ? AND id < ? LIMIT 2"
            ids = [str(row[0]) for row in db.execute(asked, (id_prefix, f"{id_prefix}g"))]  # ids are hexadecimal
            if not ids or not id_prefix:
                raise unit_rows.unknown_unit(id_prefix)
            if len(ids) > 1:
                raise UnknownRecord(f"several units begin with {id_prefix}", hint="give more of the id")
            return unit_rows.read_units(db, ids)[0]

    def vectors_of(self, ids: Sequence[str]) -> FloatArray:
        """(n, dim) vectors of units in the order asked, archived ones' too.

        Raises:
            UnknownRecord: one of them is not there.
        """
        found = self.vectors_by_id(ids)
        unknown = [unit_id for unit_id in ids if unit_id not in found]
        if unknown:
            raise unit_rows.unknown_unit(unknown[0])
        return np.stack([found[unit_id] for unit_id in ids]) if ids else self._vectors.encode([])

    def vectors_by_id(self, ids: Sequence[str]) -> dict[str, FloatArray]:
        """Vectors of those units that are there, archived ones' too."""
        with self.reading() as db:
            return self._vectors.of(db, list(dict.fromkeys(ids)))

    # Searches: over active units only.

    def search_words(self, scope: Scopes, query: str, k: int) -> list[tuple[str, float]]:
        """The `k` units that share most with the query: (id, BM25 score), best first."""
        with self.reading() as db:
            return self._words.search(db, "unit_words", scopes_of(scope), query, k)

    def search_vectors(self, scope: Scopes, vector: FloatArray, k: int) -> list[tuple[str, float]]:
        """The `k` units nearest to a vector of length 1: (id, cosine), best first."""
        with self.reading() as db:
            found = [pair for one in scopes_of(scope) for pair in self._vectors.search(db, one, vector, k)]
            best = sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]
            numbers = [number for number, _ in best]
            ids = dict(db.execute(f"SELECT seq, id FROM units WHERE seq IN ({marks(numbers)})", numbers).fetchall())
        return [(str(ids[number]), score) for number, score in best if number in ids]

    def search_symbols(
        self,
        scope: Scopes,
        *,
        persons: Sequence[str] = (),
        entities: Sequence[str] = (),
        interval: Interval | None = None,
        limit: int = 200,
    ) -> list[str]:
        """Units by name and day: those that meet most of what was asked first, then the newest.

        A name is met by a unit that names it among its persons or entities, or whose names have it as a word.
        """
        with self.reading() as db:
            return search_symbols(db, scopes_of(scope), [*persons, *entities], interval, limit)

    # Consolidation.

    def consolidate(self, abstract: MemoryUnit, members: Sequence[str]) -> None:
        """Let an abstract stand for units: it is added and they are archived, in one transaction. Again: no change.

        Raises:
            UnknownRecord: a member is not there (any more).
            RecordRejected: a member is of another scope, another abstract stands for it, or this one does not name it.
        """
        missing = set(members) - set(abstract.members)
        if missing or abstract.kind != "abstract" or not members:
            raise RecordRejected(f"{abstract.kind} {abstract.id} is no abstract of {sorted(missing) or 'anything'}")
        vectors = self._vectors.encode([abstract])
        with self.writing() as db:
            unit_rows.check_members(db, abstract, members)
            number = unit_rows.insert_unit(db, self._words, abstract)
            if number is not None:
                self._vectors.write(db, [number], vectors)
            unit_rows.archive(db, self._words, members, abstract.id)

    def contradict(self, older: str, newer: str) -> None:
        """Note that two units say otherwise: both are kept and found, the newer is current. Again: no change.

        Raises:
            UnknownRecord: one of them is not there.
        """
        with self.writing() as db:
            unit_rows.contradict(db, older, newer)

    def contradictions(self, scope: Scopes) -> list[tuple[str, str]]:
        """(older, newer) ids of units that say otherwise."""
        with self.reading() as db:
            asked = (
                "SELECT older, newer FROM contradictions JOIN units ON units.id = older "
                f"WHERE scope IN ({marks(scopes_of(scope))}) ORDER BY units.seq, newer"
            )
            return [(str(older), str(newer)) for older, newer in db.execute(asked, scopes_of(scope))]

    # Forgetting, moving and upkeep.

    def forget(self, ids: Sequence[str], *, keep_log: bool = False, turns: Sequence[tuple[str, str]] = ()) -> Forgotten:
        """Remove units and what was made of them. Unknown ids are skipped.

        With a unit goes its vector, its words, its links, every abstract that carries it (other members of those
        become active again), the text of the logged turns that it was drawn from, unless `keep_log`, and those names in
        the gate's decisions that are said nowhere else there. An abstract that is asked for goes with all that it
        stands for. The bytes in the file are overwritten. A unit of a forgotten turn is not taken in again.

        Other units of a forgotten turn stay.

        Args:
            ids: Of units.
            keep_log: Whether the log keeps what the units were drawn from.
            turns: (scope, id) of logged turns whose text goes too: what the gate left without units, say.
        """
        with self.writing() as db:
            # Within the transaction: a process that saves its index waits for it.
            self._vectors.drop_snapshot()
            forgotten = forget_units(db, self._words, ids, keep_log=keep_log, turns=turns)
        with self.reading() as db:
            wipe_traces(db)
        return forgotten

    def would_forget(
        self, ids: Sequence[str], *, keep_log: bool = False, turns: Sequence[tuple[str, str]] = ()
    ) -> Forgotten:
        """What `forget` would remove: it is done and undone."""
        with self._lock, translated(self._where, LOSS), rehearsal(self._db) as db:
            return forget_units(db, self._words, ids, keep_log=keep_log, turns=turns)

    def copy_to(self, path: str | Path) -> None:
        """Write the file's content as it stands to a path that does not exist yet."""
        with self.reading() as db:
            db.execute("VACUUM INTO ?", (str(path),))

    def forgotten_turns(self, scope: Scopes) -> set[str]:
        """Ids of logged turns whose text was forgotten."""
        with self.reading() as db:
            asked = f"SELECT id FROM turns WHERE forgotten AND scope IN ({marks(scopes_of(scope))})"
            return {str(row[0]) for row in db.execute(asked, scopes_of(scope))}

    def take_in(self, brought: Brought) -> Imported:
        """Write what another memory exported (`unit_export.import_lines`), in one transaction."""
        for scope in {scope for scope, _, _ in brought.turns} | {window.scope for window in brought.windows}:
            check_scope(scope)
        for stored in brought.units:
            check_scope(stored.unit.scope, stored.unit.kind)
        with self.writing() as db:
            imported = take_in(db, self._words, brought, self._unwanted([stored.unit for stored in brought.units]))
        with self.reading() as db:
            self._vectors.catch_up(db)
        return imported

    def scopes(self) -> list[str]:
        """Scopes that hold a turn or a unit, in alphabetical order; not those of the log's passages."""
        with self.reading() as db:
            rows = db.execute("SELECT scope FROM units UNION SELECT scope FROM turns ORDER BY scope")
            return [scope for row in rows if not is_log_scope(scope := str(row[0]))]

    def stats(self, scope: Scopes | None = None) -> StoreStats:
        """How much is here, of some scopes or of all."""
        with self.reading() as db:
            return read_stats(db, self.scopes() if scope is None else scopes_of(scope), self._where)

    def verify(self) -> list[str]:
        """What is wrong with the file, in words; nothing if all is well. Reads everything."""
        with self.reading() as db:
            self._vectors.catch_up(db)
        with self.writing() as db:
            return find_faults(db) + self._vectors.faults(db)

    def compact(self) -> None:
        """Sweep out tombstones, vectors of other embedders and free pages; writes the snapshot anew."""
        with self.reading() as db:
            self._vectors.catch_up(db)
        with self.writing() as db:
            self._vectors.drop_others(db)
            # The last change stays: by it other processes see that they have missed some, and read all anew.
            db.execute("DELETE FROM changes WHERE number < (SELECT max(number) FROM changes)")
        with self.reading() as db:
            self._vectors.sweep()
            wipe_traces(db)
            db.execute("VACUUM")
            wipe_traces(db)
        self._save_vectors()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The file's connection, for other tables of this floor; no other thread uses it meanwhile."""
        with self._lock, translated(self._where, LOSS):
            yield self._db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The same in a transaction: all that the body does is committed, or nothing and the error goes on."""
        with self._lock, translated(self._where, LOSS), transaction(self._db) as db:
            yield db
