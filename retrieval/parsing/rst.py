"""reStructuredText: the file's own text, cut at its underlined headings."""

import re

from retrieval.parsing.outline import Heading, plain_heading, sections_of, title_of
from retrieval.parsing.parsed import ParsedDocument
from retrieval.parsing.text import decode

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1+\s*$")
_HEADER_FIELD = re.compile(r"([A-Z][\w-]*):(?:[ \t]+(.*))?$")
_ROLE = re.compile(r":[\w:-]+:`([^`]*?)(?:\s*<[^`>]*>)?`")
_READ_CHARS = 2_000  # of a title: a longer one is none, and its roles are looked for in time that grows with the square
_REFERENCE = re.compile(r"`([^`<]*?)\s*<[^`>]*>`_{1,2}")


def parse(raw: bytes, path: str) -> ParsedDocument:
    """An RST file as one document."""
    text, notes = decode(raw)
    lines = text.split("\n")
    headings = _headings(lines)
    title = _header_title(lines) or title_of(headings, text, path)
    sections = sections_of(headings, len(text))
    return ParsedDocument(title=title, text=text, media_type="text/x-rst", sections=sections, notes=notes)


def _header_title(lines: list[str]) -> str:
    """The ``Title:`` among header fields on the first lines, behind its number in a series; "" if there is none."""
    fields: dict[str, str] = {}
    name = ""
    for line in lines[next((i for i, line in enumerate(lines) if line.strip()), 0) :]:
        field = _HEADER_FIELD.match(line)
        if field:
            name = field.group(1)
            fields[name] = field.group(2) or ""
        elif name and line[:1] in (" ", "\t") and line.strip():
            fields[name] += " " + line.strip()
        else:
            break
    title = plain_heading(fields.get("Title", "")) if len(fields) > 1 else ""
    series, number = next(iter(fields.items()), ("", ""))
    # A numbered series ("PEP: 526") is known by its number: in running text, and by its own references.
    return f"{series} {number.strip()} – {title}" if title and series.isupper() and number.strip().isdigit() else title


def _headings(lines: list[str]) -> list[Heading]:
    headings: list[Heading] = []
    styles: list[tuple[str, bool]] = []  # order of appearance is the level, as docutils has it
    offset = 0
    for i, line in enumerate(lines):
        style = _style_of_title(lines, i)
        if style is not None:
            if style not in styles:
                styles.append(style)
            start = offset - (len(lines[i - 1]) + 1 if style[1] else 0)
            headings.append(Heading(styles.index(style) + 1, _plain(line), start))
        offset += len(line) + 1
    return headings


def _style_of_title(lines: list[str], i: int) -> tuple[str, bool] | None:
    """Adornment character and whether there is an overline, if line `i` is a section title."""
    title = lines[i]
    below = lines[i + 1] if i + 1 < len(lines) else ""
    if not title.strip() or not below or not (under := _ADORNMENT.match(below)) or _ADORNMENT.match(title):
        return None
    above = lines[i - 1] if i else ""
    over = _ADORNMENT.match(above)
    if over and over.group(1) == under.group(1) and len(above.rstrip()) >= len(title.strip()):
        return under.group(1), True
    # docutils takes a short underline under a long title for text, unless it has four characters or more.
    is_long_enough = len(below.rstrip()) >= min(4, len(title.rstrip()))
    follows_gap = not above.strip() or above.startswith(".. ")
    return (under.group(1), False) if is_long_enough and follows_gap and not title[0].isspace() else None


def _plain(title: str) -> str:
    title = title.lstrip()[:_READ_CHARS]
    return plain_heading(_REFERENCE.sub(r"\1", _ROLE.sub(r"\1", title)))
