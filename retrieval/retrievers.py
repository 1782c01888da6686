"""The retrievers of one corpus: the candidates that each finds for a query, with its own scores.

Knows words, static vectors, dense vectors and which passages still exist. Must not know how the scores are joined or
where hits lead.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from retrieval.corpus import Corpus
from retrieval.dense_cache import DenseCache
from retrieval.errors import UnknownDocument
from retrieval.index import Index, embedded_text
from retrieval.passage_index import PassageIndex, nearest_rows
from retrieval.types import Passage, SearchMode

Scores = dict[int, float]

# Chosen on the tuning halves (by a hash of the question id) of HotpotQA, 2WikiMultihopQA, MuSiQue and NQ.
# There more candidates found no more, and each costs the dense encoder up to 50 ms when it is first visited.
LEXICAL_CANDIDATES = 30
STATIC_CANDIDATES = 20
_WITH_DENSE = ("dense", "hybrid", "rrf", "linked", "pagerank")


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows with each retriever's scores, best first, and their passages, which still exist."""

    passages: dict[int, Passage]
    by_retriever: dict[str, Scores]


@dataclass(frozen=True)
class Retrievers:
    """Those of one corpus. Safe for several threads.

    Attributes:
        corpus: where the passages are.
        index: words and static vectors of all of them.
        dense: encodes what a query visits; None: nothing does.
        elsewhere: brings candidates of its own, and takes the place of `dense`.
    """

    corpus: Corpus
    index: Index
    dense: DenseCache | None
    elsewhere: PassageIndex | None

    def find(self, query: str, k: int, mode: SearchMode, doc_ids: Collection[str] | None) -> Candidates:
        """What the retrievers of a mode find, each `k` or more; `doc_ids` None: in all documents."""
        allowed = None if doc_ids is None else self.index.rows_of(doc_ids)
        by_retriever: dict[str, Scores] = {}
        if mode != "static":
            depth = max(k, LEXICAL_CANDIDATES)
            by_retriever["bm25"] = dict(self.index.lexical.search(query, depth, allowed=allowed))
        depth = max(k, STATIC_CANDIDATES)
        if mode != "bm25":
            vector = self.index.static_embedder.encode([query])[0]
            by_retriever["static"] = dict(self.index.static.search(vector, depth, allowed=allowed))
        if mode in _WITH_DENSE and self.elsewhere is not None:
            by_retriever["dense"] = nearest_rows(
                self.elsewhere, query, depth, rows_by_id=self._rows_by_id, allowed=allowed
            )
        passages = self.present(list(dict.fromkeys(row for scores in by_retriever.values() for row in scores)))
        by_retriever = {
            name: {row: score for row, score in scores.items() if row in passages}
            for name, scores in by_retriever.items()
        }
        if mode in _WITH_DENSE and self.dense is not None:
            by_retriever["dense"] = self._cosines(self.dense, query, passages)
        return Candidates(passages, by_retriever)

    def likeness(self, query: str, passages: dict[int, Passage]) -> Scores:
        """The finest cosines with the query that are at hand; 0 where a vector means nothing."""
        if not passages:
            return {}
        if self.dense is not None:
            return self._cosines(self.dense, query, passages)
        return {**dict.fromkeys(passages, 0.0), **self.index.static_cosines(query, passages)}

    def present(self, rows: Sequence[int]) -> dict[int, Passage]:
        """The passages of `rows`, without those that the corpus no longer holds."""
        ids = [self.index.rows.passage_ids[row] for row in rows]
        try:
            return dict(zip(rows, self.corpus.passages(ids), strict=True))
        except UnknownDocument:
            return {row: found for row, id_ in zip(rows, ids, strict=True) for found in self._one(id_)}

    def _one(self, passage_id: str) -> list[Passage]:
        try:
            return self.corpus.passages([passage_id])
        except UnknownDocument:
            return []

    def _cosines(self, dense: DenseCache, query: str, passages: dict[int, Passage]) -> Scores:
        texts = [embedded_text(self.index.title_of(row), passage.text) for row, passage in passages.items()]
        vectors = dense.encode([query, *texts])
        return {row: float(score) for row, score in zip(passages, vectors[1:] @ vectors[0], strict=True)}

    @cached_property
    def _rows_by_id(self) -> dict[str, int]:
        return {id_: row for row, id_ in enumerate(self.index.rows.passage_ids)}
