"""Units as rows: written with all that they are found by, read back with how they stand to others.

Knows the tables of units. Must not know vectors, files or who asks.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from memory.errors import RecordRejected, UnknownRecord
from memory.sql_text import chunked, marks
from memory.symbol_search import name_rows, time_rows
from memory.unit_records import StoredUnit, search_text
from memory.units import MemoryUnit
from memory.word_tables import WordTables

_UNIT = "id, body, archived_by, superseded_by FROM units JOIN bodies ON bodies.unit = units.seq"
_BY_NUMBER = ("bodies", "unit_parents", "unit_members", "unit_names", "unit_times", "vectors")


def insert_unit(db: sqlite3.Connection, words: WordTables, unit: MemoryUnit) -> int | None:
    """Write a unit, within a transaction. Returns its number, or None if it was there already."""
    row = (unit.id, unit.scope, unit.kind, unit.at.timestamp())
    inserted = db.execute(
        "INSERT INTO units (id, scope, kind, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING seq", row
    ).fetchone()
    if not inserted:
        return None
    number = int(inserted[0])
    db.execute("INSERT INTO bodies VALUES (?, ?)", (number, unit.model_dump_json()))
    parents = [(parent, number) for parent in unit.parents]
    db.executemany("INSERT OR IGNORE INTO unit_parents VALUES (?, ?)", parents)
    db.executemany("INSERT OR IGNORE INTO unit_members VALUES (?, ?)", [(member, number) for member in unit.members])
    names = [(unit.scope, name, number, whole) for name, whole in name_rows(unit).items()]
    db.executemany("INSERT OR IGNORE INTO unit_names VALUES (?, ?, ?, ?)", names)
    times = [(unit.scope, *row, number) for row in time_rows(unit)]
    db.executemany("INSERT OR IGNORE INTO unit_times VALUES (?, ?, ?, ?, ?)", times)
    _activate(db, words, [(number, search_text(unit))])
    return number


def _activate(db: sqlite3.Connection, words: WordTables, rows: Sequence[tuple[int, str]]) -> None:
    words.put(db, "unit_words", rows)
    db.executemany("INSERT INTO changes (unit, is_active) VALUES (?, 1)", [(number,) for number, _ in rows])


def check_members(db: sqlite3.Connection, abstract: MemoryUnit, members: Sequence[str]) -> None:
    """See that an abstract may stand for units; within the transaction that lets it, for others join units too.

    Raises:
        UnknownRecord: a member is not there.
        RecordRejected: a member is of another scope, or another abstract stands for it.
    """
    stored = {found.id: found for found in read_units(db, members)}
    for member in members:
        if member not in stored:
            raise unknown_unit(member)
        if (scope := stored[member].unit.scope) != abstract.scope:
            raise RecordRejected(f"{member} is of scope {scope}, not {abstract.scope}")
        if stored[member].archived_by not in ("", abstract.id):
            raise RecordRejected(f"{stored[member].archived_by} stands for {member} already")


def archive(db: sqlite3.Connection, words: WordTables, members: Sequence[str], abstract: str) -> None:
    """Let an abstract stand for units, within a transaction. What another abstract stands for already stays so."""
    numbers = []
    for member in members:
        row = db.execute(
            "UPDATE units SET archived_by = ? WHERE id = ? AND archived_by = '' RETURNING seq", (abstract, member)
        ).fetchone()
        numbers += [int(row[0])] if row else []
    deactivate(db, words, numbers)


def deactivate(db: sqlite3.Connection, words: WordTables, numbers: Sequence[int]) -> None:
    """Take units out of the searches, within a transaction."""
    words.drop(db, "unit_words", numbers)
    db.executemany("INSERT INTO changes (unit, is_active) VALUES (?, 0)", [(number,) for number in numbers])


def restore(db: sqlite3.Connection, words: WordTables, unit_ids: Iterable[str]) -> None:
    """Make archived units active again, within a transaction."""
    for unit_id in unit_ids:
        number = db.execute("UPDATE units SET archived_by = '' WHERE id = ? RETURNING seq", (unit_id,)).fetchone()[0]
        body = db.execute("SELECT body FROM bodies WHERE unit = ?", (number,)).fetchone()[0]
        _activate(db, words, [(number, search_text(MemoryUnit.model_validate_json(body)))])


def units_from(db: sqlite3.Connection, scopes: Sequence[str], parents: Sequence[str]) -> dict[str, list[StoredUnit]]:
    """See `UnitStore.units_from`."""
    drawn: dict[str, list[str]] = {}
    # CROSS: SQLite would begin with all units of the scope.
    for chunk in chunked(list(dict.fromkeys(parents))):
        rows = db.execute(
            f"SELECT unit_parents.parent, units.id FROM unit_parents CROSS JOIN units ON units.seq = unit_parents.unit "
            f"WHERE unit_parents.parent IN ({marks(chunk)}) AND units.archived_by = '' AND units.kind != 'passage' "
            f"AND units.scope IN ({marks(scopes)}) ORDER BY units.seq",
            [*chunk, *scopes],
        )
        for parent, unit_id in rows:
            drawn.setdefault(str(parent), []).append(str(unit_id))
    found = {stored.id: stored for stored in read_units(db, [id_ for ids in drawn.values() for id_ in ids])}
    return {parent: [found[id_] for id_ in ids] for parent, ids in drawn.items()}


def contradict(db: sqlite3.Connection, older: str, newer: str) -> None:
    """Note that two units contradict one another, within a transaction; the newest of several that do is current."""
    times = {unit_id: at for unit_id, at in _times(db, [older, newer])}
    if older == newer:
        raise RecordRejected(f"unit {older} cannot contradict itself")
    for unit_id in (older, newer):
        if unit_id not in times:
            raise unknown_unit(unit_id)
    db.execute("INSERT OR IGNORE INTO contradictions VALUES (?, ?)", (older, newer))
    mark_current(db, older)


def mark_current(db: sqlite3.Connection, older: str) -> None:
    """Let the newest of the units that contradict `older` be the one that holds; none, and it holds itself."""
    rivals = [str(row[0]) for row in db.execute("SELECT newer FROM contradictions WHERE older = ?", (older,))]
    current = max(_times(db, rivals), key=lambda row: (row[1], row[0]), default=("", 0.0))[0]
    db.execute("UPDATE units SET superseded_by = ? WHERE id = ?", (current, older))


def _times(db: sqlite3.Connection, unit_ids: Sequence[str]) -> list[tuple[str, float]]:
    rows = db.execute(f"SELECT id, at FROM units WHERE id IN ({marks(unit_ids)})", unit_ids)
    return [(str(unit_id), float(at)) for unit_id, at in rows]


def unknown_unit(unit_id: str) -> UnknownRecord:
    """The error for an id that no unit has."""
    return UnknownRecord(
        f"no unit {unit_id}", hint="it may have been forgotten; `wellread memory ls` shows what is there"
    )


def read_units(db: sqlite3.Connection, unit_ids: Sequence[str]) -> list[StoredUnit]:
    """The units that are there, in the order asked, each once."""
    wanted = list(dict.fromkeys(unit_ids))
    rows: dict[str, Sequence[str]] = {}
    for chunk in chunked(wanted):
        found = db.execute(f"SELECT {_UNIT} WHERE id IN ({marks(chunk)})", chunk)
        rows.update((row[0], row) for row in found)
    return with_links(db, [rows[unit_id] for unit_id in wanted if unit_id in rows])


def list_units(
    db: sqlite3.Connection,
    scopes: Sequence[str],
    *,
    kind: str | None,
    include_archived: bool,
    limit: int | None,
    offset: int,
) -> list[StoredUnit]:
    """Units of these scopes, first stored first."""
    asked, values = _listing(scopes, kind, include_archived=include_archived)
    rows = db.execute(f"{asked} ORDER BY seq LIMIT ? OFFSET ?", [*values, -1 if limit is None else limit, offset])
    return with_links(db, rows.fetchall())


def latest_units(
    db: sqlite3.Connection, scopes: Sequence[str], n: int, *, kind: str | None, include_archived: bool
) -> list[StoredUnit]:
    """Units of these scopes, last stored first."""
    asked, values = _listing(scopes, kind, include_archived=include_archived)
    return with_links(db, db.execute(f"{asked} ORDER BY seq DESC LIMIT ?", [*values, n]).fetchall())


def _listing(scopes: Sequence[str], kind: str | None, *, include_archived: bool) -> tuple[str, list[object]]:
    asked, values = f"SELECT {_UNIT} WHERE scope IN ({marks(scopes)})", list[object](scopes)
    if kind is not None:
        asked, values = f"{asked} AND kind = ?", [*values, kind]
    return asked if include_archived else f"{asked} AND archived_by = ''", values


def with_links(db: sqlite3.Connection, rows: Sequence[Sequence[str]]) -> list[StoredUnit]:
    """Units of rows, each with the units that it contradicts."""
    links: dict[str, set[str]] = {}
    for chunk in chunked([row[0] for row in rows]):
        found = db.execute(
            f"SELECT older, newer FROM contradictions WHERE older IN ({marks(chunk)}) OR newer IN ({marks(chunk)})",
            [*chunk, *chunk],
        )
        for older, newer in found:
            links.setdefault(older, set()).add(newer)
            links.setdefault(newer, set()).add(older)
    return [
        StoredUnit(
            unit=MemoryUnit.model_validate_json(body),
            id=unit_id,
            archived_by=archived_by,
            contradicts=tuple(sorted(links.get(unit_id, ()))),
            superseded_by=superseded_by,
        )
        for unit_id, body, archived_by, superseded_by in rows
    ]


def delete_units(db: sqlite3.Connection, words: WordTables, removed: Sequence[str]) -> int:
    """Delete the rows of units, within a transaction. Returns how many vectors went."""
    n_vectors = 0
    for unit_id in removed:
        number = int(db.execute("SELECT seq FROM units WHERE id = ?", (unit_id,)).fetchone()[0])
        deactivate(db, words, [number])
        n_vectors += int(db.execute("SELECT count(*) FROM vectors WHERE unit = ?", (number,)).fetchone()[0])
        for table in _BY_NUMBER:
            db.execute(f"DELETE FROM {table} WHERE unit = ?", (number,))
        db.execute("DELETE FROM units WHERE seq = ?", (number,))
        older = [str(row[0]) for row in db.execute("SELECT older FROM contradictions WHERE newer = ?", (unit_id,))]
        db.execute("DELETE FROM contradictions WHERE older = ? OR newer = ?", (unit_id, unit_id))
        for rival in older:
            mark_current(db, rival)
    return n_vectors
