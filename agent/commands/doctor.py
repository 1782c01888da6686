"""`wellread doctor`: what is wrong here, and how to mend it."""

from typing import TYPE_CHECKING, get_args

import click

from agent.commands.invocation import Invocation, harmless, pass_invocation
from lm.types import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

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
@click.option(
    "--verify",
    "is_verifying",
    is_flag=True,
    help="Read all that the home keeps again and compare: databases, records, runs, reports; no model is asked.",
)
@click.option(
    "--bundle",
    is_flag=False,
    flag_value="",
    metavar="[FILE.zip]",
    help="Write an archive for who is asked for help: findings, versions, settings, the last run, crashes. No keys and "
    "no texts are in it.",
)
@click.option("--with-texts", is_flag=True, help="With --bundle: also the last run's topic, plan, report and evidence.")
@pass_invocation
def doctor(call: Invocation, roles: tuple[Role, ...], is_verifying: bool, bundle: str | None, with_texts: bool) -> None:
    """Check this machine, the models, the endpoints and the corpus. Exit code 1 if something fails."""
    if is_verifying and roles:
        raise click.UsageError("--verify is about files: leave out --role")
    if with_texts and bundle is None:
        raise click.UsageError("--with-texts is about --bundle, which is not asked for")
    if bundle is not None:
        if is_verifying or roles:
            raise click.UsageError("--bundle has all findings in it: leave out --role and --verify")
        from agent.commands.doctor_bundle import write_bundle

        write_bundle(call, bundle, with_texts=with_texts)
        return
    findings = []
    for finding in _findings(call, roles, is_verifying=is_verifying):
        findings.append(finding)
        if not call.as_json:
            click.echo(harmless(_text(call, finding)))
    n_failed = sum(finding.status == "fail" for finding in findings)
    if call.as_json:
        shown = [finding.model_dump() for finding in findings]
        call.emit({"is_well": n_failed == 0, "findings": shown}, "")
    if n_failed:
        click.get_current_context().exit(1)


def _findings(call: Invocation, roles: tuple[Role, ...], *, is_verifying: bool) -> "Iterator[Finding]":
    if is_verifying:
        from agent.verifying import verify_home

        return verify_home(call.settings())
    from agent.doctor import examine

    return examine(call.settings(), roles or None)


def _text(call: Invocation, finding: "Finding") -> str:
    status = call.style(f"{finding.status:<4}", _COLOURS[finding.status])
    line = f"{status}  {finding.check}: {finding.detail}"
    return line + (f"\n      fix: {finding.fix}" if finding.fix else "")
