"""The seam between graph and craft: takes record ids, calls one craft function, stores what it made.

Knows the store and the run's services; knows neither LangGraph nor how anything is done.
"""

import logging
from collections.abc import Mapping, Sequence

from agent.align import align
from agent.allot import allot
from agent.assemble import assemble
from agent.brief import preview, title_of
from agent.choose import choose
from agent.context import RunContext
from agent.draft import Candidate, draft_paragraph, drafting_of, quotation, restate, revise
from agent.errors import NotEnoughEvidence
from agent.forage import Foraged, ForageStep, forage
from agent.plan import block_id
from agent.plan_choice import make_plan
from agent.progress import Event
from agent.records import AlignmentRecord, DraftRecord, OwnedStatements, ReadingRecord, block_in
from agent.settle import BlockContext, CheckedDraft, SettledBlock, check, revise_failed, settle
from agent.state import Mode
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from agent.verify import Verifier
from lm.errors import BudgetExceeded, MalformedReply

logger = logging.getLogger(__name__)

_P0_PASSAGES = 80
_ANSWER_WORDS = 70
_INTRODUCTION_SHARE, _CONCLUSION_SHARE = 0.08, 0.06
_SURPLUS = {"paragraph": 2.2, "sentence": 1.5}


def make_brief(topic: str, words: int | None, mode: Mode, context: RunContext) -> str:
    """Preview the request; returns the brief's id."""
    default = _ANSWER_WORDS if mode == "answer" else context.write.words
    brief = preview(topic, words=words, default_words=default, documents=context.corpus.documents())
    context.progress.tell(Event(name="preview", message=brief.topic, numbers={"words": brief.words}))
    return context.store.put("brief", brief)


def make_alignment(brief_id: str, context: RunContext) -> str:
    """Retrieve P0; returns the alignment's id. Raises NotEnoughEvidence."""
    brief = context.store.get_model(brief_id, Brief)
    found = align(brief.topic, context.searcher, context.fine, k=_P0_PASSAGES, doc_ids=brief.subjects or None)
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
    # The same search again: its dense vectors are cached, and hits carry the titles that planners want.
    found = align(
        brief.topic, context.searcher, context.fine, k=len(alignment.passages), doc_ids=brief.subjects or None
    )
    outline, stops = make_plan(
        brief,
        found,
        planner=context.write.planner,
        writer=context.writer,
        corpus=context.corpus,
        searcher=context.searcher,
        embedder=context.fine,
        seed=context.write.seed,
    )
    outline = _framed(outline, brief)
    context.progress.tell(
        Event(
            name="plan",
            message=f"{outline.origin}: {outline.reason}",
            numbers={"sections": len(outline.sections)},
        )
    )
    return context.store.put("outline", outline, parents=[brief_id, alignment_id]), stops


def _framed(outline: Outline, brief: Brief) -> Outline:
    """The outline with an introduction and a conclusion; a short report has neither."""
    if brief.words < 300:
        return outline
    opening = AtomicBlock(id="s00b01", question=brief.topic, target_words=round(brief.words * _INTRODUCTION_SHARE))
    closing = AtomicBlock(
        id="s99b01",
        question=f"Outcome, consequences, decisions and open questions: {brief.topic}",
        target_words=round(brief.words * _CONCLUSION_SHARE),
    )
    sections = (
        SectionPlan(id="s00", title="Introduction", blocks=(opening,), kind="introduction"),
        *outline.sections,
        SectionPlan(id="s99", title="Conclusion", blocks=(closing,), kind="conclusion"),
    )
    return outline.model_copy(update={"sections": sections})


def forage_block(block: str, brief_id: str, outline_id: str, context: RunContext) -> str:
    """Read for one block; returns the id of what was read."""
    brief = context.store.get_model(brief_id, Brief)
    _, planned = block_in(context.store.get_model(outline_id, Outline), block)

    def on_step(step: ForageStep) -> None:
        numbers = {"depth": step.depth, "new_passages": step.new_passages, "gain": step.gain}
        context.progress.tell(Event(name="forage_step", block=block, message=step.query, numbers=numbers))

    foraged = forage(
        planned,
        searcher=context.searcher,
        corpus=context.corpus,
        ratio=context.write.saturation_ratio,
        topic=brief.topic,
        on_step=on_step,
    )
    numbers = {
        "unique": foraged.unique_characters,
        "target": foraged.target_characters,
        "passages": len(foraged.passages),
    }
    context.progress.tell(Event(name="foraged", block=block, message=foraged.stop_reason, numbers=numbers))
    return context.store.put("foraged", foraged, parents=[outline_id])


def revisions_allowed(context: RunContext) -> int:
    """Rounds of revision: as set, and none for a writer that restates.

    What such a writer gets wrong it does not mend (2 of 21 sentences in two rounds each), and its fallback is the very
    statement that it restated.
    """
    if drafting_of(context.write.drafting, context.writer) == "sentence":
        return 0
    return context.write.max_revisions


def allot_evidence(
    brief_id: str, outline_id: str, alignment_id: str, foraged: Mapping[str, str], context: RunContext
) -> tuple[dict[str, str], str]:
    """Give each statement to one block; returns the ids of their shares and of the account of reading."""
    store = context.store
    shares, reading = allot(
        store.get_model(brief_id, Brief),
        store.get_model(outline_id, Outline),
        store.get_model(alignment_id, AlignmentRecord),
        [store.get_model(foraged[block], Foraged) for block in sorted(foraged)],
        context,
    )
    if not any(share.statements for share in shares):
        raise NotEnoughEvidence(
            f"{reading.passages} passages were read, and none holds a sentence that can be quoted",
            hint="look at the text that was ingested with `wellread corpus show ID`",
        )
    numbers = {
        "documents": reading.documents,
        "passages": reading.passages,
        "raw": reading.raw_characters,
        "unique": reading.unique_characters,
        "target": reading.target_characters,
        "instructions_ignored": reading.instructions_ignored,
    }
    context.progress.tell(Event(name="read", numbers=numbers))
    reading_id = store.put("reading", reading, parents=list(foraged.values()))
    return {share.block: store.put("owned", share, parents=[reading_id]) for share in shares}, reading_id


def select_for(block: str, owned_id: str, outline_id: str, context: RunContext) -> str:
    """Choose the block's statements; returns the id of its context."""
    section, planned = block_in(context.store.get_model(outline_id, Outline), block)
    owned = context.store.get_model(owned_id, OwnedStatements)
    surplus = _SURPLUS[drafting_of(context.write.drafting, context.writer)]
    chosen = choose(planned, owned, fine=context.fine, surplus=surplus)
    record = BlockContext(block=planned, section=section.title, statements=tuple(chosen))
    return context.store.put("context", record, parents=[owned_id])


def _draft(context_record: BlockContext, brief: Brief, context: RunContext) -> list[Candidate]:
    statements, seed = context_record.statements, context.write.seed
    if drafting_of(context.write.drafting, context.writer) == "sentence" or context_record.block.facets:
        return [restate(i, statement, writer=context.writer, seed=seed) for i, statement in enumerate(statements)]
    try:
        return draft_paragraph(
            context_record.block,
            context_record.section,
            brief.topic,
            statements,
            writer=context.writer,
            seed=seed,
        )
    except MalformedReply as error:
        message = f"no valid paragraph, statements are quoted instead: {error}"
        context.progress.tell(Event(name="draft_failed", block=context_record.block.id, message=message))
        return [quotation(i, statement) for i, statement in enumerate(statements)]


def draft_block(context_id: str, brief_id: str, context: RunContext) -> tuple[str, list[str]]:
    """Draft; returns the draft's id and the budget that stopped it, if one did (then the statements are quoted)."""
    record = context.store.get_model(context_id, BlockContext)
    stops: list[str] = []
    try:
        candidates = _draft(record, context.store.get_model(brief_id, Brief), context) if record.statements else []
    except BudgetExceeded as error:
        stops = [error.limit]
        context.progress.tell(Event(name="budget", block=record.block.id, message=str(error)))
        candidates = [quotation(i, statement) for i, statement in enumerate(record.statements)]
    context.progress.tell(Event(name="drafted", block=record.block.id, numbers={"sentences": len(candidates)}))
    return context.store.put("draft", DraftRecord(candidates=tuple(candidates)), parents=[context_id]), stops


def _verifier(reading_id: str, context: RunContext) -> Verifier:
    reading = context.store.get_model(reading_id, ReadingRecord)
    return context.verifier(frozenset(context.store.get(reading.lexicon_id).text.split("\n")))


def verify_draft(draft_id: str, context_id: str, reading_id: str, context: RunContext) -> tuple[str, int]:
    """Verify a draft; returns the id of the checked draft and how many sentences failed."""
    draft = context.store.get_model(draft_id, DraftRecord)
    record = context.store.get_model(context_id, BlockContext)
    checked = check(draft.candidates, record, _verifier(reading_id, context))
    _tell_checked("verified", record, checked, context)
    return context.store.put("checked", checked, parents=[draft_id]), checked.n_failed


def _tell_checked(name: str, record: BlockContext, checked: CheckedDraft, context: RunContext) -> None:
    numbers = {"sentences": len(checked.lines), "failed": checked.n_failed}
    context.progress.tell(Event(name=name, block=record.block.id, numbers=numbers))


def revise_draft(checked_id: str, context_id: str, reading_id: str, context: RunContext) -> tuple[str, int, list[str]]:
    """One round of revision; returns the new draft's id, how many still fail, and the budget that stopped it, if one
    did."""
    checked = context.store.get_model(checked_id, CheckedDraft)
    record = context.store.get_model(context_id, BlockContext)

    def rewrite(candidate: Candidate, problems: Sequence[str]) -> Candidate:
        return revise(candidate, problems, record.statements, writer=context.writer, seed=context.write.seed)

    try:
        revised = revise_failed(checked, record, _verifier(reading_id, context), rewrite)
    except BudgetExceeded as error:
        context.progress.tell(Event(name="budget", block=record.block.id, message=str(error)))
        return checked_id, checked.n_failed, [error.limit]
    _tell_checked("revised", record, revised, context)
    return context.store.put("checked", revised, parents=[checked_id]), revised.n_failed, []


def settle_block(checked_id: str, context_id: str, reading_id: str, context: RunContext) -> str:
    """Settle a block; returns its id."""
    checked = context.store.get_model(checked_id, CheckedDraft)
    record = context.store.get_model(context_id, BlockContext)
    settled = settle(checked, record, _verifier(reading_id, context))
    written = sum(len(sentence.text) for sentence in settled.sentences)
    numbers = {"sentences": len(settled.sentences), "dropped": len(settled.dropped), "characters": written}
    context.progress.tell(Event(name="filed", block=record.block.id, message=record.section, numbers=numbers))
    return context.store.put("settled", settled, parents=[checked_id])


def assemble_report(
    brief_id: str, outline_id: str, reading_id: str, settled: Mapping[str, str], context: RunContext
) -> str:
    """Assemble the report; returns its id. Raises NotEnoughEvidence when no sentence of a section survived."""
    store = context.store
    report = assemble(
        store.get_model(brief_id, Brief),
        store.get_model(outline_id, Outline),
        {block: store.get_model(record_id, SettledBlock) for block, record_id in settled.items()},
        store.get_model(reading_id, ReadingRecord),
    )
    numbers = {"words": report.figures.words, "ratio": report.figures.saturation_ratio}
    context.progress.tell(Event(name="assembled", numbers=numbers))
    return store.put("report", report, parents=[outline_id, reading_id, *settled.values()])
