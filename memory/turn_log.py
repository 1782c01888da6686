"""The raw log of what was said, and the gate's decisions about it.

Knows rows of turns and windows. Must not know how the gate decides or what becomes of a window that it keeps.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence

from memory.errors import RecordRejected
from memory.sql_text import chunked, marks
from memory.unit_records import WindowRecord, folded
from memory.units import Span, Turn
from memory.word_tables import WordTables

_TURN = "id, session, speaker, text, at, recalled"


def log_turns(db: sqlite3.Connection, words: WordTables, scope: str, turns: Sequence[Turn]) -> int:
    """Log turns that are not there yet, within a transaction. Returns how many were new."""
    new: list[tuple[int, str]] = []
    for turn in turns:
        recalled = json.dumps([(span.start, span.end) for span in turn.recalled])
        row = (scope, turn.id, turn.session, turn.speaker, turn.text, turn.at.isoformat(), recalled)
        inserted = db.execute(
            "INSERT INTO turns (scope, id, session, speaker, text, at, recalled) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING RETURNING seq",
            row,
        ).fetchone()
        if inserted:
            new.append((int(inserted[0]), turn.text))
    words.put(db, "turn_words", new)
    return len(new)


def read_turns(
    db: sqlite3.Connection, scopes: Sequence[str], *, session: str | None, ids: Sequence[str] | None
) -> list[Turn]:
    """Turns in the order they were logged; see `UnitStore.turns`."""
    asked, values = f"SELECT seq, {_TURN} FROM turns WHERE scope IN ({marks(scopes)})", list(scopes)
    if session is not None:
        asked, values = f"{asked} AND session = ?", [*values, session]
    if ids is None:
        rows = db.execute(f"{asked} ORDER BY seq", values).fetchall()
    else:
        rows = []
        for chunk in chunked(list(dict.fromkeys(ids))):
            rows += db.execute(f"{asked} AND id IN ({marks(chunk)})", [*values, *chunk]).fetchall()
    return [_turn(row[1:]) for row in sorted(rows)]


def unjudged_sessions(db: sqlite3.Connection, scopes: Sequence[str]) -> list[str]:
    """See `UnitStore.unjudged_sessions`."""
    rows = db.execute(
        f"SELECT session FROM turns WHERE scope IN ({marks(scopes)}) AND NOT EXISTS "
        "(SELECT 1 FROM window_turns WHERE window_turns.scope = turns.scope AND window_turns.turn = turns.id) "
        "GROUP BY session ORDER BY min(seq)",
        list(scopes),
    )
    return [str(session) for (session,) in rows]


def turns_before(db: sqlite3.Connection, scopes: Sequence[str], turn_id: str, n: int) -> list[Turn]:
    """See `UnitStore.turns_before`."""
    rows = db.execute(
        f"SELECT {_TURN} FROM turns WHERE scope IN ({marks(scopes)}) AND NOT forgotten "
        f"AND seq < (SELECT min(seq) FROM turns WHERE id = ? AND scope IN ({marks(scopes)})) ORDER BY seq DESC LIMIT ?",
        [*scopes, turn_id, *scopes, n],
    ).fetchall()
    return [_turn(row) for row in reversed(rows)]


def _turn(row: Sequence[str]) -> Turn:
    turn_id, session, speaker, text, at, recalled = row
    spans = tuple(Span(start=start, end=end) for start, end in json.loads(recalled))
    return Turn.model_validate(
        {"id": turn_id, "session": session, "speaker": speaker, "text": text, "at": at, "recalled": spans}
    )


def log_window(db: sqlite3.Connection, record: WindowRecord) -> None:
    """Write a decision down, within a transaction; the first one about a window stays."""
    if record.last_turn < record.first_turn:
        raise RecordRejected(f"a window from turn {record.first_turn} to turn {record.last_turn}")
    inserted = db.execute(
        "INSERT INTO windows (scope, session, first_turn, last_turn, kept, body) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING RETURNING seq",
        (record.scope, record.session, record.first_turn, record.last_turn, record.kept, record.model_dump_json()),
    ).fetchone()
    if not inserted:
        return
    turns = [(record.scope, turn, inserted[0]) for turn in record.turn_ids]
    db.executemany("INSERT OR IGNORE INTO window_turns VALUES (?, ?, ?)", turns)
    if record.kept:
        names = [(record.scope, folded(name), inserted[0]) for name in record.new_entities]
        db.executemany("INSERT OR IGNORE INTO window_names VALUES (?, ?, ?)", names)


def read_windows(db: sqlite3.Connection, scopes: Sequence[str], *, session: str | None) -> Iterator[WindowRecord]:
    """Decisions in the order they were made."""
    asked, values = f"SELECT body FROM windows WHERE scope IN ({marks(scopes)})", list(scopes)
    if session is not None:
        asked, values = f"{asked} AND session = ?", [*values, session]
    rows = db.execute(f"{asked} ORDER BY seq", values).fetchall()
    return (WindowRecord.model_validate_json(body) for (body,) in rows)


def known_entities(db: sqlite3.Connection, scopes: Sequence[str]) -> set[str]:
    """Folded names that kept windows or units of these scopes have brought."""
    rows = db.execute(
        f"SELECT DISTINCT name FROM window_names WHERE scope IN ({marks(scopes)}) "
        f"UNION SELECT DISTINCT name FROM unit_names WHERE is_whole AND scope IN ({marks(scopes)})",
        [*scopes, *scopes],
    )
    return {str(name) for (name,) in rows}
