"""Between graph and craft, for questions: how hard one is, and which sub-questions to look up before it is answered.

Takes record ids, calls one craft function, stores what it made.
"""

import math

from agent.context import RunContext
from agent.difficulty import N_ANSWERS, signs_of
from agent.progress import Event
from agent.pursuit.pursue import MAX_QUERIES, PursuitStep, pursue
from agent.pursuit.questioner import Questioner, evidence_line
from agent.pursuit.selector import ConformalQuerySelector
from agent.records import AlignmentRecord, Routed
from agent.short_answers import draw_answers
from agent.types import Brief
from lm.errors import BudgetExceeded
from lm.types import ChatModel
from retrieval.search import Searcher
from retrieval.types import Hit

# A short answer is read off the search's best passages: the window of a small model holds few.
_FIRST_PASSAGES = 6


def first_hits(question: str, searcher: Searcher) -> list[Hit]:
    """What short answers to a question are drawn from."""
    return searcher.search_passages(question, _FIRST_PASSAGES)


def questioner_for(question: str, searcher: Searcher, writer: ChatModel, *, seed: int) -> Questioner:
    """A questioner over a search; thresholds hold for questioners that are made alike."""
    return Questioner(
        question=question,
        first=first_hits(question, searcher),
        writer=writer,
        look=lambda query, k: searcher.search_passages(query, k),
        seed=seed,
    )


def gauge_question(brief_id: str, context: RunContext) -> tuple[str | None, list[str]]:
    """How hard the question is; returns the id of its route, and the budget that left it without one, if one did."""
    brief = context.store.get_model(brief_id, Brief)
    lines = [evidence_line(hit) for hit in first_hits(brief.topic, context.searcher)]
    try:
        answers = draw_answers(brief.topic, lines, writer=context.writer, n=N_ANSWERS, seed=context.write.seed)
    except BudgetExceeded as error:
        context.progress.tell(Event(name="budget", message=str(error)))
        return None, [error.limit]
    signs = signs_of(answers, lines)
    routed = Routed(signs=signs, route=context.fitted.cutoffs.route(signs))
    numbers = {**signs.model_dump(), **routed.route.model_dump(exclude={"label"})}
    context.progress.tell(Event(name="gauged", message=routed.route.label, numbers=numbers))
    return context.store.put("routed", routed, parents=[brief_id]), []


def is_to_be_pursued(route_id: str | None, context: RunContext) -> bool:
    """Whether sub-questions are worth their cost: they are set, and the question is not easy."""
    is_easy = route_id is not None and context.store.get_model(route_id, Routed).route.label == "easy"
    return context.ask.pursue == "on" and not is_easy


def pursue_question(brief_id: str, alignment_id: str, context: RunContext) -> tuple[str, str, list[str]]:
    """Look sub-questions up; returns the ids of the pursuit and of an alignment that holds its passages too, and the
    budget that ended it, if one did."""
    brief = context.store.get_model(brief_id, Brief)
    alignment = context.store.get_model(alignment_id, AlignmentRecord)

    def on_step(step: PursuitStep) -> None:
        numbers: dict[str, float] = {"asked": step.n_asked, "open": len(step.open)}
        context.progress.tell(Event(name="pursue_step", message=_told(step), numbers=numbers))

    pursuit = pursue(
        questioner_for(brief.topic, context.searcher, context.writer, seed=context.write.seed),
        ConformalQuerySelector(context.fitted.thresholds, max_length=MAX_QUERIES),
        on_step=on_step,
        is_late=context.is_late,
    )
    context.progress.tell(Event(name="pursued", message=pursuit.stop_reason, numbers={"looked_up": len(pursuit.found)}))
    found = [passage for looked_up in pursuit.found for passage in looked_up.passages]
    widened = alignment.model_copy(update={"passages": tuple(dict.fromkeys((*alignment.passages, *found)))})
    pursuit_id = context.store.put("pursuit", pursuit, parents=[alignment_id])
    widened_id = context.store.put("alignment", widened, parents=[alignment_id, pursuit_id])
    return pursuit_id, widened_id, [pursuit.budget] if pursuit.budget else []


def _told(step: PursuitStep) -> str:
    """What was looked up, what it gave, and how many answers each candidate was expected to leave."""
    asked = f"{step.found.query} → {step.found.answer or 'nothing'}" if step.found else "nothing more is looked up"
    leaves = "; ".join(f"{candidate.query} leaves {math.exp(candidate.score):.1f}" for candidate in step.candidates)
    return f"{asked} ({leaves})" if leaves else asked
