"""Early Knowledge Alignment (arXiv 2512.20144): retrieve once with the raw topic before the first plan.

P0 is what the corpus has to say on the topic: it decides whether there is anything to write, feeds the planner, and
counts as read. It may be irrelevant in part; the planner's checks know that.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent.brief import subject_matter
from agent.errors import NotEnoughEvidence
from lm.embedding import Embedder
from retrieval.search import Searcher
from retrieval.types import Hit

_WORD = re.compile(r"[^\W_]{4,}")
# MiniLM's cosine between a topic and the best passage of a corpus that has nothing on it stays under this
# (docs/log.md has the measurement); a corpus with the topic's own words may go lower.
MIN_COSINE = 0.32
MIN_WORD_SHARE = 0.5


@dataclass(frozen=True)
class Alignment:
    """P0, best first, with the two signs that the corpus is about the topic."""

    hits: tuple[Hit, ...]
    best_cosine: float
    word_share: float


def _word_share(topic: str, hits: Sequence[Hit]) -> float:
    """Share of the topic's longer words that the hits contain (by their first five letters: a cheap stem)."""
    words = {word[:5] for word in _WORD.findall(subject_matter(topic).lower())}
    known = {word[:5] for hit in hits for word in _WORD.findall(f"{hit.title} {hit.passage.text}".lower())}
    return len(words & known) / len(words) if words else 1.0


def align(
    topic: str, searcher: Searcher, embedder: Embedder, *, k: int, doc_ids: Collection[str] | None = None
) -> Alignment:
    """Retrieve P0 for the topic, within `doc_ids` where given.

    Raises:
        NotEnoughEvidence: nothing in the corpus is about the topic.
    """
    query = subject_matter(topic)
    hits = searcher.search_passages(query, k, doc_ids=doc_ids)
    vectors = embedder.encode([query, *(f"{hit.title}. {hit.passage.text}" for hit in hits[:20])])
    best = float(max(vectors[1:] @ vectors[0], default=0.0))
    share = _word_share(topic, hits[:20])
    if not hits or best < MIN_COSINE or (best < MIN_COSINE + 0.12 and share < MIN_WORD_SHARE):
        raise NotEnoughEvidence(
            f"the corpus has too little on “{query}”: the nearest of {len(hits)} passages has cosine {best:.2f} and "
            f"{share:.0%} of the topic's words occur in the best ones",
            hint="check the topic with `wellread search`, or add documents with `wellread ingest`",
        )
    return Alignment(tuple(hits), best, share)
