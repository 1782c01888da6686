"""Units as lines of a terminal."""

import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.commands.invocation import rows_text

if TYPE_CHECKING:
    from memory.unit_records import StoredUnit

ID_SHOWN = 10  # characters of an id in a table: enough of it to name one of a million units
_PIPE_WIDTH = 120


def units_text(found: "Sequence[StoredUnit]", kind: str | None = None) -> str:
    """A table of units, each in one line; "" if there are none, of no kind in particular."""
    if not found:
        return f"no {kind} is remembered" if kind else ""
    columns = ("ID", "SAID", "KIND", "SCOPE", "TEXT")
    rows = [(s.id[:ID_SHOWN], f"{s.unit.at:%Y-%m-%d}", _kind(s), s.unit.scope, s.unit.text) for s in found]
    return rows_text([(*row[:-1], cut(row[-1], _room(rows, columns))) for row in rows], columns)


def _kind(stored: "StoredUnit") -> str:
    """With what became of it, if anything did."""
    state = "archived" if stored.archived_by else "superseded" if stored.superseded_by else ""
    return f"{stored.unit.kind}, {state}" if state else stored.unit.kind


def _room(rows: Sequence[tuple[str, ...]], columns: tuple[str, ...]) -> int:
    """Characters that a line has left for its last column."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPE_WIDTH
    taken = sum(max(len(row[place]) for row in [columns, *rows]) + 2 for place in range(len(columns) - 1))
    return max(width - taken, 20)


def cut(text: str, n_chars: int) -> str:
    """A text in one line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= n_chars else f"{line[: n_chars - 1].rstrip()}…"
