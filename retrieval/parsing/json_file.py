"""JSON and JSONL: records with an id and a text are documents of their own, anything else is written out."""

import gzip
import json
import zlib
from collections.abc import Iterator
from itertools import chain, islice
from typing import IO, Any, NamedTuple

from retrieval.errors import SourceUnreadable
from retrieval.parsing.outline import name_as_title, one_line, title_of
from retrieval.parsing.parsed import BadLine, ParsedDocument
from retrieval.parsing.text import decode, mended_utf8, storable
from retrieval.types import Section

_ID_KEYS = ("id", "_id")
_TITLE_KEYS = ("title", "name")
_TEXT_KEYS = ("text", "contents", "content", "body")
_PROBED_LINES = 10
_MAX_ID_CHARS = 512
_MAX_READ_CHARS = 2_000  # of a heading
_MAX_INDENT = 40  # steps; a value that stands deeper would take more room than it says
_MAX_PATH = 40  # headings
_MAX_RATIO = 100  # of gzip; texts come to less than ten, the same short record without end to forty
_RATIO_COUNTS_FROM_BYTES = 4 << 20
_MAX_BAD_LINES = 100_000  # if they are more than the good ones


class _Member(NamedTuple):
    """Something in an object or a list: how its line begins, what stands above the lines below it, and its value."""

    label: str
    headings: tuple[str, ...]
    item: Any


def parse(raw: bytes, path: str) -> Iterator[ParsedDocument | BadLine]:
    """A JSON file: a document for each object of a top-level list, else one document.

    Raises:
        SourceUnreadable: not JSON, or nothing in it.
    """
    text, notes = decode(raw)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceUnreadable(f"not valid JSON: {error}", hint="Check the file with a JSON validator.") from error
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        for number, item in enumerate(value, start=1):
            yield _of_object(item, path, number)
        return
    written, sections = _outlined(value)
    if not written.strip():
        raise SourceUnreadable("the JSON value holds nothing to read")
    yield ParsedDocument(
        title=name_as_title(path), text=written, media_type="application/json", sections=sections, notes=notes
    )


def parse_lines(
    file: IO[bytes], path: str, *, max_bytes: int, max_line_bytes: int
) -> Iterator[ParsedDocument | BadLine]:
    """A JSONL file, gzipped or not: a document for each line, or one document if the lines are no records.

    Args:
        file: at its beginning.
        path: with the suffix ``.gz`` if it is gzipped.
        max_bytes: of the unpacked lines together.
        max_line_bytes: of one line, and of a file that is one document.

    Raises:
        SourceUnreadable: not gzip, too large, a decompression bomb, or no text, or hardly a line is a record. Documents
            yielded before that hold.
    """
    lines = _lines(file, path, max_bytes=max_bytes, max_line_bytes=max_line_bytes)
    probed = list(islice(lines, _PROBED_LINES))
    if not probed:
        raise SourceUnreadable("the file is empty or holds only white space")
    if not any(isinstance(_of_line(line, number), ParsedDocument) for number, line in probed):
        yield _whole([line for _, line in probed], lines, path, max_line_bytes)
        return
    n_bad = 0
    for n_lines, (number, line) in enumerate(chain(probed, lines), start=1):
        item = _of_line(line, number)
        yield item
        n_bad += isinstance(item, BadLine)
        if n_bad > max(_MAX_BAD_LINES, n_lines // 2):
            raise SourceUnreadable(f"{n_bad:,} of the first {n_lines:,} lines are no records; the rest was not read")


def _lines(file: IO[bytes], path: str, *, max_bytes: int, max_line_bytes: int) -> Iterator[tuple[int, bytes]]:
    """Lines that are not blank, with their numbers."""
    is_packed = path.lower().endswith(".gz")
    stream = gzip.GzipFile(fileobj=file) if is_packed else file
    n_bytes = number = 0
    try:
        while line := stream.readline(max_line_bytes + 1):
            number += 1
            n_bytes += len(line)
            if n_bytes > max_bytes or len(line) > max_line_bytes:
                limit = max_line_bytes if len(line) > max_line_bytes else max_bytes
                raise SourceUnreadable(f"line {number}: over the limit of {limit:,} bytes", hint="Split the file.")
            if is_packed and n_bytes > max(_RATIO_COUNTS_FROM_BYTES, _MAX_RATIO * file.tell()):
                raise SourceUnreadable(f"decompression bomb: {file.tell():,} bytes unpacked to {n_bytes:,} and more")
            if line.strip():
                yield number, line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceUnreadable(
            f"damaged gzip file: {error} (after line {number})", hint="Copy or download the file again."
        ) from error


def _of_line(line: bytes, number: int) -> ParsedDocument | BadLine:
    notes: tuple[str, ...] = ()
    try:
        text_of_line = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if (mended := mended_utf8(line)) is None:
            return BadLine(number, f"not UTF-8: {error.reason} at byte {error.start:,} of the line")
        text_of_line, notes = mended[0], (f"line {number}: {mended[1]} of the line",)
    try:
        value = json.loads(text_of_line)
    except (ValueError, RecursionError) as error:
        return BadLine(number, f"not valid JSON: {error}")
    if not isinstance(value, dict):
        return BadLine(number, "not a JSON object")
    id_, text = _first(value, _ID_KEYS), _first(value, _TEXT_KEYS)
    if not id_ or not text.strip():
        return BadLine(number, "it has no `id`" if not id_ else "its `text` is missing or empty")
    if len(id_) > _MAX_ID_CHARS:
        return BadLine(number, _long_id(id_))
    return ParsedDocument(
        title=_first(value, _TITLE_KEYS) or id_,
        text=text,
        media_type="application/jsonl",
        id=id_,
        line=number,
        notes=notes,
    )


def _long_id(id_: str) -> str:
    return f"its `id` has {len(id_):,} characters, over the limit of {_MAX_ID_CHARS}"


def _whole(probed: list[bytes], lines: Iterator[tuple[int, bytes]], path: str, max_bytes: int) -> ParsedDocument:
    """The file's own text as one document, each line a unit."""
    n_bytes = sum(map(len, probed))
    for _, line in lines:
        n_bytes += len(line)
        if n_bytes > max_bytes:
            reason = f"without `id` and `text` in its lines the file is one document, over {max_bytes:,} bytes"
            raise SourceUnreadable(reason, hint="Give each line an `id` and a `text`, or split the file.")
        probed.append(line)
    text, notes = decode(b"".join(probed))
    starts = [0] + [i + 1 for i, char in enumerate(text) if char == "\n" and i + 1 < len(text)]
    title = name_as_title(path)
    return ParsedDocument(
        title=title, text=text, media_type="application/jsonl", unit_starts=tuple(starts), notes=notes
    )


def _of_object(item: dict[str, Any], path: str, number: int) -> ParsedDocument | BadLine:
    text = _first(item, _TEXT_KEYS)
    written, sections = ("", ()) if text else _outlined(item)
    text = text or written
    if not text.strip():
        return BadLine(number, f"item {number} of the list holds nothing to read")
    id_ = _first(item, _ID_KEYS)
    if len(id_) > _MAX_ID_CHARS:
        return BadLine(number, _long_id(id_))
    return ParsedDocument(
        title=_first(item, _TITLE_KEYS) or title_of((), text, path),
        text=text,
        media_type="application/json",
        sections=sections,
        id=id_ or f"{path}#{number}",
        line=number,
    )


def _first(value: dict[str, Any], keys: tuple[str, ...]) -> str:
    """The first of these keys that holds a text or a number, as text that can be stored."""
    for key in keys:
        found = value.get(key)
        if isinstance(found, str) and found:
            return storable(found)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
    return ""


def _outlined(value: Any) -> tuple[str, tuple[Section, ...]]:
    """A JSON value as text, and a section for each run of lines that stand under the same keys."""
    lines: list[str] = []
    starts: list[tuple[tuple[str, ...], int]] = []  # of the runs
    n_chars = 0
    for path, line in _written(value):
        lines.append(storable(line))
        if not starts or starts[-1][0] != path:
            starts.append((path, n_chars))
        n_chars += len(lines[-1]) + 1
    if not any(path for path, _ in starts):
        return "\n".join(lines), ()
    ends = [*(start for _, start in starts[1:]), n_chars - 1]  # no line break after the last line
    sections = (
        Section(heading_path=path, start=start, end=end) for (path, start), end in zip(starts, ends, strict=True)
    )
    return "\n".join(lines), tuple(sections)


def _written(value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """A JSON value as indented ``key: value`` lines, each with the keys or record titles that it stands under.

    Texts are written without quotes and escapes.
    """
    if not isinstance(value, dict | list):
        yield (), _scalar(value)
        return
    levels: list[tuple[Iterator[_Member], tuple[str, ...]]] = [(_members(value), ())]
    while levels:  # no recursion: each line would pass through all that it stands under
        members, path = levels[-1]
        member = next(members, None)
        if member is None:
            levels.pop()
            continue
        label, headings, item = member
        indent = "  " * min(len(levels) - 1, _MAX_INDENT)
        if isinstance(item, dict | list) and item:
            below = (*path, *headings)[:_MAX_PATH]
            yield below, f"{indent}{label}"
            levels.append((_members(item), below))
        else:
            yield path, f"{indent}{label} {_scalar(item)}"


def _members(value: dict[str, Any] | list[Any]) -> Iterator[_Member]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield _Member(f"{key}:", tuple(name for name in (_heading(key), _name_of(item)) if name), item)
    else:
        for number, item in enumerate(value, start=1):
            yield _Member("-", (_name_of(item) or f"item {number}",), item)


def _heading(key: str) -> str:
    return one_line(storable(key[:_MAX_READ_CHARS].replace("_", " ")))


def _name_of(item: Any) -> str:
    """What an object calls itself."""
    name = _first(item, (*_TITLE_KEYS, *_ID_KEYS)) if isinstance(item, dict) else ""
    return one_line(name[:_MAX_READ_CHARS])


def _scalar(value: Any) -> str:
    return value if isinstance(value, str) else "" if value in ({}, []) else json.dumps(value)
