"""A batch on one look: `summary.csv` for programs and spreadsheets, `summary.html` for people.

Knows rows and files. Must not know how items are run.
"""

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

from agent.batch.page import Linked, batch_page
from agent.batch.store import ItemRow
from lm.files import write_atomically

_COLUMNS = (
    "item", "mode", "asked", "status", "exit_code", "kind", "message", "title", "words", "sections", "claims",
    "sources", "documents", "support", "ratio", "unmet", "answer", "tokens", "usd", "calls", "unpriced", "seconds",
    "attempts", "started_at", "ended_at", "run_id",
)  # fmt: skip
# What a spreadsheet would take for a formula; texts come from documents and models.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
CSV, HTML = "summary.csv", "summary.html"


def write_summary(batch: str, rows: Sequence[ItemRow], folder: Path, *, runs: Path) -> tuple[Path, ...]:
    """Write both files; links lead from the batch's folder to those of its runs.

    Raises:
        OSError: a file cannot be written.
    """
    linked = [_linked(row, folder, runs) for row in rows]
    write_atomically(folder / CSV, summary_csv(linked))
    write_atomically(folder / HTML, batch_page(batch, linked))
    return folder / CSV, folder / HTML


def summary_csv(linked: Sequence[Linked]) -> str:
    """A line for each item, in the order of the batch, under a header."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*_COLUMNS, "report"])
    for one in linked:
        row = one.row.model_dump()
        writer.writerow([*(_cell(row[name]) for name in _COLUMNS), _cell(one.files[0] if one.files else "")])
    return stream.getvalue()


def _cell(value: object) -> object:
    """A text that a spreadsheet would run is quoted as spreadsheets do it."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _linked(row: ItemRow, folder: Path, runs: Path) -> Linked:
    place = runs / row.run_id
    found = sorted(place.glob("report.*"), key=lambda path: path.suffix != ".html") if row.run_id else []
    return Linked(row, tuple(Path(os.path.relpath(path, folder)).as_posix() for path in found))
