"""Search: a question in, passages or documents out, best first.

Knows how retrievers are joined. Must not know ingestion, prompts or runs.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from lm.embedding import FloatArray
from retrieval.corpus import Corpus
from retrieval.dense_cache import DenseCache
from retrieval.derived_notes import NoteIndex, NoteLead
from retrieval.errors import UnknownDocument
from retrieval.fusion import convex_combination, reciprocal_rank_fusion
from retrieval.index import Index, embedded_text
from retrieval.leads import find_leads
from retrieval.lexical import BoolArray
from retrieval.links import TitleLinks
from retrieval.types import DocumentHit, Hit, Passage, SearchMode
from retrieval.walks import SEEDS, find_walks

Scores = dict[int, float]


class PassageIndex(Protocol):
    """A dense index that is kept elsewhere and finds passages by itself."""

    def sync(self, corpus: Corpus) -> object:
        """Bring it in step with the corpus."""
        ...

    def nearest(self, query: str, k: int) -> Sequence[tuple[str, float]]:
        """The passages nearest to a query: (id, likeness of at most 1), best first."""
        ...


# Chosen on the tuning halves (by a hash of the question id) of HotpotQA, 2WikiMultihopQA, MuSiQue and NQ.
# There more candidates found no more, and each costs the dense encoder up to 50 ms when it is first visited.
LEXICAL_CANDIDATES = 30
STATIC_CANDIDATES = 20
LEXICAL_WEIGHT = 0.4
LEXICAL_WEIGHT_WITHOUT_DENSE = 0.9
TITLE_BONUS = 0.1
# A search for documents goes deeper when a few long ones fill its passages, but not without end.
_DEEPEST = 8
_WITH_DENSE = ("dense", "hybrid", "rrf", "linked", "pagerank")
_FOLLOWING = ("linked", "pagerank")
_BY_SCORES = ("hybrid", *_FOLLOWING)
LINKING_HITS = 5


@dataclass(frozen=True, slots=True)
class _Found:
    """Candidate rows with each retriever's scores, best first, and the passages that still exist. `led_by`: what led
    to those that another hit has led to; `by_words`: scores by words, of all candidates where they are joined."""

    passages: dict[int, Passage]
    by_retriever: dict[str, Scores]
    led_by: dict[int, str] = field(default_factory=dict)
    by_words: Scores = field(default_factory=dict)

    def scores_of(self, row: int) -> dict[str, float]:
        """What each retriever gave a row."""
        found = {name: scores[row] for name, scores in self.by_retriever.items() if row in scores}
        return {"bm25": self.by_words[row], **found} if self.by_words.get(row) else found

    def joined(self, channel: str, scores: Scores, worth: Scores, led_by: Mapping[int, str]) -> Scores:
        """The scores with what a channel's leads are worth, where that is more; what led to those is remembered."""
        if not worth:
            return scores
        self.by_retriever[channel] = worth
        better = {row: score for row, score in worth.items() if score > scores.get(row, float("-inf"))}
        self.led_by.update({row: led_by[row] for row in better})
        return {**scores, **better}


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

        Raises:
            ValueError: both `dense` and `elsewhere` are given.
        """
        if dense is not None and elsewhere is not None:
            raise ValueError("a search has one dense index, and two are given")
        self._corpus = corpus
        self._index = index
        self._dense = dense
        self._mode: SearchMode = mode
        self._given_links = links
        self._elsewhere = elsewhere
        self._notes = notes

    def rewired(self, seed: int) -> "Searcher":
        """The same search with links and notes that lead elsewhere: the control for what these are worth."""
        return Searcher(
            self._corpus,
            self._index,
            self._dense,
            mode=self._mode,
            links=self.links.rewired(seed),
            elsewhere=self._elsewhere,
            notes=self._notes.rewired(seed) if self._notes is not None else None,
        )

    def in_mode(self, mode: SearchMode) -> "Searcher":
        """The same search, in another mode where none is named."""
        return Searcher(
            self._corpus,
            self._index,
            self._dense,
            mode=mode,
            links=self._given_links,
            elsewhere=self._elsewhere,
            notes=self._notes,
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
            k: at least 1. At most max(k, 30) + max(k, 20) passages are embedded, if never visited before.
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
        if mode == "dense" and self._dense is None and self._elsewhere is None:
            raise ValueError("mode 'dense' needs a dense encoder, and this searcher has none")
        found = self._find(query, k, mode, doc_ids)
        scores = self._score(query, mode, found)
        if mode == "linked":
            scores = self._with_linked(query, scores, found, doc_ids)
        elif mode == "pagerank":
            scores = self._with_walked(query, scores, found, doc_ids)
        if self._notes is not None and mode in _FOLLOWING:
            scores = self._with_noted(self._notes, query, scores, found, doc_ids)
        ranks = {name: _ranks(by_row) for name, by_row in found.by_retriever.items()}
        best = sorted(scores, key=lambda row: (-scores[row], row))[:k]
        return [
            Hit(
                passage=found.passages[row],
                title=self._index.title_of(row),
                score=scores[row],
                ranks={name: ranks_of[row] for name, ranks_of in ranks.items() if row in ranks_of},
                scores=found.scores_of(row),
                led_by=found.led_by.get(row, ""),
            )
            for row in best
        ]

    def static_vectors(self, texts: Sequence[str]) -> FloatArray:
        """(n, dim) static vectors of length 1: cheap enough to compare whatever is read."""
        return self._index.static_embedder.encode(texts)

    def likeness_of_all(self, query: str) -> dict[str, float]:
        """Cosine of the query's static vector with that of each passage, by id; empty if the query has no meaning."""
        ids = self._index.rows.passage_ids
        return {ids[row]: cosine for row, cosine in self._index.static_cosines(query, range(len(ids))).items()}

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

    def _find(self, query: str, k: int, mode: SearchMode, doc_ids: Collection[str] | None) -> _Found:
        allowed = None if doc_ids is None else self._index.rows_of(doc_ids)
        by_retriever: dict[str, Scores] = {}
        if mode != "static":
            depth = max(k, LEXICAL_CANDIDATES)
            by_retriever["bm25"] = dict(self._index.lexical.search(query, depth, allowed=allowed))
        if mode != "bm25":
            depth = max(k, STATIC_CANDIDATES)
            vector = self._index.static_embedder.encode([query])[0]
            by_retriever["static"] = dict(self._index.static.search(vector, depth, allowed=allowed))
        if mode in _WITH_DENSE and self._elsewhere is not None:
            by_retriever["dense"] = self._from_elsewhere(self._elsewhere, query, max(k, STATIC_CANDIDATES), allowed)
        rows = list(dict.fromkeys(row for scores in by_retriever.values() for row in scores))
        passages = self._present(rows)
        by_retriever = {
            name: {row: score for row, score in scores.items() if row in passages}
            for name, scores in by_retriever.items()
        }
        if mode in _WITH_DENSE and self._dense is not None:
            by_retriever["dense"] = self._cosines(self._dense, query, passages)
        return _Found(passages, by_retriever)

    def _score(self, query: str, mode: SearchMode, found: _Found) -> Scores:
        if mode == "rrf":
            semantic_ranks = _ranks(found.by_retriever.get("dense", found.by_retriever["static"]))
            return dict(reciprocal_rank_fusion([list(_ranks(found.by_retriever["bm25"])), list(semantic_ranks)]))
        if mode not in _BY_SCORES:
            return found.by_retriever[mode]
        # Also of candidates that only static vectors found: their words count, whatever their rank by words.
        lexical = self._index.lexical.scores_of(query, list(found.passages))
        found.by_words.update(lexical)
        dense = found.by_retriever.get("dense")
        if dense is None:
            semantic, weight = found.by_retriever["static"], LEXICAL_WEIGHT_WITHOUT_DENSE
        else:
            semantic, weight = dense, LEXICAL_WEIGHT
        scores = convex_combination(lexical, semantic, lexical_weight=weight)
        # A document whose whole title stands in the query is meant by it.
        words = frozenset(self._index.lexical.words(query))
        return {row: score + TITLE_BONUS * self._is_named(row, words) for row, score in scores.items()}

    def _with_linked(self, query: str, scores: Scores, found: _Found, doc_ids: Collection[str] | None) -> Scores:
        """The scores with those of passages that the best hits lead to, which `found` is told of.

        That of the second hop has few of the question's words: it lives by a share of the hit that led to it.
        """
        best = sorted(scores, key=lambda row: (-scores[row], row))[:LINKING_HITS]
        allowed = None if doc_ids is None else self._index.numbers_of(doc_ids)
        texts = [(row, found.passages[row].text) for row in best]
        leads = find_leads(query, texts, index=self._index, titles=self.links, present=self._present, allowed=allowed)
        reached = self._reached(leads, found)
        likeness = self._likeness(query, reached)
        worth = {row: leads[row].worth(scores[leads[row].source], likeness[row]) for row in reached}
        names = {row: f"{leads[row].name} in {self._index.title_of(leads[row].source)}" for row in reached}
        return found.joined("links", scores, worth, names)

    def _with_walked(self, query: str, scores: Scores, found: _Found, doc_ids: Collection[str] | None) -> Scores:
        """The scores with those of passages where walks from the best hits end, which `found` is told of."""
        best = sorted(scores, key=lambda row: (-scores[row], row))[:SEEDS]
        seeds = {row: scores[row] for row in best}
        allowed = None if doc_ids is None else self._index.numbers_of(doc_ids)
        walks = find_walks(query, seeds, index=self._index, titles=self.links, present=self._present, allowed=allowed)
        reached = self._reached(walks, found)
        likeness = self._likeness(query, reached)
        worth = {row: walks[row].worth(seeds[best[0]], likeness[row]) for row in reached}
        names = {row: f"{walks[row].name} in {self._index.title_of(walks[row].source)}" for row in reached}
        return found.joined("pagerank", scores, worth, names)

    def _reached(self, rows: Collection[int], found: _Found) -> dict[int, Passage]:
        """Those of the rows whose passages still exist, which `found` is told of."""
        found.passages.update(self._present([row for row in rows if row not in found.passages]))
        return {row: found.passages[row] for row in rows if row in found.passages}

    def _with_noted(
        self, notes: NoteIndex, query: str, scores: Scores, found: _Found, doc_ids: Collection[str] | None
    ) -> Scores:
        """The scores with those of the parents of notes that the query finds, which `found` is told of."""
        best = max(found.by_words.values(), default=0.0)
        weight = LEXICAL_WEIGHT if self._dense is not None else LEXICAL_WEIGHT_WITHOUT_DENSE
        leads: dict[int, NoteLead] = {}
        for lead in notes.find(query, best_by_words=best, lexical_weight=weight, dense=self._dense):
            passages = self._present(lead.rows)
            if len(passages) == len(lead.rows):  # else a parent is gone since, and the note with it
                found.passages.update(passages)
                leads = {**dict.fromkeys(lead.rows, lead), **leads}
        allowed = None if doc_ids is None else self._index.numbers_of(doc_ids)
        reached = [row for row in leads if allowed is None or self._index.document_of(row) in allowed]
        likeness = self._likeness(query, {row: found.passages[row] for row in reached})
        worth = {row: leads[row].worth(likeness[row]) for row in reached}
        return found.joined("notes", scores, worth, {row: str(leads[row]) for row in reached})

    def _likeness(self, query: str, passages: dict[int, Passage]) -> Scores:
        """The finest cosines with the query that are at hand; 0 where a vector means nothing."""
        if not passages:
            return {}
        if self._dense is not None:
            return self._cosines(self._dense, query, passages)
        return {**dict.fromkeys(passages, 0.0), **self._index.static_cosines(query, passages)}

    def _is_named(self, row: int, query_words: frozenset[str]) -> bool:
        title = self._index.lexical.words(self._index.title_of(row))
        return bool(title) and query_words.issuperset(title)

    def _cosines(self, dense: DenseCache, query: str, passages: dict[int, Passage]) -> Scores:
        texts = [embedded_text(self._index.title_of(row), passage.text) for row, passage in passages.items()]
        vectors = dense.encode([query, *texts])
        return {row: float(score) for row, score in zip(passages, vectors[1:] @ vectors[0], strict=True)}

    @cached_property
    def _rows_by_id(self) -> dict[str, int]:
        return {id_: row for row, id_ in enumerate(self._index.rows.passage_ids)}

    def _from_elsewhere(self, index: PassageIndex, query: str, k: int, allowed: BoolArray | None) -> Scores:
        """What the index elsewhere finds; it knows no documents, so it is asked deeper until enough is of those."""
        depth = k
        while True:
            found = index.nearest(query, depth)
            known = {self._rows_by_id[id_]: score for id_, score in found if id_ in self._rows_by_id}
            scores = {row: score for row, score in known.items() if allowed is None or allowed[row]}
            if len(scores) >= k or len(found) < depth:
                return dict(list(scores.items())[:k])
            depth *= _DEEPEST

    def _present(self, rows: Sequence[int]) -> dict[int, Passage]:
        """The passages of `rows`, without those that the corpus no longer holds."""
        ids = [self._index.rows.passage_ids[row] for row in rows]
        try:
            return dict(zip(rows, self._corpus.passages(ids), strict=True))
        except UnknownDocument:
            return {row: found for row, id_ in zip(rows, ids, strict=True) for found in self._one(id_)}

    def _one(self, passage_id: str) -> list[Passage]:
        try:
            return self._corpus.passages([passage_id])
        except UnknownDocument:
            return []


def _ranks(scores: Scores) -> dict[int, int]:
    ordered = sorted(scores, key=lambda row: (-scores[row], row))
    return {row: rank for rank, row in enumerate(ordered, start=1)}
