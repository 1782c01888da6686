"""A report as a sequence of parts that any word processor knows: headings, paragraphs, tables, pictures, links.

Knows no file format and no report. Text here is on one line and can be written anywhere; anchors are names that links
lead to.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent.render_markdown import one_line

Weight = Literal["plain", "strong", "slanted"]
Kind = Literal["text", "notice", "item", "reference", "quotation", "entry"]

# Halves of characters and code points that are none: no XML and no font has them.
_UNWRITABLE = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def writable(text: str) -> str:
    """`text` on one line, with the replacement character for what no file can hold."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", one_line(text))


@dataclass(frozen=True)
class Run:
    """A piece of text in one weight; `to` is the anchor that it leads to, if it is a link."""

    text: str
    weight: Weight = "plain"
    to: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 or 2."""

    text: str
    level: int
    anchor: str


@dataclass(frozen=True)
class Paragraph:
    """Runs of text. `kind` says what it is, and with it how it looks; an empty anchor is none."""

    runs: tuple[Run, ...]
    kind: Kind = "text"
    anchor: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells below a header; the first column is text, the others stand to the right. An empty header: none."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A PNG file, its size in inches, and what it shows, in words."""

    png: bytes
    width: float
    height: float
    caption: str


Part = Heading | Paragraph | Table | Picture


@dataclass(frozen=True)
class Paper:
    """A whole document: what stands on its front, and its parts. `created` is in UTC."""

    title: str
    topic: str
    run_id: str
    created: datetime
    language: str
    front: tuple[Paragraph, ...]
    parts: tuple[Part, ...]

    @property
    def chapters(self) -> list[Heading]:
        """The headings of level 1."""
        return [part for part in self.parts if isinstance(part, Heading) and part.level == 1]

    def anchors(self) -> list[str]:
        """Every place that a link may lead to."""
        return [part.anchor for part in self.parts if isinstance(part, Heading | Paragraph) and part.anchor]

    def texts(self) -> Iterator[tuple[str, Weight]]:
        """Every piece of text with its weight, as often as it stands there."""
        yield from ((self.title, "strong"), (self.run_id, "plain"))
        for part in (*self.front, *self.parts):
            if isinstance(part, Paragraph):
                yield from ((run.text, run.weight) for run in part.runs)
            elif isinstance(part, Heading):
                yield part.text, "strong"
            elif isinstance(part, Picture):
                yield part.caption, "plain"
            else:
                yield from ((cell, "strong") for cell in part.header)
                yield from ((cell, "plain") for row in part.rows for cell in row)
