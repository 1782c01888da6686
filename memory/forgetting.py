"""Forgetting: a unit and all that was made of it, in every table, down to the bytes of the file.

Knows which rows hold a trace of a unit. Must not know who asks, or why.
"""

import logging
import re
import sqlite3
from collections.abc import Iterable, Sequence

from lm.types import Frozen
from memory.passage_rows import make_passages, passages_with
from memory.passages import scope_of_log
from memory.small_talk import content_words
from memory.sql_text import chunked, marks
from memory.unit_records import WindowRecord, folded
from memory.unit_rows import delete_units, restore
from memory.units import MemoryUnit
from memory.word_tables import WordTables

logger = logging.getLogger(__name__)

_REDUCED = "its names are forgotten"


class Forgotten(Frozen):
    """What forgetting removed, by id.

    Attributes:
        units: What was asked for, and what a forgotten abstract stood for.
        abstracts: Those that carried one of them.
        restored: Units that such an abstract stood for, and that are active again.
        turns: Of the raw log, whose text is gone.
        names: That no turn or unit of a gate's window says any more.
        vectors: How many, those of passages of the log included.
    """

    units: tuple[str, ...] = ()
    abstracts: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    vectors: int = 0


def forget_units(
    db: sqlite3.Connection,
    words: WordTables,
    unit_ids: Sequence[str],
    *,
    keep_log: bool,
    turns: Sequence[tuple[str, str]] = (),
) -> Forgotten:
    """Remove units and what was made of them, within a transaction; see `UnitStore.forget`."""
    units = _with_all(db, _present(db, unit_ids), "SELECT member FROM unit_members JOIN units ON seq = unit WHERE id")
    carriers = "SELECT id FROM unit_members JOIN units ON seq = unit WHERE member"
    removed = _with_all(db, units, carriers)
    said = list(dict.fromkeys([*_turns_of(db, units), *_turns_of_passages(db, units), *turns]))
    stale = {} if keep_log else passages_with(db, said)
    freed = _freed(db, removed)
    n_vectors = delete_units(db, words, removed)
    restored = _reactivate(db, words, freed)
    blanked = [] if keep_log else _blank_turns(db, words, said)
    n_vectors += delete_units(db, words, [passage for passage in stale if passage not in set(removed)])
    make_passages(db, words, list(stale.values()))
    names = _reduce_windows(db, said)
    return Forgotten(
        units=tuple(units),
        abstracts=tuple(unit_id for unit_id in removed if unit_id not in set(units)),
        restored=tuple(restored),
        turns=tuple(turn for _, turn in blanked),
        names=tuple(sorted(names)),
        vectors=n_vectors,
    )


def wipe_traces(db: sqlite3.Connection) -> None:
    """Let the bytes of what was deleted be overwritten, outside a transaction.

    FTS5 keeps deleted words in older segments until they are merged, and the journal keeps older pages until it is cut.
    """
    for table in ("turn_words", "unit_words"):
        db.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
    busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        logger.warning("another process reads the memory; its journal keeps what was forgotten until it is done")


def _present(db: sqlite3.Connection, unit_ids: Sequence[str]) -> list[str]:
    found = set()
    for chunk in chunked(unit_ids):
        found |= {str(row[0]) for row in db.execute(f"SELECT id FROM units WHERE id IN ({marks(chunk)})", chunk)}
    return [unit_id for unit_id in dict.fromkeys(unit_ids) if unit_id in found]


def _with_all(db: sqlite3.Connection, unit_ids: Sequence[str], linked: str) -> list[str]:
    """Units with all that they are linked to, over any number of steps."""
    reached = dict.fromkeys(unit_ids)
    fresh = list(reached)
    while fresh:
        found = [str(row[0]) for chunk in chunked(fresh) for row in db.execute(f"{linked} IN ({marks(chunk)})", chunk)]
        fresh = [unit_id for unit_id in dict.fromkeys(found) if unit_id not in reached]
        reached.update(dict.fromkeys(fresh))
    return list(reached)


def _turns_of(db: sqlite3.Connection, unit_ids: Sequence[str]) -> list[tuple[str, str]]:
    """(scope, id) of the logged turns that units were drawn from."""
    found: dict[tuple[str, str], None] = {}
    for chunk in chunked(unit_ids):
        rows = db.execute(
            "SELECT turns.scope, turns.id FROM units JOIN unit_parents ON unit_parents.unit = units.seq "
            "JOIN turns ON turns.scope = units.scope AND turns.id = unit_parents.parent "
            f"WHERE units.id IN ({marks(chunk)}) ORDER BY turns.seq",
            chunk,
        )
        found.update(((str(scope), str(turn)), None) for scope, turn in rows)
    return list(found)


def _turns_of_passages(db: sqlite3.Connection, unit_ids: Sequence[str]) -> list[tuple[str, str]]:
    """(scope, id) of the turns whose passages are among the units: who forgets a passage means what was said."""
    found = []
    for chunk in chunked(unit_ids):
        rows = db.execute(
            "SELECT scope, body FROM units JOIN bodies ON bodies.unit = units.seq "
            f"WHERE kind = 'passage' AND id IN ({marks(chunk)})",
            chunk,
        )
        found += [(scope_of_log(scope), MemoryUnit.model_validate_json(body).parents[0]) for scope, body in rows]
    return found


def _freed(db: sqlite3.Connection, removed: Sequence[str]) -> list[str]:
    """Units that remain, and that one of those which go stood for."""
    found: dict[str, None] = {}
    for chunk in chunked(removed):
        rows = db.execute(
            "SELECT child.id FROM units AS abstract JOIN unit_members ON unit_members.unit = abstract.seq "
            "JOIN units AS child ON child.id = member "
            f"WHERE abstract.id IN ({marks(chunk)}) AND child.archived_by = abstract.id ORDER BY child.seq",
            chunk,
        )
        found.update((str(row[0]), None) for row in rows)
    gone = set(removed)
    return [unit_id for unit_id in found if unit_id not in gone]


def _reactivate(db: sqlite3.Connection, words: WordTables, freed: Iterable[str]) -> list[str]:
    """Make units active again, but for those that another abstract carries too: that one stands for them now."""
    active = []
    for unit_id in freed:
        other = db.execute(
            "SELECT units.id FROM unit_members JOIN units ON units.seq = unit WHERE member = ? ORDER BY unit",
            (unit_id,),
        ).fetchone()
        if other:
            db.execute("UPDATE units SET archived_by = ? WHERE id = ?", (other[0], unit_id))
        else:
            active.append(unit_id)
    restore(db, words, active)
    return active


def _blank_turns(db: sqlite3.Connection, words: WordTables, turns: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    blanked = []
    for scope, turn in turns:
        row = db.execute(
            "UPDATE turns SET text = '', recalled = '[]', forgotten = 1 WHERE scope = ? AND id = ? AND NOT forgotten "
            "RETURNING seq",
            (scope, turn),
        ).fetchone()
        if row:
            words.drop(db, "turn_words", [int(row[0])])
            blanked.append((scope, turn))
    return blanked


def _reduce_windows(db: sqlite3.Connection, turns: Sequence[tuple[str, str]]) -> set[str]:
    """Take out of the windows that hold these turns the names that nothing left there says. Returns those names."""
    windows = {
        int(row[0])
        for scope, turn in turns
        for row in db.execute("SELECT window FROM window_turns WHERE scope = ? AND turn = ?", (scope, turn))
    }
    return {name for window in sorted(windows) for name in _reduce_window(db, window)}


def _reduce_window(db: sqlite3.Connection, window: int) -> set[str]:
    body = db.execute("SELECT body FROM windows WHERE seq = ?", (window,)).fetchone()[0]
    record = WindowRecord.model_validate_json(body)
    left = _text_left(db, record)
    terms = content_words(left)
    gone = {name for name in record.new_entities if name not in terms and not _says(left, name)}
    if gone:
        kept = tuple(name for name in record.new_entities if name not in gone)
        tells = any(_says(folded(record.reason), name) for name in gone)
        reduced = record.model_copy(update={"new_entities": kept, "reason": _REDUCED if tells else record.reason})
        db.execute("UPDATE windows SET body = ? WHERE seq = ?", (reduced.model_dump_json(), window))
        names = [(record.scope, folded(name), window) for name in gone]
        db.executemany("DELETE FROM window_names WHERE scope = ? AND name = ? AND window = ?", names)
    return gone


def _says(text: str, name: str) -> bool:
    """Whether a folded text has the name as whole words."""
    return bool(re.search(rf"(?<!\w){re.escape(folded(name))}(?!\w)", text))


def _text_left(db: sqlite3.Connection, record: WindowRecord) -> str:
    """What the window's turns still say, by whom, and what the units drawn from them name; folded."""
    texts: list[str] = []
    for turn in record.turn_ids:
        said = "SELECT speaker, text FROM turns WHERE scope = ? AND id = ?"
        texts += [text for row in db.execute(said, (record.scope, turn)) for text in row]
        named = (
            "SELECT name FROM unit_names JOIN unit_parents ON unit_parents.unit = unit_names.unit "
            "WHERE scope = ? AND parent = ?"
        )
        texts += [row[0] for row in db.execute(named, (record.scope, turn))]
    return folded("\n".join(texts))
