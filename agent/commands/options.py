"""Global options: accepted before and after a command's name, and remembered once.

Knows click only, so that `wellread --help` loads nothing else.
"""

from pathlib import Path
from typing import Any

import click

META_KEY = "wellread.global"


def remembered(ctx: click.Context) -> dict[str, Any]:
    """What the global options of this call say, by name; shared by a command and its parents."""
    found: dict[str, Any] = ctx.meta.setdefault(META_KEY, {})
    return found


def add_global_options(command: click.Command) -> click.Command:
    """Give the global options to a command and to all below it; options of its own come first."""
    taken = {spelling for param in command.params for spelling in param.opts}
    command.params.extend(option for option in global_options() if taken.isdisjoint(option.opts))
    if isinstance(command, click.Group):
        for child in command.commands.values():
            add_global_options(child)
    return command


def global_options() -> list[click.Option]:
    """Fresh option objects; values go to `remembered`, never to the command's arguments."""
    return [
        _option(
            "--home",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="Folder of corpus, runs and caches.",
        ),
        _option(
            "--config",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Settings file to read in place of ./wellread.toml.",
        ),
        _option("--json", is_flag=True, help="One JSON object on stdout; errors as JSON on stderr's last line."),
        _option("-v", "--verbose", count=True, help="Say more; -vv says everything."),
        _option("-q", "--quiet", is_flag=True, help="Say only errors."),
        _option("--no-color", is_flag=True, help="Plain text; so does NO_COLOR, and output that is no terminal."),
        _option(
            "--offline", is_flag=True, help="Refuse every endpoint that is not on this machine, and every download."
        ),
    ]


def _option(*spellings: str, **attributes: Any) -> click.Option:
    return click.Option(spellings, expose_value=False, callback=_remember, **attributes)


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    # The same option may stand before and after the command's name; a default never undoes what was given.
    if value and param.name:
        found = remembered(ctx)
        found[param.name] = found.get(param.name, 0) + value if param.name == "verbose" else value
    return value
