"""Markdown: the file's own text, cut at its headings."""

import re

from retrieval.parsing.outline import Heading, plain_heading, sections_of, title_of
from retrieval.parsing.parsed import ParsedDocument
from retrieval.parsing.text import decode

_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_CLOSING = re.compile(r"(?:^|(?<=[ \t]))#+$")
_SETEXT = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_NO_SETEXT_TITLE = re.compile(r" {4}|\t|\s*(?:[>|#]|[-*+]\s|\d+[.)]\s)")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title[ \t]*:[ \t]*(\S.*)$", re.MULTILINE | re.IGNORECASE)


def parse(raw: bytes, path: str) -> ParsedDocument:
    """A Markdown file as one document; a ``title:`` in YAML front matter wins over the first heading."""
    text, notes = decode(raw)
    front = _FRONT_MATTER.match(text)
    headings = markdown_headings(text, front.end() if front else 0)
    front_title = _FRONT_TITLE.search(front.group(1)) if front else None
    title = plain_heading(_unquoted(front_title.group(1))) if front_title else ""
    title = title or title_of(headings, text, path)
    sections = sections_of(headings, len(text))
    return ParsedDocument(title=title, text=text, media_type="text/markdown", sections=sections, notes=notes)


def _unquoted(value: str) -> str:
    value = value.rstrip()
    return value[value[0] in "\"'" : len(value) - (value[-1] in "\"'")]


def markdown_headings(text: str, start: int = 0) -> list[Heading]:
    """ATX (``## Title``) and Setext (underlined) headings outside fenced code, from character `start` on."""
    headings: list[Heading] = []
    fence = ""
    offset = previous_start = start
    previous, before_previous = "", ""
    for line in text[start:].split("\n"):
        mark = _FENCE.match(line)
        if fence:
            closes = mark is not None and mark.group(1).startswith(fence) and not line.strip(" `~")
            fence = "" if closes else fence
        elif mark is not None:
            fence = mark.group(1)
        elif atx := _ATX.match(line):
            if words := _without_closing(atx.group(2) or ""):
                headings.append(Heading(len(atx.group(1)), plain_heading(words), offset))
        elif _is_underlined(before_previous, previous, line):
            level = 1 if "=" in line else 2
            headings.append(Heading(level, plain_heading(previous), previous_start))
        before_previous, previous, previous_start = previous, "" if fence else line, offset
        offset += len(line) + 1
    return headings


def _without_closing(words: str) -> str:
    """A heading without the signs that may close it."""
    # In two steps: one pattern for all takes time that grows with the square of a gap.""
    return _CLOSING.sub("", words.rstrip(" \t")).strip(" \t")


def _is_underlined(above: str, title: str, line: str) -> bool:
    # Only one-line titles: with a longer paragraph above it, "---" is far more often a rule that lost its
    # blank line.
    return bool(title.strip() and not above.strip() and _SETEXT.match(line) and not _NO_SETEXT_TITLE.match(title))
