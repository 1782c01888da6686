"""The option --format, and `wellread runs export`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

import click

from agent.commands.invocation import Invocation, pass_invocation
from agent.errors import UsageProblem
from agent.settings import Format

if TYPE_CHECKING:
    from agent.past_reports import PastReport
    from agent.report_files import Written

C = TypeVar("C", bound=Callable[..., object])
FORMATS: tuple[Format, ...] = get_args(Format)
_ON_PAPER: tuple[Format, ...] = ("docx", "pdf")


def format_option(command: C) -> C:
    """Decorator: --format, formats with commas between them, which may be given again; None where it was not given."""
    option = click.option(
        "--format", "formats", multiple=True, metavar=",".join(FORMATS), callback=_formats, help="Files of the report."
    )
    return option(command)


def _formats(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> list[Format] | None:
    asked = [name.strip().lower() for value in given for name in value.split(",")]
    if wrong := [name for name in asked if name not in FORMATS]:
        raise click.BadParameter(f"{wrong[0]!r} is none of {', '.join(FORMATS)}", ctx, param)
    return [name for name in FORMATS if name in asked] or None


@click.command("export")
@click.argument("run")
@format_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder; default: the run's own.")
@pass_invocation
def export(called: Invocation, run: str, formats: list[Format] | None, out: Path | None) -> None:
    """Write the report of a run that has ended in other formats: RUN is its id, a part of it, or "last"."""
    from agent.past_reports import past_report
    from agent.past_runs import locked
    from agent.run_folder import RunFolder

    past = past_report(run, called.settings().home)
    asked = formats or list(_ON_PAPER)
    if out is not None:
        # Several runs may be exported to one folder.
        written = _write(past, asked, out, past.row.id)
    else:
        with locked(RunFolder(past.folder)):
            written = _write(past, asked, past.folder, "report")
    for remark in written.remarks:
        called.note(f"note: {remark}")
    files = [str(path) for path in written.files]
    called.emit({"run": past.row.id, "files": files, "remarks": list(written.remarks)}, "\n".join(files))


def _write(past: "PastReport", formats: list[Format], folder: Path, stem: str) -> "Written":
    from agent.diary import find_diary
    from agent.report_files import write_files

    try:
        folder.mkdir(parents=True, exist_ok=True)
        return write_files(
            past.report, formats, folder, created=past.row.began, stem=stem, diary=find_diary(past.folder)
        )
    except OSError as error:
        raise UsageProblem(
            f"the report cannot be written to {folder}: {error.strerror or error}",
            hint="make the folder writable, free some space, or choose another --out",
        ) from error
