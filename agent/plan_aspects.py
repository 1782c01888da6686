"""A rule-based plan for topics that name their own parts: "The barrage: causes, warnings, money and reforms".

Who lists aspects has made the outline; it only remains to find what the corpus has on each.
"""

import re

from agent.brief import subject_matter, title_of
from agent.frame import body_words
from agent.plan import PlanSize
from agent.plan_clusters import blocks_of_hits
from agent.types import Brief, Outline, SectionPlan
from lm.embedding import Embedder
from retrieval.search import Searcher

_LIST = re.compile(r"(?::|—|–| with regard to | with respect to | including | in terms of )\s*(.+)$", re.IGNORECASE)
_MIN_ASPECTS = 3
_PASSAGES = 30
_MIN_EVIDENCE = 0.35


def aspects_of(topic: str) -> tuple[str, list[str]]:
    """The head of the topic and the aspects that it lists; fewer than three is no list."""
    matter = subject_matter(topic)
    match = _LIST.search(matter)
    if not match:
        return matter, []
    parts = [part.strip(" .") for part in re.split(r",\s*(?:and\s+)?|\s+and\s+|;\s*", match.group(1))]
    aspects = [re.sub(r"^(?:its|their|the|his|her)\s+", "", part) for part in parts if part]
    if len(aspects) < _MIN_ASPECTS or any(len(aspect.split()) > 6 for aspect in aspects):
        return matter, []
    return matter[: match.start()].strip(" ,"), list(dict.fromkeys(aspects))


def aspect_outline(brief: Brief, searcher: Searcher, *, embedder: Embedder, size: PlanSize) -> Outline | None:
    """An outline over the aspects that the topic lists, or None where it lists none or the corpus lacks most of
    them."""
    head, aspects = aspects_of(brief.topic)
    if not aspects:
        return None
    titles = (
        [f"Background: {head[:1].lower() + head[1:] if head.startswith('The ') else head}"]
        if len(aspects) < size.sections
        else []
    )
    sections: list[SectionPlan] = []
    for title in [*titles, *(aspect[:1].upper() + aspect[1:] for aspect in aspects)]:
        query = head if title in titles else f"{title} of {head[:1].lower() + head[1:]}"
        hits = searcher.search_passages(query, _PASSAGES, doc_ids=brief.subjects or None)
        vectors = embedder.encode([query, *(f"{hit.title}. {hit.passage.text}" for hit in hits)])
        if not hits or float((vectors[1:] @ vectors[0]).max()) < _MIN_EVIDENCE:
            continue
        i = len(sections) + 1
        # One block a section, with the rule's own question ("Causes of the failure …"): headings added to it, or a
        # split by likeness, drew statements that belong to other aspects.
        (found,) = blocks_of_hits(
            i, title, head, hits, vectors[1:], brief, PlanSize(size.sections, 1, size.words_per_block)
        )
        blocks = (found.model_copy(update={"question": query}),)
        sections.append(SectionPlan(id=f"s{i:02d}", title=title, blocks=blocks))
    if len(sections) < _MIN_ASPECTS:
        return None
    words = round(body_words(brief.words) / sum(len(section.blocks) for section in sections))
    sized = [
        section.model_copy(
            update={"blocks": tuple(block.model_copy(update={"target_words": words}) for block in section.blocks)}
        )
        for section in sections
    ]
    reason = f"the topic lists {len(aspects)} aspects, and the corpus has evidence on {len(sections) - len(titles)}"
    return Outline(title=title_of(brief.topic), sections=tuple(sized), origin="rules", reason=reason)
