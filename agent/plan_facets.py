"""A rule-based plan for profiles: when the topic names documents that share their headings, compare them heading by
heading.

The corpus's own headings say what can be compared; the topic says which of them matter.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agent.alike import alike
from agent.brief import subject_matter, title_of
from agent.frame import body_words
from agent.plan import PlanSize, block_id
from agent.reading import Reader
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from lm.embedding import Embedder, FloatArray
from prompts.plain_text import plain
from prompts.statements import short_title
from retrieval.corpus import Corpus

MIN_SHARED = 6
_MAX_FACET_WORDS = 45


@dataclass(frozen=True)
class Facet:
    """A heading that several documents share; `words` is what stating it for all of them takes, as far as a report goes
    into one heading."""

    path: tuple[str, ...]
    snippet: str
    words: int

    @property
    def leaf(self) -> str:
        """The heading itself."""
        return self.path[-1]


def shared_facets(corpus: Corpus, doc_ids: Sequence[str]) -> list[Facet]:
    """Leaf headings that half of the documents (rounded down, at least two of several) have, in document order."""
    texts: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for doc_id in doc_ids:
        title, text = corpus.document(doc_id).title, corpus.text(doc_id)
        sections = corpus.sections(doc_id)
        parents = {section.heading_path[:-1] for section in sections}
        for section in sections:
            path = section.heading_path[1:] if section.heading_path[:1] == (title,) else section.heading_path
            if path and section.heading_path not in parents:
                body = text[section.start : section.end].partition("\n")[2].strip()
                texts[path].append(body)
    needed = max(2, len(doc_ids) // 2) if len(doc_ids) > 1 else 1
    words = _words_told(corpus, doc_ids)
    return [
        Facet(path, " ".join(bodies[0].split())[:160], sum(words[path[-1]].values()))
        for path, bodies in texts.items()
        if len(bodies) >= needed and len(words[path[-1]]) >= needed and any(re.search(r"\d", body) for body in bodies)
    ]


def _words_told(corpus: Corpus, doc_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """By heading and document the words of the statements there. A heading without any cannot be reported on, and one
    planned by the length of its text leaves a report short."""
    words: dict[str, dict[str, int]] = defaultdict(dict)
    reader = Reader(corpus)
    for doc_id in doc_ids:
        for one in reader.read(corpus.passages_of(doc_id)).statements:
            told = words[one.leaf].get(doc_id, 0) + len(one.sentence.split())
            words[one.leaf][doc_id] = min(told, _MAX_FACET_WORDS)
    return words


def theme_of(brief: Brief, titles: Sequence[str]) -> str:
    """The topic without the names that it compares; empty where it says nothing else."""
    theme = subject_matter(brief.topic)
    for name in sorted(
        {name for title in titles for name in (plain(title), short_title(title))}, key=len, reverse=True
    ):
        theme = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", theme)
    theme = re.sub(
        r"\b(?:compare[sd]?|comparing|versus|vs\.?|with regard to|and|the|of|in)\b",
        " ",
        theme,
        flags=re.IGNORECASE,
    )
    return re.sub(r"[\s,]+", " ", theme).strip()


def chosen_facets(
    facets: Sequence[Facet], theme: str, *, words: int, embedder: Embedder
) -> tuple[list[Facet], FloatArray]:
    """The facets nearest to the theme that fill `words`, in document order, with their vectors."""
    texts = [f"{' '.join(facet.path)}. {facet.snippet}" for facet in facets]
    headings = embedder.encode([" ".join(facet.path) for facet in facets])
    vectors = embedder.encode([theme, *texts])
    scores = 0.5 * (vectors[1:] @ vectors[0]) + 0.5 * (headings @ vectors[0])
    kept: list[int] = []
    used = 0
    for i in np.argsort(-scores, kind="stable").tolist():
        if used >= words:
            break
        kept.append(i)
        used += facets[i].words
    kept.sort()
    return [facets[i] for i in kept], headings[kept]


def _groups(facets: Sequence[Facet], vectors: FloatArray, n: int) -> list[list[Facet]]:
    """Facets in `n` groups by likeness of their headings, in document order of their first."""
    if len(facets) <= n:
        return [[facet] for facet in facets]
    # A shared parent heading is worth as much as a middling likeness: profiles group what belongs together.
    parents = sorted({facet.path[:-1] for facet in facets})
    one_hot = np.eye(len(parents), dtype=np.float32)[[parents.index(facet.path[:-1]) for facet in facets]]
    labels = alike(np.hstack([vectors, 0.6 * one_hot]), n)
    groups: dict[int, list[Facet]] = defaultdict(list)
    for facet, label in zip(facets, labels, strict=True):
        groups[label].append(facet)
    return list(groups.values())


def _heading(group: Sequence[Facet]) -> str:
    leaves = list(dict.fromkeys(plain(facet.leaf) for facet in group))
    if len(leaves) > 3:
        parents = {facet.path[-2] if len(facet.path) > 1 else "" for facet in group}
        leaves = (
            [f"{plain(parents.pop())}: {leaves[0]}", *leaves[1:3]]
            if len(parents) == 1 and "" not in parents
            else leaves[:3]
        )
    first, rest = (
        leaves[0],
        [leaf[:1].lower() + leaf[1:] if leaf[1:2].islower() else leaf for leaf in leaves[1:]],
    )
    return first if not rest else f"{', '.join([first, *rest[:-1]])} and {rest[-1]}"


def facet_outline(brief: Brief, corpus: Corpus, *, embedder: Embedder, size: PlanSize) -> Outline | None:
    """An outline over the headings that the named documents share, or None where they share too few."""
    facets = shared_facets(corpus, brief.subjects) if brief.subjects else []
    if len(facets) < MIN_SHARED:
        return None
    titles = [corpus.document(doc_id).title for doc_id in brief.subjects]
    body = body_words(brief.words)
    chosen, vectors = chosen_facets(
        facets, theme_of(brief, titles) or subject_matter(brief.topic), words=body, embedder=embedder
    )
    groups = _groups(chosen, vectors, size.sections)
    total = sum(facet.words for facet in chosen)
    sections = []
    for i, group in enumerate(groups, start=1):
        leaves = [facet.leaf for facet in group]
        names = ", ".join(plain(title) for title in titles)
        block = AtomicBlock(
            id=block_id(i, 1),
            question=f"{', '.join(plain(leaf) for leaf in leaves)} of {names}",
            queries=tuple(f"{' '.join(facet.path)}" for facet in group),
            target_words=max(30, round(body * sum(facet.words for facet in group) / total)),
            facets=tuple(leaves),
            subject_ids=brief.subjects,
        )
        sections.append(SectionPlan(id=f"s{i:02d}", title=_heading(group), blocks=(block,)))
    reason = f"the topic names {len(titles)} documents that share {len(facets)} headings"
    return Outline(title=title_of(brief.topic), sections=tuple(sections), origin="rules", reason=reason)
