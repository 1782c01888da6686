"""Documents and passages as rows of the corpus file, both ways.

Knows the tables of `retrieval.corpus_file`. Must not know files' formats, chunking or search.
"""

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from retrieval.corpus_file import BLOCK_CHARS, BLOCKS_PER_TEXT, CorpusFile, chunks
from retrieval.types import Document, Passage, Section

DOCUMENT_COLUMNS = "id, title, source, media_type, sha256, n_chars, n_pages FROM documents"
PASSAGE_COLUMNS = """
    p.rowid, p.id, d.id, p.ordinal, p.start, p.end, p.page, p.heading_path, p.doc, d.title
    FROM passages p JOIN documents d ON d.rowid = p.doc
"""

PassageColumns = tuple[int, str, str, int, int, int, int | None, str, int, str]


class CorpusEntry(NamedTuple):
    """A document with everything that is stored about it."""

    document: Document
    text: str
    passages: Sequence[Passage]
    sections: Sequence[Section]


class PassageRow(NamedTuple):
    """A passage with its row number (never reused) and the context that a search index wants."""

    rowid: int
    passage: Passage
    title: str
    heading_path: tuple[str, ...]


def text_sha256(text: str) -> str:
    """The content address of a text: SHA-256 of its UTF-8 bytes, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def entry_digest(entry: CorpusEntry) -> str:
    """Changes when anything that is stored about the document changes, passage spans included."""
    document = entry.document
    spans = [(p.start, p.end) for p in entry.passages]
    shape = [document.title, document.media_type, document.n_pages, document.sha256, _outline(entry), spans]
    return hashlib.sha256(_to_json(shape).encode()).hexdigest()[:16]


def check_entry(entry: CorpusEntry) -> None:
    """Raise `ValueError` when a document disagrees with its text or its passages."""
    document, text, passages, _ = entry
    if document.n_chars != len(text) or document.sha256 != text_sha256(text):
        raise ValueError(f"document {document.id!r}: n_chars or sha256 are not those of its text")
    if len(text) > BLOCK_CHARS * BLOCKS_PER_TEXT:
        raise ValueError(f"document {document.id!r} is longer than {BLOCK_CHARS * BLOCKS_PER_TEXT} characters")
    for passage in passages:
        where = f"passage {passage.id} ({passage.start}:{passage.end})"
        if passage.doc_id != document.id or not 0 <= passage.start < passage.end <= len(text):
            raise ValueError(f"{where} is not part of {document.id!r}")
        if passage.text != text[passage.start : passage.end]:
            raise ValueError(f"{where} does not repeat the text of {document.id!r}")


def insert_entries(writer: sqlite3.Connection, batch: Sequence[CorpusEntry], *, file: int | None) -> None:
    """Insert documents that are not there, inside an open transaction; `file` is their row in `files`."""
    sequence = "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'documents'"
    first_row = int(writer.execute(sequence).fetchone()[0])
    documents, texts, passages = [], [], []
    for row, entry in enumerate(batch, start=first_row):
        d, text, parts, _ = entry
        outline, digest = _outline(entry), entry_digest(entry)
        documents.append(
            (
                row,
                d.id,
                d.title,
                d.source,
                d.media_type,
                d.sha256,
                d.n_chars,
                d.n_pages,
                outline,
                file,
                digest,
            )
        )
        for block, start in enumerate(range(0, len(text), BLOCK_CHARS)):
            texts.append((row * BLOCKS_PER_TEXT + block, text[start : start + BLOCK_CHARS]))
        passages += [(p.id, row, p.ordinal, p.start, p.end, p.page, _path_json(p.heading_path)) for p in parts]
    writer.executemany("INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?)", documents)
    writer.executemany("INSERT INTO texts VALUES (?,?)", texts)
    writer.executemany(
        "INSERT INTO passages (id, doc, ordinal, start, end, page, heading_path) VALUES (?,?,?,?,?,?,?)",
        passages,
    )


def delete_documents(writer: sqlite3.Connection, doc_ids: Sequence[str]) -> int:
    """Delete documents with texts and passages inside an open transaction; returns how many there were."""
    rows: list[tuple[int]] = []
    for chunk in chunks(doc_ids):
        marks = ",".join("?" * len(chunk))
        rows += writer.execute(f"SELECT rowid FROM documents WHERE id IN ({marks})", chunk).fetchall()
    spans = [(row * BLOCKS_PER_TEXT, (row + 1) * BLOCKS_PER_TEXT) for (row,) in rows]
    writer.executemany("DELETE FROM passages WHERE doc = ?", rows)
    writer.executemany("DELETE FROM texts WHERE key >= ? AND key < ?", spans)
    writer.executemany("DELETE FROM documents WHERE rowid = ?", rows)
    return len(rows)


def mark_unread(writer: sqlite3.Connection, doc_ids: Sequence[str]) -> None:
    """Have the next ingest read the files again that these documents came from."""
    for chunk in chunks(doc_ids):
        marks = ",".join("?" * len(chunk))
        of_documents = f"(SELECT file FROM documents WHERE id IN ({marks}))"
        writer.execute(f"UPDATE files SET sha256 = NULL WHERE rowid IN {of_documents}", chunk)


def advance_generation(writer: sqlite3.Connection) -> None:
    """Say, inside the transaction that changed documents, that indexes built before it are stale."""
    writer.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")


def document_of(row: Sequence[Any]) -> Document:
    """The document in a row of `DOCUMENT_COLUMNS`."""
    id_, title, source, media_type, sha256, n_chars, n_pages = row
    return Document(
        id=id_,
        title=title,
        source=source,
        media_type=media_type,
        sha256=sha256,
        n_chars=n_chars,
        n_pages=n_pages,
    )


def sections_of(outline: str) -> list[Section]:
    """The sections in a document's `sections` column."""
    return [Section(heading_path=tuple(path), start=start, end=end) for path, start, end in json.loads(outline)]


def with_texts(file: CorpusFile, rows: Sequence[PassageColumns]) -> list[PassageRow]:
    """Cut each passage's text out of its document's text; rows are of `PASSAGE_COLUMNS`, in order."""
    keys = dict.fromkeys(key for row in rows for key in _block_keys(row[8], row[4], row[5]))
    blocks = dict(file.rows_in("SELECT key, body FROM texts WHERE key IN (?*)", list(keys)))
    return [_passage_row(row, blocks) for row in rows]


def _block_keys(doc: int, start: int, end: int) -> range:
    first = doc * BLOCKS_PER_TEXT
    return range(first + start // BLOCK_CHARS, first + (end - 1) // BLOCK_CHARS + 1)


def _passage_row(row: PassageColumns, blocks: dict[int, str]) -> PassageRow:
    rowid, id_, doc_id, ordinal, start, end, page, path_json, doc, title = row
    held = "".join(blocks.get(key, "") for key in _block_keys(doc, start, end))
    offset = start - start % BLOCK_CHARS
    path = _path_of(path_json)
    passage = Passage(
        id=id_,
        doc_id=doc_id,
        ordinal=ordinal,
        start=start,
        end=end,
        text=held[start - offset : end - offset],
        page=page,
        heading_path=path,
    )
    return PassageRow(rowid, passage, title, path)


def _outline(entry: CorpusEntry) -> str:
    return _to_json([(s.heading_path, s.start, s.end) for s in entry.sections]) if entry.sections else "[]"


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=4096)
def _path_json(path: tuple[str, ...]) -> str:
    return _to_json(path)


@lru_cache(maxsize=4096)
def _path_of(path_json: str) -> tuple[str, ...]:
    return tuple(json.loads(path_json))
