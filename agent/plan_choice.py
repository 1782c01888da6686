"""Which planner plans: a narrative schema, the topic's own structure, a model, or the corpus's clusters.

Sections that the user names come first, then a schema that the user names. Else, who names profiles, or lists the parts
of the topic, has made the outline. Otherwise a schema is taken where the request asks for its form or one is to be
chosen; then a model proposes an outline, and where its proposal fails the checks, the documents that the topic names
are sections, or clusters of what was found.
"""

from collections.abc import Sequence

from agent.draft import is_very_small
from agent.narrative.adapt import Adapter
from agent.narrative.evidence import Lookup
from agent.narrative.fit import Fit, asked_fit, best_fit, named_fit
from agent.narrative.plan import as_patterns, schema_outline
from agent.plan import plan_size, propose
from agent.plan_aspects import aspect_outline, titled_outline
from agent.plan_clusters import cluster_outline
from agent.plan_facets import facet_outline
from agent.plan_subjects import subject_outline
from agent.settings import NARRATIVE_WAYS, WriteSettings
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
            asks it first; ``rules`` never. Their narrative names a schema, or says when one is looked for. Without
            early alignment the model does not see P0, which is how to learn what P0 is worth to it; rules need it.
    """
    size = plan_size(brief.words, brief.sections)
    if (titled := titled_outline(brief, searcher, embedder=embedder, size=size)) is not None:
        return titled, []
    is_named = settings.narrative not in NARRATIVE_WAYS
    by_topic = None if is_named else outline_of_topic(brief, corpus=corpus, searcher=searcher, embedder=embedder)
    fit = _fit_for(brief, found, settings, embedder) if by_topic is None else None
    refused = ""
    if fit is not None:
        lookup = Lookup(searcher, embedder, brief.subjects)
        by_schema, stops = _by_schema(brief, found, fit, lookup, settings=settings, writer=writer)
        if isinstance(by_schema, Outline):
            return by_schema, stops
        refused = by_schema
    if is_named:
        by_topic = outline_of_topic(brief, corpus=corpus, searcher=searcher, embedder=embedder)
    outline, stops = _without_schema(
        brief, found, by_topic, settings=settings, writer=writer, corpus=corpus, searcher=searcher, embedder=embedder
    )
    if not refused:
        return outline, stops
    return outline.model_copy(update={"reason": "; ".join(part for part in (refused, outline.reason) if part)}), stops


def _without_schema(
    brief: Brief,
    found: Sequence[Hit],
    by_topic: Outline | None,
    *,
    settings: WriteSettings,
    writer: ChatModel,
    corpus: Corpus,
    searcher: Searcher,
    embedder: Embedder,
) -> tuple[Outline, list[str]]:
    if by_topic is not None and settings.planner != "model":
        return by_topic, []
    proposed: Outline | str = ""
    stops: list[str] = []
    if settings.planner == "model" or (settings.planner == "auto" and _can_plan(brief, writer)):
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
        by_rule = cluster_outline(
            brief,
            found,
            corpus,
            embedder=embedder,
            static=searcher.static_vectors,
            size=size,
            seed=settings.seed,
        )
    reason = "; ".join(part for part in (by_rule.reason, proposed) if part)
    return by_rule.model_copy(update={"reason": reason}), stops


def _can_plan(brief: Brief, writer: ChatModel) -> bool:
    """Whether it is worth asking the writer for a plan: not for one section, which needs none, and not a very small
    model, whose plans fail their checks and take half of a run's time (docs/log.md)."""
    return plan_size(brief.words, brief.sections).sections > 1 and not is_very_small(writer)


def _fit_for(brief: Brief, found: Sequence[Hit], settings: WriteSettings, embedder: Embedder) -> Fit | None:
    """The schema to plan by. Who names documents wants to be told of them: only a schema that was named, or one that is
    to be chosen, comes before that."""
    match settings.narrative:
        case "off":
            return None
        case "asked":
            return None if brief.subjects else asked_fit(brief.topic)
        case "auto":
            return best_fit(brief, found, embedder=embedder)
        case name:
            return named_fit(name, brief.topic)


def _by_schema(
    brief: Brief, found: Sequence[Hit], fit: Fit, lookup: Lookup, *, settings: WriteSettings, writer: ChatModel
) -> tuple[Outline | str, list[str]]:
    """The outline by a schema, fitted by the model unless rules plan, and the budget that kept the model from it."""
    if settings.planner == "rules":
        return schema_outline(brief, fit, lookup), []
    shown = found if settings.early_alignment == "on" else ()
    try:
        adapter = Adapter(writer, shown, lookup, seed=settings.seed)
        return schema_outline(brief, fit, lookup, adapt=adapter), []
    except BudgetExceeded as error:
        outline = schema_outline(brief, fit, lookup, adapt=as_patterns)
        if isinstance(outline, Outline):
            told = f"{outline.reason}; the budget ended before the model fitted it: {error}"
            outline = outline.model_copy(update={"reason": told})
        return outline, [error.limit]
