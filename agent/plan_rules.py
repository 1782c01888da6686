"""Which rule plans: the headings of named documents, else the aspects that the topic lists, else clusters of what was
found."""

from collections.abc import Sequence

from agent.plan import PlanSize
from agent.plan_aspects import aspect_outline
from agent.plan_clusters import cluster_outline
from agent.types import Brief, Outline
from lm.embedding import Embedder
from retrieval.corpus import Corpus
from retrieval.search import Searcher
from retrieval.types import Hit


def outline_by_rule(
    brief: Brief,
    hits: Sequence[Hit],
    *,
    corpus: Corpus,
    searcher: Searcher,
    embedder: Embedder,
    size: PlanSize,
    seed: int,
) -> Outline:
    """An outline without a model."""
    by_aspects = aspect_outline(brief, searcher, embedder=embedder, size=size)
    return by_aspects or cluster_outline(brief, hits, corpus, embedder=embedder, size=size, seed=seed)
