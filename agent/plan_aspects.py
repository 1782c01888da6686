"""A rule-based plan for topics that name their own parts: "The barrage: causes, warnings, money and reforms".

Who lists aspects has made the outline; it only remains to find what the corpus has on each.
"""

import re
from collections.abc import Sequence

from agent.brief import subject_matter, title_of
from agent.constraints.gathering import wanted_of
from agent.counting import counted
from agent.frame import body_words
from agent.plan import PlanSize, block_id
from agent.plan_clusters import blocks_of_hits
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from lm.embedding import Embedder
from prompts.aspects import sense_of
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


def parts_are_asked(brief: Brief) -> bool:
    """Whether the request says of what or with which parts it wants to be told: documents, aspects, or headings."""
    return bool(brief.subjects or aspects_of(brief.topic)[1] or wanted_of(brief.demands, "section"))


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
        block = _block_on(title, query, len(sections) + 1, brief, searcher, embedder=embedder, size=size)
        if block is not None:
            sections.append(SectionPlan(id=f"s{len(sections) + 1:02d}", title=title, blocks=(block,)))
    if len(sections) < _MIN_ASPECTS:
        return None
    reason = f"the topic lists {len(aspects)} aspects, and the corpus has evidence on {len(sections) - len(titles)}"
    return _of_equal_parts(sections, brief, reason)


def titled_outline(brief: Brief, searcher: Searcher, *, embedder: Embedder, size: PlanSize) -> Outline | None:
    """The outline of the sections that were asked for by name, in their order; None where none were.

    A section that the corpus has nothing near to is planned all the same: who asked for it is to see that it is empty.
    """
    titles = wanted_of(brief.demands, "section")
    if not titles:
        return None
    head = aspects_of(brief.topic)[0]
    sections, bare = [], []
    for i, title in enumerate(titles, start=1):
        query = f"{title} of {head[:1].lower() + head[1:]}"
        block = _block_on(title, query, i, brief, searcher, embedder=embedder, size=size)
        if block is None:
            bare.append(title)
            block = AtomicBlock(
                id=block_id(i, 1), question=query, queries=(query,), target_words=1, subject_ids=brief.subjects
            )
        sections.append(SectionPlan(id=f"s{i:02d}", title=title, blocks=(block,)))
    without = f"; the corpus has nothing near to {', '.join(bare)}" if bare else ""
    return _of_equal_parts(sections, brief, f"{counted(len(titles), 'section')} asked for by name{without}")


def _block_on(
    title: str, query: str, section: int, brief: Brief, searcher: Searcher, *, embedder: Embedder, size: PlanSize
) -> AtomicBlock | None:
    """A section's one block, or None where the corpus has nothing near to it."""
    hits = searcher.search_passages(query, _PASSAGES, doc_ids=brief.subjects or None)
    vectors = embedder.encode([query, *(f"{hit.title}. {hit.passage.text}" for hit in hits)])
    if not hits or float((vectors[1:] @ vectors[0]).max()) < _MIN_EVIDENCE:
        return None
    # One block a section, with the rule's own question ("Causes of the failure …"): headings added to it, or a split by
    # likeness, drew statements that belong to other aspects.
    one = PlanSize(size.sections, 1, size.words_per_block)
    (found,) = blocks_of_hits(section, title, aspects_of(brief.topic)[0], hits, vectors[1:], brief, one)
    told = [f"{query}: {sense}"] if (sense := sense_of(title)) else []
    return found.model_copy(update={"question": query, "queries": (query, *told, *found.queries)})


def _of_equal_parts(sections: Sequence[SectionPlan], brief: Brief, reason: str) -> Outline:
    words = round(body_words(brief.words) / sum(len(section.blocks) for section in sections))
    sized = [
        section.model_copy(
            update={"blocks": tuple(block.model_copy(update={"target_words": words}) for block in section.blocks)}
        )
        for section in sections
    ]
    return Outline(title=title_of(brief.topic), sections=tuple(sized), origin="rules", reason=reason)
