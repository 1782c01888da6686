"""Word documents: headings, paragraphs and tables in reading order."""

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from retrieval.errors import SourceUnreadable
from retrieval.parsing.outline import Heading, plain_heading, sections_of, title_of
from retrieval.parsing.parsed import ParsedDocument
from retrieval.parsing.text import storable

_MAX_MEMBERS = 10_000
_MAX_UNPACKED_BYTES = 256 << 20
_MAX_RATIO = 100
_RATIO_COUNTS_FROM_BYTES = 4 << 20
# What python-docx and zipfile let through on damaged archives. A list, since the parser's own bugs must still show.
_DAMAGE = (
    OpcError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,  # a method of packing that this Python does not know
    SyntaxError,  # XML that is none
    EOFError,
    OSError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
_LOCKED = 0x1  # the bit of a member's flags that says so
_JUNK_TITLE = re.compile(r"$|microsoft word|word document$|document ?\d*$", re.IGNORECASE)
_OLE_MARK = b"\xd0\xcf\x11\xe0"
_SPACING = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def parse(raw: bytes, path: str) -> ParsedDocument:
    """A .docx file as one document. Headers, footers, footnotes and comments are left out.

    Raises:
        SourceUnreadable: encrypted, damaged, a decompression bomb, or without text.
    """
    _check_archive(raw)
    try:
        word = docx.Document(io.BytesIO(raw))
        story = _read(word)
        core_title = plain_heading(storable(word.core_properties.title or ""))
    except _DAMAGE as error:
        raise SourceUnreadable(f"damaged Word document: {error}", hint="Open it in Word and save it again.") from error
    text = "\n".join(story.lines)
    if not text.strip():
        raise SourceUnreadable("the document holds no text")
    return ParsedDocument(
        title=title_of(story.headings, text, path) if _JUNK_TITLE.match(core_title) else core_title,
        text=text,
        media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        sections=sections_of(story.headings, len(text)),
    )


def _check_archive(raw: bytes) -> None:
    """Refuse what is no archive, and what would unpack to far more than it is."""
    if raw.startswith(_OLE_MARK):
        raise SourceUnreadable(
            "an old .doc file, or a .docx with a password", hint="Save it as .docx without a password."
        )
    try:
        members = zipfile.ZipFile(io.BytesIO(raw)).infolist()
    except _DAMAGE as error:
        raise SourceUnreadable(f"damaged Word document: {error}", hint="Open it in Word and save it again.") from error
    if any(member.flag_bits & _LOCKED for member in members):
        raise SourceUnreadable("encrypted: the document asks for a password", hint="Save it without the password.")
    total = sum(member.file_size for member in members)
    is_bomb = any(
        member.file_size > _RATIO_COUNTS_FROM_BYTES and member.file_size > _MAX_RATIO * max(1, member.compress_size)
        for member in members
    )
    if len(members) > _MAX_MEMBERS or total > _MAX_UNPACKED_BYTES or is_bomb:
        raise SourceUnreadable(
            f"decompression bomb: {len(raw):,} bytes would unpack to {total:,} in {len(members):,} members"
        )


@dataclass(slots=True)
class _Story:
    lines: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    n_chars: int = 0
    last_kind: str = ""

    def add(self, text: str, *, kind: Literal["text", "item", "row"], level: int | None = None) -> None:
        if self.lines and (kind == "text" or kind != self.last_kind):
            self._line("")
        if level is not None:
            self.headings.append(Heading(level, plain_heading(text), self.n_chars))
        self._line(text)
        self.last_kind = kind

    def _line(self, text: str) -> None:
        self.lines.append(text)
        self.n_chars += len(text) + 1


def _read(word: WordDocument) -> _Story:
    story = _Story()
    style_names = {style.style_id: (style.name or "").lower() for style in word.styles}
    for block in _children(word.element.body, "w:p", "w:tbl"):
        if block.tag == qn("w:tbl"):
            for row in _children(block, "w:tr"):
                cells = [_text_of(cell).replace("\n", " ").strip() for cell in _children(row, "w:tc")]
                if any(cells):
                    story.add(" | ".join(cells), kind="row")
            continue
        text = _text_of(block).strip()
        if not text:
            continue
        style = style_names.get(_value(block, "w:pPr/w:pStyle"), "")
        is_item = style.startswith("list") or block.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None
        level = _heading_level(style, _value(block, "w:pPr/w:outlineLvl"))
        if level is None and is_item:
            story.add(f"- {text}", kind="item")
        else:
            story.add(text.replace("\n", " ") if level is not None else text, kind="text", level=level)
    return story


def _children(parent: BaseOxmlElement, *tags: str) -> Iterator[BaseOxmlElement]:
    """Children with these tags in order, those inside content controls and insertions too."""
    for child in parent:
        if child.tag in [qn(tag) for tag in tags]:
            yield child
        elif child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:customXml")):
            yield from _children(child, *tags)


def _text_of(block: BaseOxmlElement) -> str:
    """Text of runs, links and tracked insertions; deleted text (`w:delText`) is not part of it."""
    parts: list[str] = []
    for node in block.iter():
        if node.tag == qn("w:t") and not _is_fallback(node, block) and not _is_hidden(node):
            parts.append(node.text or "")
        elif node.tag in _SPACING and node.getparent().tag == qn("w:r"):
            parts.append(_SPACING[node.tag])
        elif node.tag == qn("w:p") and node is not block and parts:
            parts.append("\n")
    return storable("".join(parts))


def _is_fallback(node: BaseOxmlElement, block: BaseOxmlElement) -> bool:
    """Text boxes are stored twice, once for old programs."""
    above = node.getparent()
    while above is not None and above is not block:
        if above.tag == _FALLBACK:
            return True
        above = above.getparent()
    return False


def _is_hidden(node: BaseOxmlElement) -> bool:
    """Whether the run that holds this text is formatted as hidden: nobody sees it, on paper or screen."""
    run = node.getparent()
    mark = None if run is None else run.find(f"{qn('w:rPr')}/{qn('w:vanish')}")
    return mark is not None and mark.get(qn("w:val"), "1") not in ("0", "false", "off")


def _value(block: BaseOxmlElement, path: str) -> str:
    found = block.find("/".join(qn(step) for step in path.split("/")))
    return "" if found is None else str(found.get(qn("w:val"), ""))


def _heading_level(style: str, outline_level: str) -> int | None:
    if style == "title":
        return 0
    if style.startswith("heading ") and _is_number(style[8:]):
        return int(style[8:])
    return int(outline_level) + 1 if _is_number(outline_level) and int(outline_level) < 9 else None


def _is_number(text: str) -> bool:
    # `isdigit` takes ² for one, and `int` does not.
    return text.isdecimal() and len(text) <= 2
