"""`wellread runs`: the ledger of runs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.invocation import Invocation, pass_invocation, rows_text
from agent.commands.report_formats import export
from agent.errors import UsageProblem

if TYPE_CHECKING:
    from agent.calibration import Calibration
    from agent.ledger import RunRow
    from agent.storm.records import Conversations
    from lm.spending import Spend


@click.group("runs")
def runs() -> None:
    """List, show, export, resume and remove runs."""


runs.add_command(export)


@runs.command("ls")
@click.option("--status", type=click.Choice(["running", "finished", "stopped", "failed", "interrupted"]))
@pass_invocation
def ls(called: Invocation, status: str | None) -> None:
    """List runs, newest first."""
    from agent.ledger import Ledger

    home = called.settings().home
    with Ledger(home / "ledger.sqlite") as ledger:
        known = [_as_it_stands(row, home) for row in ledger.rows()]
    rows = [row for row in known if status in (None, row.status)]
    table = [
        (row.id, row.mode, row.status, row.started_at[:10], f"{row.tokens:,}", f"{row.seconds:.0f} s", row.topic[:60])
        for row in rows
    ]
    header = ("RUN", "MODE", "STATUS", "STARTED", "TOKENS", "TIME", "TOPIC")
    text = rows_text(table, header) if rows else f"no run is {status}" if status and known else "no runs yet"
    called.emit({"runs": [row.model_dump() for row in rows]}, text)


@runs.command("show")
@click.argument("run")
@click.option("--forage", is_flag=True, help="Its foraging diary: each visit to a query, and a picture of them.")
@click.option("--interviews", is_flag=True, help="The interviews before its plan (`--planner storm`), word for word.")
@click.option("--plan", is_flag=True, help="Its blocks: goal, needs, length, dependencies, and ids of their evidence.")
@click.option("--timeline", is_flag=True, help="What it did when, and when it waited for models; with a page of it.")
@pass_invocation
def show(called: Invocation, run: str, forage: bool, interviews: bool, plan: bool, timeline: bool) -> None:
    """Show one run: RUN is its id, a part of it, or "last"."""
    from agent.commands.sitting import spending_lines
    from agent.ledger import Ledger
    from agent.past_runs import runs_folder

    home = called.settings().home
    with Ledger(home / "ledger.sqlite") as ledger:
        row = _as_it_stands(ledger.find(run), home)
    folder = runs_folder(home) / row.id
    if forage + interviews + plan + timeline > 1:
        asked = "--forage, --interviews, --plan and --timeline"
        raise click.UsageError(f"{asked} exclude each other: ask for one, then for another")
    if timeline:
        from agent.commands.run_timeline import show_timeline
        from agent.past_runs import is_alive

        show_timeline(called, folder, is_alive=is_alive(row.id, home))
        return
    if forage:
        _show_diary(called, folder)
        return
    if interviews:
        _show_interviews(called, folder)
        return
    if plan:
        _show_plan(called, folder)
        return
    files = sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []
    lines = [f"{name:<12}{value}" for name, value in row.model_dump().items() if value not in (None, "")]
    lines += [f"{'folder':<12}{folder}", f"{'files':<12}{', '.join(files)}"]
    fitted = _calibration(called, row.id, home) if "run.json" in files else None
    if fitted is not None:
        lines.append(f"{'calibration':<12}{fitted.told}")
    talks = _interviews(called, folder)
    if talks is not None:
        lines.append(f"{'interviews':<12}{talks.told}")
    spend = _spend(called, row.id, home)
    if spend is not None:
        lines += spending_lines(spend)
    more = {
        "folder": str(folder),
        "files": files,
        "calibration": None if fitted is None else fitted.model_dump(include={"model", "data", "n"}),
        "interviews": None if talks is None else talks.told,
        "spend": None if spend is None else spend.model_dump(),
    }
    called.emit(row.model_dump() | more, "\n".join(lines))


def _calibration(called: Invocation, identity: str, home: Path) -> "Calibration | None":
    """What a run took of it. A run with a damaged manifest is shown all the same."""
    from agent.past_runs import manifest_of

    try:
        return manifest_of(identity, home).calibration
    except UsageProblem as problem:
        called.note(str(problem))
        return None


def _spend(called: Invocation, identity: str, home: Path) -> "Spend | None":
    """What a run took. A run with a damaged account is shown all the same."""
    from agent.past_runs import spent_before

    try:
        return spent_before(identity, home)
    except UsageProblem as problem:
        called.note(str(problem))
        return None


def _interviews(called: Invocation, folder: Path) -> "Conversations | None":
    """What was said before its plan. A run with a damaged file of it is shown all the same."""
    from agent.commands.interviews import find_interviews

    try:
        return find_interviews(folder)
    except UsageProblem as problem:
        called.note(str(problem))
        return None


def _show_interviews(called: Invocation, folder: Path) -> None:
    from agent.commands.interviews import interviews_of, interviews_text

    talks = interviews_of(folder)
    called.emit(talks.model_dump(mode="json"), interviews_text(talks))


def _show_plan(called: Invocation, folder: Path) -> None:
    from agent.commands.run_plan import blocks_of_run, blocks_text

    blocks = blocks_of_run(folder)
    called.emit(blocks.model_dump(mode="json"), blocks_text(blocks))


def _show_diary(called: Invocation, folder: Path) -> None:
    from agent.commands.forage_diary import diary_text, draw_picture
    from agent.diary import read_diary

    diary = read_diary(folder)
    picture = draw_picture(diary, folder)
    called.emit(diary.model_dump() | {"picture": str(picture)}, diary_text(diary, picture))


@runs.command("measure")
@click.argument("run")
@click.option("--against", metavar="RUN", help="A run whose report it is compared with, by the same scorer.")
@pass_invocation
def measure_command(called: Invocation, run: str, against: str | None) -> None:
    """Measure the style of a run's report by section: smoothing, rhythm, repetition, copying.

    For comparing drafts; it is no verdict on who wrote a text.
    """
    from agent.commands.run_style import measure_runs

    measure_runs(called, run, against)


@runs.command("resume")
@click.argument("run", default="last")
@pass_invocation
def resume_command(called: Invocation, run: str) -> int:
    """Go on with a run from its last checkpoint; what it paid for is not paid again."""
    from agent.commands import sitting
    from agent.commands.run_progress import RunProgress
    from agent.ledger import Ledger
    from agent.past_runs import settings_of, spent_before
    from agent.run import resume
    from agent.services import open_services, roles_needed

    asked = called.settings()
    with Ledger(asked.home / "ledger.sqlite") as ledger:
        row = ledger.find(run)
    settings = settings_of(row.id, asked)
    already = spent_before(row.id, asked.home)
    with (
        open_services(settings, need=roles_needed(settings, row.mode), already=already) as services,
        RunProgress(called.console(), services.meter) as progress,
        sitting.told_how_to_go_on(lambda: row.id),
    ):
        result = resume(row.id, services=services, listeners=[progress])
    return sitting.show(called, result, row.mode)


@runs.command("rm")
@click.argument("run", nargs=-1, required=True)
@pass_invocation
def rm(called: Invocation, run: tuple[str, ...]) -> None:
    """Remove runs: their folders, checkpoints and rows."""
    from agent.past_runs import remove

    removed = [remove(name, called.settings().home) for name in run]
    called.emit({"removed": removed}, "\n".join(f"removed {run_id}" for run_id in removed))


def _as_it_stands(row: "RunRow", home: Path) -> "RunRow":
    """The row; of one that the ledger calls running with what it has spent by now, and "interrupted" where no process
    works on it: it was killed."""
    from agent.past_runs import is_alive, spent_before

    if row.status != "running":
        return row
    changes: dict[str, object] = {} if is_alive(row.id, home) else {"status": "interrupted"}
    try:
        spent = spent_before(row.id, home)
    except UsageProblem:  # said when it is resumed; the row is shown all the same
        spent = None
    if spent is not None:
        changes |= {"tokens": spent.total.tokens, "usd": spent.total.usd, "seconds": spent.seconds}
    return row.model_copy(update=changes)
