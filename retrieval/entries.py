"""From what a parser found to what the corpus stores."""

from hashlib import sha256

from retrieval.corpus_rows import CorpusEntry, text_sha256
from retrieval.parsing.outline import one_line
from retrieval.parsing.wire import ChunkedDocument
from retrieval.types import Document, Passage

_MAX_READ_CHARS = 2_000  # of a title


def passage_id(doc_id: str, start: int, end: int, text: str) -> str:
    """The content address of a passage, 16 hex digits."""
    return sha256(f"{doc_id}\0{start}\0{end}\0{text}".encode()).hexdigest()[:16]


def entry_of(doc_id: str, source: str, chunked: ChunkedDocument) -> CorpusEntry:
    """A parsed document under this id, from the file at `source` in the ingested folder."""
    parsed, spans = chunked
    text = parsed.text
    document = Document(
        id=doc_id,
        title=one_line(parsed.title[:_MAX_READ_CHARS]) or one_line(source) or "untitled",
        source=source,
        media_type=parsed.media_type,
        sha256=text_sha256(text),
        n_chars=len(text),
        n_pages=len(parsed.page_starts) if parsed.page_starts is not None else None,
    )
    passages = [
        Passage(
            id=passage_id(doc_id, span.start, span.end, text[span.start : span.end]),
            doc_id=doc_id,
            ordinal=ordinal,
            start=span.start,
            end=span.end,
            text=text[span.start : span.end],
            page=span.page,
            heading_path=span.heading_path,
        )
        for ordinal, span in enumerate(spans)
    ]
    return CorpusEntry(document, text, passages, parsed.sections)
