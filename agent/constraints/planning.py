"""What the demands change in a plan: its lengths add up to what was asked for, and what must be mentioned is searched
for."""

from agent.constraints.gathering import wanted_of
from agent.frame import body_words
from agent.plan import with_queries
from agent.types import Brief, Outline, SectionPlan
from lm.embedding import Embedder

_NEAR_ENOUGH = 0.97


def heeding(outline: Outline, brief: Brief, embedder: Embedder) -> Outline:
    """The outline with the brief's demands in it; one without demands stays as it is, and so do a user's lengths."""
    if not brief.demands:
        return outline
    if outline.origin != "user":
        outline = to_length(outline, body_words(brief.words))
    return with_queries(outline, wanted_of(brief.demands, "mention"), embedder, least=-1.0)


def to_length(outline: Outline, words: int) -> Outline:
    """The outline with its blocks made longer by one factor, where together they are shorter than `words`.

    A planner whose sections were asked for and not all found (clusters without a name of their own, headings without
    evidence) leaves their words to nobody.
    """
    planned = sum(block.target_words for section in outline.sections for block in section.blocks)
    if planned >= _NEAR_ENOUGH * words:
        return outline
    return outline.model_copy(
        update={"sections": tuple(_longer(section, words / planned) for section in outline.sections)}
    )


def _longer(section: SectionPlan, factor: float) -> SectionPlan:
    blocks = tuple(
        block.model_copy(update={"target_words": round(factor * block.target_words)}) for block in section.blocks
    )
    return section.model_copy(update={"blocks": blocks})
