"""Any LangChain vector store as the dense index of a search: it holds the passages under their ids.

Knows LangChain's `VectorStore`. Must not know how its likenesses are joined with those of other retrievers.
"""

import json
import logging
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Literal

from langchain_core.documents import Document as LangChainDocument
from langchain_core.vectorstores import VectorStore

from lm.files import write_atomically
from lm.types import Frozen
from retrieval.corpus import Corpus
from retrieval.errors import RetrievalError
from retrieval.index import embedded_text

logger = logging.getLogger(__name__)

# `cosine`: the store's own score is a likeness, higher is nearer; `relevance`: it makes one of it, 0 to 1, by
# LangChain's relevance function; `rank`: the place in the ranking counts, since some stores score by distance.
StoreScores = Literal["cosine", "relevance", "rank"]
_BATCH = 200
_PROBES = 16  # ids that are looked up to see whether the store still holds what it is said to
_ID = "passage"


class Synced(Frozen):
    """What was done to bring a store in step with a corpus, in passages."""

    added: int
    removed: int


class VectorStoreIndex:
    """The dense index of a `Searcher`, kept in a LangChain vector store.

    The store itself says what it finds, but not what it holds: which passages were put there is kept in a file beside
    it, or, for a store that lives in memory, here.
    """

    def __init__(self, store: VectorStore, *, scores: StoreScores = "rank", held: Path | None = None) -> None:
        """Wrap a store.

        Args:
            store: holds nothing but passages of one corpus.
            scores: what its scores mean.
            held: file that remembers the ids of the passages in it, for a store that outlives the process.
        """
        self._store = store
        self._scores: StoreScores = scores
        self._held_file = held
        self._held: dict[str, str] = {}  # id of a passage to the digest of what was embedded of it

    def sync(self, corpus: Corpus) -> Synced:
        """Add the passages that the store lacks, delete those that the corpus no longer has.

        Cut short, it goes on where it was: what was added is remembered batch by batch, and what was added but not
        remembered is added again, in the place of itself.

        Raises:
            RetrievalError: the store cannot delete, or refuses to.
        """
        self._held = self._known()
        present: set[str] = set()
        added = 0
        for batch in _batches(corpus):
            present.update(document.metadata[_ID] for document in batch)
            # A document may have a new title, and its passages keep their ids.
            digests = {document.metadata[_ID]: _digest(document.page_content) for document in batch}
            new = {id_: digest for id_, digest in digests.items() if self._held.get(id_) != digest}
            if new:
                documents = [document for document in batch if document.metadata[_ID] in new]
                self._clear(list(new))
                self._store.add_documents(documents, ids=list(new))
                self._remember(self._held | new)
                added += len(new)
        gone = sorted(self._held.keys() - present)
        for start in range(0, len(gone), _BATCH):
            self._delete(gone[start : start + _BATCH])
        if added or gone:
            logger.info("vector store in step added=%d removed=%d", added, len(gone))
        return Synced(added=added, removed=len(gone))

    def nearest(self, query: str, k: int) -> list[tuple[str, float]]:
        """The passages nearest to a query: (id, likeness), best first; likenesses are at most 1."""
        if self._scores == "cosine":
            found = self._store.similarity_search_with_score(query, k=k)
        elif self._scores == "relevance":
            found = self._store.similarity_search_with_relevance_scores(query, k=k)
        else:
            documents = self._store.similarity_search(query, k=k)
            found = [(document, 1.0 - place / k) for place, document in enumerate(documents)]
        return [(_id_of(document), float(score)) for document, score in found]

    def _known(self) -> dict[str, str]:
        """What is in the store by the account of it, unless the store has lost it all since."""
        held = self._held or _read_held(self._held_file)
        if not held:
            return {}
        ids = sorted(held)
        try:
            is_there = bool(self._store.get_by_ids(ids[:: max(1, len(ids) // _PROBES)]))
        except NotImplementedError:  # A store need not be able to look up: then its account is believed.
            is_there = True
        return held if is_there else {}

    def _clear(self, ids: list[str]) -> None:
        """Take out what the store holds under ids that are to be added: a sync that was killed after it added and
        before it wrote that down, or a changed text. Some stores replace it by themselves, others refuse the id."""
        try:
            there = [_id_of(document) for document in self._store.get_by_ids(ids)]
            if not there:
                return
            # Killed between here and the adding, the account must not say that they are there as they were.
            self._remember(self._held | dict.fromkeys(there, ""))
            is_done = self._store.delete(ids=there)
        except NotImplementedError:
            logger.debug("%s cannot look up or delete; it has to replace", type(self._store).__name__)
            return
        self._require_deleted(is_done, there)

    def _delete(self, ids: list[str]) -> None:
        try:
            is_done = self._store.delete(ids=ids)
        except NotImplementedError as error:
            raise RetrievalError(
                f"{type(self._store).__name__} cannot delete, and {len(ids)} passages are no longer in the corpus",
                hint="use a store that can, or fill a new one",
            ) from error
        self._require_deleted(is_done, ids)
        self._remember({id_: digest for id_, digest in self._held.items() if id_ not in set(ids)})

    def _require_deleted(self, is_done: bool | None, ids: list[str]) -> None:
        if is_done is False:
            raise RetrievalError(
                f"{type(self._store).__name__} did not delete {len(ids)} passages",
                hint="look at the store, or fill a new one",
            )

    def _remember(self, held: dict[str, str]) -> None:
        self._held = held
        if self._held_file is not None:
            self._held_file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._held_file, json.dumps(held))


def _batches(corpus: Corpus) -> Iterator[list[LangChainDocument]]:
    batch: list[LangChainDocument] = []
    for row in corpus.iter_passages():
        passage = row.passage
        metadata = {_ID: passage.id, "document": passage.doc_id, "title": row.title}
        text = embedded_text(row.title, passage.text)
        batch.append(LangChainDocument(id=passage.id, page_content=text, metadata=metadata))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _id_of(document: LangChainDocument) -> str:
    """The passage's id; not every store gives its own ids back."""
    return str(document.metadata.get(_ID) or document.id or "")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _read_held(path: Path | None) -> dict[str, str]:
    """What the file says. A damaged one counts as empty: what is added again replaces itself."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path is not None else {}
    except (OSError, ValueError, TypeError):
        return {}
