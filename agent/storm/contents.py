"""Which sides does a topic have? Tables of contents of documents like it, as the corpus has them, grouped by likeness.

STORM has a model make up people from such tables. Here the headings themselves are the perspectives, and no model is
asked: a side that no document has cannot come up, and a call is saved that small models answer badly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agent.headings import cleaned_heading
from agent.plan_clusters import is_generic
from agent.storm.records import Perspective
from lm.embedding import Embedder
from prompts.instructions import looks_like_instruction
from prompts.plain_text import plain
from retrieval.corpus import Corpus
from retrieval.search import Searcher

_SEARCHED, _DOCUMENTS = 20, 5  # documents looked at for a table of contents, and tables taken
_MIN_HEADINGS, _MAX_HEADINGS = 2, 24
_MAX_HEADING_WORDS = 8
_SIDE_HEADINGS = 5
_MIN_LIKENESS = 0.3  # of a heading to the one that its side is named by


@dataclass(frozen=True)
class _Heading:
    text: str
    documents: tuple[str, ...]


def tables_of_contents(topic: str, searcher: Searcher, corpus: Corpus) -> dict[str, tuple[str, ...]]:
    """The headings of the documents that are most like the topic, by document, the likest first; documents without
    headings are passed over."""
    tables: dict[str, tuple[str, ...]] = {}
    for hit in searcher.search_documents(topic, _SEARCHED):
        headings = _headings(corpus, hit.document.id, hit.document.title)
        if len(headings) >= _MIN_HEADINGS:
            tables[hit.document.id] = headings
        if len(tables) == _DOCUMENTS:
            break
    return tables


def _headings(corpus: Corpus, doc_id: str, title: str) -> tuple[str, ...]:
    """Without the title, what any document has, and what speaks to a machine."""
    leaves = (cleaned_heading(section.heading_path[-1]) for section in corpus.sections(doc_id) if section.heading_path)
    kept = [
        leaf
        for leaf in dict.fromkeys(leaves)
        if len(leaf) > 2
        and len(leaf.split()) <= _MAX_HEADING_WORDS
        and leaf.casefold() != plain(title).casefold()
        and not is_generic(leaf)
        and not looks_like_instruction(leaf)
    ]
    return tuple(kept[:_MAX_HEADINGS])


def perspectives_of(tables: Mapping[str, Sequence[str]], n: int, embedder: Embedder) -> list[Perspective]:
    """At most `n` sides of a topic: each is named by a heading that many documents share and that is unlike the others,
    and has the headings that are nearest to it."""
    headings = _shared(tables)
    if not headings or n < 1:
        return []
    vectors = embedder.encode([heading.text for heading in headings])
    likeness = np.clip(vectors @ vectors.T, 0.0, 1.0)
    counts = np.array([len(heading.documents) for heading in headings], dtype=np.float64)
    leads: list[int] = []
    while len(leads) < min(n, len(headings)):
        nearest = likeness[:, leads].max(axis=1) if leads else np.zeros(len(headings))
        worth = counts * (1.0 - nearest)
        worth[leads] = -1.0
        leads.append(int(np.argmax(worth)))
    nearest_lead = [leads[int(row.argmax())] for row in likeness[:, leads]]
    return [_side(lead, headings, likeness[:, lead].tolist(), nearest_lead) for lead in leads]


def _shared(tables: Mapping[str, Sequence[str]]) -> list[_Heading]:
    """Each heading once, with the documents that have it, in the order of their coming."""
    spelt: dict[str, str] = {}
    documents: dict[str, list[str]] = {}
    for doc_id, headings in tables.items():
        for heading in headings:
            key = heading.casefold()
            spelt.setdefault(key, heading)
            owners = documents.setdefault(key, [])
            if doc_id not in owners:
                owners.append(doc_id)
    return [_Heading(text, tuple(documents[key])) for key, text in spelt.items()]


def _side(
    lead: int, headings: Sequence[_Heading], likeness: Sequence[float], nearest_lead: Sequence[int]
) -> Perspective:
    own = [i for i, near in enumerate(nearest_lead) if i != lead and near == lead and likeness[i] >= _MIN_LIKENESS]
    chosen = [lead, *sorted(own, key=lambda i: -likeness[i])][:_SIDE_HEADINGS]
    return Perspective(
        name=headings[lead].text,
        headings=tuple(headings[i].text for i in chosen),
        documents=tuple(dict.fromkeys(doc_id for i in chosen for doc_id in headings[i].documents)),
    )
