"""The report of a run that has ended, taken from the store again."""

from dataclasses import dataclass
from pathlib import Path

from agent.errors import FileBroken, UsageProblem
from agent.home import Home
from agent.ledger import Ledger, RunRow
from agent.types import Report, RunFigures
from memory.errors import UnknownRecord
from memory.sqlite_store import SqliteStore


@dataclass(frozen=True)
class PastReport:
    """A run's row, its folder, and its report with the figures that it ended with."""

    row: RunRow
    folder: Path
    report: Report


def past_report(name: str, home: Path) -> PastReport:
    """The report of the run that `name` means: its id, a part of it, or "last".

    Raises:
        UsageProblem: there is no such run, it has no report, or its figures cannot be read.
        FileBroken: the store no longer has the report.
    """
    with Ledger(Home(home).ledger) as ledger:
        row = ledger.find(name)
    if row.report_id is None:
        raise UsageProblem(f"{row.id} has no report: it is {row.status}", hint=f"wellread runs resume {row.id}")
    folder = Home(home).runs / row.id
    try:
        with SqliteStore(Home(home).memory) as store:
            report = store.get_model(row.report_id, Report)
    except UnknownRecord as error:
        raise FileBroken(
            f"the report of {row.id} is no longer in {Home(home).memory}", hint=f"wellread runs resume {row.id}"
        ) from error
    figures = _figures(row, folder, report.figures)
    return PastReport(row, folder, report.model_copy(update={"run_id": row.id, "figures": figures}))


def _figures(row: RunRow, folder: Path, assembled: RunFigures) -> RunFigures:
    """As the run's folder has them; where it was never written, with what the ledger knows."""
    path = folder / "metrics.json"
    if not path.is_file():
        spent = {"tokens": row.tokens, "usd": round(row.usd, 6), "seconds": round(row.seconds, 1)}
        return assembled.model_copy(update=spent)
    try:
        return RunFigures.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageProblem(
            f"{path} cannot be read: {error}", hint=f"wellread runs resume {row.id} writes it"
        ) from error
