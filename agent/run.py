"""Running the graph: start, resume, stop. The one place that catches everything, records it and raises it again.

A run is in the ledger before its first step, its checkpoints are written before each next one, and its files are
written from the store, so that after a kill at any moment `resume` goes on where it was and pays for nothing twice.
"""

import platform
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import cast
from uuid import uuid4

from langchain_core.runnables import RunnableConfig

from agent.admission import require_usable
from agent.block_plans import block_plans
from agent.calibration import Calibration, calibration_for
from agent.compression.condenser import condenser_of
from agent.context import RunContext
from agent.draft import drafting_of
from agent.errors import AgentError
from agent.exit_codes import BUDGET, CORPUS, DONE, INTERNAL, INTERRUPTED, failure_of
from agent.facts.readers import fact_reader
from agent.facts.records import FactsFile
from agent.graph import build_graph
from agent.home import Home
from agent.ledger import Ledger, RunRow, Status
from agent.measuring.style import report_style
from agent.narrative.user_plan import UserPlan
from agent.notes.note import NoteResult
from agent.pair.remarks import PairWatch
from agent.past_runs import checkpointer, has_checkpoint, locked, manifest_of
from agent.progress import Event, Progress
from agent.pursuit.pursue import Pursuit
from agent.records import OwnedStatements, Routed
from agent.redacting import redactor
from agent.remembering import remember_report
from agent.render_markdown import cited_evidence
from agent.run_folder import RunFolder, RunManifest, run_id
from agent.scorers import open_scorer
from agent.second_opinion import asked_of, cascade_of
from agent.services import Services
from agent.sitting import Sitting
from agent.stages import stage
from agent.state import Mode, RunState
from agent.stemming import english_stem
from agent.storm.records import Conversations
from agent.telemetry.opening import telemetry
from agent.types import Outline, Report
from agent.version import program_version
from lm.types import Frozen
from prompts.narrative import schema_digests
from prompts.templates import digests
from retrieval.errors import UnknownDocument

Listener = Callable[[Event], None]
_PACKAGES = (
    "langgraph",
    "langchain-core",
    "openai",
    "torch",
    "transformers",
    "sentence-transformers",
    "xllamacpp",
    "faiss-cpu",
    "bm25s",
)


class RunResult(Frozen):
    """How a sitting ended. `files` are the report's, `remarks` what one of them cannot show and what was set in vain,
    `stops` the budgets that
    were reached; `note`, `routed` and `pursuit` are there where a note was taken, or a question gauged or pursued."""

    run_id: str
    folder: str
    report: Report
    files: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    stops: tuple[str, ...]
    exit_code: int
    note: NoteResult | None = None
    routed: Routed | None = None
    pursuit: Pursuit | None = None


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def new_run_id(topic: str, now: datetime) -> str:
    """The id of a run that begins now."""
    return run_id(topic, now, uuid4().hex[:8])


def _manifest(
    identity: str, topic: str, mode: Mode, words: int | None, services: Services, now: datetime, plan: UserPlan | None
) -> RunManifest:
    settings = services.settings
    return RunManifest(
        run_id=identity,
        topic=topic,
        mode=mode,
        words=words,
        started_at=now.isoformat(timespec="seconds"),
        version=program_version(),
        python=platform.python_version(),
        packages={name: version(name) for name in _PACKAGES},
        config=settings.model_dump(mode="json"),
        seed=settings.write.seed,
        prompts=digests(),
        schemas=schema_digests(),
        corpus_generation=services.corpus.generation,
        corpus_documents=len(services.corpus.documents()),
        calibration=calibration_for(settings, services.writer.name) if mode == "answer" else None,
        plan=plan,
    )


def start(
    topic: str,
    *,
    mode: Mode,
    words: int | None,
    services: Services,
    plan: UserPlan | None = None,
    identity: str | None = None,
    listeners: Sequence[Listener] = (),
    clock: Callable[[], datetime] = utc_now,
) -> RunResult:
    """Begin a run and see it through; a report follows `plan` where it is given, in every sitting.

    `identity` is of `new_run_id`, for who must know it before the run begins; None: one is made.

    Raises:
        UsageProblem: the topic, the length or the plan cannot be used.
        NotEnoughEvidence: the corpus has too little on the topic; no report is written.
        LMError: an endpoint failed for good; the run can be resumed.
    """
    now = clock()
    require_usable(topic, words, mode, services, plan)
    home = services.settings.home
    identity = identity or new_run_id(topic, now)
    folder = RunFolder(Home(home).runs / identity)
    folder.create(_manifest(identity, topic, mode, words, services, now, plan))
    at = now.isoformat(timespec="seconds")
    row = RunRow(
        id=identity,
        topic=topic,
        mode=mode,
        words=words,
        status="running",
        exit_code=None,
        started_at=at,
        updated_at=at,
    )
    with Ledger(Home(home).ledger) as ledger, locked(folder):
        ledger.begin(row)
        state: RunState = {"topic": topic, "mode": mode, "words": words}
        return _sit(row, state, folder, services, ledger, listeners, clock)


def resume(
    name: str,
    *,
    services: Services,
    listeners: Sequence[Listener] = (),
    clock: Callable[[], datetime] = utc_now,
) -> RunResult:
    """Go on with a run from its last checkpoint; a finished one is only written out again.

    One that a budget stopped begins anew: what it paid for is replayed from the call cache, and only what the budget
    kept it from is paid. With no time left it, too, is only written out again. `services` are to be opened with
    `settings_of` the run, so that it goes on as it began, and with `spent_before`, so that figures and budget are those
    of all its sittings.

    Raises:
        UsageProblem: there is no such run.
        RunBusy: another process is working on it.
    """
    home = services.settings.home
    with Ledger(Home(home).ledger) as ledger:
        row = ledger.find(name)
        folder = RunFolder(Home(home).runs / row.id)
        state: RunState = {"topic": row.topic, "mode": row.mode, "words": row.words}
        with locked(folder):
            return _sit(row, state, folder, services, ledger, listeners, clock)


def _sit(
    row: RunRow,
    state: RunState,
    folder: RunFolder,
    services: Services,
    ledger: Ledger,
    listeners: Sequence[Listener],
    clock: Callable[[], datetime],
) -> RunResult:
    """One sitting: invoke the graph to its end, write the files, enter the outcome; whatever is raised is recorded
    first."""
    report_id: str | None = None
    pair = PairWatch()
    with (
        telemetry(services.settings, row) as tellers,
        Sitting(row, folder, ledger, services.meter, clock, listeners=[pair, *listeners, *tellers]) as sitting,
    ):
        try:
            sitting.begin()
            # Without any time left a run begun anew would read next to nothing, and replace a better report.
            late_by = services.meter.late_by() if row.status == "stopped" else None
            final = _invoke(row, state, services, sitting.progress, is_new=late_by is None)
            report_id = final["report_id"]
            stops = tuple(dict.fromkeys([*final.get("stops", []), *([late_by] if late_by else [])]))
            status: Status = "stopped" if stops else "finished"
            outcome = sitting.outcome(status, BUDGET if stops else DONE, "; ".join(stops), report_id)
            with services.turns.taken(), stage("write_out", sitting.progress):
                result = _write_out(outcome, final, folder, services, stops)
            remembered = _remember(outcome, final, result, services, sitting.progress)
            remarks = (*result.remarks, *_remarks_on(pair, row, services), *remembered)
            result = result.model_copy(update={"remarks": remarks})
            for remark in remarks:
                sitting.record(Event(name="remark", message=remark))
            # After the files: "finished" in the ledger means that the report is there.
            sitting.enter(outcome)
            return result
        except KeyboardInterrupt:
            sitting.enter(sitting.outcome("interrupted", INTERRUPTED, "stopped by the user", report_id))
            raise
        except BaseException as error:
            failure = failure_of(error) if isinstance(error, Exception) else None
            code, hushed = failure.exit_code if failure else INTERNAL, redactor(services.settings)
            try:
                folder.append_error(clock().isoformat(timespec="seconds"), error, hushed)
            finally:
                sitting.enter(sitting.outcome("failed", code, hushed.text(str(error)), report_id))
            raise


def _remarks_on(pair: PairWatch, row: RunRow, services: Services) -> list[str]:
    settings = services.settings
    if settings.compress.pair != "on" or row.mode != "report":
        return []
    restates = drafting_of(settings.write.drafting, services.writer) == "sentence"
    return pair.remarks(writer=services.writer.name, restates=restates)


def _remember(row: RunRow, final: RunState, result: RunResult, services: Services, progress: Progress) -> list[str]:
    """Have a report that nothing cut short remembered; a remark where that failed."""
    if services.settings.memory.reports != "on" or row.mode != "report" or row.status != "finished":
        return []
    with services.turns.taken(), stage("remember", progress):
        remark = remember_report(
            result.report,
            services,
            foraged=list(final["foraged"].values()),
            owned=list(final["owned"].values()),
            at=row.began,
        )
    return [remark] if remark else []


def context_of(
    services: Services, progress: Progress, *, frozen: Calibration | None = None, plan: UserPlan | None = None
) -> RunContext:
    """What the nodes of one run may use. `frozen` is the calibration that it began with; None: that of the home, read
    when a node needs it. `plan` is the user's, if there is one."""
    write, stem = services.settings.write, english_stem()
    return RunContext(
        corpus=services.corpus,
        searcher=services.searcher,
        store=services.store,
        fine=services.fine,
        writer=services.writer,
        helper=services.model_of("helper"),
        judge=services.model_of("judge"),
        reader=services.reader,
        write=write,
        ask=services.settings.ask,
        compress=services.settings.compress,
        condenser=condenser_of(services.settings, services.writer.count_tokens),
        spare=lambda n_tokens: services.meter.count_spared("writer", n_tokens),
        cascade=cascade_of(services, stem),
        open_estimator=services.open_estimator,
        asked=asked_of(services),
        turns=services.turns,
        stem=stem,
        progress=progress,
        is_late=services.meter.is_late,
        read_calibration=lambda: frozen or calibration_for(services.settings, services.writer.name),
        extractor=fact_reader(write.facts, services.model_of("helper"), stem=stem, seed=write.seed),
        plan=plan,
    )


def _invoke(row: RunRow, state: RunState, services: Services, progress: Progress, *, is_new: bool) -> RunState:
    """`is_new`: a run that a budget stopped is begun anew."""
    # As it was fitted when the run began, whatever was fitted since: half a run by other cut-offs is no run by either.
    manifest = manifest_of(row.id, services.settings.home)
    context = context_of(services, progress, frozen=manifest.calibration, plan=manifest.plan)
    config: RunnableConfig = {
        "configurable": {"thread_id": row.id},
        "max_concurrency": context.write.max_parallel_blocks,
        "recursion_limit": 100,
    }
    with checkpointer(services.settings.home) as saver:
        graph = build_graph(saver)
        if row.status == "stopped" and is_new:
            saver.delete_thread(row.id)
        can_go_on = has_checkpoint(saver, row.id, services.settings.home)
        # Always None on resume: after a kill `next` can be empty with the run unfinished.
        try:
            result = graph.invoke(None if can_go_on else state, config, context=context, durability="sync")
        except UnknownDocument as error:
            raise AgentError(
                f"something that this run has read is no longer in the corpus ({error})",
                hint=f"start the topic again: {row.topic!r}; what was paid for is replayed",
                exit_code=CORPUS,
            ) from error
    if not result or "report_id" not in result:
        raise AgentError(
            f"run {row.id} ended without a report", hint=f"wellread runs resume {row.id}", exit_code=INTERNAL
        )
    return cast(RunState, result)


def _write_out(row: RunRow, final: RunState, folder: RunFolder, services: Services, stops: Sequence[str]) -> RunResult:
    assembled = services.store.get_model(final["report_id"], Report)
    figures = assembled.figures.model_copy(
        update={
            "tokens": row.tokens,
            "usd": round(row.usd, 6),
            "seconds": round(row.seconds, 1),
            "spend": services.meter.spent(),
            "stop_reason": f"budget: {', '.join(stops)}" if stops else "done",
        }
    )
    report = assembled.model_copy(update={"run_id": row.id, "figures": figures})
    if services.settings.write.measure_style == "on" and row.mode == "report":
        style = report_style(report, open_scorer(services.settings))
        report = report.model_copy(update={"figures": figures.model_copy(update={"style": style})})
    outline = services.store.get_model(final["outline_id"], Outline)
    folder.write_plan(outline)
    owned = {block: services.store.get_model(id_, OwnedStatements) for block, id_ in final["owned"].items()}
    folder.write_blocks(block_plans(outline, owned, cited_evidence(report)))
    if outline.conversations:
        folder.write_conversations(services.store.get_model(outline.conversations, Conversations))
    if "facts_id" in final:
        folder.write_facts(services.store.get_model(final["facts_id"], FactsFile))
    written = folder.write_report(report, services.settings.write.formats, created=row.began)
    note = services.store.get_model(final["note_id"], NoteResult) if "note_id" in final else None
    if note is not None:
        folder.write_note(note)
    return RunResult(
        run_id=row.id,
        folder=str(folder.path),
        report=report,
        files=tuple(str(path) for path in written.files),
        remarks=written.remarks,
        stops=tuple(stops),
        exit_code=row.exit_code or DONE,
        note=note,
        routed=services.store.get_model(final["route_id"], Routed) if "route_id" in final else None,
        pursuit=services.store.get_model(final["pursuit_id"], Pursuit) if "pursuit_id" in final else None,
    )
