"""What `write`, `ask` and `runs resume` share: open the services, watch the run, show how it ended."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from agent.commands.invocation import Invocation, rows_text
from agent.constraints.outcomes import in_short
from agent.counting import counted
from agent.render_answer import answer_text, sources_text
from agent.render_spending import HEADER, cost_text, spending_remarks, spending_rows
from agent.state import Mode
from agent.types import Report
from lm.spending import Spend

if TYPE_CHECKING:
    from agent.narrative.user_plan import UserPlan
    from agent.run import RunResult

C = TypeVar("C", bound=Callable[..., object])


def budget_options(command: C) -> C:
    """Decorator: --max-tokens, --max-usd, --max-seconds."""
    for option in (
        click.option("--max-seconds", type=float, help="Stop before a call would begin after this time."),
        click.option("--max-usd", type=float, help="Stop before the call that would cost more."),
        click.option("--max-tokens", type=int, help="Stop before the call that would take more."),
    ):
        command = option(command)
    return command


def budget_flags(max_tokens: int | None, max_usd: float | None, max_seconds: float | None) -> dict[str, object]:
    """The values of `budget_options` as settings; None leaves a setting as it is."""
    return {"budget.max_tokens": max_tokens, "budget.max_usd": max_usd, "budget.max_seconds": max_seconds}


@contextmanager
def told_how_to_go_on(find_run: Callable[[], str | None]) -> Iterator[None]:
    """Let a Ctrl-C that leaves the body name the command that goes on; `find_run` gives the run's id, if it began."""
    try:
        yield
    except KeyboardInterrupt as stop:
        if (run_id := find_run()) is not None:
            stop.add_note(f"go on with: wellread runs resume {run_id}")
        raise


def interrupted_run(home: Path, topic: str, mode: Mode) -> str | None:
    """The newest run of a home, if it is an interrupted one on this topic."""
    from agent.home import Home
    from agent.ledger import Ledger

    with Ledger(Home(home).ledger) as ledger:
        rows = [row for row in ledger.rows() if (row.topic, row.mode) == (topic, mode)]
    return rows[0].id if rows and rows[0].status == "interrupted" else None


def run_and_show(
    called: Invocation,
    topic: str,
    *,
    mode: Mode,
    words: int | None,
    flags: Mapping[str, object],
    plan: "UserPlan | None" = None,
    already: Spend | None = None,
) -> int:
    """Start a run, show it, return its exit code. `already`: what was spent on its plan."""
    from agent.commands.run_progress import RunProgress
    from agent.pair.asked import resolved
    from agent.run import start
    from agent.services import open_services, roles_needed

    settings = resolved(called.settings(flags))
    with (
        open_services(settings, need=roles_needed(settings, mode), already=already) as services,
        RunProgress(called.console(), services.meter) as progress,
        told_how_to_go_on(lambda: interrupted_run(settings.home, topic, mode)),
    ):
        result = start(topic, mode=mode, words=words, services=services, plan=plan, listeners=[progress])
    return show(called, result, mode)


def show(called: Invocation, result: "RunResult", mode: Mode) -> int:
    """The outcome on stdout: for an answer its text, for a report its figures and where it lies."""
    report, exit_code = result.report, result.exit_code
    figures = report.figures
    body: dict[str, object] = {
        "run": result.run_id,
        "folder": result.folder,
        "files": list(result.files),
        "exit_code": exit_code,
        "title": report.title,
        "limits": list(report.limits),
        "unsaid": list(report.unsaid),
        "remarks": list(result.remarks),
        "figures": figures.model_dump(),
    }
    if mode == "answer":
        body |= {
            "answer": answer_text(report),
            "sources": [source.model_dump() for source in report.evidence],
        }
        looked_at = {"note": result.note, "routed": result.routed, "pursuit": result.pursuit}
        body |= {name: part.model_dump() for name, part in looked_at.items() if part is not None}
        called.emit(body, "\n\n".join([answer_text(report), *report.limits, sources_text(report)]))
    else:
        body["ledger"] = None if report.ledger is None else report.ledger.model_dump()
        called.emit(body, figures_text(report, Path(result.folder), result.files))
    for remark in result.remarks:
        called.note(f"note: {remark}")
    if report.ledger is not None and report.ledger.unmet:
        called.note(f"note: asked for and not met: {in_short(report.ledger)}")
    if exit_code == 3:
        called.note(f"stopped by a budget ({figures.stop_reason}); go on with: wellread runs resume {result.run_id}")
    return exit_code


def figures_text(report: Report, folder: Path, files: tuple[str, ...]) -> str:
    """The run's figures, for a person."""
    figures = report.figures
    claims = ", ".join(f"{n} {action}" for action, n in figures.claims.items())
    sections = sum(section.kind == "section" for section in report.sections)
    return "\n".join(
        (
            report.title,
            f"  words             {figures.words:,} in {counted(sections, 'section')}, with introduction and conclusion"
            if sections < len(report.sections)
            else f"  words             {figures.words:,} in {counted(sections, 'section')}",
            *([f"  in front of them  {figures.front_words:,}"] if figures.front_words else []),
            f"  claims            {claims}",
            f"  citations         {figures.citations} to {counted(figures.sources, 'quotation')} in "
            f"{counted(figures.documents, 'document')}",
            f"  characters read   {figures.characters_unique:,} distinct of {figures.characters_read:,}",
            f"  saturation ratio  {figures.saturation_ratio:.1f} read per character written",
            f"  mean support      {figures.mean_support:.2f}",
            *([f"  asked for         {figures.demands_told}"] if figures.demands else []),
            *([f"  drafts            {figures.drafts_told}"] if figures.drafts_told else []),
            *([f"  pacing            {figures.pacing.told}"] if figures.pacing else []),
            f"  cost              {figures.tokens:,} tokens, {cost_text(figures)}, {figures.seconds:.0f} s",
            *(f"    {line}" for line in (spending_lines(figures.spend) if figures.spend else ())),
            f"  ended             {figures.stop_reason}",
            *(f"  file              {path}" for path in files),
            f"  folder            {folder}",
        )
    )


def spending_lines(spend: Spend) -> list[str]:
    """What a run took, role by role, for a person; nothing where no model was asked."""
    rows = spending_rows(spend)
    return [*rows_text(rows, HEADER).splitlines(), *spending_remarks(spend)] if rows else []
