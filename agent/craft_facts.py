"""Between graph and craft, beside foraging: typed facts of what a block has read, and what they contradict."""

import logging
from collections.abc import Mapping

from agent.context import RunContext
from agent.facts.extract import read_passage
from agent.facts.gathering import gathered
from agent.facts.readers import FactReader
from agent.facts.records import ExtractionResult, FactsRead
from agent.foraged import Foraged
from agent.progress import Event
from agent.types import Outline
from lm.errors import BudgetExceeded, ContextOverflow

logger = logging.getLogger(__name__)


def extract_facts(foraged_id: str, outline_id: str, context: RunContext) -> tuple[dict[str, str], list[str]]:
    """Extract the facts of a report's block; returns the id of what was found, by block, and the budget that ended it.

    Nothing where facts are off, and of a question: its answer is a quotation anyway.
    """
    if context.extractor is None or context.store.get_model(outline_id, Outline).is_answer:
        return {}, []
    foraged = context.store.get_model(foraged_id, Foraged)
    found = _read(foraged, context.extractor, context)
    numbers = {
        "passages": len(found.results),
        "facts": sum(len(result.facts) for result in found.results),
        "rejected": sum(len(result.rejected) for result in found.results),
        "unreadable": sum(not result.is_readable for result in found.results),
    }
    context.progress.tell(Event(name="facts", block=foraged.block, numbers=numbers))
    stops = [found.budget] if found.budget else []
    return {foraged.block: context.store.put("facts", found, parents=[foraged_id])}, stops


def _read(foraged: Foraged, extractor: FactReader, context: RunContext) -> FactsRead:
    results: list[ExtractionResult] = []
    for passage in context.corpus.passages(foraged.passages[: extractor.passages_a_block]):
        try:
            results.append(extractor.extract(read_passage(passage, context.corpus, context.reader)))
        except BudgetExceeded as error:
            context.progress.tell(Event(name="budget", block=foraged.block, message=str(error)))
            return FactsRead(block=foraged.block, results=tuple(results), budget=error.limit)
        except ContextOverflow as error:
            # Facts are beside the report: a passage that a small window has no room for costs itself.
            logger.warning("no facts of %s: %s", passage.id, error)
            results.append(ExtractionResult(passage=passage.id, is_readable=False))
    return FactsRead(block=foraged.block, results=tuple(results))


def gather_facts(facts: Mapping[str, str], context: RunContext) -> str | None:
    """All blocks' facts as one record, each contradiction told; returns its id, or None where none were extracted."""
    if not facts:
        return None
    read = [context.store.get_model(facts[block], FactsRead) for block in sorted(facts)]
    whole = gathered((result for one in read for result in one.results), context.stem)
    for found in whole.contradictions:
        message = f"{found.measure} of {found.subject}: {' against '.join(found.values)}"
        context.progress.tell(Event(name="contradiction", message=message))
    return context.store.put("facts_file", whole, parents=list(facts.values()))
