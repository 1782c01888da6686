"""Wellread's own answer to a question: its graph in answer mode, then the shared reader over what it found."""

from collections.abc import Sequence

from pydantic import JsonValue

from agent.answer import by_worth
from agent.context import RunContext
from agent.errors import NotEnoughEvidence
from agent.facts.extract import Extractor
from agent.graph import run_unkept
from agent.progress import Tee
from agent.reading import Reader
from agent.records import OwnedStatements
from agent.state import RunState
from agent.stemming import english_stem
from agent.types import Report
from evals.bench import Abstained, Bench, fitting
from evals.items import Item, Outcome
from evals.programs.reader import passage_line, read
from lm.caching import CachedEmbedder
from lm.errors import BudgetExceeded
from memory.dict_store import MemoryStore
from prompts.statements import Statement

_PASSAGES, _PER_DOCUMENT = 20, 6


def run_context(bench: Bench) -> RunContext:
    """What a run needs, in memory: nothing of an evaluation is kept among the user's runs."""
    stem, write = english_stem(), bench.settings.write
    extracts = write.facts == "model"
    return RunContext(
        corpus=bench.corpus,
        searcher=bench.searcher,
        store=MemoryStore(),
        fine=CachedEmbedder(bench.embedder),
        writer=bench.writer,
        reader=Reader(bench.corpus),
        write=write.model_copy(update={"seed": bench.seed, "max_parallel_blocks": 1}),
        stem=stem,
        progress=Tee([]),
        is_late=lambda: False,
        extractor=Extractor(bench.writer, stem=stem, seed=bench.seed) if extracts else None,
    )


def answer_report(item: Item, bench: Bench) -> tuple[Report, RunContext, RunState]:
    """The report of one answer, with the context and the final state that hold how it came about.

    Raises:
        Abstained: Wellread refuses: nothing that was read answers.
        BudgetExceeded: the budget ended within the question.
    """
    context = run_context(bench)
    try:
        state = run_unkept(item.text, "answer", context)
    except NotEnoughEvidence as error:
        raise Abstained(str(error)) from error
    if stops := state.get("stops"):
        raise BudgetExceeded(f"the budget ended within a question: {', '.join(stops)}", limit=stops[0])
    return context.store.get_model(state["report_id"], Report), context, state


def ask(item: Item, bench: Bench) -> Outcome:
    """The cited answer, and the shared reader's short one over the statements that were read, best first.

    Raises:
        Abstained: see `answer_report`.
        Unparsed: the reader's reply is no answer.
    """
    report, context, state = answer_report(item, bench)
    owned = context.store.get_model(next(iter(state["owned"].values())), OwnedStatements)
    outcome = read(item, *fitting(_evidence_lines(item.text, owned.statements, context), bench), bench)
    return outcome.model_copy(update={"details": {**outcome.details, "cited": _cited(report)}})


def _evidence_lines(question: str, statements: Sequence[Statement], context: RunContext) -> list[str]:
    """Statements as the reader sees them, best first; those of one document stand together, where its best one is.

    Where the allowance holds more than Wellread chose to read, the search's own passages follow.
    """
    hits = context.searcher.search_passages(question, _PASSAGES)
    scores = {hit.passage.id: hit.score for hit in hits}
    grouped: dict[str, list[str]] = {}
    for statement, _ in by_worth(question, statements, passage_scores=scores, embedder=context.fine):
        said = grouped.setdefault(statement.doc_id, [f"({statement.title})"])
        if len(said) <= _PER_DOCUMENT:
            said.append(" ".join(statement.sentence.split()))
    return [*(" ".join(said) for said in grouped.values()), *(passage_line(hit) for hit in hits)]


def _cited(report: Report) -> list[JsonValue]:
    by_id = {claim.id: claim for claim in report.claims}
    quotes = {evidence.number: evidence for evidence in report.evidence}
    shown = [by_id[i] for section in report.sections for paragraph in section.paragraphs for i in paragraph]
    return [
        {
            "sentence": claim.sentence,
            "sources": [{"title": quotes[n].title, "quote": quotes[n].quote} for n in claim.citations],
        }
        for claim in shown
    ]
