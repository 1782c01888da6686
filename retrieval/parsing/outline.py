"""From headings to sections and a title, the same way for every format."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from retrieval.types import Section

_MAX_HEADING_CHARS = 200
_MAX_TITLE_CHARS = 120
_READ_CHARS = 2_000  # of what stands as a heading; markup is looked for in time that grows with the square
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_ESCAPED = re.compile(r"\\([^\w\s])")
_MARKUP = re.compile(r"`+|(?<!\\)\*{1,3}(?=\S)|(?<=[^\s\\*])\*{1,3}|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)")
_NEEDS_CLEANING = re.compile(r"[`*_\[\\\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\s\s")
_SPACE = re.compile(r"\s+")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading at character `start`; a smaller `level` is higher."""

    level: int
    text: str
    start: int


def plain_heading(text: str) -> str:
    """A heading's words without inline markup, on one line, at most 200 characters."""
    text = text.lstrip()[:_READ_CHARS]
    if not _NEEDS_CLEANING.search(text):
        return text.strip()[:_MAX_HEADING_CHARS]
    words = _ESCAPED.sub(r"\1", _MARKUP.sub("", _LINK.sub(r"\1", text)))
    return one_line(words) or one_line(text)


def one_line(text: str) -> str:
    """A name for a list, at most 200 characters: no line ends, no control characters, no overrides of direction.

    Sources are listed by their titles in reports of every format, where these would hide or forge what stands beside.
    """
    return _UNSEEN.sub("", _SPACE.sub(" ", text)).strip()[:_MAX_HEADING_CHARS]


def sections_of(headings: Sequence[Heading], n_chars: int) -> tuple[Section, ...]:
    """Cut a text of `n_chars` characters at its headings.

    A first heading above all others is the document's title: it stays out of the paths, which would all begin with it.
    """
    if not headings:
        return ()
    top = headings[0].level
    has_title_heading = all(heading.level > top for heading in headings[1:])
    sections = []
    if headings[0].start > 0:
        sections.append(Section(heading_path=(), start=0, end=headings[0].start))
    stack: list[Heading] = []
    for i, heading in enumerate(headings):
        while stack and stack[-1].level >= heading.level:
            stack.pop()
        if i > 0 or not has_title_heading:
            stack.append(heading)
        end = headings[i + 1].start if i + 1 < len(headings) else n_chars
        path = tuple(above.text for above in stack)
        sections.append(Section(heading_path=path, start=heading.start, end=end))
    return tuple(sections)


def title_of(headings: Sequence[Heading], text: str, path: str) -> str:
    """The first heading, else a short first line, else the file's name made readable."""
    if headings:
        return headings[0].text
    first_line = next((line.strip() for line in text[:2000].splitlines() if line.strip()), "")
    is_titlelike = (
        2 <= len(first_line) <= _MAX_TITLE_CHARS and first_line[-1] not in ".,;:" and _has_letters(first_line)
    )
    return first_line if is_titlelike else name_as_title(path)


def name_as_title(path: str) -> str:
    """``notes/annual_report-2023.txt`` → ``Annual report 2023``."""
    stem = PurePosixPath(path).name
    while PurePosixPath(stem).suffix and PurePosixPath(stem).stem:
        stem = PurePosixPath(stem).stem
    words = _SPACE.sub(" ", re.sub(r"[_\-]+", " ", stem)).strip() or path
    return words[0].upper() + words[1:]


def _has_letters(line: str) -> bool:
    return sum(char.isalpha() for char in line) >= len(line) / 2
