"""The `wellread` command: a table of subcommands, each loaded only when it is called.

The process boundary: every error ends here as an exit code and two lines on stderr.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.commands.options import add_global_options, global_options, remembered
from agent.private_files import OWNER_ONLY, UMASK, umask
from agent.termination import hear_termination
from agent.version import program_version

if TYPE_CHECKING:
    from agent.settings import Settings

# Name: where the command lives, and its line in the help. Nothing of it is imported to show the help.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("agent.commands.init:init", "Write a commented wellread.toml and make the home folder."),
    "doctor": (
        "agent.commands.doctor:doctor",
        "Check this machine, the models, the endpoints and the corpus.",
    ),
    "models": ("agent.commands.models:models", "List model files and get missing ones."),
    "ingest": ("agent.commands.ingest:ingest_command", "Read files and folders into the corpus."),
    "corpus": ("agent.commands.corpus:corpus", "Look at the corpus and repair it."),
    "search": ("agent.commands.search:search", "Search the corpus; no language model is used."),
    "compress": (
        "agent.commands.compress:compress",
        "Measure which compressor keeps most of this corpus for each token.",
    ),
    "measure": (
        "agent.commands.measure:measure",
        "Measure how much a file says, and how much of its sources is left in it.",
    ),
    "facts": ("agent.commands.facts:facts", "Extract typed facts from documents, each with its quotation."),
    "ask": ("agent.commands.ask:ask", "Answer one question from the corpus, with citations."),
    "chat": ("agent.commands.chat:chat", "Talk with the corpus; answers are cited, and remembered."),
    "write": ("agent.commands.write:write", "Write a report on a topic from the corpus."),
    "batch": ("agent.commands.batch:batch", "Write the reports and answers that a file asks for, side by side."),
    "schemas": ("agent.commands.schemas:schemas", "List and show the narrative schemas that reports can follow."),
    "runs": ("agent.commands.runs:runs", "List, show, export and resume runs."),
    "memory": ("agent.commands.memory:memory", "What is remembered of chats and reports: look, add, forget."),
    "eval": ("evals.cli:eval_group", "Measure retrieval, support and writing."),
    "config": ("agent.commands.config:config_group", "Show the settings and where they come from."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command and give it the global options."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return add_global_options(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but a misspelt name gets a suggestion."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            guess = f" Did you mean {near[0]!r}?" if near else f" Commands: {', '.join(COMMANDS)}."
            ctx.fail(f"No such command {args[0]!r}.{guess}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table itself."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"wellread {program_version()}")
        ctx.exit()


wellread = LazyGroup(
    "wellread",
    help="A writing agent: every sentence stands on a quotation that a program found in a source.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    params=[
        *global_options(),
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            help="Show the version.",
        ),
    ],
)


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and leave the process with its exit code (see `agent.exit_codes`)."""
    hear_termination()
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run one command; errors are written to stderr, and the exit code is returned."""
    remembered_options: dict[str, Any] = {}
    try:
        _require_text(argv)
        with umask(OWNER_ONLY) as before, wellread.make_context("wellread", list(argv)) as ctx:
            ctx.meta[UMASK] = before
            remembered_options = remembered(ctx)
            result = wellread.invoke(ctx)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as request:
        return request.exit_code
    except click.exceptions.NoArgsIsHelpError as request:
        # No mistake but a question: what is there? The bare program has answered it all, a group still wants a word.
        click.echo(request.ctx.get_help() if request.ctx else request.format_message())
        return 2 if request.ctx and request.ctx.parent else 0
    except (KeyboardInterrupt, EOFError, click.Abort) as stop:
        # A run that was stopped says itself how to go on with it: the same command would begin another one.
        how = "".join(getattr(stop, "__notes__", [])) or "run the same command again"
        return _report_stop(how, as_json=_is_json(remembered_options, argv))
    except BrokenPipeError:
        # The reader (`| head`) went away. Python would complain once more when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:  # noqa: BLE001 - the process boundary: a bug becomes a report and exit code 6
        with umask(OWNER_ONLY):
            try:
                return _report(error, argv, remembered_options)
            except (OSError, ImportError) as trouble:
                return _report_in_brief(error, trouble)


def _require_text(argv: Sequence[str]) -> None:
    for argument in argv:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            shown = argument.encode(errors="backslashreplace").decode()
            raise click.UsageError(f"the argument {shown!r} is not UTF-8; set the terminal to it") from error


def _is_json(options: dict[str, Any], argv: Sequence[str]) -> bool:
    # A usage error stops the parser before it has remembered anything.
    return bool(options.get("json")) or "--json" in argv


def _report_stop(how: str, *, as_json: bool) -> int:
    from agent.exit_codes import INTERRUPTED, interruption_text

    shown = interruption_text(how, as_json=as_json)
    click.echo(shown if as_json else f"\n{shown}", err=True)  # behind the ^C of the terminal
    return INTERRUPTED


def _report_in_brief(error: Exception, trouble: Exception) -> int:
    """What can be said where not even what tells of errors can be loaded: no descriptor is left, or the disk fails.

    Nothing of the messages, which nobody has searched for keys.
    """
    reasons = [found.strerror for found in (error, trouble) if isinstance(found, OSError) and found.strerror]
    click.echo(f"error: {'; '.join(dict.fromkeys([type(error).__name__, *reasons]))}", err=True)
    click.echo("  fix: check the disk and the limits (`ulimit -a`), and run the same command again", err=True)
    return 5 if reasons else 6  # as `agent.exit_codes`, which cannot be asked


def _report(error: Exception, argv: Sequence[str], options: dict[str, Any]) -> int:
    from agent.commands.invocation import harmless
    from agent.crash_reports import write_crash_report
    from agent.exit_codes import INTERNAL, Failure, failure_of, failure_text
    from agent.redacting import redactor

    failure = failure_of(error)
    is_bug = failure is None
    settings = _settings_of(options)
    hushed = redactor(settings)
    if failure is None:
        folder = (settings.home if settings else options.get("home") or Path(".wellread")) / "crashes"
        failure = Failure(
            f"internal error: {type(error).__name__}: {error}",
            f"send {write_crash_report(error, argv, folder, hushed)} with a bug report",
            INTERNAL,
            "Bug",
        )
    if is_bug and options.get("verbose", 0) >= 2:
        import traceback

        click.echo(harmless(hushed.text("".join(traceback.format_exception(error)))), err=True, nl=False)
    as_json = _is_json(options, argv)
    failure = replace(failure, message=hushed.text(failure.message), hint=hushed.text(failure.hint))
    shown = failure_text(failure, as_json=as_json)
    click.echo(shown if as_json else harmless(shown), err=True)
    return failure.exit_code


def _settings_of(options: dict[str, Any]) -> "Settings | None":
    """The settings of the call that failed, if they can be read."""
    from agent import config
    from agent.errors import AgentError

    try:
        return config.load(flags={"home": options.get("home")}, config_file=options.get("config")).settings
    except (AgentError, OSError):
        return None


if __name__ == "__main__":
    main()
