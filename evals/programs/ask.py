"""Wellread's own answer to a question, with notes and without: its graph in answer mode, then the shared reader over
what it found."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from pydantic import JsonValue

from agent.answer import by_worth
from agent.calibration import calibration_for
from agent.compression.condenser import condenser_of
from agent.context import RunContext
from agent.errors import NotEnoughEvidence
from agent.facts.readers import fact_reader
from agent.graph import run_unkept
from agent.notes.note import NoteResult
from agent.progress import Tee
from agent.pursuit.pursue import Pursuit
from agent.reading import Reader
from agent.records import OwnedStatements, Routed
from agent.second_opinion import cascade_over
from agent.settings import AskSettings, Switch
from agent.state import RunState
from agent.stemming import english_stem
from agent.types import Report
from evals.bench import Abstained, Bench, Program, fitting
from evals.items import Item, Outcome
from evals.programs.reader import passage_line, read
from lm.caching import CachedEmbedder
from lm.errors import BudgetExceeded
from memory.dict_store import MemoryStore
from prompts.statements import Statement

# Chosen on 60 tuning questions each of four sets, by the gold sentences and answers in 360 tokens: `docs/log.md`.
_PASSAGES, _PER_DOCUMENT, _PASSAGE_WEIGHT = 20, 4, 2.0


def run_context(bench: Bench) -> RunContext:
    """What a run needs, in memory: nothing of an evaluation is kept among the user's runs. One model has all roles, so
    it gives second opinions only where they are switched on."""
    stem, write, settings = english_stem(), bench.settings.write, bench.settings
    is_reviewed = settings.verify.cascade == "on"
    return RunContext(
        corpus=bench.corpus,
        searcher=bench.searcher,
        store=MemoryStore(),
        fine=CachedEmbedder(bench.embedder),
        writer=bench.writer,
        helper=bench.writer,
        judge=bench.writer,
        reader=Reader(bench.corpus),
        write=write.model_copy(update={"seed": bench.seed, "max_parallel_blocks": 1}),
        ask=bench.settings.ask,
        compress=bench.settings.compress,
        stem=stem,
        progress=Tee([]),
        is_late=lambda: False,
        read_calibration=lambda: calibration_for(bench.settings, bench.writer.name),
        extractor=fact_reader(write.facts, bench.writer, stem=stem, seed=bench.seed),
        condenser=condenser_of(bench.settings, bench.writer.count_tokens),
        cascade=cascade_over(settings, bench.writer, stem, seed=bench.seed) if is_reviewed else None,
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

    Where a note was taken, the statements that it stands on come before; the note itself is not shown.

    Raises:
        Abstained: see `answer_report`.
        Unparsed: the reader's reply is no answer.
    """
    report, context, state = answer_report(item, bench)
    details: dict[str, JsonValue] = {"cited": _cited(report)}
    noted: set[tuple[str, int, int]] = set()
    if "note_id" in state:
        note = context.store.get_model(state["note_id"], NoteResult)
        noted = {key for line in note.best.lines for key in line.quoted}
        details["note"] = note.model_dump(mode="json")
    if "pursuit_id" in state:
        details["pursuit"] = context.store.get_model(state["pursuit_id"], Pursuit).model_dump(mode="json")
    if "route_id" in state:
        details["routed"] = context.store.get_model(state["route_id"], Routed).model_dump(mode="json")
    lines = evidence_lines(item.text, _read_statements(state, context), context, first=noted)
    outcome = read(item, *fitting(lines, bench), bench)
    return outcome.model_copy(update={"details": {**outcome.details, **details}})


def ask_with(**switches: Switch) -> Program:
    """`ask` with these settings of `[ask]`, whatever the home says of them."""

    def program(item: Item, bench: Bench) -> Outcome:
        settings = bench.settings
        own = AskSettings.model_validate({**settings.ask.model_dump(), **switches})
        return ask(item, replace(bench, settings=settings.model_copy(update={"ask": own})))

    return program


def _read_statements(state: RunState, context: RunContext) -> Sequence[Statement]:
    return context.store.get_model(next(iter(state["owned"].values())), OwnedStatements).statements


def evidence_lines(
    question: str,
    statements: Sequence[Statement],
    context: RunContext,
    *,
    first: Collection[tuple[str, int, int]] = (),
) -> list[str]:
    """Statements as the reader sees them, best first, after those whose keys are in `first`.

    Where the allowance holds more than Wellread chose to read, the search's own passages follow.
    """
    hits = context.searcher.search_passages(question, _PASSAGES)
    scores = {hit.passage.id: hit.score for hit in hits}
    worths = by_worth(
        question, statements, passage_scores=scores, embedder=context.fine, passage_weight=_PASSAGE_WEIGHT
    )
    ranked = [statement for statement, _ in worths]
    leading = [statement for statement in ranked if statement.key in first]
    rest = [statement for statement in ranked if statement.key not in first]
    return [*_by_document(leading), *_by_document(rest), *(passage_line(hit) for hit in hits)]


def _by_document(statements: Sequence[Statement]) -> list[str]:
    """A line for each document, where its best statement is."""
    grouped: dict[str, list[str]] = {}
    for statement in statements:
        said = grouped.setdefault(statement.doc_id, [f"({statement.title})"])
        if len(said) <= _PER_DOCUMENT:
            said.append(" ".join(statement.sentence.split()))
    return [" ".join(said) for said in grouped.values()]


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
