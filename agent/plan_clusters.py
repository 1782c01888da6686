"""A rule-based plan for everything else: cluster what the first retrieval found, and name the clusters by their own
headings.

Sections come in the order of time where the documents are dated, else from the nearest to the topic to the farthest.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agent.align import sharpened
from agent.alike import alike
from agent.brief import subject_matter, title_of
from agent.counting import counted
from agent.dependencies import one_after_another
from agent.headings import APPARATUS, FRAME
from agent.plan import PlanSize, block_id
from agent.relevance import Contexts, StaticVectors, near_enough, passage_worth
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from lm.embedding import Embedder, FloatArray
from memory.orders import is_order, speaks_to_machine
from prompts.aspects import part_asked, sense_of
from prompts.instructions import steers
from prompts.plain_text import plain
from prompts.sentences import sentence_spans
from retrieval.corpus import Corpus
from retrieval.types import Hit

# What documents on anything have: in one report "Background" or "History" is a part, over several it says nothing.
_GENERIC = re.compile(
    rf"^(?:{APPARATUS}|{FRAME}|abstract|rationale|motivation|copyright|background|specification|appendix.*|faq|"
    r"acknowledge?ments|change ?log|history|discussion|examples?|status|rejected (?:ideas|alternatives)|"
    r"open (?:issues|questions)|backwards? compatibility|"
    r"reference implementation|how to teach this|security implications|implementation|main text|details|general|other|"
    r"misc.*|related work|design|columns: .*|page \d+|table \d+|\d[\d .:-]*)$",
    re.IGNORECASE,
)
# What kind of document it is says nothing of what a section of several is about.
_KIND = re.compile(
    r"\b(?:glossary|timeline|minutes|press release|correspondence|interview|letter|memorandum|memo|faq|"
    r"questions and answers)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(1[6-9]\d\d|20\d\d)\b")
_MAX_TITLE_WORDS = 9
_MIN_DATED = 0.6
_MIN_COVER = 0.5  # of a section by the document whose title it bears
_MIN_HITS = 3  # of a section that is planned by what was found
WHOLE = "What the sources say"  # the heading of a report's one section


@dataclass(frozen=True)
class _Cluster:
    rows: tuple[int, ...]
    centroid: FloatArray


def is_generic(heading: str) -> bool:
    """Whether a heading stands in documents on anything ("Introduction", "References")."""
    return _GENERIC.match(heading) is not None


def _clusters(vectors: FloatArray, n: int, seed: int) -> list[_Cluster]:
    from sklearn.cluster import KMeans  # takes a second, and few runs group anything

    n = max(1, min(n, len(vectors)))
    labels = KMeans(n_clusters=n, n_init=4, random_state=seed).fit_predict(vectors)
    groups: dict[int, list[int]] = defaultdict(list)
    for row, label in enumerate(labels.tolist()):
        groups[label].append(row)
    clusters = []
    for rows in groups.values():
        mean = vectors[rows].mean(axis=0)
        clusters.append(_Cluster(tuple(rows), mean / (np.linalg.norm(mean) or 1.0)))
    return clusters


def _title_candidates(hits: Sequence[Hit]) -> Counter[str]:
    """Headings and titles of the passages with their counts; generic and overlong ones left out."""
    counts: Counter[str] = Counter()
    for hit in hits:
        title = plain(hit.title)
        names = re.split(r"\s+[–—]\s+", title)  # "PEP 526 – Syntax for …": the number is no heading
        parts = [names[-1], *names[-1].split(": ")[:1], *(plain(h) for h in hit.passage.heading_path)]
        for part in dict.fromkeys(re.sub(r"^[\dIVX]+(?:\.\d+)*[.)]\s+", "", p).strip(" .:") for p in parts):
            if (
                len(part) >= 2
                and len(part.split()) <= _MAX_TITLE_WORDS
                and not is_generic(part)
                and part[-1:] not in "?!"
            ):
                counts[part] += 1
    return counts


def _is_plain_title(title: str) -> bool:
    return (
        bool(re.match(r"^[A-Z]", title))
        and len(title.split()) >= 2
        and not re.search(r"[{}<>=|_/\\]|\b[A-Z]{2,} \d+$", title)
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]{3,}", text.lower())) - {"the", "and", "for"}


def name_of(
    hits: Sequence[Hit], centroid: FloatArray, taken: Sequence[str], *, topic: str, embedder: Embedder
) -> str | None:
    """The heading that is nearest to the cluster and stands over most of it, unlike the titles taken; None: none is
    left."""
    counts = _title_candidates(hits)
    names = [name for name in counts if _is_plain_title(name)] or list(counts)
    titles = {part for hit in hits for part in (plain(hit.title), plain(hit.title).split(": ")[0])}
    # Of one document's title the others are not, and what kind of document it is says nothing of what it tells.
    of_most = [name for name in names if name not in titles or counts[name] >= _MIN_COVER * len(hits)]
    names = [name for name in of_most if not _KIND.search(name)] or of_most or names
    if not names:
        return None
    vectors = embedder.encode(names)
    # A heading made of the topic's own words names no part of it.
    new_words = [len(_words(name) - _words(topic)) / len(_words(name) or {""}) for name in names]
    cover = np.array([counts[name] for name in names]) / len(hits)
    scores = vectors @ centroid + 0.3 * cover + 0.25 * np.array(new_words)
    if taken:
        likeness = (vectors @ embedder.encode(list(taken)).T).max(axis=1)
        scores = np.where(likeness > 0.75, -np.inf, scores)
    best = int(np.argmax(scores))
    return names[best] if np.isfinite(scores[best]) else None


def year_of(corpus: Corpus, doc_id: str) -> int | None:
    """The first year that a document's title or opening names: for most kinds of documents, its own date."""
    document = corpus.document(doc_id)
    match = _YEAR.search(document.title) or _YEAR.search(corpus.text(doc_id)[:1_200])
    return int(match.group(1)) if match else None


def _in_order(
    clusters: list[_Cluster], hits: Sequence[Hit], topic: FloatArray, corpus: Corpus
) -> tuple[list[_Cluster], bool]:
    """The clusters as they are told, and whether that is the order of time."""
    by_document = {doc_id: year_of(corpus, doc_id) for doc_id in {hit.passage.doc_id for hit in hits}}
    years = [by_document[hit.passage.doc_id] for hit in hits]
    dated = [year for year in years if year is not None]
    if len(dated) >= _MIN_DATED * len(years) and len(set(dated)) > 1:
        middle = float(np.median(dated))

        def moment(cluster: _Cluster) -> float:
            own = [year for row in cluster.rows if (year := years[row]) is not None]
            return float(np.mean(own)) if own else middle

        return sorted(clusters, key=lambda cluster: (moment(cluster), cluster.rows[0])), True
    return sorted(clusters, key=lambda cluster: (-float(cluster.centroid @ topic), cluster.rows[0])), False


def _opening(hit: Hit) -> list[str]:
    """The passage's opening as a query, unless it tells somebody to do something: no order steers a search."""
    text = plain(hit.passage.text)[:200]
    said = [text[start:end] for start, end in sentence_spans(text)]
    return [] if steers(text) or speaks_to_machine(text) or any(map(is_order, said)) else [text]


def blocks_of_hits(
    section: int,
    title: str,
    topic: str,
    hits: Sequence[Hit],
    vectors: FloatArray,
    brief: Brief,
    size: PlanSize,
) -> tuple[AtomicBlock, ...]:
    """Blocks over a section's hits: as many as the size says and the hits allow, split by likeness."""
    n = min(size.blocks, max(1, len(hits) // 3))
    labels = alike(vectors, n)
    blocks = []
    for j, label in enumerate(dict.fromkeys(labels), start=1):
        own = [hit for hit, other in zip(hits, labels, strict=True) if other == label]
        titles = {plain(hit.title) for hit in own}
        headings = [name for name, _ in _title_candidates(own).most_common(8) if name != title and name not in titles][
            :4
        ]
        queries = dict.fromkeys([f"{title}. {topic}", *(f"{title}: {heading}" for heading in headings[:3])])
        blocks.append(
            AtomicBlock(
                id=block_id(section, j),
                question=f"{title}{': ' + ', '.join(headings[:3]) if headings else ''}",
                needs=tuple(headings),
                queries=(*queries, *_opening(own[0])),
                target_words=round(size.words_per_block * size.blocks / n),
                subject_ids=brief.subjects,
            )
        )
    return tuple(blocks)


def cluster_outline(
    brief: Brief,
    hits: Sequence[Hit],
    corpus: Corpus,
    *,
    embedder: Embedder,
    static: StaticVectors,
    size: PlanSize,
    seed: int,
) -> Outline:
    """An outline over the clusters of the first retrieval's passages; in the order of time, each section depends on
    the one before it.

    Raises:
        ValueError: there are no passages.
    """
    if not hits:
        raise ValueError("no passages to plan from")
    topic = subject_matter(brief.topic)
    hits = _near(hits, topic, embedder, static)
    if size.sections == 1 or len(hits) < 2 * _MIN_HITS:
        return _of_one_section(brief, topic, len(hits), size)
    n_sections = min(size.sections, len(hits) // _MIN_HITS)
    vectors = embedder.encode(
        [topic, *(f"{hit.title}. {' '.join(hit.passage.heading_path)}. {hit.passage.text}" for hit in hits)]
    )
    sharp, vectors = sharpened(vectors[0], vectors[1:9]), vectors[1:]
    # More clusters than sections, so that what is off the topic has clusters of its own to be left out with.
    near = sorted(_clusters(vectors, n_sections + 3, seed), key=lambda cluster: -float(cluster.centroid @ sharp))
    clusters, is_in_time = _in_order(near[:n_sections], hits, sharp, corpus)
    sections: list[SectionPlan] = []
    for cluster in clusters:
        own = [hits[row] for row in cluster.rows]
        title = name_of(own, cluster.centroid, [section.title for section in sections], topic=topic, embedder=embedder)
        if title is None:
            continue
        i = len(sections) + 1
        blocks = blocks_of_hits(i, title, topic, own, vectors[list(cluster.rows)], brief, size)
        sections.append(SectionPlan(id=f"s{i:02d}", title=title, blocks=blocks))
    reason = f"{len(hits):,} passages of the first retrieval fall into {counted(len(sections), 'cluster')}"
    outline = Outline(title=title_of(brief.topic), sections=tuple(sections), origin="rules", reason=reason)
    return one_after_another(outline) if is_in_time else outline


def _near(hits: Sequence[Hit], topic: str, embedder: Embedder, static: StaticVectors) -> list[Hit]:
    """Those that are near enough to the topic to be planned by: a first look is broad on purpose."""
    around = Contexts(
        texts={hit.passage.id: f"{hit.title}. {hit.passage.text}" for hit in hits},
        documents={hit.passage.id: hit.passage.doc_id for hit in hits},
    )
    worth = passage_worth(topic, around, embedder, static)
    rows = near_enough(np.array([worth[hit.passage.id] for hit in hits], dtype=np.float32))
    return [hits[row] for row in rows]


def _of_one_section(brief: Brief, topic: str, n_hits: int, size: PlanSize) -> Outline:
    """A report with room for one section is on its topic, whatever the nearest documents are called."""
    part = part_asked(topic)
    block = AtomicBlock(
        id=block_id(1, 1),
        question=topic,
        queries=tuple(filter(None, (topic, f"{topic}: {sense_of(part)}" if sense_of(part) else ""))),
        target_words=size.words_per_block * size.blocks * size.sections,
        subject_ids=brief.subjects,
    )
    title = part[:1].upper() + part[1:] or WHOLE
    section = SectionPlan(id="s01", title=title, blocks=(block,))
    if brief.sections == 1:
        reason = "one section is asked for"
    elif size.sections == 1:
        reason = f"a report of {brief.words} words has room for one section"
    else:
        reason = f"{counted(n_hits, 'passage')} {'is' if n_hits == 1 else 'are'} near enough to the topic to plan by"
    return Outline(title=title_of(brief.topic), sections=(section,), origin="rules", reason=reason)
