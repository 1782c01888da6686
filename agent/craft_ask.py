"""Between graph and craft, for questions: how hard one is, and which sub-questions to look up before it is answered.

Takes record ids, calls one craft function, stores what it made.
"""

import math
from collections.abc import Callable

from agent.context import RunContext
from agent.counting import counted
from agent.difficulty import N_ANSWERS, signs_of
from agent.notes.loop import take_note
from agent.notes.note import NoteStep
from agent.notes.writing import Scribe
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
from retrieval.types import Hit, Passage

# A short answer is read off the search's best passages: the window of a small model holds few.
_FIRST_PASSAGES = 6


def first_hits(question: str, searcher: Searcher) -> list[Hit]:
    """What short answers to a question are drawn from."""
    return searcher.search_passages(question, _FIRST_PASSAGES)


def questioner_for(question: str, searcher: Searcher, writer: ChatModel, *, seed: int, max_tokens: int) -> Questioner:
    """A questioner over a search; thresholds hold for questioners that are made alike."""
    return Questioner(
        question=question,
        first=first_hits(question, searcher),
        writer=writer,
        look=lambda query, k: searcher.search_passages(query, k),
        seed=seed,
        max_tokens=max_tokens,
    )


def gauge_question(brief_id: str, context: RunContext) -> tuple[str | None, list[str]]:
    """How hard the question is; returns the id of its route, and the budget that left it without one, if one did."""
    brief = context.store.get_model(brief_id, Brief)
    lines = [evidence_line(hit) for hit in first_hits(brief.topic, context.searcher)]
    try:
        answers = draw_answers(
            brief.topic,
            lines,
            writer=context.writer,
            n=N_ANSWERS,
            seed=context.write.seed,
            max_tokens=context.ask.evidence_tokens,
        )
    except BudgetExceeded as error:
        context.progress.tell(Event(name="budget", message=str(error)))
        return None, [error.limit]
    signs = signs_of(answers, lines)
    routed = Routed(signs=signs, route=context.fitted.cutoffs.route(signs))
    numbers = {**signs.model_dump(), **routed.route.model_dump(exclude={"label"})}
    context.progress.tell(Event(name="gauged", message=routed.route.label, numbers=numbers))
    return context.store.put("routed", routed, parents=[brief_id]), []


def make_note(brief_id: str, alignment_id: str, context: RunContext) -> tuple[str, str, list[str]]:
    """Take a note; returns its id, that of the alignment with what it stands on, and the budget that ended it, if one
    did."""
    brief = context.store.get_model(brief_id, Brief)
    alignment = context.store.get_model(alignment_id, AlignmentRecord)

    def search(query: str, k: int) -> list[Passage]:
        hits = context.searcher.search_passages(query, k, doc_ids=brief.subjects or None)
        return [hit.passage for hit in hits]

    seed = context.write.seed
    scribe = Scribe(context.helper, context.reader, context.verifier, context.stem, seed)
    result = take_note(brief.topic, search=search, scribe=scribe, judge=context.judge, tell=_telling(context))
    numbers = {"lines": len(result.best.lines), "calls": result.calls, "tokens": result.tokens}
    message = f"{counted(len(result.best.lines), 'line')} noted, {result.stop_reason}"
    context.progress.tell(Event(name="noted", message=message, numbers=numbers))
    note_id = context.store.put("note", result, parents=[alignment_id])
    joined = alignment.model_copy(update={"noted": result.best.passages})
    stops = [result.limit] if result.limit else []
    return note_id, context.store.put("alignment", joined, parents=[alignment_id, note_id]), stops


def _telling(context: RunContext) -> Callable[[NoteStep], None]:
    def tell(step: NoteStep) -> None:
        numbers = {
            "step": step.step,
            "passages": len(step.passages),
            "lines": len(step.lines),
            "unsupported": step.n_unsupported,
            "repeated": step.n_repeated,
            "added_tokens": step.added_tokens,
            "accepted": int(step.is_accepted),
        }
        message = f"{' | '.join(step.queries)}: {step.reason}"
        context.progress.tell(Event(name="note_step", message=message, numbers=numbers))

    return tell


def is_easy(route_id: str | None, context: RunContext) -> bool:
    """Whether the question was gauged and found easy: looking further is not worth its cost."""
    return route_id is not None and context.store.get_model(route_id, Routed).route.label == "easy"


def pursue_question(brief_id: str, alignment_id: str, context: RunContext) -> tuple[str, str, list[str]]:
    """Look sub-questions up; returns the ids of the pursuit and of an alignment that holds its passages too, and the
    budget that ended it, if one did."""
    brief = context.store.get_model(brief_id, Brief)
    alignment = context.store.get_model(alignment_id, AlignmentRecord)

    def on_step(step: PursuitStep) -> None:
        numbers: dict[str, float] = {"asked": step.n_asked, "open": len(step.open)}
        context.progress.tell(Event(name="pursue_step", message=_told(step), numbers=numbers))

    pursuit = pursue(
        questioner_for(
            brief.topic,
            context.searcher,
            context.writer,
            seed=context.write.seed,
            max_tokens=context.ask.evidence_tokens,
        ),
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
