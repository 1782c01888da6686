"""The index folder: BM25 and static vectors of every passage, rebuilt from the corpus when it has changed.

Knows how the two are kept in step with the corpus. Must not know queries or fusion.

A build is written into a folder of its own; `meta.json`, replaced last, names the one that counts. So a build
that was killed leaves the index before it in use.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import ValidationError

from lm.embedding import Embedder, FloatArray
from lm.files import write_atomically
from lm.lockfile import lock_file
from lm.types import Frozen
from retrieval.corpus import Corpus
from retrieval.errors import CorpusBroken, CorpusEmpty
from retrieval.lexical import FINGERPRINT as LEXICAL_FINGERPRINT
from retrieval.lexical import BoolArray, LexicalIndex, indexed_text
from retrieval.static_index import StaticIndex

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]  # passages done, passages in all

_BATCH = 1000
_BUILD_PREFIX = "build-"


class IndexMeta(Frozen):
    """What an index was made from. It is stale as soon as any of it differs from what is at hand."""

    corpus: str
    generation: int
    lexical: str
    static: str


class IndexRows(Frozen):
    """What the rows of both indexes are: passages, and the documents they belong to."""

    passage_ids: tuple[str, ...]
    doc_of_row: tuple[int, ...]
    doc_ids: tuple[str, ...]
    titles: tuple[str, ...]


class _Current(Frozen):
    folder: str
    meta: IndexMeta


class Index:
    """Both indexes over one state of the corpus, opened for reading. Safe for several threads."""

    def __init__(
        self, meta: IndexMeta, rows: IndexRows, lexical: LexicalIndex, static: StaticIndex, embedder: Embedder
    ) -> None:
        self.meta = meta
        self.rows = rows
        self.lexical = lexical
        self.static = static
        self.static_embedder = embedder
        self._doc_of_row = np.asarray(rows.doc_of_row, dtype=np.int64)
        self._doc_numbers = {doc_id: number for number, doc_id in enumerate(rows.doc_ids)}

    def __len__(self) -> int:
        return len(self.rows.passage_ids)

    @classmethod
    def open(cls, corpus: Corpus, folder: Path, static_embedder: Embedder, *, progress: Progress | None = None) -> Self:
        """Open the index in `folder`, building it first when it is missing, stale or damaged.

        While another process builds in the same folder, this waits for it.

        Raises:
            CorpusEmpty: there is nothing to index.
        """
        current = cls._load(folder, _meta_of(corpus, static_embedder), static_embedder)
        if current is not None:
            return current
        with _only_builder(folder):
            # Whoever held the lock may have built what is wanted.
            current = cls._load(folder, _meta_of(corpus, static_embedder), static_embedder)
            return current or cls._build(corpus, folder, static_embedder, progress)

    @classmethod
    def build(
        cls, corpus: Corpus, folder: Path, static_embedder: Embedder, *, progress: Progress | None = None
    ) -> Self:
        """Build the index in `folder` even when it is up to date. Same errors as `open`."""
        with _only_builder(folder):
            return cls._build(corpus, folder, static_embedder, progress)

    def rows_of(self, doc_ids: Collection[str]) -> BoolArray:
        """(n_rows,) True for passages of these documents. Documents that are not indexed have none."""
        return np.isin(self._doc_of_row, list(self.numbers_of(doc_ids)))

    def numbers_of(self, doc_ids: Collection[str]) -> frozenset[int]:
        """Numbers of these documents; those that are not indexed have none."""
        return frozenset(self._doc_numbers[doc_id] for doc_id in doc_ids if doc_id in self._doc_numbers)

    def document_of(self, row: int) -> int:
        """Number of the document that a row's passage belongs to; its title and id stand at that place in `rows`."""
        return self.rows.doc_of_row[row]

    def best_rows(self, query: str, documents: Collection[int]) -> dict[int, int]:
        """Of each of these documents, the row that is most like the query by static vectors: document to row."""
        rows = np.flatnonzero(np.isin(self._doc_of_row, list(documents))).tolist()
        cosines = self.static_cosines(query, rows) if rows else {}
        best: dict[int, int] = {}
        for row in sorted(rows, key=lambda row: (-cosines.get(row, 0.0), row)):
            best.setdefault(self.document_of(row), row)
        return best

    def static_cosines(self, query: str, rows: Collection[int]) -> dict[int, float]:
        """Cosines of the query's static vector with those of these rows."""
        allowed = np.zeros(len(self), dtype=np.bool_)
        allowed[list(rows)] = True
        return dict(self.static.search(self.static_embedder.encode([query])[0], len(rows), allowed=allowed))

    def title_of(self, row: int) -> str:
        """Title of the document that a row's passage belongs to."""
        return self.rows.titles[self.rows.doc_of_row[row]]

    @classmethod
    def _build(cls, corpus: Corpus, folder: Path, static_embedder: Embedder, progress: Progress | None) -> Self:
        # Read before the passages: if the corpus changes on the way, the index is stale at birth.
        meta = _meta_of(corpus, static_embedder)
        reading = _Reading(corpus, static_embedder, progress)
        texts = reading.texts()
        first = next(texts, None)
        if first is None:
            raise CorpusEmpty("there is nothing to index", hint="wellread ingest FOLDER")
        lexical = LexicalIndex.build(_chain(first, texts))
        static = StaticIndex.build(reading.vectors())
        rows = reading.rows()
        staging = Path(tempfile.mkdtemp(prefix=_BUILD_PREFIX, dir=folder))
        try:
            lexical.save(staging / "lexical")
            static.save(staging / "static.faiss")
            (staging / "rows.json").write_text(rows.model_dump_json(), encoding="utf-8")
            _sync(staging)
            write_atomically(folder / "meta.json", _Current(folder=staging.name, meta=meta).model_dump_json())
        # NumPy and FAISS say in their own ways that a disk is full: OSError without a number, RuntimeError.
        except (OSError, RuntimeError) as error:
            shutil.rmtree(staging, ignore_errors=True)
            raise CorpusBroken(
                f"the index could not be written to {folder}: {error}",
                hint="free some space or make the folder writable, and run the same command again; no document is lost",
            ) from error
        _remove_builds(folder, keep=staging.name)
        logger.info("indexed passages=%d generation=%d", len(rows.passage_ids), meta.generation)
        return cls(meta, rows, lexical, static, static_embedder)

    @classmethod
    def _load(cls, folder: Path, meta: IndexMeta, static_embedder: Embedder) -> Self | None:
        """The index that `meta.json` names, or None when it is missing, stale or cannot be read."""
        try:
            current = _Current.model_validate_json((folder / "meta.json").read_text(encoding="utf-8"))
            if current.meta != meta:
                return None
            home = folder / current.folder
            rows = IndexRows.model_validate_json((home / "rows.json").read_text(encoding="utf-8"))
            lexical = LexicalIndex.load(home / "lexical")
            static = StaticIndex.load(home / "static.faiss")
        # FAISS raises RuntimeError for any unreadable file; everything here can be rebuilt from the corpus.
        except (OSError, ValueError, KeyError, RuntimeError, ValidationError):
            return None
        if not len(rows.passage_ids) == len(lexical) == len(static):
            return None
        return cls(meta, rows, lexical, static, static_embedder)


class _Reading:
    """One pass over the corpus that gathers what each index wants of a passage."""

    def __init__(self, corpus: Corpus, embedder: Embedder, progress: Progress | None) -> None:
        self._corpus = corpus
        self._embedder = embedder
        self._progress = progress
        self._passage_ids: list[str] = []
        self._doc_of_row: list[int] = []
        self._docs: dict[str, int] = {}
        self._titles: list[str] = []
        self._pending: list[str] = []
        self._vectors: list[FloatArray] = []

    def texts(self) -> Iterator[str]:
        """What BM25 indexes of each passage; static vectors are made on the way."""
        total = self._corpus.passage_count()
        for _, passage, title, heading_path in self._corpus.iter_passages(_BATCH):
            if passage.doc_id not in self._docs:
                self._docs[passage.doc_id] = len(self._docs)
                self._titles.append(title)
            self._passage_ids.append(passage.id)
            self._doc_of_row.append(self._docs[passage.doc_id])
            self._pending.append(embedded_text(title, passage.text))
            if len(self._pending) == _BATCH:
                self._embed_pending(total)
            yield indexed_text(title, heading_path, passage.text)
        self._embed_pending(total)

    def vectors(self) -> FloatArray:
        """(n_passages, dim), once all texts were read."""
        return np.concatenate(self._vectors)

    def rows(self) -> IndexRows:
        """What the rows are, once all texts were read."""
        return IndexRows(
            passage_ids=tuple(self._passage_ids),
            doc_of_row=tuple(self._doc_of_row),
            doc_ids=tuple(self._docs),
            titles=tuple(self._titles),
        )

    def _embed_pending(self, total: int) -> None:
        if self._pending:
            self._vectors.append(self._embedder.encode(self._pending))
            self._pending.clear()
            if self._progress is not None:
                self._progress(len(self._passage_ids), max(total, len(self._passage_ids)))


def embedded_text(title: str, text: str) -> str:
    """What an embedder reads of a passage: its document's title, then what it says."""
    return f"{title}. {text}"


def _meta_of(corpus: Corpus, static_embedder: Embedder) -> IndexMeta:
    return IndexMeta(
        corpus=corpus.identity,
        generation=corpus.generation,
        lexical=LEXICAL_FINGERPRINT,
        static=static_embedder.fingerprint,
    )


@contextmanager
def _only_builder(folder: Path) -> Iterator[None]:
    """Hold the right to build in `folder`; a process that dies lets go of it."""
    folder.mkdir(parents=True, exist_ok=True)
    with lock_file(folder / "build.lock", on_wait=lambda: logger.info("waiting for the builder of %s", folder)):
        yield


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _remove_builds(folder: Path, *, keep: str) -> None:
    """Remove builds that do not count any more. One that cannot be removed now is tried again next time."""
    for build in folder.glob(_BUILD_PREFIX + "*"):
        if build.name != keep:
            shutil.rmtree(build, ignore_errors=True)


def _sync(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
