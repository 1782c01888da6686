"""A rule-based plan for topics that name several documents which share no headings: a section for each of them.

Clusters of what a first retrieval found would mix the subjects, and leave one out whose passages fall into no cluster
of their own. Reads the brief and titles only.
"""

from agent.brief import title_of
from agent.frame import body_words
from agent.plan import block_id
from agent.plan_facets import theme_of
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from prompts.plain_text import plain
from retrieval.corpus import Corpus

_MIN_WORDS = 30  # of a section
_MOST_WORDS = 220  # ten sentences, the most of a paragraph: a section here has one


def subject_outline(brief: Brief, corpus: Corpus) -> Outline | None:
    """A section of one block for each named document, in order of mention; None where it names fewer than two, wants
    another number of sections, or leaves each too little room or more than a paragraph takes."""
    n = len(brief.subjects)
    words = round(body_words(brief.words) / max(1, n))
    if n < 2 or brief.sections not in (None, n) or not _MIN_WORDS <= words <= _MOST_WORDS:
        return None
    titles = [plain(corpus.document(doc_id).title) for doc_id in brief.subjects]
    theme = theme_of(brief, titles)
    sections = tuple(
        SectionPlan(
            id=f"s{i:02d}",
            title=title,
            blocks=(
                AtomicBlock(
                    id=block_id(i, 1),
                    question=f"{title}: {theme}" if theme else title,
                    queries=tuple(query for query in (theme, title) if query),
                    target_words=words,
                    subject_ids=(doc_id,),
                ),
            ),
        )
        for i, (doc_id, title) in enumerate(zip(brief.subjects, titles, strict=True), start=1)
    )
    reason = f"the topic names {n} documents, and each is a section"
    return Outline(title=title_of(brief.topic), sections=sections, origin="rules", reason=reason)
