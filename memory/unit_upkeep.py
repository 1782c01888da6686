"""Whether a memory's file is sound, and how much it holds.

Knows what must hold between its tables. Must not know vectors' indexes, or how damage comes about.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from lm.types import Frozen
from memory.sql_text import marks
from memory.units import MemoryUnit

_MOST_OF_A_KIND = 20
# Each finds rows that must not be, by a word for the fault.
_BROKEN_LINKS = {
    "unit {} is archived by an abstract that is not there": (
        "SELECT id FROM units WHERE archived_by <> '' AND archived_by NOT IN (SELECT id FROM units)"
    ),
    "unit {} is archived by a unit that does not carry it": (
        "SELECT id FROM units AS child WHERE archived_by <> '' AND NOT EXISTS (SELECT 1 FROM unit_members "
        "JOIN units AS abstract ON abstract.seq = unit_members.unit "
        "WHERE member = child.id AND abstract.id = child.archived_by)"
    ),
    "an abstract carries unit {}, which is not there": (
        "SELECT member FROM unit_members WHERE member NOT IN (SELECT id FROM units)"
    ),
    "unit {} has two abstracts that nothing stands for": (
        "SELECT member FROM unit_members JOIN units ON units.seq = unit_members.unit "
        "WHERE units.kind = 'abstract' AND units.archived_by = '' GROUP BY member HAVING count(*) > 1"
    ),
    "unit {} is superseded by a unit that does not contradict it": (
        "SELECT id FROM units WHERE superseded_by <> '' AND NOT EXISTS "
        "(SELECT 1 FROM contradictions WHERE older = units.id AND newer = units.superseded_by)"
    ),
    "a contradiction names unit {}, which is not there": (
        "SELECT side FROM (SELECT older AS side FROM contradictions UNION SELECT newer FROM contradictions) "
        "WHERE side NOT IN (SELECT id FROM units)"
    ),
    "active unit {} is not among the words": (
        "SELECT id FROM units WHERE archived_by = '' AND seq NOT IN (SELECT rowid FROM unit_words)"
    ),
    "unit number {} is among the words and should not be": (
        "SELECT rowid FROM unit_words WHERE rowid NOT IN (SELECT seq FROM units WHERE archived_by = '')"
    ),
    "turn {} is not among the words": (
        "SELECT id FROM turns WHERE NOT forgotten AND seq NOT IN (SELECT rowid FROM turn_words)"
    ),
    "turn number {} is among the words and should not be": (
        "SELECT rowid FROM turn_words WHERE rowid NOT IN (SELECT seq FROM turns WHERE NOT forgotten)"
    ),
}


class StoreStats(Frozen):
    """How much some scopes hold; `file_bytes` is of the whole file with its journal and snapshot."""

    scopes: tuple[str, ...]
    active_by_kind: dict[str, int] = Field(default_factory=dict)
    archived: int = 0
    superseded: int = 0
    turns: int = 0
    forgotten_turns: int = 0
    windows_kept: int = 0
    windows_dropped: int = 0
    file_bytes: int = 0

    @property
    def active(self) -> int:
        """Units that are found."""
        return sum(self.active_by_kind.values())


def read_stats(db: sqlite3.Connection, scopes: Sequence[str], where: str) -> StoreStats:
    """Count what these scopes hold."""
    within = f"WHERE scope IN ({marks(scopes)})"

    def count(rest: str) -> int:
        return int(db.execute(f"SELECT count(*) FROM {rest}", list(scopes)).fetchone()[0])

    kinds = db.execute(
        f"SELECT kind, count(*) FROM units {within} AND archived_by = '' GROUP BY kind ORDER BY kind", list(scopes)
    )
    files = [Path(f"{where}{ending}") for ending in ("", "-wal", ".vectors.npz")]
    return StoreStats(
        scopes=tuple(scopes),
        active_by_kind=dict(kinds.fetchall()),
        archived=count(f"units {within} AND archived_by <> ''"),
        superseded=count(f"units {within} AND superseded_by <> ''"),
        turns=count(f"turns {within}"),
        forgotten_turns=count(f"turns {within} AND forgotten"),
        windows_kept=count(f"windows {within} AND kept"),
        windows_dropped=count(f"windows {within} AND NOT kept"),
        file_bytes=sum(file.stat().st_size for file in files if file.exists()),
    )


def find_faults(db: sqlite3.Connection) -> list[str]:
    """What is wrong with the tables, within a transaction: FTS5 checks itself only where it may write."""
    faults = [str(row[0]) for row in db.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
    for table in ("turn_words", "unit_words"):
        try:
            db.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
        except sqlite3.DatabaseError as error:
            faults.append(f"{table} is damaged: {error}")
    for said, asked in _BROKEN_LINKS.items():
        faults += [said.format(row[0]) for row in db.execute(f"{asked} LIMIT {_MOST_OF_A_KIND}")]
    return faults + _damaged_units(db)


def _damaged_units(db: sqlite3.Connection) -> list[str]:
    rows = db.execute("SELECT id, body FROM units LEFT JOIN bodies ON bodies.unit = units.seq ORDER BY seq")
    return [f"unit {unit_id} is damaged" for unit_id, body in rows if not _hashes_to(body, unit_id)]


def _hashes_to(body: str | None, unit_id: str) -> bool:
    try:
        return MemoryUnit.model_validate_json(body or "").id == unit_id
    except ValidationError:
        return False
