"""Between graph and craft, before a draft: a block's sources are read for the writer, who asks for what it misses."""

from collections.abc import Sequence

from agent.choose import quotable_of, ranked, usable_of
from agent.context import RunContext
from agent.craft_write import is_paragraph, verifier_of
from agent.draft import Shown, evidence_room
from agent.pair.asked import asks_helper
from agent.pair.condense import Allowance, Told, condense
from agent.pair.helper import Helper
from agent.pair.lines import sheet_of, tokens_of_all
from agent.pair.records import Condensed, Found, Round, SourceRead
from agent.pair.reduce import Matter
from agent.pair.rounds import Asker, Exchange
from agent.pair.rule import ByCompressor, Extractive
from agent.pair.sources import Reading
from agent.progress import Event
from agent.records import OwnedStatements
from agent.settle import BlockContext
from agent.types import Brief, Outline
from prompts.statements import Statement

# Of an answer, the writer's. On 39 tuning questions of 2WikiMultihopQA the rule's own choice, 80 tokens, had the answer
# to .39; with what a compressor finds it was .67 at 256 tokens, .69 at 400, and .78 of everything (2,700).
_ANSWER_TOKENS = 400


def is_for_pair(context_id: str, outline_id: str, context: RunContext) -> bool:
    """Whether a block's sources are condensed first: where that is set, and its writer drafts a whole paragraph.

    A writer that restates reads one statement at a time. A helper's notes for an answer are another thing
    (`ask.notes`).
    """
    if context.compress.pair != "on":
        return False
    if context.condenser is None and context.store.get_model(outline_id, Outline).is_answer:
        return False
    record = context.store.get_model(context_id, BlockContext)
    return bool(record.statements) and is_paragraph(record, context)


def condense_block(
    owned_id: str, context_id: str, outline_id: str, brief_id: str, reading_id: str, context: RunContext
) -> tuple[str, list[str]]:
    """Condense what a block owns; returns the id of its context as the writer is to read it, and the budgets that cut
    that short."""
    store = context.store
    record = store.get_model(context_id, BlockContext)
    owned = store.get_model(owned_id, OwnedStatements)
    if store.get_model(outline_id, Outline).is_answer:
        matter = _matter(record, quotable_of(owned), 0, context)
        condensed = _for_answer(record, matter, context)
        shown = _with_leads(condensed, matter, record)
    else:
        matter = _matter(record, usable_of(owned), record.block.target_words, context)
        topic = store.get_model(brief_id, Brief).topic
        condensed = _condensed(record, matter, topic, reading_id, context)
        shown = _as_shown(condensed, matter, record)
    _tell(condensed, context)
    condensed_id = store.put("condensed", condensed, parents=[owned_id, context_id])
    return store.put("context", shown, parents=[condensed_id]), list(condensed.limits)


def _matter(
    record: BlockContext, usable: Sequence[tuple[Statement, float]], min_words: int, context: RunContext
) -> Matter:
    """What the block owns, the rule's own choice first in rank."""
    statements = tuple(statement for statement, _ in usable)
    place = {statement.key: position for position, statement in enumerate(statements)}
    chosen = [place[statement.key] for statement in record.statements]
    rest = [place[statement.key] for statement in ranked(record.block, usable, fine=context.fine)]
    order = tuple(dict.fromkeys((*chosen, *rest)))
    return Matter(statements, order, n_chosen=len(chosen), min_words=min_words)


def _condensed(record: BlockContext, matter: Matter, topic: str, reading_id: str, context: RunContext) -> Condensed:
    block, settings = record.block, context.compress
    helper = None
    if asks_helper(settings):
        helper = Helper(context.helper, verifier_of(reading_id, context), seed=context.write.seed)
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
            _compressor(settings.rate, context),
            n_parallel=context.write.max_parallel_blocks,
            gate=context.helper_gate,
            away=context.turns.given_away,
        ),
        exchange=exchange,
        most_rounds=settings.rounds,
        told=_told(block.id, context),
    )


def _compressor(rate: float, context: RunContext) -> ByCompressor | None:
    condenser = context.condenser
    return None if condenser is None else ByCompressor(condenser, rate, context.is_late, context.condenser_gate)


def _for_answer(record: BlockContext, matter: Matter, context: RunContext) -> Condensed:
    """The statements nearest to the question, which is all that the rule would hand over, and those that the compressor
    keeps of everything that was read: what leads from one to the other is seldom like the question."""
    count_tokens = context.writer.count_tokens
    before = tokens_of_all(matter.statements, count_tokens)
    rate = min(context.compress.rate, _ANSWER_TOKENS / before)
    return condense(
        record.block,
        matter,
        Allowance(rate, evidence_room(record.block, context.writer), count_tokens),
        reading=Reading(
            None,
            Extractive(context.fine, rate),
            _compressor(rate, context),
        ),
        exchange=None,
        most_rounds=0,
        told=_told(record.block.id, context),
        wanted=Found(kept=matter.order[: matter.n_chosen]),
    )


def _with_leads(condensed: Condensed, matter: Matter, record: BlockContext) -> BlockContext:
    """An answer's context: nothing but the rule's own choice is quoted, and that comes first, in its order."""
    units = sorted(condensed.units, key=lambda unit: min(matter.rank[unit.sources[0]], matter.n_chosen))
    return _as_shown(condensed.model_copy(update={"units": tuple(units)}), matter, record).model_copy(
        update={"n_quotable": sum(matter.rank[unit.sources[0]] < matter.n_chosen for unit in units)}
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
