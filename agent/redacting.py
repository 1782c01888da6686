"""What leaves the process, or stays behind it, without keys: logs, crash reports, error files, support archives.

`Redactor` knows the values of the keys that this process was given, and `lm.hiding` the shapes of keys in general. One
made by `private` also hides who and where the user is.
"""

import getpass
import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent import config
from agent.settings import Settings
from lm.hiding import hide_keys

# Shorter names would be taken out of the middle of ordinary texts.
_MIN_USER_CHARS = 3


@dataclass(frozen=True)
class Redactor:
    """Takes keys out of texts, and of whatever JSON can write. `private`: what else, and the words in its place."""

    keys: tuple[str, ...] = ()
    private: tuple[tuple[re.Pattern[str], str], ...] = ()

    def text(self, text: str) -> str:
        """`text` without keys."""
        text = hide_keys(text, self.keys)
        for pattern, stand_in in self.private:
            text = pattern.sub(stand_in, text)
        return text

    def value(self, value: object) -> object:
        """The same of every string, and every key of a table, in a nested value; other things as they are."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.value(key): self.value(inner) for key, inner in value.items()}
        if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
            return [self.value(inner) for inner in value]
        if isinstance(value, Path):
            return self.text(str(value))
        return value


def redactor(settings: Settings | None = None) -> Redactor:
    """One that knows the keys of this process's environment.

    Args:
        settings: Name the variables that hold keys; without them, those whose name says so.
    """
    return Redactor(keys=config.secret_values(settings))


def private_redactor(settings: Settings | None = None) -> Redactor:
    """One that hides the user's name and folders, too: for what is sent to somebody else."""
    return Redactor(keys=config.secret_values(settings), private=tuple(_private(settings)))


def _private(settings: Settings | None) -> list[tuple[re.Pattern[str], str]]:
    """What to hide, most exact first: the home of the program may lie in that of the user."""
    folders = [(str(settings.home), "<home>"), (str(settings.models_dir), "<models>")] if settings else []
    folders += [(str(Path.cwd()), "<folder>")]
    with suppress(RuntimeError):  # a user without a home
        folders += [(str(Path.home()), "~")]
    hidden = [
        (re.compile(rf"{re.escape(folder)}(?![\w.-])"), stand_in) for folder, stand_in in folders if len(folder) > 1
    ]
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # the user's number has no name on this machine
        return hidden
    if len(user) < _MIN_USER_CHARS:
        return hidden
    return [*hidden, (re.compile(rf"(?<!\w){re.escape(user)}(?!\w)"), "<user>")]


class RedactingFormatter(logging.Formatter):
    """Formats log records, tracebacks included, and takes keys out of the result."""

    def __init__(self, fmt: str, redactor: Redactor) -> None:
        super().__init__(fmt)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        return self._redactor.text(super().format(record))
