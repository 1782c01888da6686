"""Between graph and craft, third part: from what a block may say to its settled sentences."""

from collections.abc import Callable, Sequence

from agent.context import RunContext
from agent.draft import Candidate, Paragraph, drafting_of, quotation, restate, revise
from agent.progress import Event
from agent.records import DraftRecord, ReadingRecord
from agent.sampling import Site, draw
from agent.settle import BlockContext, CheckedDraft, check, draft_worth, revise_failed, settle
from agent.types import Brief
from agent.verify import Verifier
from lm.errors import BudgetExceeded, MalformedReply
from prompts.statements import Statement


def revisions_allowed(context: RunContext) -> int:
    """Rounds of revision: as set, and none for a writer that restates.

    What such a writer gets wrong it does not mend (2 of 21 sentences in two rounds each), and its fallback is the very
    statement that it restated.
    """
    if drafting_of(context.write.drafting, context.writer) == "sentence":
        return 0
    return context.write.max_revisions


def is_paragraph(record: BlockContext, context: RunContext) -> bool:
    """Whether the block is drafted as a whole; else its statements are restated one by one."""
    return drafting_of(context.write.drafting, context.writer) == "paragraph" and not record.block.facets


def _draft(
    context_record: BlockContext, brief: Brief, reading_id: str, context: RunContext
) -> tuple[DraftRecord, list[str]]:
    """The draft, and the budget that kept it from being chosen among more, if one did."""
    statements, seed = context_record.statements, context.write.seed
    if not is_paragraph(context_record, context):
        restated = [
            restate(i, one, writer=context.writer, seed=seed, asked=context.asked) for i, one in enumerate(statements)
        ]
        return DraftRecord(candidates=tuple(restated)), []
    try:
        drafts, stops = _paragraphs(context_record, brief, reading_id, context)
        chosen = 0 if len(drafts) == 1 else _best_of(drafts, context_record, reading_id, context)
        return DraftRecord(candidates=tuple(drafts[chosen]), drafts=len(drafts), chosen=chosen), stops
    except MalformedReply as error:
        message = f"no valid paragraph, statements are quoted instead: {error}"
        context.progress.tell(Event(name="draft_failed", block=context_record.block.id, message=message))
        return _quoted(context_record.quotable), []


def _quoted(statements: Sequence[Statement]) -> DraftRecord:
    return DraftRecord(candidates=tuple(quotation(i, statement) for i, statement in enumerate(statements)))


def _paragraphs(
    record: BlockContext, brief: Brief, reading_id: str, context: RunContext
) -> tuple[list[list[Candidate]], list[str]]:
    """The writer's paragraph, and as many others as are set, with the budget that left some out.

    Raises:
        MalformedReply: none took the form.
        BudgetExceeded: the budget ended before the first.
    """
    paragraph = Paragraph(
        record.block,
        record.section,
        brief.topic,
        record.statements,
        context.writer,
        record.shown,
        context.spare,
        context.asked,
        record.told_before,
    )
    worth = _worth_in(record, reading_id, context)
    site = Site(paragraph, seed=context.write.seed, worth=worth, tell=context.progress.tell)
    drafts, stop = draw(site, context.write.candidates, context.write.sampling)
    if stop is not None:
        context.progress.tell(Event(name="budget", block=record.block.id, message=str(stop)))
    return drafts, [stop.limit] if stop else []


def _worth_in(record: BlockContext, reading_id: str, context: RunContext) -> Callable[[Sequence[Candidate]], float]:
    verifier = verifier_of(reading_id, context)
    return lambda draft: draft_worth(check(draft, record, verifier), len(record.statements))


def _best_of(drafts: Sequence[list[Candidate]], record: BlockContext, reading_id: str, context: RunContext) -> int:
    """The place of the draft that is worth most, the first of equals."""
    worths = list(map(_worth_in(record, reading_id, context), drafts))
    best = max(range(len(drafts)), key=worths.__getitem__)
    numbers = {
        "drafts": len(drafts),
        "chosen": best,
        "worth": round(worths[best], 4),
        "first": round(worths[0], 4),
        "least": round(min(worths), 4),
    }
    context.progress.tell(Event(name="draft_chosen", block=record.block.id, numbers=numbers))
    return best


def draft_block(context_id: str, brief_id: str, reading_id: str, context: RunContext) -> tuple[str, list[str]]:
    """Draft; returns the draft's id and the budget that stopped it, if one did (then the statements are quoted)."""
    record = context.store.get_model(context_id, BlockContext)
    stops: list[str] = []
    try:
        brief = context.store.get_model(brief_id, Brief)
        draft, stops = _draft(record, brief, reading_id, context) if record.statements else (_quoted(()), [])
    except BudgetExceeded as error:
        stops = [error.limit]
        context.progress.tell(Event(name="budget", block=record.block.id, message=str(error)))
        draft = _quoted(record.quotable)
    context.progress.tell(Event(name="drafted", block=record.block.id, numbers={"sentences": len(draft.candidates)}))
    return context.store.put("draft", draft, parents=[context_id]), stops


def verifier_of(reading_id: str, context: RunContext) -> Verifier:
    """The checks of this run, with the common words of what was read."""
    reading = context.store.get_model(reading_id, ReadingRecord)
    return context.verifier(frozenset(context.store.get(reading.lexicon_id).text.split("\n")))


def verify_draft(draft_id: str, context_id: str, reading_id: str, context: RunContext) -> tuple[str, int, list[str]]:
    """Verify a draft; returns the id of the checked draft, how many sentences failed, and the budget that kept
    sentences from the judge, if one did."""
    draft = context.store.get_model(draft_id, DraftRecord)
    record = context.store.get_model(context_id, BlockContext)
    verifier = verifier_of(reading_id, context)
    checked, stops = _reviewed(check(draft.candidates, record, verifier), record, verifier, context)
    _tell_checked("verified", record, checked, context)
    return context.store.put("checked", checked, parents=[draft_id]), checked.n_failed, stops


def _reviewed(
    checked: CheckedDraft, record: BlockContext, verifier: Verifier, context: RunContext
) -> tuple[CheckedDraft, list[str]]:
    """The draft after a second opinion, where one is set up, and the budget that left sentences without, if one did."""
    if context.cascade is None:
        return checked, []
    found = context.cascade.review(checked, record, verifier.lexicon)
    numbers = {"doubtful": found.n_near, "judged": found.n_asked, "refused": found.n_refused}
    context.progress.tell(Event(name="reviewed", block=record.block.id, numbers=numbers))
    if found.stop is None:
        return found.draft, []
    context.progress.tell(Event(name="budget", block=record.block.id, message=str(found.stop)))
    return found.draft, [found.stop.limit]


def _tell_checked(name: str, record: BlockContext, checked: CheckedDraft, context: RunContext) -> None:
    numbers = {"sentences": len(checked.lines), "failed": checked.n_failed}
    context.progress.tell(Event(name=name, block=record.block.id, numbers=numbers))


def revise_draft(checked_id: str, context_id: str, reading_id: str, context: RunContext) -> tuple[str, int, list[str]]:
    """One round of revision; returns the new draft's id, how many still fail, and the budget that stopped it, if one
    did."""
    checked = context.store.get_model(checked_id, CheckedDraft)
    record = context.store.get_model(context_id, BlockContext)

    def rewrite(candidate: Candidate, problems: Sequence[str]) -> Candidate:
        return revise(
            candidate, problems, record.statements, writer=context.writer, seed=context.write.seed, asked=context.asked
        )

    verifier = verifier_of(reading_id, context)
    try:
        revised = revise_failed(checked, record, verifier, rewrite)
    except BudgetExceeded as error:
        context.progress.tell(Event(name="budget", block=record.block.id, message=str(error)))
        return checked_id, checked.n_failed, [error.limit]
    revised, stops = _reviewed(revised, record, verifier, context)
    _tell_checked("revised", record, revised, context)
    return context.store.put("checked", revised, parents=[checked_id]), revised.n_failed, stops


def settle_block(checked_id: str, draft_id: str, context_id: str, reading_id: str, context: RunContext) -> str:
    """Settle a block; returns its id."""
    checked = context.store.get_model(checked_id, CheckedDraft)
    draft = context.store.get_model(draft_id, DraftRecord)
    record = context.store.get_model(context_id, BlockContext)
    settled = settle(checked, record, verifier_of(reading_id, context))
    settled = settled.model_copy(update={"drafts": draft.drafts, "chosen": draft.chosen})
    # Each with the space behind it, as the report counts them.
    written = sum(len(sentence.text) + 1 for sentence in settled.sentences)
    numbers = {"sentences": len(settled.sentences), "dropped": len(settled.dropped), "characters": written}
    context.progress.tell(Event(name="filed", block=record.block.id, message=record.section, numbers=numbers))
    return context.store.put("settled", settled, parents=[checked_id])
