"""The parser process: reads one file after another for `retrieval.sandbox`, within limits, and says what it found.

Whatever a file does to a parser (crash, memory, an endless loop) ends this process, never the one that asked.
"""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from lm.offline import block_network
from retrieval.chunking import chunk
from retrieval.errors import SourceUnreadable
from retrieval.parsing.formats import check_size, opened, read_documents, sha256_of
from retrieval.parsing.parsed import BadLine, ParsedDocument
from retrieval.parsing.text import storable
from retrieval.parsing.wire import (
    ChunkedDocument,
    Frame,
    ParseLimits,
    documents_frame,
    read_frame,
    write_frame,
)

if sys.platform != "win32":  # on Windows only the time limit holds
    import resource

_BATCH_DOCUMENTS = 500
_BATCH_CHARS = 1_000_000
_MAX_WRITTEN_BYTES = 1 << 20
_ORPHAN_GRACE_S = 5.0
_MAX_REASON_CHARS = 300


def main(limits_json: str) -> None:
    """Serve requests from standard input until it closes."""
    limits = ParseLimits.from_json(limits_json)
    requests, replies = _private_pipes()
    logging.disable(logging.CRITICAL)  # parsers complain about odd files at length
    block_network(spares_loopback=False)  # no document is worth a call home
    _limit_process(limits)
    write_frame(replies, {"ready": True})
    while (request := read_frame(requests)) is not None:
        with _deadline(limits.timeout_s + _ORPHAN_GRACE_S):
            last = _served(request, replies, limits)
        write_frame(replies, last)
        if last.get("is_fatal"):
            return


def _private_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes to the asking process, out of the way of a parser that prints or reads."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return requests, replies


def _limit_process(limits: ParseLimits) -> None:
    if sys.platform == "win32":
        return
    for kind, most in (
        (resource.RLIMIT_AS, limits.max_memory_bytes),
        (resource.RLIMIT_FSIZE, _MAX_WRITTEN_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # a stricter limit is in force already, or the system knows none
            resource.setrlimit(kind, (most, most))


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """End this process if the body hangs and the asking process, which ends it sooner, is gone."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _served(request: Frame, replies: IO[bytes], limits: ParseLimits) -> Frame:
    """Send the documents of one file in batches, and return the frame that ends them."""
    try:
        with opened(Path(request["path"])) as file:
            check_size(
                file,
                request["name"],
                max_file_bytes=limits.max_file_bytes,
                max_stream_bytes=limits.max_stream_bytes,
            )
            sha256 = sha256_of(file)
            if sha256 == request["known_sha256"]:
                return {"unchanged": True}
            for frame in _frames(file, request["name"], limits):
                _send(replies, frame, limits)
        return {"end": sha256}
    except SourceUnreadable as error:
        return {"failed": _in_words(error.reason), "hint": error.hint, "keeps": error.keeps_documents}
    except OSError as error:
        if error.errno is None:  # a parser's own, of a damaged file
            raise
        return {"failed": f"cannot be read: {error.strerror}", "hint": "Check the disk.", "keeps": True}
    except RecursionError:
        return {"failed": "nested too deeply to be read", "hint": ""}
    except MemoryError:
        reason = f"needs more than {limits.max_memory_bytes >> 20:,} MiB of memory to be read"
        return {"failed": reason, "hint": "Split the file, or raise the limit.", "is_fatal": True}


def _in_words(reason: str) -> str:
    """A parser's words repeat pieces of the file: no more than a person reads, and nothing that cannot be sent."""
    return storable(reason if len(reason) <= _MAX_REASON_CHARS else f"{reason[:_MAX_REASON_CHARS]} …")


def _send(replies: IO[bytes], frame: Frame, limits: ParseLimits) -> None:
    """Write without the deadline: how long that takes is up to the reader. Then a new deadline begins."""
    has_timer = hasattr(signal, "setitimer")
    if has_timer:
        signal.setitimer(signal.ITIMER_REAL, 0)
    write_frame(replies, frame)
    if has_timer:
        signal.setitimer(signal.ITIMER_REAL, limits.timeout_s + _ORPHAN_GRACE_S)


def _frames(file: IO[bytes], name: str, limits: ParseLimits) -> Iterator[Frame]:
    documents: list[ChunkedDocument] = []
    bad_lines: list[BadLine] = []
    n_chars = 0
    for item in read_documents(
        file, name, max_file_bytes=limits.max_file_bytes, max_stream_bytes=limits.max_stream_bytes
    ):
        if isinstance(item, BadLine):
            bad_lines.append(item)
        else:
            documents.append(_chunked(item, limits))
            n_chars += len(item.text)
        if len(documents) + len(bad_lines) >= _BATCH_DOCUMENTS or n_chars >= _BATCH_CHARS:
            yield documents_frame(documents, bad_lines)
            documents, bad_lines, n_chars = [], [], 0
    if documents or bad_lines:
        yield documents_frame(documents, bad_lines)


def _chunked(document: ParsedDocument, limits: ParseLimits) -> ChunkedDocument:
    spans = chunk(
        document.text,
        document.sections,
        document.page_starts,
        target_chars=limits.target_chars,
        max_chars=limits.max_chars,
        unit_starts=document.unit_starts,
    )
    return ChunkedDocument(document, spans)


if __name__ == "__main__":
    main(sys.argv[1])
