"""`wellread batch`: many reports and answers by one command."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.invocation import Invocation, pass_invocation, rows_text
from agent.commands.sitting import budget_options
from agent.exit_codes import BUDGET, DONE, ENDPOINT, INTERRUPTED, PARTLY, interruption_text

if TYPE_CHECKING:
    from agent.batch.conduct import Conducted
    from agent.batch.plan import Work
    from agent.batch.store import ItemRow
    from agent.errors import UsageProblem
    from agent.settings import Settings

_MOST_TOLD = 20
_GO_ON = "run the same command again: it goes on where it was"


@click.command("batch")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--jobs", type=click.IntRange(1, 256), help="Items at once; 8, or as many as an embedded model serves.")
@click.option(
    "--only", multiple=True, metavar="NAME", help="Only these items, by name (* is any) or state; repeatable."
)
@click.option("--fail-on", metavar="N|P%", help="Stop when more items than this have failed; never, unless given.")
@click.option("--retries", type=click.IntRange(0, 10), default=1, show_default=True, help="Tries more for an item.")
@click.option("--again", is_flag=True, help="Run items again that are done; what was paid for is replayed.")
@click.option("--remember", is_flag=True, help="Let finished reports be remembered (`wellread memory`).")
@click.option("--model", help="The writer, where an item names none.")
@click.option("--dry-run", is_flag=True, help="Read and check the file, say what would be done, and run nothing.")
@budget_options
@pass_invocation
def batch(  # noqa: PLR0913 - one argument an option, as click has it
    called: Invocation,
    file: Path,
    jobs: int | None,
    only: tuple[str, ...],
    fail_on: str | None,
    retries: int,
    again: bool,
    remember: bool,
    model: str | None,
    dry_run: bool,
    max_tokens: int | None,
    max_usd: float | None,
    max_seconds: float | None,
) -> int:
    """Write the reports and answers that FILE asks for, a line each (JSON lines, or CSV).

    The same command goes on where it was stopped, and tries again what failed. Budgets are of all items together.
    """
    from agent.batch.conduct import Conductor
    from agent.batch.plan import batch_name
    from agent.batch.plan import only as chosen_of
    from agent.batch.running import Options
    from agent.commands.batch_progress import BatchProgress
    from lm.metering import Budget

    common: dict[str, object] = {"roles.writer.model": model, "memory.reports": None if remember else "off"}
    settings = called.settings(common)
    works = _works(called, file, common, is_again=again)
    chosen = chosen_of(works, only)
    if dry_run:
        return _show_plan(called, works, chosen)
    conductor = Conductor(
        name=batch_name(file),
        settings=settings,
        budget=Budget(max_tokens=max_tokens, max_usd=max_usd, max_seconds=max_seconds),
        options=Options(jobs or _jobs(settings), retries, _most_failed(fail_on, len(chosen))),
        tell=called.note,
    )
    console = called.console()
    try:
        done = conductor.run(works, chosen, lambda works, pot, traffic: BatchProgress(console, works, pot, traffic))
    except KeyboardInterrupt:
        click.echo(interruption_text(_GO_ON, as_json=called.as_json), err=True)
        # Threads wait for answers that nobody wants any more. Whatever a kill leaves is sound, so is this.
        os._exit(INTERRUPTED)
    return _show(called, done, chosen)


def _works(called: Invocation, file: Path, common: dict[str, object], *, is_again: bool) -> "list[Work]":
    """The items of the file, each with its settings and how it stands.

    Raises:
        UsageProblem: lines that are no briefs, or ask for what no setting takes: all of them are told.
    """
    from agent.batch.plan import batch_name, work_of
    from agent.batch.reading import read_items
    from agent.batch.store import BatchStore
    from agent.errors import UsageProblem
    from agent.home import Home

    placed = read_items(file, lambda text: called.without_keys(text, "batch's file"))
    name = batch_name(file)
    path = Home(called.settings(common).home).batch_items
    known: dict[str, ItemRow] = {}
    if path.is_file():
        with BatchStore(path) as store:
            known = store.rows(name)
    works, faults = [], []
    for number, one in enumerate(placed):
        try:
            settings = called.settings(common | one.item.flags())
        except UsageProblem as error:
            faults.append(f"line {one.line}: {_in_words_of_the_file(error)}")
            continue
        works.append(work_of(name, number, one.item, settings, known.get(one.item.name), is_again=is_again))
    if faults:
        more = [f"… and {len(faults) - _MOST_TOLD} more"] if len(faults) > _MOST_TOLD else []
        told = "\n  ".join([f"{file} cannot be run:", *faults[:_MOST_TOLD], *more])
        raise UsageProblem(told, hint="mend these lines")
    return works


def _in_words_of_the_file(error: "UsageProblem") -> str:
    """A fault of a setting, told of the field of the item that set it; without the setting's own description."""
    from agent.batch.items import SETTINGS, name_in_files

    is_description = error.hint.partition(":")[0] in SETTINGS.values()
    message = f"{error} ({error.hint})" if error.hint and not is_description else str(error)
    for field, setting in SETTINGS.items():
        message = message.replace(f"flag for {setting}: ", "").replace(f"{setting}: ", f"{name_in_files(field)}: ")
    return message


def _jobs(settings: "Settings") -> int:
    writer = settings.roles.writer
    return writer.n_parallel if writer.model.startswith("embedded:") else 8


def _most_failed(text: str | None, n_items: int) -> int | None:
    if text is None:
        return None
    number, is_share = text.removesuffix("%"), text.endswith("%")
    if not number.isdecimal() or (is_share and int(number) > 100):
        raise click.UsageError(f"--fail-on {text}: a number of items, or a share such as 10%")
    return int(number) * n_items // 100 if is_share else int(number)


def _show_plan(called: Invocation, works: "Sequence[Work]", chosen: "Sequence[Work]") -> int:
    names = {work.name for work in chosen}
    standing = {work.name: work.standing if work.name in names else "left out" for work in works}
    table = [(work.name, work.item.mode, standing[work.name], work.item.asked[:60]) for work in works]
    body = {"items": [work.row.model_dump() | {"standing": standing[work.name]} for work in works]}
    called.emit(body, rows_text(table, ("ITEM", "MODE", "TO DO", "ASKED")))
    return DONE


def _show(called: Invocation, done: "Conducted", chosen: "Sequence[Work]") -> int:
    """What became of the items, on stdout; the exit code."""
    names = {work.name for work in chosen}
    rows = [row for row in done.rows if row.item in names]
    stopped_by = _stopped_by(rows, done.stopped_by)
    code = _exit_code(rows, stopped_by)
    body: dict[str, object] = {
        "batch": done.name,
        "folder": str(done.folder),
        "files": [str(path) for path in done.files],
        "exit_code": code,
        "stopped_by": stopped_by,
        "items": [row.model_dump() for row in rows],
    }
    told = [row for row in rows if row.status not in ("finished", "waiting")]
    table = [(row.item, row.status, row.exit_code or "", row.message.partition("\n")[0]) for row in told[:_MOST_TOLD]]
    counts = ", ".join(f"{sum(row.status == status for row in rows)} {status}" for status in _statuses(rows))
    lines = [f"{counts}, of {len(rows)}"]
    lines += [rows_text(table, ("ITEM", "STATE", "EXIT", "WHY"))] if table else []
    lines += [f"and {len(told) - len(table)} more"] if len(told) > len(table) else []
    called.emit(body, "\n".join([*lines, *map(str, done.files)]))
    if stopped_by:
        called.note(f"stopped: {done.reason}")
    if stopped_by == "budget":
        called.note("run it again with a larger budget: it goes on where it was; --max-seconds is of each sitting anew")
    elif code != DONE:
        called.note("run the same command again: it goes on where it was, and tries again what failed")
    return code


def _statuses(rows: "Sequence[ItemRow]") -> list[str]:
    return list(dict.fromkeys(row.status for row in rows))


def _stopped_by(rows: "Sequence[ItemRow]", stopped_by: str) -> str:
    """What stopped it; a user who came when the last item had ended stopped nothing."""
    is_too_late = stopped_by == "user" and not {"waiting", "running", "interrupted"} & {row.status for row in rows}
    return "" if is_too_late else stopped_by


def _exit_code(rows: "Sequence[ItemRow]", stopped_by: str) -> int:
    early = {"user": INTERRUPTED, "budget": BUDGET, "endpoint": ENDPOINT, "failures": PARTLY}
    if stopped_by in early:
        return early[stopped_by]
    if any(row.status in ("failed", "interrupted") for row in rows):
        return PARTLY
    return BUDGET if any(row.status == "stopped" for row in rows) else DONE
