"""Which parser reads which file. The heavy parsers are loaded when the first file of their kind comes."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from retrieval.errors import SourceUnreadable
from retrieval.parsing.parsed import BadLine, ParsedDocument
from retrieval.parsing.sober_names import with_sober_names

# Not blocking: a named pipe put in the file's place would hold the reader for ever. And no link: one put there after
# the folder was listed could lead anywhere.
_OPENING = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"))
STREAM_SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
_HTML = (".html", ".htm", ".xhtml")
_TABLES = (".csv", ".tsv", ".tab")


def is_stream(name: str) -> bool:
    """Whether the file is read line by line, so that it may be larger than memory."""
    return name.lower().endswith(STREAM_SUFFIXES)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a regular file for reading, at the place to which all links were followed before.

    Raises:
        SourceUnreadable: it is none, or a link, or cannot be opened; in the last case it keeps its documents.
    """
    try:
        descriptor = os.open(path, _OPENING)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise SourceUnreadable("it became a link while the folder was read", hint="Run it again.") from error
        reason = f"cannot open: {error.strerror}"
        raise SourceUnreadable(reason, hint="Check its permissions.", keeps_documents=True) from error
    with os.fdopen(descriptor, "rb") as file:
        if os.path.realpath(path) != os.fspath(path):
            raise SourceUnreadable("a folder above it became a link while it was read", hint="Run it again.")
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SourceUnreadable("not a regular file")
        yield file


def check_size(file: IO[bytes], name: str, *, max_file_bytes: int, max_stream_bytes: int) -> None:
    """Refuse what is too large before a byte of it is read.

    Args:
        file: at its beginning.
        name: path in the ingested folder; its suffix names the format.
        max_file_bytes: of a file that is read whole.
        max_stream_bytes: of a JSONL file as it is.

    Raises:
        SourceUnreadable: too large, or empty; a file of no bytes keeps its documents.
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


def sha256_of(file: IO[bytes]) -> str:
    """Hash the file from its beginning, and go back there."""
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # typeshed wants readinto
    file.seek(0)
    return digest


def read_documents(
    file: IO[bytes], name: str, *, max_file_bytes: int, max_stream_bytes: int
) -> Iterator[ParsedDocument | BadLine]:
    """The documents of one file of a fit size (`check_size`).

    Args:
        file: at its beginning.
        name: path in the ingested folder; its suffix names the format.
        max_file_bytes: of one line of a stream.
        max_stream_bytes: of a JSONL file, unpacked.

    Raises:
        SourceUnreadable: too large, damaged, binary or blank.
    """
    found: Iterable[ParsedDocument | BadLine]
    if is_stream(name):
        from retrieval.parsing import json_file

        found = json_file.parse_lines(file, name, max_bytes=max_stream_bytes, max_line_bytes=max_file_bytes)
    else:
        # Not more than was found to be there: a file that grows meanwhile is cut.
        found = _parsed(file.read(max_file_bytes), name)
    for one in found:
        yield one if isinstance(one, BadLine) else with_sober_names(one, name)


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
