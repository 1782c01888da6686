"""`wellread doctor`: what is wrong here, and how to mend it."""

from typing import TYPE_CHECKING, get_args

import click

from agent.commands.invocation import Invocation, harmless, pass_invocation
from lm.types import Role

if TYPE_CHECKING:
    from agent.doctor import Finding

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.option(
    "--role",
    "roles",
    type=click.Choice(get_args(Role)),
    multiple=True,
    help="Only whether this role can be reached; may be given again.",
)
@pass_invocation
def doctor(call: Invocation, roles: tuple[Role, ...]) -> None:
    """Check this machine, the models, the endpoints and the corpus. Exit code 1 if something fails."""
    from agent.doctor import examine

    findings = []
    for finding in examine(call.settings(), roles or None):
        findings.append(finding)
        if not call.as_json:
            click.echo(harmless(_text(call, finding)))
    n_failed = sum(finding.status == "fail" for finding in findings)
    if call.as_json:
        shown = [finding.model_dump() for finding in findings]
        call.emit({"is_well": n_failed == 0, "findings": shown}, "")
    if n_failed:
        click.get_current_context().exit(1)


def _text(call: Invocation, finding: "Finding") -> str:
    status = call.style(f"{finding.status:<4}", _COLOURS[finding.status])
    line = f"{status}  {finding.check}: {finding.detail}"
    return line + (f"\n      fix: {finding.fix}" if finding.fix else "")
