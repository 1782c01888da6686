"""Where walks from the best hits over the graph of names end: the passages of a second hop, and of those after it.

A walk goes from a passage over a name to a passage, and back to the first hits half the time: personalised PageRank,
after HippoRAG (Gutiérrez et al., 2024, arXiv:2405.14831), which seeds it with names that a language model finds in the
question; here the hits are the seeds, and no model is asked.

Knows masses and what they are worth. Must not know how hits were scored or how edges are found.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from retrieval.index import Index
from retrieval.links import TitleLinks
from retrieval.name_graph import NameGraph, Node, Present
from retrieval.pagerank import personalised_pagerank

# Chosen on the first halves of HotpotQA, 2WikiMultihopQA, MuSiQue and NQ.
SEEDS = 2
_DAMPING = 0.5
_TOLERANCE = 0.006
_MAX_REACHED = 15  # each may cost the dense encoder up to 50 ms
_MASS_SHARE, _MASS_POWER, _LIKENESS_WEIGHT = 1.1, 0.25, 0.6


@dataclass(frozen=True, slots=True)
class Walk:
    """To a passage, by `name`, as plain words, which stands in the row `source` or its title; `mass` is that of the
    passage over the heaviest passage's, above 0 and at most 1."""

    mass: float
    source: int
    name: str

    def worth(self, best_score: float, likeness: float) -> float:
        """The score of the passage, from that of the best hit and its own likeness to the query. Masses span orders of
        magnitude, so a root of them counts."""
        return _MASS_SHARE * best_score * math.pow(self.mass, _MASS_POWER) + _LIKENESS_WEIGHT * likeness


def find_walks(
    query: str,
    seeds: Mapping[int, float],
    *,
    index: Index,
    titles: TitleLinks,
    present: Present,
    allowed: Collection[int] | None = None,
) -> dict[int, Walk]:
    """The rows where walks from the seeds are found most, without the seeds themselves.

    Args:
        query: names in it lead nowhere new.
        seeds: scores by row, best first; those of no score above 0 are left out.
        index: of all rows.
        titles: of its documents.
        present: the passages of rows, as far as they still exist.
        allowed: numbers of the documents that may be reached; None: all.

    Returns:
        A walk for each row, heaviest first; none where the seeds have no names that lead anywhere.
    """
    start: dict[Node, float] = {row: score for row, score in seeds.items() if score > 0.0}
    if not start:
        return {}
    graph = NameGraph(query, index=index, titles=titles, present=present, allowed=allowed)
    masses = personalised_pagerank(start, graph.edges_of, damping=_DAMPING, tolerance=_TOLERANCE)
    by_row = {node: mass for node, mass in masses.items() if isinstance(node, int)}
    heaviest = max(by_row.values())
    reached = sorted(by_row.keys() - seeds.keys(), key=lambda row: (-by_row[row], row))[:_MAX_REACHED]
    leading = graph.leading_names(masses, reached)
    return {row: Walk(by_row[row] / heaviest, *leading[row]) for row in reached}
