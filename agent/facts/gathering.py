"""Many extractions as one: each passage once, each fact once, refusals by reason, and what contradicts what."""

from collections import Counter
from collections.abc import Iterable

from agent.facts.contradictions import contradictions
from agent.facts.records import ExtractionResult, FactsFile
from agent.grounding.support import Stem


def gathered(results: Iterable[ExtractionResult], stem: Stem) -> FactsFile:
    """All results together; of a passage that was read twice the first counts."""
    once: dict[str, ExtractionResult] = {}
    for result in results:
        once.setdefault(result.passage, result)
    facts = {fact.model_dump_json(): fact for result in once.values() for fact in result.facts}
    rejected = tuple(one for result in once.values() for one in result.rejected)
    return FactsFile(
        passages=len(once),
        unreadable=sum(not result.is_readable for result in once.values()),
        cut_off=sum(result.is_cut_off for result in once.values()),
        facts=tuple(facts.values()),
        rejected=rejected,
        rejected_by_code=dict(Counter(one.code for one in rejected).most_common()),
        contradictions=tuple(contradictions(facts.values(), stem)),
    )
