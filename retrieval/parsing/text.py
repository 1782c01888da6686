"""Plain text, and the bytes behind every text format: which encoding, and is it text at all?"""

import codecs
import re
from contextlib import suppress

from retrieval.errors import SourceUnreadable
from retrieval.parsing.encodings import guessed_encoding, is_like_text
from retrieval.parsing.outline import title_of
from retrieval.parsing.parsed import ParsedDocument
from retrieval.parsing.wide import unmarked_wide_encoding

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
_MAX_CONTROL_SHARE_OF_FEW = 0.1
_MAX_BAD_SHARE = 0.001
_MIN_MENDED_BYTES = 32  # of less ASCII with a bad byte nobody can say what it is
_REPLACEMENT = "\ufffd"
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# Python reads these as encodings; of texts in files they are none, and browsers refuse UTF-7 for the holes it opens.
_NO_ENCODINGS = frozenset(("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"))
_CONVERT = "Convert it to a text format."
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse(raw: bytes, path: str) -> ParsedDocument:
    """A text file as one document; the stored text is the file's own."""
    text, notes = decode(raw)
    return ParsedDocument(title=title_of((), text, path), text=text, media_type="text/plain", notes=notes)


def decode(raw: bytes, declared: str = "") -> tuple[str, tuple[str, ...]]:
    """The text in `raw` with line ends as ``\\n``, and notes for a person where it is not UTF-8.

    A few bad bytes in UTF-8 are replaced by U+FFFD, and noted.

    Args:
        raw: the file.
        declared: encoding that the file itself names; believed if the file is not UTF-8.

    Raises:
        SourceUnreadable: no text, binary, or damaged in its declared encoding.
    """
    if not raw.strip():
        raise SourceUnreadable("the file is empty" if not raw else "the file holds only white space")
    text, notes = _decoded(raw, declared)
    if "\x00" in text:
        raise SourceUnreadable("looks binary: the file holds NUL bytes", hint=_CONVERT)
    sample = text[:_SAMPLE_BYTES]
    n_controls = len(_CONTROLS.findall(sample))
    if n_controls > max(2, len(sample) * _MAX_CONTROL_SHARE) or n_controls > len(sample) * _MAX_CONTROL_SHARE_OF_FEW:
        raise SourceUnreadable("looks binary: the file holds control characters", hint=_CONVERT)
    text = with_plain_line_ends(text)
    if not text.strip():
        raise SourceUnreadable("the file holds only white space")
    return text, notes


def mended_utf8(raw: bytes) -> tuple[str, str] | None:
    """UTF-8 with a few bad bytes as text with U+FFFD in their places, and a note that says so; else None."""
    text = raw.decode("utf-8", "replace")
    n_bad = text.count(_REPLACEMENT) - raw.count(_REPLACEMENT.encode())
    if not 0 < n_bad <= max(1, len(raw) * _MAX_BAD_SHARE):
        return None
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        first = f"at byte {error.start:,}" if n_bad == 1 else f"the first at byte {error.start:,}"
        what = "1 place that is" if n_bad == 1 else f"{n_bad:,} places that are"
        return text.removeprefix("\ufeff"), f"read with U+FFFD in {what} not UTF-8, {first}"
    return None


def with_plain_line_ends(text: str) -> str:
    """Line ends as ``\\n``."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def storable(text: str) -> str:
    """Text from inside a format, such as JSON escapes, without NULs and lone surrogates."""
    return with_plain_line_ends(_UNSTORABLE.sub("\ufffd", text))


def _decoded(raw: bytes, declared: str) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            try:
                text = raw[len(mark) :].decode(encoding)
                return text, () if encoding == "utf-8" else (f"read as {encoding}",)
            except UnicodeDecodeError as error:
                if encoding == "utf-8" and (mended := mended_utf8(raw)) is not None:
                    return mended[0], (mended[1],)
                reason = f"marked as {encoding} but is not: {error.reason} at byte {error.start + len(mark)}"
                raise SourceUnreadable(reason, hint="Save it again as UTF-8.") from error
    if wide := unmarked_wide_encoding(raw):
        return raw.decode(wide, "replace"), (f"read as {wide}",)
    try:
        return raw.decode(), ()
    except UnicodeDecodeError:
        return _not_quite_utf8(raw, declared)


def _not_quite_utf8(raw: bytes, declared: str) -> tuple[str, tuple[str, ...]]:
    """UTF-8 with few bad bytes, or another encoding: whichever explains the bytes above ASCII."""
    mended = mended_utf8(raw)
    if mended is not None and _has_more_utf8_than_faults(mended[0]):
        return mended[0], (mended[1],)
    if b"\x00" in raw:
        raise SourceUnreadable("looks binary: the file holds NUL bytes", hint=_CONVERT)
    guess = _usable(declared, raw) or guessed_encoding(raw)
    if guess is not None:
        with suppress(UnicodeDecodeError):
            text = raw.decode(guess)
            if guess == declared or is_like_text(text):
                return text, (f"read as {guess}",)
    if mended is not None and len(raw) >= _MIN_MENDED_BYTES:
        return mended[0], (mended[1],)
    raise SourceUnreadable("looks binary, or text in an unknown encoding", hint="Save it as UTF-8 text.")


def _has_more_utf8_than_faults(text: str) -> bool:
    n_faults = text.count(_REPLACEMENT)
    return len(_FOREIGN.findall(text)) - n_faults > n_faults


def _usable(declared: str, raw: bytes) -> str | None:
    """The encoding that a file names of itself, if it is one of texts and the file is in it."""
    try:
        if codecs.lookup(declared).name in _NO_ENCODINGS:
            return None
        raw.decode(declared)
    except (UnicodeError, LookupError):
        return None
    return declared
