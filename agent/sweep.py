"""Dual granularity (DeepNews, arXiv 2512.10121): a coarse sweep over sections, then a fine look for figures, quotes and
dates in the best of them.

The paper names the two and does not define them; this reading is ours. A search finds passages that speak like the
question; the figure that answers it may stand beside them, in a table or a date line that speaks like nothing.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from agent.foraged import best_score
from agent.grounding.numbers import figures
from retrieval.corpus import Corpus
from retrieval.search import Searcher
from retrieval.types import Passage

_SWEPT_PASSAGES, _BEST_SECTIONS = 60, 6
# A second passage of a section says that the section is about it; a tenth one says hardly more.
_NEXT_PASSAGE_WEIGHT = 0.3
# A passage with a figure or quotation every hundred characters is as specific as they come.
_MOST_SPECIFIC_PER_1000 = 10.0
_QUOTED = re.compile(r"“[^”]{12,}”|\"[^\"]{12,}\"|«[^»]{12,}»")


@dataclass(frozen=True)
class SweptSection:
    """A headed part of a document that hits fell into; `score` is in shares of the best hit's, and may pass 1."""

    doc_id: str
    heading_path: tuple[str, ...]
    score: float


def sweep(
    question: str, searcher: Searcher, *, doc_ids: Collection[str] | None, k: int = _BEST_SECTIONS
) -> list[SweptSection]:
    """The coarse look: the best `k` sections, by their best passage and a little by each further one."""
    found: dict[tuple[str, tuple[str, ...]], list[float]] = defaultdict(list)
    hits = searcher.search_passages(question, _SWEPT_PASSAGES, doc_ids=doc_ids)
    best = best_score(hits)
    for hit in hits:
        found[hit.passage.doc_id, hit.passage.heading_path].append(max(0.0, hit.score) / best)
    scored = [
        SweptSection(doc_id, path, sum(score * _NEXT_PASSAGE_WEIGHT**n for n, score in enumerate(scores)))
        for (doc_id, path), scores in found.items()
    ]
    return sorted(scored, key=lambda section: -section.score)[:k]


def specific_passages(
    question: str, searcher: Searcher, corpus: Corpus, *, doc_ids: Collection[str] | None
) -> Iterator[tuple[Passage, float]]:
    """The fine look: passages of the best sections, those first that hold most figures, dates and quotations for their
    length, with a relevance in [0, 1]: of their section, halved where they hold none."""
    sections = {(one.doc_id, one.heading_path): one.score for one in sweep(question, searcher, doc_ids=doc_ids)}
    ranked = [
        (passage, min(1.0, sections[doc_id, passage.heading_path]) * (1.0 + specificity(passage.text)) / 2.0)
        for doc_id in dict.fromkeys(doc_id for doc_id, _ in sections)
        for passage in corpus.passages_of(doc_id)
        if (doc_id, passage.heading_path) in sections
    ]
    yield from sorted(ranked, key=lambda pair: -pair[1])


def specificity(text: str) -> float:
    """Figures (dates among them) and quotations for the text's length, 0 to 1."""
    n_specific = len(figures(text)) + len(_QUOTED.findall(text))
    return min(1.0, 1000.0 * n_specific / max(200, len(text)) / _MOST_SPECIFIC_PER_1000)
