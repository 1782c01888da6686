"""One call of the command line: its global options, its settings, and how it talks.

Results go to stdout, everything else to stderr.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import update_wrapper
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click
from rich.console import Console

from agent import config
from agent.commands.options import remembered
from agent.private_files import OWNER_ONLY, UMASK
from agent.redacting import RedactingFormatter, redactor
from agent.settings import Settings
from lm.hiding import hide_keys_in_prose

# Control characters and direction overrides, all but line ends, tabs and the escapes by which we colour (one that hides
# text is none of them); and the halves of characters by which Python names files whose names are no UTF-8: no stream
# takes them.
_DRIVES_TERMINAL = re.compile(
    "\x1b(?!\\[(?:[0-4]|[39][0-7])m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_LINE_ENDS = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_PIPE_WIDTH = 1000
_LOG_FORMAT = "%(levelname)s %(name)s: %(message)s"
_IS_OFFLINE = "wellread.is_offline"  # in click's `meta`
_FLOORS = ("lm", "prompts", "retrieval", "memory", "agent", "evals")

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Invocation:
    """What the global options ask for. `verbosity` is -1 (quiet), 0, 1 or 2."""

    home: Path | None
    config_file: Path | None
    as_json: bool
    verbosity: int
    is_plain: bool
    is_offline: bool
    umask: int = OWNER_ONLY  # of the process that called us

    def load(self, flags: Mapping[str, object] | None = None) -> config.Loaded:
        """Settings with their sources; `flags` maps dotted keys to a command's options, None if not given.

        Raises:
            ConfigError: see `agent.config.load`.
        """
        own = {"home": self.home, "offline": True if self.is_offline else None}
        loaded = config.load(flags={**own, **(flags or {})}, config_file=self.config_file)
        if loaded.settings.offline:
            _stay_offline()
        _redact_logs(loaded.settings)
        return loaded

    def settings(self, flags: Mapping[str, object] | None = None) -> Settings:
        """Settings alone; see `load`."""
        return self.load(flags).settings

    def emit(self, result: Mapping[str, object], text: str) -> None:
        """The command's result on stdout: one JSON object with --json, else the text."""
        click.echo(json_line(result) if self.as_json else harmless(text))

    def without_keys(self, text: str, what: str) -> str:
        """What the user typed, rid of keys that slipped into it: it would be kept, and sent to a model.

        Args:
            text: As it was typed.
            what: Name of the text in the remark that tells of it.
        """
        shown = hide_keys_in_prose(text, config.secret_values(self.settings()))
        if shown != text:
            self.note(f"note: what looks like a key was taken out of the {what}; it was kept nowhere")
        return shown

    def note(self, text: str) -> None:
        """A remark on stderr, unless --quiet."""
        if self.verbosity >= 0:
            click.echo(harmless(text), err=True)

    def console(self) -> Console:
        """A stderr console for progress: plain when colour is unwanted or stderr is no terminal."""
        # Into a file or a pipe, lines are not folded: a program may read them.
        width = None if sys.stderr.isatty() else _PIPE_WIDTH
        quiet = self.verbosity < 0
        return Console(stderr=True, no_color=self.is_plain, quiet=quiet, highlight=False, width=width)

    def style(self, text: str, colour: str) -> str:
        """The text in a colour if stdout is a terminal that wants it."""
        return text if self.is_plain or not sys.stdout.isatty() else click.style(text, fg=colour)


def json_line(value: object) -> str:
    """A value as JSON on one line, with `\\u` escapes for what could drive a terminal; it reads as the same value."""
    return safe_json(json.dumps(value, ensure_ascii=False, default=str))


def safe_json(line: str) -> str:
    """The same of a line of JSON."""
    return _DRIVES_TERMINAL.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


def harmless(text: str) -> str:
    """`text` in which names and texts of documents cannot drive a terminal; colours, tabs and line ends stay."""
    return _DRIVES_TERMINAL.sub("\N{REPLACEMENT CHARACTER}", text)


def invocation(ctx: click.Context) -> Invocation:
    """The call that `ctx` belongs to."""
    found = remembered(ctx)
    return Invocation(
        home=found.get("home"),
        config_file=found.get("config"),
        as_json=found.get("json", False),
        verbosity=-1 if found.get("quiet") else min(found.get("verbose", 0), 2),
        is_plain=bool(found.get("no_color")) or config.no_colour_wanted(),
        is_offline=found.get("offline", False),
        umask=ctx.meta.get(UMASK, OWNER_ONLY),
    )


def pass_invocation(command: Callable[Concatenate[Invocation, P], R]) -> Callable[P, R]:
    """Decorator: hands the command its `Invocation` as first argument, with logging set up."""

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        called = invocation(click.get_current_context())
        _set_up_logging(called.verbosity)
        if called.is_offline:
            _stay_offline()
        return command(called, *args, **kwargs)

    return update_wrapper(call, command)


def _stay_offline() -> None:
    """Block the network until the command line ends; called again it changes nothing."""
    from lm.offline import block_network

    root = click.get_current_context().find_root()
    if not root.meta.get(_IS_OFFLINE):
        root.meta[_IS_OFFLINE] = True
        root.call_on_close(block_network())


def _set_up_logging(verbosity: int) -> None:
    level = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO, 2: logging.DEBUG}[verbosity]
    logging.basicConfig(stream=sys.stderr, format=_LOG_FORMAT, force=True)
    _redact_logs(None)
    # Only our own floors get louder. Some third parties set their loggers to DEBUG, and those of HTTP clients
    # may print request headers, so the handler decides.
    for handler in logging.getLogger().handlers:
        handler.addFilter(lambda record: record.levelno >= logging.WARNING or _is_ours(record.name))
        handler.setLevel(level)
    for floor in _FLOORS:
        logging.getLogger(floor).setLevel(level)


def _redact_logs(settings: Settings | None) -> None:
    formatter = RedactingFormatter(_LOG_FORMAT, redactor(settings))
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr:
            handler.setFormatter(formatter)


def _is_ours(logger: str) -> bool:
    return logger.partition(".")[0] in _FLOORS


def on_one_line(text: str) -> str:
    """A name from outside, without the line ends that would make it write lines of its own."""
    return _LINE_ENDS.sub("\N{REPLACEMENT CHARACTER}", text)


def rows_text(rows: list[tuple[Any, ...]], header: tuple[str, ...]) -> str:
    """A plain table: columns padded with spaces, two between them; each row is one line, whatever stands in it."""
    cells = [tuple(on_one_line(str(cell)) for cell in row) for row in [header, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join(lines)
