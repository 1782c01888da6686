"""Between graph and craft, first part: from a topic to its brief, its first retrieval and its outline.

Takes record ids, calls one craft function, stores what it made. Knows the store and the run's services; knows neither
LangGraph nor how anything is done.
"""

from agent.align import align
from agent.brief import preview, preview_question, title_of
from agent.constraints.gathering import gather, request_of
from agent.constraints.planning import heeding
from agent.context import RunContext
from agent.craft_storm import make_storm_plan, wants_storm
from agent.dependencies import require_told_in_order, with_dependencies
from agent.difficulty import Route
from agent.frame import framed, listed
from agent.narrative.user_plan import outline_of_plan
from agent.plan import block_id
from agent.plan_choice import make_plan
from agent.progress import Event
from agent.pursuit.pursue import Pursuit
from agent.records import AlignmentRecord, Routed
from agent.state import Mode
from agent.types import AtomicBlock, Brief, Outline, SectionPlan

# A report wants the whole land in view; of an answer's passages every sentence is embedded, and the thirty-first holds
# it hardly ever.
_P0_PASSAGES = {"report": 80, "answer": 30}
_ANSWER_WORDS = 70
# Without a route: as much as the answer's length asks for, and the writer's likeliest words.
_PLAIN = Route(label="normal", depth=1.0, length=1.0, temperature=0.0)


def make_brief(topic: str, words: int | None, mode: Mode, context: RunContext) -> str:
    """Preview the request; returns the brief's id."""
    if mode == "answer":
        brief = preview_question(topic, words=_ANSWER_WORDS)
    else:
        words = words or (context.plan.report_words if context.plan else None)
        brief = _report_brief(topic, words, context)
    numbers = {"words": brief.words, "demands": len(brief.demands)}
    context.progress.tell(Event(name="preview", message=brief.topic, numbers=numbers))
    return context.store.put("brief", brief)


def _report_brief(topic: str, words: int | None, context: RunContext) -> Brief:
    """The brief of a report: its matter, its length, and everything that is demanded of it."""
    request = request_of(topic, context.write)
    brief = preview(
        request.matter,
        words=words or request.words,
        default_words=context.write.words,
        documents=context.corpus.documents(),
    )
    demands = gather(request, context.write, words=brief.words, is_named=words is not None)
    return brief.model_copy(update={"demands": demands})


def make_alignment(brief_id: str, mode: Mode, context: RunContext) -> str:
    """Retrieve P0; returns the alignment's id. Raises NotEnoughEvidence."""
    brief = context.store.get_model(brief_id, Brief)
    found = align(brief.topic, context.searcher, context.fine, k=_P0_PASSAGES[mode], doc_ids=brief.subjects or None)
    record = AlignmentRecord(
        passages=tuple(hit.passage.id for hit in found.hits),
        best_cosine=round(found.best_cosine, 4),
        word_share=round(found.word_share, 4),
    )
    numbers = {
        "passages": len(found.hits),
        "best_cosine": record.best_cosine,
        "word_share": record.word_share,
    }
    context.progress.tell(Event(name="align", numbers=numbers))
    return context.store.put("alignment", record, parents=[brief_id])


def make_answer_outline(brief_id: str, context: RunContext, *, route_id: str | None, pursuit_id: str | None) -> str:
    """One section with one block: the question itself, with the sub-questions that were pursued, as its route says."""
    store = context.store
    brief = store.get_model(brief_id, Brief)
    pursued = [found.query for found in store.get_model(pursuit_id, Pursuit).found] if pursuit_id else []
    route = store.get_model(route_id, Routed).route if route_id else _PLAIN
    block = AtomicBlock(
        id=block_id(1, 1),
        question=brief.topic,
        queries=(brief.topic, *pursued),
        target_words=round(brief.words * route.length),
        subject_ids=brief.subjects,
        depth=route.depth / route.length,
        temperature=route.temperature,
    )
    section = SectionPlan(id="s01", title="Answer", blocks=(block,))
    outline = Outline(
        title=title_of(brief.topic), sections=(section,), origin="question", reason="a question is one block"
    )
    return store.put("outline", outline, parents=[i for i in (brief_id, route_id, pursuit_id) if i])


def make_outline(brief_id: str, alignment_id: str, context: RunContext) -> tuple[str, list[str]]:
    """Plan, or follow the user's plan; returns the outline's id and the budget that stopped it, if one did."""
    brief = context.store.get_model(brief_id, Brief)
    alignment = context.store.get_model(alignment_id, AlignmentRecord)
    stops: list[str] = []
    if context.plan is not None:
        outline = outline_of_plan(context.plan, brief)
    elif wants_storm(context.write):
        outline, stops = make_storm_plan(brief, context.hits(alignment.passages), context)
    else:
        outline, stops = make_plan(
            brief,
            context.hits(alignment.passages),
            settings=context.write,
            writer=context.writer,
            corpus=context.corpus,
            searcher=context.searcher,
            embedder=context.fine,
        )
    outline = with_dependencies(framed(heeding(outline, brief, context.fine), brief))
    require_told_in_order(outline)
    context.progress.tell(
        Event(
            name="plan",
            message=f"{outline.origin}: {outline.reason}" + _missing(outline),
            numbers={"sections": len(outline.sections), "missing": len(outline.missing)},
        )
    )
    return context.store.put("outline", outline, parents=[brief_id, alignment_id]), stops


def _missing(outline: Outline) -> str:
    return f"; the first retrieval lacks {listed(outline.missing)}" if outline.missing else ""
