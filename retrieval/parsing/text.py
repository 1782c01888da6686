"""Plain text, and the bytes behind every text format: which encoding, and is it text at all?"""

import codecs
import re

from retrieval.errors import SourceUnreadable
from retrieval.parsing.encodings import guessed_encoding
from retrieval.parsing.outline import title_of
from retrieval.parsing.parsed import ParsedDocument

# UTF-32 first: its mark begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 65_536
_MAX_CONTROL_SHARE = 0.005
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONVERT = "Convert it to a text format."
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse(raw: bytes, path: str) -> ParsedDocument:
    """A text file as one document; the stored text is the file's own."""
    text, notes = decode(raw)
    return ParsedDocument(title=title_of((), text, path), text=text, media_type="text/plain", notes=notes)


def decode(raw: bytes, declared: str = "") -> tuple[str, tuple[str, ...]]:
    """The text in `raw` with line ends as ``\\n``, and notes for a person where it is not UTF-8.

    Args:
        raw: the file.
        declared: encoding that the file itself names; believed if the file is not UTF-8.

    Raises:
        SourceUnreadable: no text, binary, or damaged in its declared encoding.
    """
    if not raw.strip():
        raise SourceUnreadable("the file is empty" if not raw else "the file holds only white space")
    text, encoding = _decoded(raw, declared)
    if "\x00" in text:
        raise SourceUnreadable("binary: the file holds NUL bytes", hint=_CONVERT)
    sample = text[:_SAMPLE_BYTES]
    if len(_CONTROLS.findall(sample)) > max(2, len(sample) * _MAX_CONTROL_SHARE):
        raise SourceUnreadable("binary: the file holds control characters", hint=_CONVERT)
    text = with_plain_line_ends(text)
    if not text.strip():
        raise SourceUnreadable("the file holds only white space")
    return text, () if encoding == "utf-8" else (f"read as {encoding}",)


def with_plain_line_ends(text: str) -> str:
    """Line ends as ``\\n``."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def storable(text: str) -> str:
    """Text from inside a format, such as JSON escapes, without NULs and lone surrogates."""
    return with_plain_line_ends(_UNSTORABLE.sub("\ufffd", text))


def _decoded(raw: bytes, declared: str) -> tuple[str, str]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            try:
                return raw[len(mark) :].decode(encoding), encoding
            except UnicodeDecodeError as error:
                reason = f"marked as {encoding} but is not: {error.reason} at byte {error.start + len(mark)}"
                raise SourceUnreadable(reason, hint="Save it again as UTF-8.") from error
    if wide := _utf16_without_mark(raw):
        return raw.decode(wide, "replace"), wide
    try:
        return raw.decode(), "utf-8"
    except UnicodeDecodeError:
        pass
    if b"\x00" in raw:
        raise SourceUnreadable("binary: the file holds NUL bytes", hint=_CONVERT)
    guess = _usable(declared, raw) or guessed_encoding(raw) or "ascii"
    try:
        return raw.decode(guess), guess
    except UnicodeDecodeError as error:
        reason = "binary, or text in an unknown encoding"
        raise SourceUnreadable(reason, hint="Save it as UTF-8 text.") from error


def _utf16_without_mark(raw: bytes) -> str | None:
    """UTF-16 of a mostly Latin text has a NUL in every other byte."""
    sample = raw[:_SAMPLE_BYTES]
    half = len(sample) // 2
    if half < 4 or b"\x00" not in sample:
        return None
    if sample[1::2].count(0) > 0.7 * half and sample[::2].count(0) < 0.05 * half:
        return "utf-16-le"
    if sample[::2].count(0) > 0.7 * half and sample[1::2].count(0) < 0.05 * half:
        return "utf-16-be"
    return None


def _usable(declared: str, raw: bytes) -> str | None:
    try:
        raw.decode(declared or "utf-8")
    except (UnicodeDecodeError, LookupError):
        return None
    return declared
