"""What every parser returns."""

from dataclasses import dataclass

from retrieval.types import Section


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A readable source as text.

    `sections` are in reading order and do not overlap: each runs from its heading to the next heading of any
    level. `page_starts` are the characters at which pages begin, `unit_starts` those at which records begin,
    for formats that have pages or records. `id` is None when the file is the document; `line` is where in its
    file a document of a JSONL file stands, from 1.
    """

    title: str
    text: str
    media_type: str
    id: str | None = None
    sections: tuple[Section, ...] = ()
    page_starts: tuple[int, ...] | None = None
    unit_starts: tuple[int, ...] | None = None
    notes: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a file of many documents that is not a document; the others are still read."""

    line: int
    reason: str
