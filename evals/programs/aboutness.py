"""What stands under each heading of a report: quotations with their places, to be traced to the parts they are from."""

from dataclasses import replace

from pydantic import JsonValue

from agent.allocate import distinct
from agent.brief import length_of
from agent.plan_aspects import aspects_of
from evals.bench import Bench
from evals.datasets.parted_topics import PARTS
from evals.items import Item, Outcome
from evals.programs.ask import run_context
from evals.programs.reports import report_of
from lm.scripted import ScriptedLM

TOLD = "told"
_PASSAGES = 30


def quotations(item: Item, bench: Bench) -> Outcome:
    """Wellread's report without a model: every sentence is a quotation, so what is told is what was chosen.

    Raises:
        Abstained, BudgetExceeded: see `report_of`.
    """
    return write(item, replace(bench, writer_=ScriptedLM(lambda request: "")))


def write(item: Item, bench: Bench) -> Outcome:
    """Wellread's report; a sentence of its own counts with the quotations that it stands on.

    Raises:
        Abstained, BudgetExceeded: see `report_of`.
    """
    report = report_of(item, bench)
    evidence = {one.number: one for one in report.evidence}
    told: list[JsonValue] = [
        _told(claim.section, evidence[number].document, evidence[number].quote)
        for claim in report.claims
        if claim.kind == "section" and claim.action != "dropped"
        for number in claim.citations
    ]
    words = sum(len(claim.sentence.split()) for claim in report.claims if claim.action != "dropped")
    return Outcome(text=report.title, details={TOLD: told, "words": words})


def nearest(item: Item, bench: Bench) -> Outcome:
    """Under each part that is asked for, the sentences of the passages nearest to its name and the subject's, in the
    order of search, each sentence once."""
    context = run_context(replace(bench, writer_=ScriptedLM([])))
    asked = item.gold[PARTS]
    parts = [str(part) for part in asked] if isinstance(asked, list) else []
    subject = aspects_of(item.text)[0]
    room = (length_of(item.text) or bench.settings.write.words) / len(parts)
    told: list[JsonValue] = []
    seen: set[tuple[str, int, int]] = set()
    total = 0
    for part in parts:
        hits = bench.searcher.search_passages(f"{part} of {subject}", _PASSAGES)
        words = 0
        for statement in distinct(context.reader.read([hit.passage for hit in hits]).statements):
            if words >= room:
                break
            if statement.key not in seen and statement.stands_alone:
                seen.add(statement.key)
                words += len(statement.sentence.split())
                told.append(_told(part, statement.doc_id, statement.quote))
        total += words
    return Outcome(text=subject, details={TOLD: told, "words": total})


def _told(heading: str, document: str, quote: str) -> dict[str, JsonValue]:
    return {"heading": heading, "document": document, "quote": quote}
