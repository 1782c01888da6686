"""The candidates of several retrievers joined into one ranking, which passages that hits lead to may join later.

Knows each retriever's scores and what they weigh. Must not know how candidates are found, nor where hits lead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from retrieval.fusion import convex_combination, reciprocal_rank_fusion
from retrieval.index import Index
from retrieval.retrievers import Candidates, Scores
from retrieval.types import Passage, SearchMode

# Chosen on the tuning halves (by a hash of the question id) of HotpotQA, 2WikiMultihopQA, MuSiQue and NQ.
LEXICAL_WEIGHT = 0.4
LEXICAL_WEIGHT_WITHOUT_DENSE = 0.9
TITLE_BONUS = 0.1
_BY_SCORES = ("hybrid", "linked", "pagerank")


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows with their joined scores.

    Attributes:
        scores: joined ones.
        passages: of all rows that have a score, and perhaps more.
        by_retriever: each retriever's own scores.
        by_words: scores by words, of all candidates where they are joined by their scores.
        led_by: what led to those that another hit has led to.
    """

    scores: Scores
    passages: dict[int, Passage]
    by_retriever: dict[str, Scores]
    by_words: Scores = field(default_factory=dict)
    led_by: dict[int, str] = field(default_factory=dict)

    def best(self, k: int) -> list[int]:
        """The rows with the highest scores, best first."""
        return list(_ranks(self.scores))[:k]

    def ranks(self) -> dict[str, dict[int, int]]:
        """For each retriever the ranks of its rows; 1 is best."""
        return {name: _ranks(scores) for name, scores in self.by_retriever.items()}

    def scores_of(self, row: int) -> dict[str, float]:
        """What each retriever gave a row."""
        found = {name: scores[row] for name, scores in self.by_retriever.items() if row in scores}
        return {"bm25": self.by_words[row], **found} if self.by_words.get(row) else found

    def joined(
        self, channel: str, worth: Scores, *, passages: Mapping[int, Passage], led_by: Mapping[int, str]
    ) -> "Ranking":
        """With what a channel's leads are worth, where that is more, and with what led to those.

        Args:
            channel: its name among the retrievers.
            worth: by row.
            passages: of the rows in `worth`.
            led_by: what led to the rows in `worth`.
        """
        if not worth:
            return self
        better = {row: score for row, score in worth.items() if score > self.scores.get(row, float("-inf"))}
        return replace(
            self,
            scores={**self.scores, **better},
            passages={**self.passages, **passages},
            by_retriever={**self.by_retriever, channel: worth},
            led_by={**self.led_by, **{row: led_by[row] for row in better}},
        )


def rank(query: str, mode: SearchMode, candidates: Candidates, index: Index) -> Ranking:
    """The candidates with their scores joined as a mode has it.

    Args:
        query: what they were found for.
        mode: one whose retrievers have brought the candidates.
        candidates: rows of `index`.
        index: of all rows.
    """
    by_retriever = candidates.by_retriever
    if mode == "rrf":
        semantic_ranks = _ranks(by_retriever.get("dense", by_retriever["static"]))
        fused = reciprocal_rank_fusion([list(_ranks(by_retriever["bm25"])), list(semantic_ranks)])
        return Ranking(dict(fused), candidates.passages, by_retriever)
    if mode not in _BY_SCORES:
        return Ranking(by_retriever[mode], candidates.passages, by_retriever)
    # Also of candidates that only static vectors found: their words count, whatever their rank by words.
    lexical = index.lexical.scores_of(query, list(candidates.passages))
    dense = by_retriever.get("dense")
    if dense is None:
        semantic, weight = by_retriever["static"], LEXICAL_WEIGHT_WITHOUT_DENSE
    else:
        semantic, weight = dense, LEXICAL_WEIGHT
    scores = convex_combination(lexical, semantic, lexical_weight=weight)
    # A document whose whole title stands in the query is meant by it.
    words = frozenset(index.lexical.words(query))
    scores = {row: score + TITLE_BONUS * _is_named(index, row, words) for row, score in scores.items()}
    return Ranking(scores, candidates.passages, by_retriever, by_words=lexical)


def _is_named(index: Index, row: int, query_words: frozenset[str]) -> bool:
    title = index.lexical.words(index.title_of(row))
    return bool(title) and query_words.issuperset(title)


def _ranks(scores: Scores) -> dict[int, int]:
    ordered = sorted(scores, key=lambda row: (-scores[row], row))
    return {row: place for place, row in enumerate(ordered, start=1)}
