"""Between graph and craft, before a draft: the helper reads a block's sources, the writer asks for what it misses."""

from agent.choose import ranked, usable_of
from agent.context import RunContext
from agent.craft_write import is_paragraph, verifier_of
from agent.draft import Shown, evidence_room
from agent.pair.asked import asks_helper
from agent.pair.condense import Allowance, Told, condense
from agent.pair.helper import Helper
from agent.pair.lines import sheet_of
from agent.pair.records import Condensed, Found, Round, SourceRead
from agent.pair.reduce import Matter
from agent.pair.rounds import Asker, Exchange
from agent.pair.rule import ByCompressor, Extractive
from agent.pair.sources import Reading
from agent.progress import Event
from agent.records import OwnedStatements
from agent.settle import BlockContext
from agent.types import Brief, Outline


def is_for_pair(context_id: str, outline_id: str, context: RunContext) -> bool:
    """Whether a block's sources are condensed first: where that is set, and its writer drafts a whole paragraph.

    An answer's statements are chosen one by one, and a writer that restates reads one at a time.
    """
    if context.compress.pair != "on" or context.store.get_model(outline_id, Outline).is_answer:
        return False
    record = context.store.get_model(context_id, BlockContext)
    return bool(record.statements) and is_paragraph(record, context)


def condense_block(
    owned_id: str, context_id: str, brief_id: str, reading_id: str, context: RunContext
) -> tuple[str, list[str]]:
    """Condense what a block owns; returns the id of its context as the writer is to read it, and the budgets that cut
    that short."""
    store = context.store
    record = store.get_model(context_id, BlockContext)
    matter = _matter(record, store.get_model(owned_id, OwnedStatements), context)
    topic = store.get_model(brief_id, Brief).topic
    condensed = _condensed(record, matter, topic, reading_id, context)
    _tell(condensed, context)
    condensed_id = store.put("condensed", condensed, parents=[owned_id, context_id])
    shown = _as_shown(condensed, matter, record)
    return store.put("context", shown, parents=[condensed_id]), list(condensed.limits)


def _matter(record: BlockContext, owned: OwnedStatements, context: RunContext) -> Matter:
    """What the block owns, the rule's own choice first in rank."""
    usable = usable_of(owned)
    statements = tuple(statement for statement, _ in usable)
    place = {statement.key: position for position, statement in enumerate(statements)}
    chosen = [place[statement.key] for statement in record.statements]
    rest = [place[statement.key] for statement in ranked(record.block, usable, fine=context.fine)]
    order = tuple(dict.fromkeys((*chosen, *rest)))
    return Matter(statements, order, n_chosen=len(chosen), min_words=record.block.target_words)


def _condensed(record: BlockContext, matter: Matter, topic: str, reading_id: str, context: RunContext) -> Condensed:
    block, settings = record.block, context.compress
    helper = None
    if asks_helper(settings):
        helper = Helper(context.helper, verifier_of(reading_id, context), seed=context.write.seed)
    compressor = None
    if context.condenser is not None:
        compressor = ByCompressor(context.condenser, settings.rate, context.is_late, context.condenser_gate)
    asker = Asker(context.writer, topic, record.section, block.question, seed=context.write.seed)
    exchange = Exchange(asker, helper, context.helper_gate, matter, context.fine) if helper else None
    room = evidence_room(block, context.writer)
    return condense(
        block,
        matter,
        Allowance(settings.rate, room, context.writer.count_tokens),
        reading=Reading(
            helper,
            Extractive(context.fine, settings.rate),
            compressor,
            n_parallel=context.write.max_parallel_blocks,
            gate=context.helper_gate,
        ),
        exchange=exchange,
        most_rounds=settings.rounds,
        told=_told(block.id, context),
    )


def _as_shown(condensed: Condensed, matter: Matter, record: BlockContext) -> BlockContext:
    """The block's context with what the writer is shown first; what the rule alone would have said stays behind it, to
    be quoted where a draft falls short."""
    sheet = sheet_of(condensed.units, matter.statements)
    numbered = [matter.statements[position] for position in sheet.order]
    spare = [statement for statement in record.statements if statement not in numbered]
    shown = Shown(lines=sheet.lines, n_statements=len(numbered), tokens_spared=condensed.tokens_spared)
    return record.model_copy(update={"statements": (*numbered, *spare), "shown": shown})


def _told(block: str, context: RunContext) -> Told:
    def tell_source(read: SourceRead) -> None:
        numbers = {"read": read.read, **_counts(read.found), "before": read.tokens_before, "after": read.tokens_after}
        words = {"document": read.document, "title": read.title, "by": read.by}
        event = Event(name="source_read", block=block, message=read.reason, numbers=numbers, words=words)
        context.progress.tell(event)

    def tell_round(turn: Round) -> None:
        numbers = {"questions": len(turn.questions), "read": turn.read, **_counts(turn.found)}
        message = f"{' | '.join(turn.questions) or 'no question'}{f': {turn.reason}' if turn.reason else ''}"
        context.progress.tell(Event(name="asked_back", block=block, message=message, numbers=numbers))

    return Told(tell_source, tell_round)


def _counts(found: Found) -> dict[str, float]:
    return {"kept": len(found.kept), "notes": len(found.notes), "failed": found.n_failed}


def _tell(condensed: Condensed, context: RunContext) -> None:
    numbers = {
        "sources": len(condensed.reads),
        "asked": sum(read.by == "helper" for read in condensed.reads),
        "rounds": len(condensed.rounds),
        "lines": len(condensed.units),
        "notes": sum(bool(unit.note) for unit in condensed.units),
        "filled": condensed.n_filled,
        "before": condensed.tokens_before,
        "after": condensed.tokens_after,
        "spared": condensed.tokens_spared,
    }
    context.progress.tell(Event(name="condensed", block=condensed.block, numbers=numbers))
    if condensed.ended:
        context.progress.tell(Event(name="budget", block=condensed.block, message=condensed.ended[0].reason))
