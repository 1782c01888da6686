"""Taking in what another memory exported, in one transaction.

Knows how units that come with their standing become rows. Must not know what a line of an export looks like.
"""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, field

from lm.types import Frozen
from memory.passage_rows import make_passages
from memory.turn_log import log_turns, log_window
from memory.unit_records import StoredUnit, WindowRecord
from memory.unit_rows import archive, insert_unit, mark_current
from memory.units import Turn
from memory.word_tables import WordTables


class Imported(Frozen):
    """What was new; `skipped` are units that stand on what was forgotten here, or on a unit that is missing, and
    abstracts of units that have another here."""

    turns: int = 0
    windows: int = 0
    units: int = 0
    skipped: int = 0


@dataclass
class Brought:
    """What an export holds, with the ids that its units have in the scopes that they come into."""

    turns: list[tuple[str, Turn, bool]] = field(default_factory=list)
    windows: list[WindowRecord] = field(default_factory=list)
    units: list[StoredUnit] = field(default_factory=list)
    contradictions: list[tuple[str, str]] = field(default_factory=list)
    _new_ids: dict[str, str] = field(default_factory=dict)

    def add_unit(self, stored: StoredUnit, scope: str) -> None:
        """Add a unit as one of `scope`; those that it stands for must have come before."""
        new = self._new_ids
        unit = stored.unit.model_copy(
            update={
                "scope": scope,
                "members": tuple(new.get(member, member) for member in stored.unit.members),
                "parents": tuple(new.get(parent, parent) for parent in stored.unit.parents),
            }
        )
        new[stored.id] = unit.id
        self.units.append(stored.model_copy(update={"unit": unit, "id": unit.id}))

    def now(self, unit_id: str) -> str:
        """The id that a unit has now."""
        return self._new_ids.get(unit_id, unit_id)


def take_in(db: sqlite3.Connection, words: WordTables, brought: Brought, unwanted: Collection[str]) -> Imported:
    """Write what was brought, within a transaction, leaving out `unwanted` units and what stands for them.

    The new units have no vectors yet.
    """
    n_turns = sum(_log(db, words, scope, turn, is_forgotten) for scope, turn, is_forgotten in brought.turns)
    before = _count(db, "windows")
    for window in brought.windows:
        log_window(db, window)
    fresh, skipped = 0, 0
    for stored in brought.units:
        if stored.id in unwanted or not all(_may_be_joined(db, member, stored.id) for member in stored.unit.members):
            skipped += 1
        elif insert_unit(db, words, stored.unit) is not None:
            fresh += 1
    _link(db, words, brought)
    make_passages(db, words, [(window.scope, turn) for window in brought.windows for turn in window.turn_ids])
    n_windows = _count(db, "windows") - before
    return Imported(turns=n_turns, windows=n_windows, units=fresh, skipped=skipped)


def _log(db: sqlite3.Connection, words: WordTables, scope: str, turn: Turn, is_forgotten: bool) -> int:
    n_new = log_turns(db, words, scope, [turn])
    if n_new and is_forgotten:
        row = db.execute("UPDATE turns SET forgotten = 1 WHERE scope = ? AND id = ? RETURNING seq", (scope, turn.id))
        words.drop(db, "turn_words", [int(row.fetchone()[0])])
    return n_new


def _link(db: sqlite3.Connection, words: WordTables, brought: Brought) -> None:
    """Archive and contradict as it was where the units come from."""
    for stored in brought.units:
        if not _is_there(db, stored.id):
            continue
        if stored.archived_by and _is_there(db, brought.now(stored.archived_by)):
            archive(db, words, [stored.id], brought.now(stored.archived_by))
    for older, newer in brought.contradictions:
        if _is_there(db, brought.now(older)) and _is_there(db, brought.now(newer)):
            db.execute("INSERT OR IGNORE INTO contradictions VALUES (?, ?)", (brought.now(older), brought.now(newer)))
            mark_current(db, brought.now(older))


def _may_be_joined(db: sqlite3.Connection, member: str, abstract: str) -> bool:
    """Whether a unit is there and no other abstract stands for it here."""
    row = db.execute("SELECT archived_by FROM units WHERE id = ?", (member,)).fetchone()
    return row is not None and row[0] in ("", abstract)


def _is_there(db: sqlite3.Connection, unit_id: str) -> bool:
    return db.execute("SELECT 1 FROM units WHERE id = ?", (unit_id,)).fetchone() is not None


def _count(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
