"""Which planner plans: the topic's own structure, a model, or the corpus's clusters.

Who names profiles, or lists the parts of the topic, has made the outline. Otherwise a model proposes one, and where its
proposal fails the checks, the documents that the topic names are sections, or clusters of what was found.
"""

from collections.abc import Sequence

from agent.plan import plan_size, propose
from agent.plan_aspects import aspect_outline
from agent.plan_clusters import cluster_outline
from agent.plan_facets import facet_outline
from agent.plan_subjects import subject_outline
from agent.settings import WriteSettings
from agent.types import Brief, Outline
from lm.embedding import Embedder
from lm.errors import BudgetExceeded
from lm.types import ChatModel
from retrieval.corpus import Corpus
from retrieval.search import Searcher
from retrieval.types import Hit


def outline_of_topic(brief: Brief, *, corpus: Corpus, searcher: Searcher, embedder: Embedder) -> Outline | None:
    """The outline that the topic itself gives: the shared headings of the profiles that it names, else the aspects that
    it lists; None where it does neither."""
    size = plan_size(brief.words, brief.sections)
    facets = facet_outline(brief, corpus, embedder=embedder, size=size)
    return facets or aspect_outline(brief, searcher, embedder=embedder, size=size)


def make_plan(
    brief: Brief,
    found: Sequence[Hit],
    *,
    settings: WriteSettings,
    writer: ChatModel,
    corpus: Corpus,
    searcher: Searcher,
    embedder: Embedder,
) -> tuple[Outline, list[str]]:
    """An outline, and the budget that kept the model from planning, if one did.

    Args:
        brief: The request.
        found: P0, the first retrieval's hits, broad first.
        settings: Their planner ``auto`` asks the model only where the topic gives no outline of its own; ``model``
            asks it first; ``rules`` never. Without early alignment the model does not see P0, which is how to learn
            what P0 is worth to it; rules need it.
    """
    by_topic = outline_of_topic(brief, corpus=corpus, searcher=searcher, embedder=embedder)
    if by_topic is not None and settings.planner != "model":
        return by_topic, []
    proposed: Outline | str = ""
    stops: list[str] = []
    if settings.planner != "rules":
        try:
            shown = found if settings.early_alignment == "on" else ()
            proposed = propose(brief, shown, writer=writer, searcher=searcher, embedder=embedder, seed=settings.seed)
        except BudgetExceeded as error:
            stops, proposed = [error.limit], f"the budget ended before the plan: {error}"
    if isinstance(proposed, Outline):
        return proposed, stops
    by_rule = by_topic or subject_outline(brief, corpus)
    if by_rule is None:
        size = plan_size(brief.words, brief.sections)
        by_rule = cluster_outline(brief, found, corpus, embedder=embedder, size=size, seed=settings.seed)
    reason = "; ".join(part for part in (by_rule.reason, proposed) if part)
    return by_rule.model_copy(update={"reason": reason}), stops
