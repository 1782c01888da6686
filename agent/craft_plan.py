"""Between graph and craft, first part: from a topic to its brief, its first retrieval and its outline.

Takes record ids, calls one craft function, stores what it made. Knows the store and the run's services; knows neither
LangGraph nor how anything is done.
"""

from collections.abc import Callable

from agent.align import align
from agent.brief import preview, preview_question, title_of
from agent.context import RunContext
from agent.frame import framed, listed
from agent.notes.loop import take_note
from agent.notes.note import NoteStep
from agent.notes.writing import Scribe
from agent.plan import block_id
from agent.plan_choice import make_plan
from agent.progress import Event
from agent.records import AlignmentRecord
from agent.state import Mode
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from retrieval.types import Passage

# A report wants the whole land in view; of an answer's passages every sentence is embedded, and the thirty-first holds
# it hardly ever.
_P0_PASSAGES = {"report": 80, "answer": 30}
_ANSWER_WORDS = 70


def make_brief(topic: str, words: int | None, mode: Mode, context: RunContext) -> str:
    """Preview the request; returns the brief's id."""
    if mode == "answer":
        brief = preview_question(topic, words=_ANSWER_WORDS)
    else:
        brief = preview(topic, words=words, default_words=context.write.words, documents=context.corpus.documents())
    context.progress.tell(Event(name="preview", message=brief.topic, numbers={"words": brief.words}))
    return context.store.put("brief", brief)


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
    message = f"{len(result.best.lines)} lines noted, {result.stop_reason}"
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


def make_answer_outline(brief_id: str, context: RunContext) -> str:
    """One section with one block: the question itself."""
    brief = context.store.get_model(brief_id, Brief)
    block = AtomicBlock(
        id=block_id(1, 1),
        question=brief.topic,
        queries=(brief.topic,),
        target_words=brief.words,
        subject_ids=brief.subjects,
    )
    section = SectionPlan(id="s01", title="Answer", blocks=(block,))
    outline = Outline(
        title=title_of(brief.topic), sections=(section,), origin="question", reason="a question is one block"
    )
    return context.store.put("outline", outline, parents=[brief_id])


def make_outline(brief_id: str, alignment_id: str, context: RunContext) -> tuple[str, list[str]]:
    """Plan; returns the outline's id and the budget that stopped it, if one did."""
    brief = context.store.get_model(brief_id, Brief)
    alignment = context.store.get_model(alignment_id, AlignmentRecord)
    outline, stops = make_plan(
        brief,
        context.hits(alignment.passages),
        settings=context.write,
        writer=context.writer,
        corpus=context.corpus,
        searcher=context.searcher,
        embedder=context.fine,
    )
    outline = framed(outline, brief)
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
