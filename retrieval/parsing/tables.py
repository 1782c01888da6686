"""CSV and TSV: the file's own text; each record is a unit, and the column names stand in the heading path."""

import csv
from collections import Counter
from collections.abc import Iterator

from retrieval.parsing.outline import name_as_title
from retrieval.parsing.parsed import ParsedDocument
from retrieval.parsing.text import decode
from retrieval.types import Section

_DELIMITERS = ",;\t|"
_MAX_QUOTED_LINES = 200
_MAX_COLUMNS_CHARS = 300


def parse(raw: bytes, path: str) -> ParsedDocument:
    """A table as one document."""
    text, notes = decode(raw)
    unit_starts = _record_starts(text)
    columns = _column_names(text, unit_starts, "\t" if path.lower().endswith((".tsv", ".tab")) else _DELIMITERS)
    heading_path = (f"columns: {' | '.join(columns)}"[:_MAX_COLUMNS_CHARS],) if columns else ()
    return ParsedDocument(
        title=name_as_title(path),
        text=text,
        media_type="text/tab-separated-values" if path.lower().endswith((".tsv", ".tab")) else "text/csv",
        sections=(Section(heading_path=heading_path, start=0, end=len(text)),) if heading_path else (),
        unit_starts=tuple(unit_starts),
        notes=notes,
    )


def _record_starts(text: str) -> list[int]:
    """Where records begin; a quoted field may run over lines. Stray quotes make every line a record."""
    starts: list[int] = []
    open_lines = 0
    for start, line in _lines(text):
        if not open_lines:
            starts.append(start)
        if line.count('"') % 2:
            open_lines = 0 if open_lines else 1
        elif open_lines:
            open_lines += 1
        if open_lines > _MAX_QUOTED_LINES:
            break
    return [start for start, _ in _lines(text)] if open_lines else starts


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, text[start:end]
        start = end + 1


def _column_names(text: str, starts: list[int], delimiters: str) -> list[str]:
    """The first record, if it looks like names: more than one, each filled, different, and none a number."""
    ends = starts[1:12]
    records = [text[start:end] for start, end in zip(starts, [*ends, len(text)], strict=False)][:10]
    delimiter = max(delimiters, key=lambda mark: _fit(records, mark))
    rows = _rows(records[:1], delimiter)
    names = [name.strip() for name in rows[0]] if rows else []
    is_header = len(names) > 1 and len(set(names)) == len(names) and all(map(_is_name, names))
    return names if is_header else []


def _fit(records: list[str], delimiter: str) -> tuple[float, int]:
    """Share of the first records that agree on a number of columns above one, and that number."""
    widths = Counter(len(row) for row in _rows(records, delimiter) if row)
    width, n_rows = widths.most_common(1)[0] if widths else (0, 0)
    return (n_rows / len(records) if width > 1 else 0.0), width


def _rows(records: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(records, delimiter=delimiter))
    except csv.Error:  # a field above the module's size limit
        return []


def _is_name(cell: str) -> bool:
    return 0 < len(cell) <= 80 and any(char.isalpha() for char in cell)
