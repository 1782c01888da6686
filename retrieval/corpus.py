"""The corpus: documents, their texts and passages in one SQLite file, from which every index can be rebuilt.

Knows documents and passages. Must not know file formats, chunking rules or search.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from lm.types import Frozen
from retrieval.corpus_file import BLOCKS_PER_TEXT, CorpusFile
from retrieval.corpus_rows import (
    DOCUMENT_COLUMNS,
    PASSAGE_COLUMNS,
    CorpusEntry,
    PassageRow,
    advance_generation,
    check_entry,
    delete_documents,
    document_of,
    insert_entries,
    mark_unread,
    sections_of,
    text_sha256,
    with_texts,
)
from retrieval.errors import UnknownDocument
from retrieval.types import Document, Passage, Section

__all__ = ["Corpus", "CorpusEntry", "CorpusStats", "PassageRow", "QuarantinedFile", "text_sha256"]


class QuarantinedFile(Frozen):
    """A file, or one line of a JSONL file, that could not be read, and why. Times are Unix seconds.

    `path` is relative to `root`, the ingested folder; `line` counts from 1, and is 0 for a whole file.
    """

    path: str
    reason: str
    hint: str
    size: int
    mtime: float
    tried_at: float
    root: str = ""
    line: int = 0


class CorpusStats(Frozen):
    """What the corpus holds. `unique_*` count equal texts once; `by_media_type` counts documents."""

    documents: int
    passages: int
    characters: int
    unique_documents: int
    unique_characters: int
    by_media_type: dict[str, int]
    quarantined: int


class Corpus:
    """Documents and passages in one SQLite file, safe for several threads and several processes."""

    def __init__(self, file: CorpusFile, *, only: frozenset[str] | None = None) -> None:
        """`only`: the ids of the documents that are listed and counted; None: all."""
        self.file = file
        self._only = only

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the corpus at `path`; the file and its folder are made if they are missing.

        Raises:
            CorpusBroken: the file is damaged, foreign, or of an unknown schema version.
            RetrievalError: the file cannot be opened or written.
        """
        return cls(CorpusFile.open(path))

    def within(self, doc_ids: Collection[str]) -> "Corpus":
        """The same corpus as if it held these documents only, for as long as this one is open.

        What asks for a document or a passage by its id gets it all the same: ids come from listings and searches.
        """
        return Corpus(self.file, only=frozenset(doc_ids))

    @property
    def path(self) -> Path:
        """Where the corpus file is."""
        return self.file.path

    def close(self) -> None:
        """Close the file. Any later use raises `sqlite3.ProgrammingError`."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def generation(self) -> int:
        """Grows with every committed change of documents; an index built at another generation is stale."""
        return int(self.file.rows("SELECT value FROM meta WHERE name = 'generation'")[0][0])

    @property
    def identity(self) -> str:
        """Drawn once when the file is made: tells this corpus from a later one at the same path."""
        return str(self.file.rows("SELECT value FROM meta WHERE name = 'identity'")[0][0])

    def add(self, document: Document, text: str, passages: Sequence[Passage], sections: Sequence[Section]) -> None:
        """Store one document; an earlier one with the same id is replaced. Same errors as `add_many`."""
        self.add_many([CorpusEntry(document, text, passages, sections)])

    def add_many(self, batch: Sequence[CorpusEntry]) -> None:
        """Store documents with distinct ids in one transaction; earlier ones with the same ids are replaced.

        Raises:
            ValueError: a document disagrees with its text or passages, or an id is used twice.
                Then nothing is stored.
        """
        for entry in batch:
            check_entry(entry)
        if not batch:
            return
        try:
            with self.file.write() as writer:
                delete_documents(writer, [entry.document.id for entry in batch])
                insert_entries(writer, batch, file=None)
                advance_generation(writer)
        except sqlite3.IntegrityError as error:
            raise ValueError(f"an id is used twice: {error}") from error

    def remove(self, doc_ids: Iterable[str]) -> None:
        """Remove documents with their passages; ids that are not there are passed over.

        The files that they came from count as unread: the next ingest of a file that is still there restores them.
        """
        ids = list(doc_ids)
        with self.file.write() as writer:
            mark_unread(writer, ids)
            if delete_documents(writer, ids):
                advance_generation(writer)

    def document(self, doc_id: str) -> Document:
        """The document with this id.

        Raises:
            UnknownDocument: there is none.
        """
        rows = self.file.rows(f"SELECT {DOCUMENT_COLUMNS} WHERE id = ?", [doc_id])
        if not rows:
            raise _unknown_document(doc_id)
        return document_of(rows[0])

    def documents(self) -> list[Document]:
        """All documents, sorted by id."""
        found = [document_of(row) for row in self.file.rows(f"SELECT {DOCUMENT_COLUMNS} ORDER BY id")]
        return found if self._only is None else [document for document in found if document.id in self._only]

    def text(self, doc_id: str) -> str:
        """The whole stored text of a document. Raises `UnknownDocument`."""
        with self.file.snapshot():
            row = self._document_row(doc_id)
            span = [row * BLOCKS_PER_TEXT, (row + 1) * BLOCKS_PER_TEXT]
            blocks = self.file.rows("SELECT body FROM texts WHERE key >= ? AND key < ? ORDER BY key", span)
        return "".join(block for (block,) in blocks)

    def sections(self, doc_id: str) -> list[Section]:
        """The headed parts of a document in reading order. Raises `UnknownDocument`."""
        rows = self.file.rows("SELECT sections FROM documents WHERE id = ?", [doc_id])
        if not rows:
            raise _unknown_document(doc_id)
        return sections_of(rows[0][0])

    def passage(self, passage_id: str) -> Passage:
        """The passage with this id. Raises `UnknownDocument`."""
        return self.passages([passage_id])[0]

    def passages(self, ids: Sequence[str]) -> list[Passage]:
        """The passages with these ids, in the order asked for.

        Raises:
            UnknownDocument: an id is not there, for example because its document changed since.
        """
        with self.file.snapshot():
            rows = self.file.rows_in(f"SELECT {PASSAGE_COLUMNS} WHERE p.id IN (?*)", list(dict.fromkeys(ids)))
            found = {row.passage.id: row.passage for row in with_texts(self.file, rows)}
        for id_ in ids:
            if id_ not in found:
                raise UnknownDocument(f"no passage has the id {id_!r}", hint="The corpus changed; search again.")
        return [found[id_] for id_ in ids]

    def known_passages(self, ids: Sequence[str]) -> set[str]:
        """Those of these ids that passages have."""
        return {str(id_) for (id_,) in self.file.rows_in("SELECT id FROM passages WHERE id IN (?*)", ids)}

    def passages_of(self, doc_id: str) -> list[Passage]:
        """All passages of a document in reading order. Raises `UnknownDocument`."""
        with self.file.snapshot():
            row = self._document_row(doc_id)
            rows = self.file.rows(f"SELECT {PASSAGE_COLUMNS} WHERE p.doc = ? ORDER BY p.ordinal", [row])
            return [found.passage for found in with_texts(self.file, rows)]

    def iter_passages(self, batch: int = 1000) -> Iterator[PassageRow]:
        """All passages by rising row number, `batch` of them read at a time.

        Writers are not held up. Compare `generation` before and after to know that nothing changed meanwhile.
        """
        page = f"SELECT {PASSAGE_COLUMNS} WHERE p.rowid > ? ORDER BY p.rowid LIMIT ?"
        last = 0
        while True:
            with self.file.snapshot():
                found = with_texts(self.file, self.file.rows(page, [last, batch]))
            if not found:
                return
            yield from found
            last = found[-1].rowid

    def passage_count(self) -> int:
        """Number of passages."""
        if self._only is None:
            return int(self.file.rows("SELECT count(*) FROM passages")[0][0])
        of_these = "SELECT count(*) FROM passages WHERE doc IN (SELECT rowid FROM documents WHERE id IN (?*))"
        return sum(int(count) for (count,) in self.file.rows_in(of_these, sorted(self._only)))

    def quarantine(self) -> list[QuarantinedFile]:
        """What the last ingest could not read, sorted by folder, path and line."""
        columns = ("path", "reason", "hint", "size", "mtime", "tried_at", "root", "line")
        rows = self.file.rows(f"SELECT {', '.join(columns)} FROM quarantine ORDER BY root, path, line")
        return [QuarantinedFile.model_validate(dict(zip(columns, row, strict=True))) for row in rows]

    def stats(self) -> CorpusStats:
        """Counts over the whole corpus."""
        count = "SELECT count(*), coalesce(sum(n_chars), 0) FROM"
        media = "SELECT media_type, count(*) FROM documents GROUP BY media_type ORDER BY media_type"
        with self.file.snapshot():
            documents, characters = self.file.rows(f"{count} documents")[0]
            distinct = "(SELECT max(n_chars) n_chars FROM documents GROUP BY sha256)"
            unique_documents, unique_characters = self.file.rows(f"{count} {distinct}")[0]
            return CorpusStats(
                documents=documents,
                passages=self.passage_count(),
                characters=characters,
                unique_documents=unique_documents,
                unique_characters=unique_characters,
                by_media_type=dict(self.file.rows(media)),
                quarantined=self.file.rows("SELECT count(*) FROM quarantine")[0][0],
            )

    def verify(self) -> list[str]:
        """Problems found by reading everything again; empty when the corpus agrees with itself."""
        with self.file.snapshot():
            problems = [str(row[0]) for row in self.file.rows("PRAGMA integrity_check") if row[0] != "ok"]
            for table, doc in (("texts", f"key / {BLOCKS_PER_TEXT}"), ("passages", "doc")):
                orphans = f"SELECT count(*) FROM {table} WHERE {doc} NOT IN (SELECT rowid FROM documents)"
                if n_orphans := self.file.rows(orphans)[0][0]:
                    problems.append(f"{n_orphans} rows of {table} belong to no document")
            for document in self.documents():
                problems += self._problems_of(document)
        return problems

    def _problems_of(self, document: Document) -> list[str]:
        # Passage texts are cut from the document's text, so they hold as soon as its hash and the spans do.
        text = self.text(document.id)
        problems = []
        if len(text) != document.n_chars or text_sha256(text) != document.sha256:
            problems.append(f"document {document.id!r}: the stored text is not the text that was ingested")
        passages = self.passages_of(document.id)
        if not passages:
            problems.append(f"document {document.id!r} has no passages, so no search can find it")
        for passage in passages:
            span = text[passage.start : passage.end]
            if not span or len(span) != passage.end - passage.start or passage.text != span:
                problems.append(f"passage {passage.id} of {document.id!r}: bad span {passage.start}:{passage.end}")
        return problems

    def _document_row(self, doc_id: str) -> int:
        rows = self.file.rows("SELECT rowid FROM documents WHERE id = ?", [doc_id])
        if not rows:
            raise _unknown_document(doc_id)
        return int(rows[0][0])


def _unknown_document(doc_id: str) -> UnknownDocument:
    return UnknownDocument(f"no document has the id {doc_id!r}")
