"""`wellread ask`: one cited answer."""

import sys

import click

from agent.commands.invocation import Invocation, pass_invocation
from agent.commands.report_formats import format_option
from agent.commands.sitting import budget_flags, budget_options, run_and_show
from agent.errors import UsageProblem
from agent.settings import Format


@click.command("ask")
@click.argument("question")
@click.option("--model", help="The writer, e.g. embedded:qwen2.5-coder-1.5b or openai:NAME.")
@click.option("--notes", is_flag=True, help="Take a note step by step, and read what it stands on.")
@click.option("--pursue", is_flag=True, help="Look up sub-questions that narrow the answers first.")
@format_option
@budget_options
@pass_invocation
def ask(  # noqa: PLR0913 - one argument an option, as click has it
    called: Invocation,
    question: str,
    model: str | None,
    notes: bool,
    pursue: bool,
    formats: list[Format] | None,
    max_tokens: int | None,
    max_usd: float | None,
    max_seconds: float | None,
) -> int:
    """Answer QUESTION from the corpus, with citations; "-" reads the question from stdin."""
    if question == "-":
        question = _from_stdin()
    question = called.without_keys(question, "question")
    if not question.strip():
        raise UsageProblem("the question is empty", hint='ask something: wellread ask "QUESTION"')
    flags: dict[str, object] = {
        "roles.writer.model": model,
        "ask.notes": "on" if notes else None,
        "ask.pursue": "on" if pursue else None,
        "write.formats": formats,
        **budget_flags(max_tokens, max_usd, max_seconds),
    }
    return run_and_show(called, question, mode="answer", words=None, flags=flags)


def _from_stdin() -> str:
    content = sys.stdin.buffer.read()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageProblem(
            f"the question on stdin is not UTF-8 (byte {error.start + 1})", hint="convert it, as with `iconv -t UTF-8`"
        ) from error
