"""Outlines of a topic by different planners, from one first retrieval and by one model; nothing is drafted."""

from collections.abc import Callable
from dataclasses import replace

from agent import craft_plan
from agent.brief import subject_matter
from agent.context import RunContext
from agent.errors import NotEnoughEvidence
from agent.narrative.fit import ranked
from agent.records import AlignmentRecord
from agent.settings import WriteSettings
from agent.storm.records import Conversations
from agent.types import Brief, Outline
from evals.bench import Abstained, Bench, Program
from evals.items import Item, Outcome
from evals.metrics.outlines import blocks_of, titles_of
from evals.programs.ask import run_context
from lm.errors import BudgetExceeded
from lm.scripted import ScriptedLM

# What `agent.plan` and `agent.narrative.adapt` show of a first retrieval.
_NOTES = 24
# Two interviews of two questions each: ten calls, and about as much evidence read as a planner's notes hold.
STORM = {"planner": "storm", "narrative": "asked", "storm_perspectives": 1, "storm_turns": 2}


def outline_by(origin: str, settings: Callable[[str], dict[str, object]]) -> Program:
    """A planner as a program.

    Args:
        origin: Of its outlines; where another stands in, it fell back.
        settings: Its settings of `[write]`, from the name of the schema that fits the topic best.
    """

    def program(item: Item, bench: Bench) -> Outcome:
        # What plans by rules is opened without a model, and must not ask one.
        context = run_context(bench if bench.writer_ else replace(bench, writer_=ScriptedLM([])))
        brief = _brief(item, context)
        brief_id = context.store.put("brief", brief)
        alignment_id = _first_look(brief_id, brief, context)
        schema = _nearest_schema(brief, alignment_id, context)
        write = WriteSettings.model_validate({**context.write.model_dump(), **settings(schema)})
        outline_id, stops = craft_plan.make_outline(brief_id, alignment_id, replace(context, write=write))
        if stops:
            raise BudgetExceeded(f"the budget ended within a plan: {', '.join(stops)}", limit=stops[0])
        outline = context.store.get_model(outline_id, Outline)
        return _outcome(outline, brief, schema, fell_back=outline.origin != origin, context=context)

    return program


def _brief(item: Item, context: RunContext) -> Brief:
    """The brief, where the item says from which documents: as if the topic named them, whatever their titles are."""
    brief = context.store.get_model(craft_plan.make_brief(item.text, None, "report", context), Brief)
    return brief.model_copy(update={"subjects": item.supporting_ids}) if item.supporting_ids else brief


def _first_look(brief_id: str, brief: Brief, context: RunContext) -> str:
    """The first retrieval's id. A report's takes few passages of one document; where documents are named, it is as many
    of theirs as a planner's notes hold, so that all planners read about as much.

    Raises:
        Abstained: the corpus has too little on the topic.
    """
    try:
        alignment_id = craft_plan.make_alignment(brief_id, "report", context)
    except NotEnoughEvidence as error:
        raise Abstained(str(error)) from error
    if not brief.subjects:
        return alignment_id
    hits = context.searcher.search_passages(subject_matter(brief.topic), _NOTES, doc_ids=brief.subjects)
    record = context.store.get_model(alignment_id, AlignmentRecord)
    whole = record.model_copy(update={"passages": tuple(hit.passage.id for hit in hits)})
    return context.store.put("alignment", whole, parents=[brief_id])


def _nearest_schema(brief: Brief, alignment_id: str, context: RunContext) -> str:
    found = context.hits(context.store.get_model(alignment_id, AlignmentRecord).passages)
    return ranked(brief, found, embedder=context.fine)[0].name


def _outcome(outline: Outline, brief: Brief, schema: str, *, fell_back: bool, context: RunContext) -> Outcome:
    talks = context.store.get_model(outline.conversations, Conversations) if outline.conversations else None
    return Outcome(
        text="\n".join(titles_of(outline)),
        details={
            "outline": outline.model_dump(mode="json"),
            "schema": schema,
            "words_asked": brief.words,
            "fell_back": int(fell_back),
            "sections": len(titles_of(outline)),
            "blocks": len(blocks_of(outline)),
            **({} if talks is None else {"conversations": talks.model_dump(mode="json")}),
        },
    )
