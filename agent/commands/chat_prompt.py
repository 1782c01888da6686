"""The prompt of a chat on a terminal: history, completion, and what Ctrl-C and Ctrl-D mean there.

Knows keys and files of history. Must not know what a line is for.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory
from prompt_toolkit.output import create_output

from agent.config import secret_values
from agent.termination import Terminated
from lm.files import write_atomically
from lm.hiding import hide_keys_in_prose

_LEAST_LETTERS = 3
_MOST_WORDS = 5  # of a document's name that may have been typed


class _History(FileHistory):
    """Keeps lines in a file that only its owner reads; what is to be forgotten is not written down once more."""

    def store_string(self, string: str) -> None:
        """Keep a line without keys, unless it says what to forget."""
        if not string.startswith("/forget"):
            super().store_string(hide_keys_in_prose(string, secret_values()))


class _Names(Completer):
    """Slash commands at the beginning of a line, names of documents anywhere."""

    def __init__(self, commands: Mapping[str, str], documents: Sequence[str]) -> None:
        self._commands, self._documents = commands, documents

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """What may follow what was typed."""
        typed = document.text_before_cursor
        if typed.startswith("/") and " " not in typed:
            for name, said in self._commands.items():
                if name.startswith(typed.lower()):
                    yield Completion(name, start_position=-len(typed), display_meta=said)
            return
        yield from self._named(typed)

    def _named(self, typed: str) -> Iterable[Completion]:
        """Documents whose names begin with the last words, the longest such run of words first."""
        words = typed.split(" ")
        told: set[str] = set()
        for n in range(min(_MOST_WORDS, len(words)), 0, -1):
            last = " ".join(words[-n:])
            if len(last) < _LEAST_LETTERS:
                continue
            for name in self._documents:
                if name.casefold().startswith(last.casefold()) and name not in told:
                    told.add(name)
                    yield Completion(name, start_position=-len(last))


class Prompt:
    """Lines of a terminal."""

    def __init__(self, history: Path, commands: Mapping[str, str], documents: Callable[[], Sequence[str]]) -> None:
        """Args: history: the file, made if it is not there; documents: their names, for completion."""
        os.close(os.open(history, os.O_CREAT | os.O_WRONLY, 0o600))
        history.chmod(0o600)
        self._path, self._commands, self._documents = history, commands, documents
        self.history = _History(history)
        self._session: PromptSession[str] | None = None

    def read(self, prompt: str = "> ") -> str | None:
        """The next line; None at its end (Ctrl-D). Ctrl-C clears what was typed."""
        if self._session is None:
            # The prompt is no result: where stdout is a file, it still goes to the terminal.
            self._session = PromptSession(
                history=self.history,
                completer=self.completer(),
                complete_while_typing=False,
                output=create_output(always_prefer_tty=True),
            )
        while True:
            try:
                return self._session.prompt(prompt)
            except KeyboardInterrupt as stop:
                if isinstance(stop, Terminated):
                    raise
            except EOFError:
                return None

    def completer(self) -> Completer:
        """What completes a line: the commands, and the names of the documents as they are now."""
        return _Names(self._commands, self._documents())

    def confirms(self, question: str) -> bool:
        """Whether a question is answered with yes, or with nothing."""
        said = self.read(f"{question} [Y/n] ")
        return said is not None and said.strip().lower() in ("", "y", "yes")

    def forget(self, lines: Sequence[str]) -> None:
        """Take lines out of the history, on the disk and in mind."""
        kept = [entry for entry in reversed(list(self.history.load_history_strings())) if entry not in lines]
        write_atomically(self._path, "")
        self._path.chmod(0o600)
        self.history = _History(self._path)
        for entry in kept:
            self.history.append_string(entry)
        self._session = None
