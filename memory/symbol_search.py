"""Units by who and what they name, and by the days that they speak of.

Knows folded names and days. Must not know words, vectors or how channels are joined.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice

from memory.sql_text import marks
from memory.unit_records import folded
from memory.units import Interval, MemoryUnit

_MAX_COUNTED = 5_000  # units for each name and interval; about 5 ms
_STEP = 500
_LONG_DAYS = 31


def name_rows(unit: MemoryUnit) -> dict[str, bool]:
    """Folded names to whether they are whole; the words of a name find it too."""
    whole = {folded(name) for name in (*unit.persons, *unit.entities)} - {""}
    parts = {word for name in whole for word in name.split()}
    return {**dict.fromkeys(sorted(parts), False), **dict.fromkeys(sorted(whole), True)}


def time_rows(unit: MemoryUnit) -> list[tuple[bool, str, str]]:
    """(is long, first day, last day) of what a unit speaks of; what names no time is about the day it was said on.

    Long ones lie apart, so that a search for a day need not read all that began before it.
    """
    said = unit.at.date().isoformat()
    days = {(time.start, time.end) for time in unit.times} or {(said, said)}
    return [(_moved(first, _LONG_DAYS) < last, first, last) for first, last in sorted(days)]


def _moved(day: str, days: int) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):  # the 31st of February, the year 9999: nearer than no day at all
        return day


def search_symbols(
    db: sqlite3.Connection, scopes: Sequence[str], names: Sequence[str], interval: Interval | None, limit: int
) -> list[str]:
    """Ids of active units that name one of `names` or speak of a day of `interval`.

    Those that meet most of what was asked come first (each name counts one, and so does the interval), those stored
    last among equals. Of a name that very many units bear, only the last ones count.
    """
    asked, values = [], list[object]()
    for name in sorted({folded(name) for name in names} - {""}):
        asked.append(f"SELECT unit FROM unit_names WHERE scope IN ({marks(scopes)}) AND name = ?")
        values += [*scopes, name]
    if interval is not None:
        within = f"SELECT unit FROM unit_times WHERE scope IN ({marks(scopes)})"
        asked.append(
            f"{within} AND NOT is_long AND first_day BETWEEN ? AND ? AND last_day >= ? "
            f"UNION {within} AND is_long AND first_day <= ? AND last_day >= ?"
        )
        values += [*scopes, _moved(interval.start, -_LONG_DAYS), interval.end, interval.start]
        values += [*scopes, interval.end, interval.start]
    if not asked:
        return []
    each = " UNION ALL ".join(
        f"SELECT unit FROM (SELECT unit FROM ({one}) ORDER BY unit DESC LIMIT {_MAX_COUNTED})" for one in asked
    )
    found = db.execute(f"SELECT unit FROM ({each}) GROUP BY unit ORDER BY count(*) DESC, unit DESC", values)
    return list(islice(_active(db, found), limit))


def _active(db: sqlite3.Connection, found: sqlite3.Cursor) -> Iterator[str]:
    """Ids of those units that no abstract stands for, in the same order."""
    while numbers := [int(number) for (number,) in found.fetchmany(_STEP)]:
        rows = db.execute(f"SELECT seq, id FROM units WHERE archived_by = '' AND seq IN ({marks(numbers)})", numbers)
        ids = {int(number): str(unit_id) for number, unit_id in rows}
        yield from (ids[number] for number in numbers if number in ids)
