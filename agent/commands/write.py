"""`wellread write`: one long report."""

from pathlib import Path
from typing import get_args

import click

from agent import config
from agent.commands.invocation import Invocation, pass_invocation
from agent.commands.report_formats import format_option
from agent.commands.sitting import budget_flags, budget_options, run_and_show
from agent.exit_codes import INTERRUPTED
from agent.settings import Format, Planner


@click.command("write")
@click.argument("topic")
@click.option("--words", type=int, help="Length of the report (50 to 10,000).")
@click.option("--schema", metavar="NAME", help="Narrative schema to plan by (`wellread schemas ls`), or auto, or off.")
@click.option(
    "--planner",
    type=click.Choice(get_args(Planner)),
    help="Who plans; storm: the model, after interviews with the documents.",
)
@click.option("--plan-only", is_flag=True, help="Show the plan and write nothing.")
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), metavar="FILE", help="Follow this plan.")
@click.option("--approve-plan", is_flag=True, help="Open the plan in $EDITOR first, and write by what you leave there.")
@click.option("--model", help="The writer, e.g. embedded:qwen2.5-coder-1.5b or openai:NAME.")
@click.option("--seed", type=int, help="Seed of every choice that is left to chance.")
@click.option("--ratio", type=float, help="Distinct characters to read per character written.")
@click.option(
    "--section", "sections", multiple=True, metavar="NAME", help="A section to have, by name; may be repeated."
)
@click.option("--avoid", multiple=True, metavar="PHRASE", help="A phrase that must not be said; may be repeated.")
@click.option("--mention", multiple=True, metavar="PHRASE", help="What must be mentioned; may be repeated.")
@click.option("--language", metavar="NAME", help="Language of its sentences, e.g. English or de.")
@click.option("--audience", metavar="READERS", help='Whom it is for, e.g. "a general reader".')
@click.option("--pair", is_flag=True, help="Have a helper or compressor read for the writer first.")
@format_option
@budget_options
@pass_invocation
def write(  # noqa: PLR0913 - one argument an option, as click has it
    called: Invocation,
    topic: str,
    words: int | None,
    schema: str | None,
    planner: str | None,
    plan_only: bool,
    plan_file: Path | None,
    approve_plan: bool,
    model: str | None,
    seed: int | None,
    ratio: float | None,
    sections: tuple[str, ...],
    avoid: tuple[str, ...],
    mention: tuple[str, ...],
    language: str | None,
    audience: str | None,
    pair: bool,
    formats: list[Format] | None,
    max_tokens: int | None,
    max_usd: float | None,
    max_seconds: float | None,
) -> int:
    """Write a report on TOPIC from the corpus."""
    from agent.commands import plans
    from agent.narrative.plan_file import read_plan

    flags: dict[str, object] = {
        "roles.writer.model": model,
        "write.narrative": schema,
        "write.planner": planner,
        "write.seed": seed,
        "write.saturation_ratio": ratio,
        # Who names a ratio means it for a short report, too.
        "write.saturation_target": None if ratio is None else 0,
        "write.section_titles": list(sections) or None,
        "write.avoid": list(avoid) or None,
        "write.mention": list(mention) or None,
        "write.language": language,
        "write.audience": audience,
        "compress.pair": "on" if pair else None,
        "write.formats": formats,
        **budget_flags(max_tokens, max_usd, max_seconds),
    }
    others = {"--schema": schema is not None, "--plan": plan_file is not None, "--planner storm": planner == "storm"}
    if sections and any(others.values()):
        other = next(name for name, is_given in others.items() if is_given)
        raise click.UsageError(f"--section and {other} exclude each other: both say which sections there are")
    _refuse_two_planners(schema, planner, plan=plan_file is not None)
    _refuse_together(schema=schema is not None, plan=plan_file is not None, approve=approve_plan, only=plan_only)
    topic = called.without_keys(topic, "topic")
    plan = read_plan(plan_file) if plan_file else None
    if plan is not None:
        plans.check_plan(plan, topic, words)
    if plan_only:
        return plans.show_plan(called, plans.planned_now(called, topic, words=words, flags=flags, plan=plan)[0])
    already = None
    if approve_plan:
        plans.require_terminal(topic)
        planned, already = plans.planned_now(called, topic, words=words, flags=flags)
        plan = plans.approved(called, planned, config.editor())
        if plan is None:
            return INTERRUPTED
        words = None if plan.report_words else words
    return run_and_show(called, topic, mode="report", words=words, flags=flags, plan=plan, already=already)


def _refuse_two_planners(schema: str | None, planner: str | None, *, plan: bool) -> None:
    if planner and plan:
        raise click.UsageError("--plan and --planner exclude each other: who gives a plan needs no planner")
    if planner == "storm" and schema not in (None, "off"):
        raise click.UsageError("--planner storm and --schema exclude each other: one asks for sections, one has them")


def _refuse_together(*, schema: bool, plan: bool, approve: bool, only: bool) -> None:
    if plan and schema:
        raise click.UsageError("--plan and --schema exclude each other: a plan names its schema itself")
    if plan and approve:
        raise click.UsageError("--plan and --approve-plan exclude each other: edit the file, then give it")
    if only and approve:
        raise click.UsageError("--plan-only and --approve-plan exclude each other: one writes, the other does not")
