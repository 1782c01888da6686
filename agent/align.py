"""Early Knowledge Alignment (arXiv 2512.20144): retrieve once with the raw topic before the first plan.

P0 is what the corpus has to say on the topic: it decides whether there is anything to write, feeds the planner, and
counts as read. It may be irrelevant in part; the planner's checks know that.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from agent.brief import subject_matter
from agent.errors import NotEnoughEvidence
from lm.embedding import Embedder, FloatArray
from retrieval.search import Searcher
from retrieval.types import Hit

_WORD, _SHORT_WORD = re.compile(r"[^\W_]{4,}"), re.compile(r"[^\W_]+")
# MiniLM's cosine between a topic and the best passage of a corpus that has nothing on it stays under the middle one of
# these; codes and rare names ("order VO-K-31") embed badly, so a corpus with the topic's own words may go lower,
# and one with few of them must come nearer.
_MIN_COSINES = ((0.75, 0.2), (0.5, 0.32), (0.0, 0.44))
_MOST_PER_DOCUMENT = 8


_ANCHORS = 8


@dataclass(frozen=True)
class Alignment:
    """P0, broad first (see `_landscape`), with the two signs that the corpus is about the topic."""

    hits: tuple[Hit, ...]
    best_cosine: float
    word_share: float


def _word_share(topic: str, hits: Sequence[Hit]) -> float:
    """Share of the topic's longer words that the hits contain (by their first five letters: a cheap stem); of a topic
    of short words alone, of these, to the letter. 0 where it has no word at all."""
    matter = subject_matter(topic).lower()
    text = " ".join(f"{hit.title} {hit.passage.text}" for hit in hits).lower()
    words, known = ({word[:5] for word in _WORD.findall(one)} for one in (matter, text))
    if not words:
        words, known = (set(_SHORT_WORD.findall(one)) for one in (matter, text))
    return len(words & known) / len(words) if words else 0.0


def _unit(vector: FloatArray) -> FloatArray:
    return vector / (float(np.linalg.norm(vector)) or 1.0)


def sharpened(topic: FloatArray, anchors: FloatArray) -> FloatArray:
    """The topic's vector moved half-way to what the corpus has nearest to it (Rocchio's relevance feedback, 1971).

    "How Python's type system grew" alone is near to whatever names Python; with its nearest passages it is about types.

    Args:
        topic: (dim,) unit vector.
        anchors: (n, dim) unit vectors of the nearest passages; none leaves the topic as it is.
    """
    return _unit(topic + _unit(anchors.mean(axis=0))) if len(anchors) else topic


def _landscape(hits: Sequence[Hit], nearness: FloatArray, k: int) -> list[int]:
    """The coarse look: each document's nearest passage first, then each one's second, and so on; `k` rows at most.

    Ranked by passages alone, the two or three longest documents on a topic would be the whole land.
    """
    nearest = np.argsort(-nearness, kind="stable").tolist()
    depth: Counter[str] = Counter()
    rounds: list[tuple[int, int, int]] = []
    for rank, row in enumerate(nearest):
        doc_id = hits[row].passage.doc_id
        if depth[doc_id] < _MOST_PER_DOCUMENT:
            rounds.append((depth[doc_id], rank, row))
            depth[doc_id] += 1
    kept = {row for _, _, row in sorted(rounds, key=lambda entry: entry[1])[:k]}
    return [row for _, _, row in sorted(rounds) if row in kept]


def _found(query: str, searcher: Searcher, embedder: Embedder, k: int, doc_ids: Collection[str] | None) -> list[Hit]:
    """Hits of the topic, and of the topic seen through the documents that are nearest to it."""
    hits = searcher.search_passages(query, k, doc_ids=doc_ids)
    vectors = embedder.encode([query, *(passage_text(hit) for hit in hits)])
    found = {hit.passage.id: hit for hit in hits}
    for row in _landscape(hits, vectors[1:] @ vectors[0], _ANCHORS):
        for hit in searcher.search_passages(f"{hits[row].title}. {query}", max(10, k // 3), doc_ids=doc_ids):
            found.setdefault(hit.passage.id, hit)
    return list(found.values())


def _needed_cosine(word_share: float) -> float:
    return next(cosine for share, cosine in _MIN_COSINES if word_share >= share)


def align(
    topic: str, searcher: Searcher, embedder: Embedder, *, k: int, doc_ids: Collection[str] | None = None
) -> Alignment:
    """Retrieve P0 for the topic, within `doc_ids` where given.

    Raises:
        NotEnoughEvidence: nothing in the corpus is about the topic.
    """
    query = subject_matter(topic)
    hits = _found(query, searcher, embedder, k, doc_ids)
    vectors = embedder.encode([query, *(passage_text(hit) for hit in hits)])
    topic_vector, vectors = vectors[0], vectors[1:]
    cosines = vectors @ topic_vector
    best = float(cosines.max(initial=0.0))
    anchors = _landscape(hits, cosines, _ANCHORS)
    share = _word_share(topic, [hits[row] for row in anchors])
    if not hits or best < _needed_cosine(share):
        raise NotEnoughEvidence(
            f"the corpus has too little on “{query}”: the nearest of {len(hits)} passages has cosine {best:.2f} and "
            f"{share:.0%} of the topic's words occur in the best ones",
            hint="check the topic with `wellread search`, or add documents with `wellread ingest`",
        )
    nearness = vectors @ sharpened(topic_vector, vectors[anchors])
    return Alignment(tuple(hits[row] for row in _landscape(hits, nearness, k)), best, share)


def passage_text(hit: Hit) -> str:
    """What is embedded for a passage: its text behind its title."""
    return f"{hit.title}. {hit.passage.text}"


def topic_vector(topic: str, hits: Sequence[Hit], embedder: Embedder) -> FloatArray:
    """The topic's vector sharpened by the first hits of an alignment."""
    vectors = embedder.encode([subject_matter(topic), *(passage_text(hit) for hit in hits[:_ANCHORS])])
    return sharpened(vectors[0], vectors[1:])
