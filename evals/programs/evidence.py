"""What a reader is shown for a question: foraging, reading and ranking as `ask` does them, one mechanism at a time in
another setting. No model is asked, unless it is to read.

Knows evidence. Must not know how it is judged.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from agent import craft_pair, craft_plan, craft_read
from agent.context import RunContext
from agent.errors import NotEnoughEvidence
from agent.records import OwnedStatements, blocks_of
from agent.settings import CompressSettings, WriteSettings
from agent.settle import BlockContext
from agent.types import Outline
from evals.bench import Abstained, Bench, Program, fitting
from evals.items import Item, Outcome
from evals.programs.ask import evidence_lines, run_context
from evals.programs.baselines import best_passages
from evals.programs.compression import OpenedOnce
from evals.programs.reader import read
from lm.scripted import ScriptedLM
from prompts.compression.types import Chunk
from retrieval.search import Searcher
from retrieval.types import SearchMode

_EXTRACTED_FROM = 20

Lines = Callable[[Item, Bench], Sequence[str]]
Arranged = Callable[[Searcher, int], Searcher]


def _as_it_is(searcher: Searcher, seed: int) -> Searcher:
    return searcher


def once(arranged: Arranged) -> Arranged:
    """The same arrangement, made once for each searcher: links between all titles take seconds."""
    # Weak: where each item has a corpus of its own, a thousand searchers come and go.
    made: WeakKeyDictionary[Searcher, Searcher] = WeakKeyDictionary()

    def found(searcher: Searcher, seed: int) -> Searcher:
        if searcher not in made:
            made[searcher] = arranged(searcher, seed)
        return made[searcher]

    return found


def rewired() -> Arranged:
    """The control for what links are worth: each leads elsewhere."""
    return once(lambda searcher, seed: searcher.rewired(seed))


def searched(mode: SearchMode) -> Arranged:
    """A search in another mode."""
    return once(lambda searcher, seed: searcher.in_mode(mode))


def statements(arranged: Arranged = _as_it_is, **write: str) -> Lines:
    """The statements that `ask` shows its reader.

    Args:
        arranged: Another search in place of the bench's, made of it and the seed.
        write: Settings of `[write]` in place of the home's.
    """

    def lines(item: Item, bench: Bench) -> Sequence[str]:
        settings = WriteSettings.model_validate({**bench.settings.write.model_dump(), **write})
        own = replace(
            bench,
            settings=bench.settings.model_copy(update={"write": settings}),
            searcher_=arranged(bench.searcher, bench.seed),
        )
        context = run_context(replace(own, writer_=ScriptedLM([])))
        found = context.store.get_model(_read(item, context).owned, OwnedStatements).statements
        return evidence_lines(item.text, found, context)

    return lines


def handed(**compress: str) -> Lines:
    """The statements that `ask` hands to the writer of its answer, in the writer's order.

    Args:
        compress: Settings of `[compress]` in place of the home's.
    """

    def lines(item: Item, bench: Bench) -> Sequence[str]:
        settings = CompressSettings.model_validate({**bench.settings.compress.model_dump(), **compress})
        own = replace(bench, settings=bench.settings.model_copy(update={"compress": settings}))
        context = run_context(replace(own, writer_=ScriptedLM([])))
        read = _read(item, context)
        context_id = read.context
        if craft_pair.is_for_pair(context_id, read.outline, context):
            context_id, _ = craft_pair.condense_block(
                read.owned, context_id, read.outline, read.brief, read.reading, context
            )
        record = context.store.get_model(context_id, BlockContext)
        shown = record.statements[: record.shown.n_statements] if record.shown else record.statements
        return [f"({statement.title}) {' '.join(statement.sentence.split())}" for statement in shown]

    return lines


@dataclass(frozen=True)
class _Read:
    """Ids of what an answer's graph has made before it drafts."""

    brief: str
    outline: str
    reading: str
    owned: str
    context: str


def _read(item: Item, context: RunContext) -> _Read:
    """The graph in answer mode up to its draft. Raises Abstained where it refuses."""
    try:
        brief_id = craft_plan.make_brief(item.text, None, "answer", context)
        alignment_id = craft_plan.make_alignment(brief_id, "answer", context)
        outline_id = craft_plan.make_answer_outline(brief_id, context, route_id=None, pursuit_id=None)
        ((_, block),) = blocks_of(context.store.get_model(outline_id, Outline))
        read_id, _ = craft_read.forage_block(block.id, brief_id, outline_id, context)
        owned, reading = craft_read.allot_evidence(brief_id, outline_id, alignment_id, {block.id: read_id}, context)
        context_id = craft_read.select_for(block.id, owned[block.id], outline_id, None, context)
    except NotEnoughEvidence as error:
        raise Abstained(str(error)) from error
    return _Read(brief_id, outline_id, reading, owned[block.id], context_id)


def passages(mode: SearchMode) -> Lines:
    """The best passages of one search, whole: what reading them for statements is measured against."""
    return lambda item, bench: best_passages(item.text, bench, mode=mode)


def shown(lines: Lines) -> Program:
    """What fits into the allowance, and no answer: tokens are thirds of characters."""

    def program(item: Item, bench: Bench) -> Outcome:
        counting = replace(bench, writer_=ScriptedLM([]))
        kept, n_tokens = fitting(lines(item, counting), counting)
        return Outcome(text="", evidence_tokens=n_tokens, details={"evidence": list(kept)})

    return program


def read_from(lines: Lines) -> Program:
    """The shared reader's answer from these lines: `ask` without its draft, which the reader is not shown."""

    def program(item: Item, bench: Bench) -> Outcome:
        return read(item, *fitting(lines(item, bench), bench), bench)

    return program


def extracted(mode: SearchMode) -> Lines:
    """The sentences that the extractive compressor keeps of the best passages of one search, a line for each."""

    opened = OpenedOnce("extractive")

    def lines(item: Item, bench: Bench) -> Sequence[str]:
        hits = bench.searcher.search_passages(item.text, _EXTRACTED_FROM, mode=mode)
        titles = {hit.passage.id: hit.title for hit in hits}
        chunks = [Chunk(hit.passage.id, f"{hit.title}\n{hit.passage.text}") for hit in hits]
        kept = opened.compressor(bench).compress(chunks, item.text, target_tokens=bench.evidence_tokens)
        texts: dict[str, list[str]] = {}
        for span in kept.kept:
            texts.setdefault(span.source_id, []).append(kept.text[span.at : span.at_end])
        return [f"({titles[id_]}) {' '.join(' '.join(parts).split())}" for id_, parts in texts.items()]

    return lines
