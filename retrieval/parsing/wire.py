"""What goes between ingest and its parser process: frames of JSON, each after its length. Never pickle."""

import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import IO, Any, NamedTuple, Self

from retrieval.chunking import PassageSpan
from retrieval.parsing.parsed import BadLine, ParsedDocument
from retrieval.types import Section

_LENGTH = struct.Struct(">I")
_MAX_FRAME_BYTES = (1 << 32) - 1

Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What one file may cost, and how its text is cut."""

    timeout_s: float = 20.0
    max_memory_bytes: int = 512 << 20
    max_file_bytes: int = 64 << 20
    max_stream_bytes: int = 1 << 30
    target_chars: int = 900
    max_chars: int = 1400

    def to_json(self) -> str:
        """As an argument of the parser process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Back from `to_json`."""
        return cls(**json.loads(text))


class ChunkedDocument(NamedTuple):
    """A parsed document and where its passages stand."""

    document: ParsedDocument
    spans: list[PassageSpan]


def write_frame(pipe: IO[bytes], frame: Frame) -> None:
    """Send one frame."""
    body = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode()
    if len(body) > _MAX_FRAME_BYTES:
        raise MemoryError(f"a frame of {len(body):,} bytes")
    pipe.write(_LENGTH.pack(len(body)))
    pipe.write(body)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> Frame | None:
    """Receive one frame; None when the other end is gone."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = pipe.read(length)
    frame: Frame | None = json.loads(body) if len(body) == length else None
    return frame


def documents_frame(documents: Sequence[ChunkedDocument], bad_lines: Sequence[BadLine]) -> Frame:
    """Documents and bad lines as one frame."""
    return {
        "documents": [_packed_document(document, spans) for document, spans in documents],
        "bad_lines": [(bad.line, bad.reason) for bad in bad_lines],
    }


def documents_of(frame: Frame) -> tuple[list[ChunkedDocument], list[BadLine]]:
    """Back from `documents_frame`."""
    bad_lines = [BadLine(line, reason) for line, reason in frame["bad_lines"]]
    return [_unpacked_document(packed) for packed in frame["documents"]], bad_lines


def _packed_document(document: ParsedDocument, spans: Sequence[PassageSpan]) -> list[object]:
    return [
        document.id,
        document.title,
        document.text,
        document.media_type,
        [(section.heading_path, section.start, section.end) for section in document.sections],
        document.page_starts,
        document.notes,
        document.line,
        document.unit_starts,
        [(span.start, span.end, span.heading_path, span.page) for span in spans],
    ]


def _unpacked_document(packed: list[Any]) -> ChunkedDocument:
    id_, title, text, media_type, sections, page_starts, notes, line, unit_starts, spans = packed
    document = ParsedDocument(
        id=id_,
        title=title,
        text=text,
        media_type=media_type,
        sections=tuple(Section(heading_path=tuple(path), start=start, end=end) for path, start, end in sections),
        page_starts=tuple(page_starts) if page_starts is not None else None,
        unit_starts=tuple(unit_starts) if unit_starts is not None else None,
        notes=tuple(notes),
        line=line,
    )
    return ChunkedDocument(document, [PassageSpan(start, end, tuple(path), page) for start, end, path, page in spans])
