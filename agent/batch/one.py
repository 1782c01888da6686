"""One item of a batch: begun as a run, or gone on with, and what became of it as a row.

A run's id is entered before the run begins, so that whoever comes after a kill finds it.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from agent.batch.plan import Work
from agent.batch.store import ItemRow
from agent.errors import UsageProblem
from agent.exit_codes import BUDGET, INTERNAL, INTERRUPTED, Failure, failure_of
from agent.home import Home
from agent.ledger import Ledger
from agent.pair.asked import resolved
from agent.past_runs import is_there, settings_of, spent_before
from agent.redacting import redactor
from agent.render_answer import answer_text
from agent.run import Listener, RunResult, new_run_id, resume, start
from agent.services import Workshop, roles_needed
from agent.settings import Settings
from lm.metering import Meter
from lm.spending import Spend
from lm.stopping import Stop, Stoppable
from lm.turns import GivingWay, Turns

POT = "batch"  # the name of the meter over all items
Clock = Callable[[], datetime]


def begun(row: ItemRow, settings: Settings, now: datetime) -> ItemRow:
    """The row as it is entered before its run: with the run's id, which stays what it was where there is a run."""
    run_id = row.run_id if is_entered(row.run_id, settings) else new_run_id(row.asked, now)
    return row.model_copy(
        update={
            "run_id": run_id,
            "status": "running",
            "by_batch": False,
            "attempts": row.attempts + 1,
            "started_at": now.isoformat(timespec="seconds"),
            "ended_at": "",
            "exit_code": None,
            "kind": "",
            "message": "",
        }
    )


def is_entered(run_id: str, settings: Settings) -> bool:
    """Whether the run was begun and is there: what is not in the ledger of runs has done nothing yet."""
    if not run_id or not is_there(run_id, settings.home):
        return False
    with Ledger(Home(settings.home).ledger) as ledger, suppress(UsageProblem):
        return ledger.find(run_id).id == run_id
    return False


def run_one(
    work: Work,
    row: ItemRow,
    workshop: Workshop,
    *,
    pot: Meter,
    stop: Stop,
    turns: Turns,
    listener: Listener,
    clock: Clock,
) -> RunResult:
    """Begin the run of a row that was entered by `begun`, or go on with it, and see it through.

    Raises:
        KeyboardInterrupt: all is to stop; the run is kept as an interrupted one.
        Exception: whatever ended the run; it is in the run's folder too.
    """
    settings = resolved(work.settings)
    goes_on = is_entered(row.run_id, settings)
    already = None
    if goes_on:
        settings = settings_of(row.run_id, settings)
        already = spent_before(row.run_id, settings.home)
    opened = workshop.services(settings, need=roles_needed(settings, row.mode), already=already, above=pot)
    models = {role: GivingWay(Stoppable(model, stop), turns) for role, model in opened.models.items()}
    services = replace(opened, models=models, turns=turns)
    if goes_on:
        return resume(row.run_id, services=services, listeners=[listener], clock=clock)
    return start(
        row.asked,
        mode=row.mode,
        words=work.item.words,
        services=services,
        identity=row.run_id,
        listeners=[listener],
        clock=clock,
    )


def ended(row: ItemRow, result: RunResult, now: datetime, seconds: float) -> ItemRow:
    """The row of an item that has its report or answer."""
    report, figures = result.report, result.report.figures
    update = {
        "status": "stopped" if result.exit_code == BUDGET else "finished",
        "by_batch": any(limit.startswith(f"{POT} ") for limit in result.stops),
        "exit_code": result.exit_code,
        "message": ", ".join(result.stops),
        "ended_at": now.isoformat(timespec="seconds"),
        **(_paid(figures.spend) if figures.spend else {"tokens": figures.tokens, "usd": figures.usd}),
        "seconds": round(seconds, 2),
        "title": report.title,
        "words": figures.words,
        "sections": figures.sections,
        "claims": sum(figures.claims.values()) - figures.claims.get("dropped", 0),
        "sources": figures.sources,
        "documents": figures.documents,
        "support": round(figures.mean_support, 4),
        "ratio": round(figures.saturation_ratio, 2),
        "unmet": len(report.ledger.unmet) if report.ledger else 0,
        "answer": answer_text(report) if row.mode == "answer" else "",
    }
    return row.model_copy(update=update)


def broken_off(row: ItemRow, settings: Settings, now: datetime, seconds: float) -> ItemRow:
    """The row of an item that the user stopped."""
    update = {"status": "interrupted", "exit_code": INTERRUPTED, "message": "stopped by the user"}
    return _spent(row, settings).model_copy(
        update=update | {"ended_at": now.isoformat(timespec="seconds"), "seconds": round(seconds, 2)}
    )


def failed(row: ItemRow, error: Exception, settings: Settings, now: datetime, seconds: float) -> ItemRow:
    """The row of an item that an error ended, without keys: it is kept, shown, and written into the summary."""
    failure = failure_of(error) or Failure(f"internal error: {type(error).__name__}: {error}", "", INTERNAL, "Bug")
    hint = f" ({failure.hint})" if failure.hint else ""
    update = {"status": "failed", "exit_code": failure.exit_code, "kind": failure.kind}
    return _spent(row, settings).model_copy(
        update=update
        | {
            "message": redactor(settings).text(failure.message + hint),
            "ended_at": now.isoformat(timespec="seconds"),
            "seconds": round(seconds, 2),
        }
    )


def _spent(row: ItemRow, settings: Settings) -> ItemRow:
    """With what its run took, by the account in its folder."""
    spent = spent_of(row, settings)
    return row if spent is None else row.model_copy(update=_paid(spent))


def _paid(spent: Spend) -> dict[str, float]:
    total = spent.total
    return {"tokens": total.tokens, "usd": total.usd, "calls": total.calls, "unpriced": total.unpriced}


def spent_of(row: ItemRow, settings: Settings) -> Spend | None:
    """What the item's run took so far; None where it is not known."""
    if not row.run_id:
        return None
    with suppress(UsageProblem):
        return spent_before(row.run_id, settings.home)
    return None
