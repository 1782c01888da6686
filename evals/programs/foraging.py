"""What is read for a report, without writing it: the ways of foraging, and one ranking read from its top.

No model is asked: rules plan, so that every way reads for the same blocks.
"""

from collections.abc import Iterable
from dataclasses import replace

from agent import craft_plan, craft_read
from agent.brief import subject_matter
from agent.errors import NotEnoughEvidence
from agent.foraged import Foraged
from agent.records import blocks_of
from agent.saturation import policy_of
from agent.settings import WriteSettings
from agent.types import Brief, Outline
from evals.bench import Abstained, Bench, Program
from evals.items import Item, Outcome
from evals.programs.ask import run_context
from evals.programs.baselines import PLAIN
from lm.scripted import ScriptedLM
from retrieval.near_duplicates import UniqueReading
from retrieval.types import Passage

_DEEPEST = 400


def forage_as(**write: str) -> Program:
    """Foraging with these settings of `[write]` in place of the home's, block by block as a report does it."""

    def program(item: Item, bench: Bench) -> Outcome:
        read = foraged_for(item, _with(bench, planner="rules", **write))
        passages = bench.corpus.passages(list(dict.fromkeys(id_ for one in read for id_ in one.passages)))
        steps = [step for one in read for step in one.steps]
        # In vain too: a near-duplicate that is read and not kept has cost its characters.
        return _outcome(passages, n_visits=len(steps), n_read=sum(step.read for step in steps))

    return program


def foraged_for(item: Item, bench: Bench) -> list[Foraged]:
    """What each block of the task's plan reads, with the bench's settings and model.

    Raises:
        Abstained: the corpus has too little on the task.
    """
    context = run_context(bench)
    try:
        brief_id = craft_plan.make_brief(item.text, None, "report", context)
        alignment_id = craft_plan.make_alignment(brief_id, "report", context)
    except NotEnoughEvidence as error:
        raise Abstained(str(error)) from error
    outline_id, _ = craft_plan.make_outline(brief_id, alignment_id, context)
    blocks = [
        block for section, block in blocks_of(context.store.get_model(outline_id, Outline)) if section.kind == "section"
    ]
    ids = [craft_read.forage_block(block.id, brief_id, outline_id, context)[0] for block in blocks]
    return [context.store.get_model(record, Foraged) for record in ids]


def top_k(item: Item, bench: Bench) -> Outcome:
    """One search with the task, read from its top until as many characters are read as foraging aims for."""
    context = run_context(_with(bench))
    brief = context.store.get_model(craft_plan.make_brief(item.text, None, "report", context), Brief)
    wanted = policy_of(context.write, is_answer=False).required(brief.words)
    query = subject_matter(brief.topic)[:400]
    hits = bench.searcher.search_passages(query, _DEEPEST, mode=PLAIN, doc_ids=brief.subjects or None)
    taken: list[Passage] = []
    for hit in hits:
        if sum(len(passage.text) for passage in taken) >= wanted:
            break
        taken.append(hit.passage)
    return _outcome(taken, n_visits=1, n_read=sum(len(passage.text) for passage in taken))


def _with(bench: Bench, **write: str) -> Bench:
    """The bench with these settings and a model that must not be asked."""
    settings = WriteSettings.model_validate({**bench.settings.write.model_dump(), **write})
    return replace(bench, settings=bench.settings.model_copy(update={"write": settings}), writer_=ScriptedLM([]))


def _outcome(passages: Iterable[Passage], *, n_visits: int, n_read: int) -> Outcome:
    reading = UniqueReading()
    ids = []
    for passage in passages:
        reading.read(passage)
        ids.append(passage.id)
    return Outcome(
        text=f"{len(ids)} passages",
        details={
            "passages": list(ids),
            "characters": n_read,
            "unique": reading.unique_characters,
            "visits": n_visits,
        },
    )
