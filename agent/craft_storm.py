"""Between graph and craft, for the planner `storm`: an outline after interviews, or the free outline and a notice."""

from collections.abc import Sequence

from agent.context import RunContext
from agent.plan_choice import make_plan
from agent.progress import Event
from agent.settings import NARRATIVE_WAYS, WriteSettings
from agent.storm.interview import Interview
from agent.storm.planner import StormPlanner
from agent.storm.records import Perspective, Turn
from agent.types import Brief, Outline
from retrieval.types import Hit

_TOP_K = 3


def wants_storm(write: WriteSettings) -> bool:
    """Whether interviews come before the outline; a schema that the user names is followed without."""
    return write.planner == "storm" and write.narrative in NARRATIVE_WAYS


def make_storm_plan(brief: Brief, found: Sequence[Hit], context: RunContext) -> tuple[Outline, list[str]]:
    """The outline, with the id of the conversations' record, and the budget that ended them, if one did.

    Where the interviews give none, the model plans freely, or a rule where the budget ended; the reason says so.
    """
    stormed = _planner(brief, context).plan(brief)
    talks = stormed.conversations
    talks_id = context.store.put("conversations", talks)
    numbers = {"calls": talks.calls, "tokens": talks.tokens, "refused": len(talks.refusals)}
    context.progress.tell(Event(name="conversed", message=talks.told, numbers=numbers))
    stops = [talks.limit] if talks.limit else []
    if isinstance(stormed.outline, Outline):
        outline, reason = stormed.outline, stormed.outline.reason
    else:
        write = context.write.model_copy(update={"planner": "rules" if stops else "model", "narrative": "off"})
        outline, stops_of_plan = make_plan(
            brief,
            found,
            settings=write,
            writer=context.writer,
            corpus=context.corpus,
            searcher=context.searcher,
            embedder=context.fine,
        )
        stops += stops_of_plan
        reason = f"no outline from interviews: {stormed.outline} ({talks.told}); {outline.reason}"
    return outline.model_copy(update={"reason": reason, "conversations": talks_id}), stops


def _planner(brief: Brief, context: RunContext) -> StormPlanner:
    interview = Interview(
        model=context.writer,
        topic=brief.topic,
        doc_ids=brief.subjects,
        searcher=context.searcher,
        top_k=_TOP_K,
        embedder=context.fine,
        reader=context.reader,
        verifier_of=context.verifier,
        stem=context.stem,
        seed=context.write.seed,
    )

    def tell(perspective: Perspective, turn: Turn) -> None:
        numbers = {"read": len(turn.read), "sentences": len(turn.sentences), "refused": len(turn.refused)}
        words = {"perspective": perspective.name, "question": turn.question, "outcome": turn.outcome}
        message = f"{perspective.name}: {turn.question} {turn.answer or turn.outcome}"
        context.progress.tell(Event(name="interviewed", message=message, numbers=numbers, words=words))

    return StormPlanner(
        interview=interview,
        corpus=context.corpus,
        perspectives=context.write.storm_perspectives,
        turns=context.write.storm_turns,
        tell=tell,
    )
