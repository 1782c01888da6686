"""Which parser reads which file. The heavy parsers are loaded when the first file of their kind comes."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from retrieval.errors import SourceUnreadable
from retrieval.parsing.parsed import BadLine, ParsedDocument

STREAM_SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
_HTML = (".html", ".htm", ".xhtml")
_TABLES = (".csv", ".tsv", ".tab")


def is_stream(name: str) -> bool:
    """Whether the file is read line by line, so that it may be larger than memory."""
    return name.lower().endswith(STREAM_SUFFIXES)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a regular file for reading.

    Raises:
        SourceUnreadable: it is none, or cannot be opened, and then it keeps its documents.
    """
    try:
        # Not blocking: a named pipe put in the file's place would hold the reader for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        reason = f"cannot open: {error.strerror}"
        raise SourceUnreadable(reason, hint="Check its permissions.", keeps_documents=True) from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SourceUnreadable("not a regular file")
        yield file


def sha256_of(file: IO[bytes]) -> str:
    """Hash the file from its beginning, and go back there."""
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # typeshed wants readinto
    file.seek(0)
    return digest


def read_documents(
    file: IO[bytes], name: str, *, max_file_bytes: int, max_stream_bytes: int
) -> Iterator[ParsedDocument | BadLine]:
    """The documents of one file.

    Args:
        file: at its beginning.
        name: path in the ingested folder; its suffix names the format.
        max_file_bytes: of a file that is read whole, and of one line of a stream.
        max_stream_bytes: of a JSONL file, unpacked.

    Raises:
        SourceUnreadable: too large, damaged, binary or empty. A file of no bytes keeps its documents.
    """
    size = os.fstat(file.fileno()).st_size
    if not size:
        # Cut off by a failed copy or a full disk, more often than meant.
        raise SourceUnreadable("the file is empty", keeps_documents=True)
    limit = max_stream_bytes if is_stream(name) else max_file_bytes
    if size > limit:
        raise SourceUnreadable(
            f"{size:,} bytes, over the limit of {limit:,}", hint="Split the file, or raise the limit."
        )
    if is_stream(name):
        from retrieval.parsing import json_file

        yield from json_file.parse_lines(file, name, max_bytes=max_stream_bytes, max_line_bytes=max_file_bytes)
    else:
        yield from _parsed(file.read(), name)


def _parsed(raw: bytes, name: str) -> Iterable[ParsedDocument | BadLine]:
    suffix = Path(name).suffix.lower()
    if not raw.strip():
        raise SourceUnreadable("the file holds only white space")
    if suffix == ".json":
        from retrieval.parsing import json_file

        return json_file.parse(raw, name)
    return [_single(raw, name, suffix)]


def _single(raw: bytes, name: str, suffix: str) -> ParsedDocument:
    """Parse a file that is one document; an unknown suffix is judged by the first bytes."""
    if suffix == ".pdf" or raw.startswith(b"%PDF-"):
        from retrieval.parsing import pdf

        return pdf.parse(raw, name)
    if suffix == ".docx":
        from retrieval.parsing import docx

        return docx.parse(raw, name)
    if suffix in _HTML:
        from retrieval.parsing import html

        return html.parse(raw, name)
    from retrieval.parsing import markdown, rst, tables, text

    if suffix in _MARKDOWN:
        return markdown.parse(raw, name)
    if suffix == ".rst":
        return rst.parse(raw, name)
    return tables.parse(raw, name) if suffix in _TABLES else text.parse(raw, name)
