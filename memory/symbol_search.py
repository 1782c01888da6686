"""Units by who and what they name, and by the days that they speak of.

Knows folded names and days. Must not know words, vectors or how channels are joined.
"""

import sqlite3
from collections.abc import Sequence

from memory.sql_text import marks
from memory.unit_records import folded
from memory.units import Interval


def search_symbols(
    db: sqlite3.Connection, scopes: Sequence[str], names: Sequence[str], interval: Interval | None, limit: int
) -> list[str]:
    """Ids of active units that name one of `names` or speak of a day of `interval`.

    Those that meet most of what was asked come first (each name counts one, and so does the interval), the newest
    first among equals.
    """
    asked, values = [], list[object]()
    wanted = sorted({folded(name) for name in names} - {""})
    if wanted:
        asked.append(
            f"SELECT unit, count(*) AS met FROM unit_names WHERE scope IN ({marks(scopes)}) "
            f"AND name IN ({marks(wanted)}) GROUP BY unit"
        )
        values += [*scopes, *wanted]
    if interval is not None:
        asked.append(
            f"SELECT DISTINCT unit, 1 AS met FROM unit_times WHERE scope IN ({marks(scopes)}) "
            "AND first_day <= ? AND last_day >= ?"
        )
        values += [*scopes, interval.end, interval.start]
    if not asked:
        return []
    rows = db.execute(
        f"SELECT units.id FROM (SELECT unit, sum(met) AS met FROM ({' UNION ALL '.join(asked)}) GROUP BY unit) "
        "AS found JOIN units ON units.seq = found.unit WHERE units.archived_by = '' "
        "ORDER BY found.met DESC, units.at DESC, units.seq DESC LIMIT ?",
        [*values, limit],
    )
    return [str(unit_id) for (unit_id,) in rows]
