"""`wellread memory export` and `import`: a scope as lines of JSON."""

from pathlib import Path
from typing import TextIO

import click

from agent.commands.invocation import Invocation, pass_invocation, safe_json
from agent.commands.memory_scope import scope_option
from agent.counting import counted
from agent.errors import UsageProblem


@click.command()
@scope_option("This scope only; else all.")
@pass_invocation
def export(call: Invocation, scope: str | None) -> None:
    """Write the log, the gate's decisions and the units to stdout, one JSON object a line."""
    from agent.long_term import open_kept
    from memory.unit_export import export_scope

    with open_kept(call.settings()) as store:
        known = store.scopes()
        if scope and scope not in known:
            raise UsageProblem(
                f"there is no scope {scope!r}",
                hint=f"there is {', '.join(known)}" if known else "nothing is remembered",
            )
        for one in [scope] if scope else known:
            for line in export_scope(store, one):
                click.echo(safe_json(line))


@click.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"), metavar="FILE")
@scope_option("Take everything into this scope; else into those of the file.")
@pass_invocation
def import_command(call: Invocation, file: TextIO, scope: str | None) -> None:
    """Take in what `export` wrote, from FILE or from stdin as "-": all of it, or nothing if a line is wrong.

    What is here already stays as it is, and what was forgotten here stays forgotten.
    """
    from agent.long_term import embedder_of, open_unit_store
    from memory.errors import RecordRejected
    from memory.unit_export import import_lines

    settings = call.settings()
    with open_unit_store(settings, embedder_of(settings)) as store:
        try:
            taken = import_lines(store, file, scope)
        except (RecordRejected, UnicodeDecodeError) as error:
            hint = getattr(error, "hint", "") or "it is not UTF-8 text; export it again"
            raise UsageProblem(f"{Path(file.name).name}: {error}", hint=hint) from error
    parts = [counted(taken.turns, "turn"), counted(taken.windows, "window"), counted(taken.units, "unit")]
    skipped = f"; {counted(taken.skipped, 'unit')} left out: forgotten here" if taken.skipped else ""
    call.emit(taken.model_dump(mode="json"), f"new: {', '.join(parts)}{skipped}")
