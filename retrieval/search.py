"""Search: a question in, passages or documents out, best first.

Knows the order of things: find candidates, join their scores, follow where the best lead. Must not know ingestion,
prompts or runs.
"""

from collections.abc import Collection, Sequence
from functools import cached_property

from lm.embedding import FloatArray
from retrieval.corpus import Corpus
from retrieval.dense_cache import DenseCache
from retrieval.derived_notes import NoteIndex
from retrieval.following import Following
from retrieval.index import Index
from retrieval.joining import Ranking, rank
from retrieval.links import TitleLinks
from retrieval.passage_index import PassageIndex
from retrieval.retrievers import LEXICAL_CANDIDATES, Retrievers
from retrieval.types import DocumentHit, Hit, SearchMode

# A search for documents goes deeper when a few long ones fill its passages, but not without end.
_DEEPEST = 8
_FOLLOWING = ("linked", "pagerank")


class Searcher:
    """Searches one corpus. Safe for several threads.

    When the corpus has changed since the index was opened, removed passages are never returned, and new ones
    are found after the index is opened again.
    """

    def __init__(
        self,
        corpus: Corpus,
        index: Index,
        dense: DenseCache | None,
        *,
        mode: SearchMode = "linked",
        links: TitleLinks | None = None,
        elsewhere: PassageIndex | None = None,
        notes: NoteIndex | None = None,
        only: frozenset[str] | None = None,
    ) -> None:
        """Open a search.

        Args:
            corpus: where the passages are.
            index: words and static vectors of all of them.
            dense: None searches without the dense encoder, by words and static vectors only.
            mode: of searches that name none.
            links: None makes them of the index's titles when they are first followed.
            elsewhere: takes the place of `dense`, and brings candidates of its own; it is in step with the corpus.
            notes: derived ones over `index`, which lead to their parents in modes ``linked`` and ``pagerank``.
            only: ids of the documents that are searched at all; None: all.

        Raises:
            ValueError: both `dense` and `elsewhere` are given.
        """
        if dense is not None and elsewhere is not None:
            raise ValueError("a search has one dense index, and two are given")
        self._corpus = corpus
        self._index = index
        self._retrievers = Retrievers(corpus, index, dense, elsewhere)
        self._mode: SearchMode = mode
        self._given_links = links
        self._notes = notes
        self._only = only

    def within(self, doc_ids: Collection[str]) -> "Searcher":
        """The same search over these documents only, whatever a search then asks for."""
        return Searcher(
            self._corpus,
            self._index,
            self._retrievers.dense,
            mode=self._mode,
            links=self._given_links,
            elsewhere=self._retrievers.elsewhere,
            notes=self._notes,
            only=frozenset(doc_ids),
        )

    def rewired(self, seed: int) -> "Searcher":
        """The same search with links and notes that lead elsewhere: the control for what these are worth."""
        return Searcher(
            self._corpus,
            self._index,
            self._retrievers.dense,
            mode=self._mode,
            links=self.links.rewired(seed),
            elsewhere=self._retrievers.elsewhere,
            notes=self._notes.rewired(seed) if self._notes is not None else None,
            only=self._only,
        )

    def in_mode(self, mode: SearchMode) -> "Searcher":
        """The same search, in another mode where none is named."""
        return Searcher(
            self._corpus,
            self._index,
            self._retrievers.dense,
            mode=mode,
            links=self._given_links,
            elsewhere=self._retrievers.elsewhere,
            notes=self._notes,
            only=self._only,
        )

    @cached_property
    def links(self) -> TitleLinks:
        """Between the documents of the index."""
        return self._given_links or TitleLinks(self._index.rows.titles)

    def search_passages(
        self, query: str, k: int, *, mode: SearchMode | None = None, doc_ids: Collection[str] | None = None
    ) -> list[Hit]:
        """The best `k` passages, best first; fewer when fewer match.

        Args:
            query: any text that is not blank.
            k: at least 1. At most max(k, 30) + max(k, 20) passages are embedded, and some 15 to 24 more that
                names lead to, if never visited before.
            mode: ``linked`` is ``hybrid``, and then follows the names in the best hits to other documents, and notes;
                ``pagerank`` is ``hybrid``, and then walks on from the best hits over names, more than one step;
                ``hybrid`` joins words and vectors by their scores, ``rrf`` by their ranks; ``dense`` reranks the
                same candidates by the dense encoder alone, or is the index elsewhere alone; ``bm25`` and ``static``
                are those alone. None: the searcher's own.
            doc_ids: search only in these documents; ids that are not indexed have no passages.

        Raises:
            ValueError: the query is blank, k is below 1, or ``dense`` is asked for without an encoder.
        """
        if not query.strip():
            raise ValueError("the query is empty")
        if k < 1:
            raise ValueError(f"k is {k}, must be at least 1")
        mode = mode or self._mode
        if self._only is not None:
            doc_ids = self._only if doc_ids is None else self._only.intersection(doc_ids)
        if mode == "dense" and self._retrievers.dense is None and self._retrievers.elsewhere is None:
            raise ValueError("mode 'dense' needs a dense encoder, and this searcher has none")
        candidates = self._retrievers.find(query, k, mode, doc_ids)
        ranking = rank(query, mode, candidates, self._index)
        if mode in _FOLLOWING:
            ranking = self._followed(query, mode, ranking, doc_ids)
        return self._hits(ranking, k)

    def static_vectors(self, texts: Sequence[str]) -> FloatArray:
        """(n, dim) static vectors of length 1: cheap enough to compare whatever is read."""
        return self._index.static_embedder.encode(texts)

    def relevance_to(self, query: str, k: int) -> dict[str, float]:
        """How relevant the best `k` passages are, by id: 1 for the best, 0 for what the next one after them would have.

        Arguments and errors are those of `search_passages`.
        """
        hits = self.search_passages(query, k + 1)
        floor = hits[k].score if len(hits) > k else 0.0
        best = max((hit.score for hit in hits), default=0.0) - floor
        return {hit.passage.id: max(0.0, hit.score - floor) / best for hit in hits[:k]} if best > 0.0 else {}

    def search_documents(
        self, query: str, k: int, *, mode: SearchMode | None = None, doc_ids: Collection[str] | None = None
    ) -> list[DocumentHit]:
        """The best `k` documents, best first; the score of each is that of its best passage.

        Sums of reciprocal ranks over passages were measured: long documents then win by middling ones.
        Arguments and errors are those of `search_passages`.
        """
        first = depth = max(k, LEXICAL_CANDIDATES)
        while True:
            hits = self.search_passages(query, depth, mode=mode, doc_ids=doc_ids)
            by_document: dict[str, list[Hit]] = {}
            for hit in hits:
                by_document.setdefault(hit.passage.doc_id, []).append(hit)
            if len(by_document) >= k or len(hits) < depth or depth >= _DEEPEST * first:
                break
            depth *= 2
        return [
            DocumentHit(
                document=self._corpus.document(doc_id),
                score=found[0].score,
                passage_ids=tuple(hit.passage.id for hit in found),
            )
            for doc_id, found in list(by_document.items())[:k]
        ]

    def _followed(self, query: str, mode: SearchMode, ranking: Ranking, doc_ids: Collection[str] | None) -> Ranking:
        allowed = None if doc_ids is None else self._index.numbers_of(doc_ids)
        following = Following(query, self._retrievers, self.links, allowed)
        ranking = following.links(ranking) if mode == "linked" else following.walks(ranking)
        return ranking if self._notes is None else following.notes(self._notes, ranking)

    def _hits(self, ranking: Ranking, k: int) -> list[Hit]:
        ranks = ranking.ranks()
        return [
            Hit(
                passage=ranking.passages[row],
                title=self._index.title_of(row),
                score=ranking.scores[row],
                ranks={name: ranks_of[row] for name, ranks_of in ranks.items() if row in ranks_of},
                scores=ranking.scores_of(row),
                led_by=ranking.led_by.get(row, ""),
            )
            for row in ranking.best(k)
        ]
