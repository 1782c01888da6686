"""A passage as an extractor reads it, and the short runs of its sentences that may be a fact's span.

Knows where sentences and lines stand, and what "word for word" means: after NFKC, with plain quotation marks and
dashes, in any case, markup off. Knows no facts.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from agent.reading import Unit
from prompts.plain_text import plain
from retrieval.types import Passage

_MAX_UNITS, _MAX_SPAN_CHARS = 3, 700
_FOLDED = {ord(c): "'" for c in "‘’‚‛′ʼ"} | {ord(c): '"' for c in "“”„‟″«»"} | {ord(c): "-" for c in "‐‑‒–—―−﹣"}


@dataclass(frozen=True)
class ReadPassage:
    """A passage as an extractor reads it: its sentences and lines, without orders to machines."""

    passage: Passage
    title: str
    units: tuple[Unit, ...]

    @property
    def lines(self) -> list[str]:
        """The units, each behind its own headings where these change."""
        lines: list[str] = []
        path: tuple[str, ...] = ()
        for unit in self.units:
            if unit.heading_path != path:
                path = unit.heading_path
                lines.append(f"# {' > '.join(path)}")
            lines.append(" ".join(unit.text.split()))
        return lines

    @cached_property
    def windows(self) -> "list[Window]":
        """Spans that a fact may have."""
        return list(_windows(self))


@dataclass(frozen=True)
class Window:
    """A run of units under one heading that may be a fact's span; `text` as it is stored."""

    start: int
    end: int
    text: str
    title: str
    heading_path: tuple[str, ...]
    n_units: int

    @cached_property
    def folded(self) -> str:
        """The text as it is compared."""
        return folded(plain(self.text))

    @cached_property
    def above(self) -> str:
        """Title and headings, as they are compared."""
        return folded("\n".join((self.title, *self.heading_path)))

    def says(self, words: str) -> bool:
        """Whether the words stand in the span itself."""
        return stands_in(words, self.folded)

    def says_or_stands_under(self, words: str) -> bool:
        """Whether they stand in the span, or in the title or headings above it."""
        return self.says(words) or stands_in(words, self.above)


def folded(text: str) -> str:
    """NFKC, plain quotation marks and dashes, no case, single spaces: what "word for word" compares."""
    return " ".join(unicodedata.normalize("NFKC", text.translate(_FOLDED)).translate(_FOLDED).casefold().split())


def stands_in(words: str, folded_text: str) -> bool:
    """Whether the words stand in a folded text, in order and not within longer words."""
    wanted = folded(words)
    return bool(wanted) and bool(re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", folded_text))


def _windows(read: ReadPassage) -> Iterator[Window]:
    """Runs of one, two and three neighbouring units under one heading, the short ones first."""
    for length in range(1, _MAX_UNITS + 1):
        for first in range(len(read.units) - length + 1):
            run = read.units[first : first + length]
            if _is_one(run, read.passage):
                start, end = run[0].start, run[-1].end
                text = _text(read.passage, start, end)
                yield Window(start, end, text, read.title, run[0].heading_path, length)


def _is_one(run: Sequence[Unit], passage: Passage) -> bool:
    """Whether the units stand under one heading with nothing between them, and are no longer than a quotation."""
    gaps = (_text(passage, one.end, other.start) for one, other in pairwise(run))
    is_under_one = all(unit.heading_path == run[0].heading_path for unit in run)
    return is_under_one and run[-1].end - run[0].start <= _MAX_SPAN_CHARS and not any(gap.strip() for gap in gaps)


def _text(passage: Passage, start: int, end: int) -> str:
    return passage.text[start - passage.start : end - passage.start]
