"""PDF: the text layer, page by page."""

import io
import re
import struct
import zlib
from collections.abc import Sequence

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from retrieval.errors import SourceUnreadable
from retrieval.parsing.outline import plain_heading, title_of
from retrieval.parsing.parsed import ParsedDocument
from retrieval.parsing.text import storable

# What pypdf lets through on damaged files. A list, since the parser's own bugs must still show.
_DAMAGE = (
    PyPdfError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
    NotImplementedError,  # pypdf on filters and encryptions that it does not know
    OSError,
    struct.error,
    zlib.error,
)
_BROKEN_WORD = re.compile(r"(?<!\w)(\w*[^\W\d_A-Z])-\n([^\W\d_A-Z]\w*)")
_WORD = re.compile(r"[\w-]+")
_SENTENCE_STOP = re.compile(r"[.!?:…][)\]\"'”’»]*\s*$")
_JUNK_TITLE = re.compile(r"untitled|microsoft word|\.(?:docx?|tex|dvi|indd|pdf|qxd|pptx?)\b|^\W*$", re.IGNORECASE)


def parse(raw: bytes, path: str) -> ParsedDocument:
    """A PDF file as one document with the character at which each page begins.

    Pages that cannot be read are left out and noted.

    Raises:
        SourceUnreadable: encrypted, damaged, or without a text layer.
    """
    reader = _opened(raw)
    try:
        n_pages = len(reader.pages)
    except _DAMAGE as error:
        raise _damaged(error) from error
    pages: list[str] = []
    failed: list[int] = []
    for number in range(n_pages):
        try:
            pages.append(storable(reader.pages[number].extract_text()).strip())
        except _DAMAGE:
            pages.append("")
            failed.append(number + 1)
    if not any(pages):
        raise _without_text(n_pages, failed)
    text, page_starts = _joined(_with_words_mended(pages))
    notes = (f"{len(failed)} of {n_pages} pages could not be read: {failed[:10]}",) if failed else ()
    return ParsedDocument(
        title=_metadata_title(reader) or title_of((), text, path),
        text=text,
        media_type="application/pdf",
        page_starts=page_starts,
        notes=notes,
    )


def _opened(raw: bytes) -> PdfReader:
    if b"%PDF-" not in raw[:1024]:
        raise SourceUnreadable("not a PDF: the file does not begin with %PDF-")
    try:
        reader = PdfReader(io.BytesIO(raw))
        is_locked = reader.is_encrypted and not reader.decrypt("")
    except DependencyError as error:
        raise _encrypted() from error
    except _DAMAGE as error:
        raise _damaged(error) from error
    if is_locked:
        raise _encrypted()
    return reader


def _joined(pages: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """One text, with a paragraph break between pages unless a sentence runs on."""
    parts: list[str] = []
    starts: list[int] = []
    n_chars = 0
    last = ""
    for page in pages:
        if last and page:
            runs_on = page[0].islower() and not _SENTENCE_STOP.search(last[-40:])
            parts.append("\n" if runs_on else "\n\n")
            n_chars += len(parts[-1])
        starts.append(n_chars)
        parts.append(page)
        n_chars += len(page)
        last = page or last
    return "".join(parts), tuple(starts)


def _with_words_mended(pages: Sequence[str]) -> list[str]:
    """Words broken at line ends are joined, keeping the hyphen only if the document writes it elsewhere."""
    words = {word for page in pages for word in _WORD.findall(page)}

    def mended(match: re.Match[str]) -> str:
        left, right = match.groups()
        keeps_hyphen = left + right not in words and f"{left}-{right}" in words
        return f"{left}-{right}" if keeps_hyphen else left + right

    return [_BROKEN_WORD.sub(mended, page) for page in pages]


def _metadata_title(reader: PdfReader) -> str:
    try:
        title = reader.metadata.title if reader.metadata else None
    except _DAMAGE:
        return ""
    title = plain_heading(storable(str(title or "")))
    return "" if len(title) < 4 or _JUNK_TITLE.search(title) else title


def _damaged(error: Exception) -> SourceUnreadable:
    return SourceUnreadable(f"damaged PDF: {error}", hint="Open it in a PDF reader and print it to a new PDF.")


def _encrypted() -> SourceUnreadable:
    return SourceUnreadable("encrypted: the PDF asks for a password", hint="Save a copy without the password.")


def _without_text(n_pages: int, failed: Sequence[int]) -> SourceUnreadable:
    if failed:
        return SourceUnreadable(f"damaged PDF: none of its {n_pages} pages could be read")
    return SourceUnreadable(
        f"no text layer on any of its {n_pages} pages: scanned images?",
        hint="Run OCR over it (ocrmypdf) first.",
    )
