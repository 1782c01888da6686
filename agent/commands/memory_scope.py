"""The option `--scope` of all commands that read or change memory.

Knows which names are no scopes of anybody. Must not know what a scope holds.
"""

from collections.abc import Callable
from typing import TypeVar

import click

from agent.errors import UsageProblem

Command = TypeVar("Command", bound=Callable[..., object])


def scope_option(help_text: str, *, default: str | None = None) -> Callable[[Command], Command]:
    """`--scope NAME`; a name that memory keeps for itself is a usage error."""
    return click.option(
        "--scope", metavar="NAME", default=default, show_default=default is not None, help=help_text, callback=_checked
    )


def _checked(ctx: click.Context, param: click.Parameter, scope: str | None) -> str | None:
    from memory.errors import RecordRejected
    from memory.passages import check_scope

    if scope is None or scope == param.default:
        return scope
    try:
        check_scope(scope)
    except RecordRejected as error:
        raise UsageProblem(str(error), hint=error.hint) from error
    return scope
