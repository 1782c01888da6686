"""`wellread write`: one long report."""

import click

from agent.commands.invocation import Invocation, pass_invocation
from agent.commands.report_formats import format_option
from agent.commands.sitting import budget_flags, budget_options, run_and_show
from agent.settings import Format


@click.command("write")
@click.argument("topic")
@click.option("--words", type=int, help="Length of the report (50 to 10,000).")
@click.option("--model", help="The writer, e.g. embedded:qwen2.5-coder-1.5b or openai:NAME.")
@click.option("--seed", type=int, help="Seed of every choice that is left to chance.")
@click.option("--ratio", type=float, help="Distinct characters to read per character written.")
@click.option("--pair", is_flag=True, help="Have a helper or compressor read for the writer first.")
@format_option
@budget_options
@pass_invocation
def write(  # noqa: PLR0913 - one argument an option, as click has it
    called: Invocation,
    topic: str,
    words: int | None,
    model: str | None,
    seed: int | None,
    ratio: float | None,
    pair: bool,
    formats: list[Format] | None,
    max_tokens: int | None,
    max_usd: float | None,
    max_seconds: float | None,
) -> int:
    """Write a report on TOPIC from the corpus."""
    flags: dict[str, object] = {
        "roles.writer.model": model,
        "write.seed": seed,
        "write.saturation_ratio": ratio,
        # Who names a ratio means it for a short report, too.
        "write.saturation_target": None if ratio is None else 0,
        "compress.pair": "on" if pair else None,
        "write.formats": formats,
        **budget_flags(max_tokens, max_usd, max_seconds),
    }
    return run_and_show(called, topic, mode="report", words=words, flags=flags)
