"""A chat as it is seen: lines in, sentences out as they are verified, commands obeyed, failures told.

On a terminal Ctrl-C stops an answer and the chat goes on; where lines come from a pipe it stops the program.
"""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Protocol

import click

from agent.chat.conversation import Conversation
from agent.chat.records import AnswerSentence, Exchange, Session
from agent.chat.slash import SLASH_LINE, Told, obey
from agent.chat.telling import exchange_values, sources_text
from agent.commands.chat_progress import AnswerProgress
from agent.commands.invocation import Invocation, harmless
from agent.errors import AgentError, UsageProblem
from agent.exit_codes import BUDGET, DONE, PARTLY, Failure, failure_of, failure_text
from agent.narrative.user_plan import UserPlan
from agent.termination import Terminated
from lm.errors import LMError
from memory.errors import MemoryFloorError
from retrieval.errors import RetrievalError

_FORESEEN = (AgentError, LMError, MemoryFloorError, RetrievalError, OSError)
_SHOWN_CHARS = 120


class Lines(Protocol):
    """Where lines come from."""

    def read(self, prompt: str = "> ") -> str | None:
        """The next; None at the end."""
        ...

    def confirms(self, question: str) -> bool:
        """Whether a person says yes; nobody does where nobody is there."""
        ...

    def forget(self, lines: tuple[str, ...]) -> None:
        """Keep no trace of these lines."""
        ...


class PipedLines:
    """One question a line from stdin."""

    def read(self, prompt: str = "> ") -> str | None:
        """The next line.

        Raises:
            UsageProblem: it is not UTF-8.
        """
        raw = sys.stdin.buffer.readline()
        if not raw:
            return None
        try:
            return raw.decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise UsageProblem("a line of stdin is not UTF-8", hint="convert it, as with `iconv -t UTF-8`") from error

    def confirms(self, question: str) -> bool:
        """Nobody is there to say so."""
        return False

    def forget(self, lines: tuple[str, ...]) -> None:
        """Nothing was kept."""


Open = Callable[[str | None], AbstractContextManager[Conversation]]
WriteReport = Callable[[str, UserPlan, str | None], int]


@dataclass
class Talk:
    """One sitting. `open_conversation` opens the session with a writer, None for the settings' own."""

    called: Invocation
    session: Session
    lines: Lines
    open_conversation: Open
    write_report: WriteReport
    is_terminal: bool
    writer: str | None = None
    _writer_before: str | None = None
    _is_switching: bool = False
    n_answered: int = 0
    codes: list[int] = field(default_factory=list)
    _is_new_sitting: bool = True

    def run(self) -> int:
        """Talk until the lines end; returns the exit code: of what failed, where all did; on a terminal 0."""
        try:
            self._sit()
        except Terminated as stop:
            self._stopped("", stop)
        return self._exit_code()

    def _sit(self) -> None:
        told: Told | None = None
        while told is None or told.then != "quit":
            with ExitStack() as stack:
                conversation = self._entered(stack)
                if self._is_new_sitting:
                    self._begin(conversation)
                told = self._talk(conversation)
            self._between(told)

    def _entered(self, stack: ExitStack) -> Conversation:
        """The conversation, opened; with the writer of before where another one was wanted that cannot be had."""
        was_switching, self._is_switching = self._is_switching, False
        try:
            conversation = stack.enter_context(self.open_conversation(self.writer))
        except _FORESEEN as error:
            if not was_switching:
                raise
            self._tell_failure(error)
            self.writer = self._writer_before
            return stack.enter_context(self.open_conversation(self.writer))
        if was_switching:
            name = conversation.services.writer.name
            self.called.emit({"command": "/model", "model": name}, f"{name} writes from here on.")
        return conversation

    def _begin(self, conversation: Conversation) -> None:
        """Say where we are, and what was left; the session's last question may have no answer yet."""
        self._is_new_sitting = False
        conversation.catch_up()
        if self.is_terminal:
            self.called.note(f"session {self.session.id}; /help lists the commands, Ctrl-D leaves")
        left = conversation.unanswered()
        if left is None:
            return
        shown = left.question if len(left.question) <= _SHOWN_CHARS else left.question[:_SHOWN_CHARS] + " …"
        self.called.note(f"the last question has no answer ({_left(left)}): “{shown}”; /again answers it")
        if self.lines.confirms("Answer it now?"):
            self._answer(conversation, None)

    def _talk(self, conversation: Conversation) -> Told:
        """Until something is wanted that only works between two openings."""
        while (line := self.lines.read()) is not None:
            line = self.called.without_keys(line.strip(), "line")
            if SLASH_LINE.match(line):
                told = self._obey(conversation, line)
                if told.then == "again":
                    self._answer(conversation, None)
                elif told.then:
                    return told
            elif line:
                self._answer(conversation, line)
        return Told("", then="quit")

    def _obey(self, conversation: Conversation, line: str) -> Told:
        try:
            told = obey(conversation, line)
        except _FORESEEN as error:
            self._tell_failure(error)
            return Told("")
        except KeyboardInterrupt as stop:
            self._stopped("stopped", stop)
            return Told("")
        self.lines.forget(told.forgotten) if told.forgotten else None
        if told.text or (self.called.as_json and told.values):
            self.called.emit({"command": line.split(" ")[0], "text": told.text, **told.values}, told.text)
        return told

    def _answer(self, conversation: Conversation, line: str | None) -> None:
        """Answer a line, or what was left unanswered, and show it."""
        progress = AnswerProgress(self.called.console())
        said: list[str] = []

        def say(sentence: AnswerSentence) -> None:
            progress.stop()
            if not self.called.as_json:
                click.echo((" " if said else "") + harmless(sentence.marked), nl=False)
                sys.stdout.flush()
            said.append(sentence.text)

        try:
            with progress:
                left = conversation.unanswered() if line is None else None
                if left is not None:
                    exchange = conversation.answer(left, say=say, listeners=[progress])
                else:
                    exchange = conversation.ask(line or "", say=say, listeners=[progress])
        except KeyboardInterrupt as stop:
            self._stopped("stopped; the question is kept, /again answers it", stop)
        except _FORESEEN as error:
            self._tell_failure(error)
        else:
            self.n_answered += 1
            self._show_rest(exchange)

    def _show_rest(self, exchange: Exchange) -> None:
        answer = exchange.answer
        if self.called.as_json:
            self.called.emit(exchange_values(exchange), "")
        elif answer is not None:
            click.echo("")
            rest = "\n".join(part for part in ("\n".join(answer.limits), sources_text(answer)) if part)
            click.echo(harmless(f"\n{rest}\n") if rest else "")
        if answer is not None and answer.stops:
            self.codes.append(BUDGET)
            self.called.note(f"stopped by a budget ({', '.join(answer.stops)})")

    def _stopped(self, said: str, by: KeyboardInterrupt) -> None:
        if isinstance(by, Terminated) or not self.is_terminal:
            stop = KeyboardInterrupt()
            stop.add_note(f"go on with: wellread chat --session {self.session.id}")
            raise stop from by
        self.called.note(f"\n{said}")

    def _tell_failure(self, error: Exception) -> None:
        failure = failure_of(error)
        if failure is None:
            raise error
        self._tell(failure)

    def _tell(self, failure: Failure) -> None:
        self.codes.append(failure.exit_code)
        click.echo(harmless(failure_text(failure, as_json=self.called.as_json)), err=True)

    def _between(self, told: Told) -> None:
        """What is done while no model is open: another writer is chosen, a report is written."""
        if told.then == "model":
            self._writer_before, self.writer, self._is_switching = self.writer, told.argument, True
        elif told.then == "report" and told.plan is not None:
            try:
                code = self.write_report(told.argument, told.plan, self.writer)
                self.codes += [code] if code else []
            except _FORESEEN as error:
                self._tell_failure(error)
            except KeyboardInterrupt as stop:
                note = "".join(getattr(stop, "__notes__", []))
                self._stopped(f"the report was stopped; {note}" if note else "the report was stopped", stop)

    def _exit_code(self) -> int:
        if self.is_terminal or not self.codes:
            return DONE
        worst = [code for code in self.codes if code != BUDGET]
        if not worst:
            return BUDGET
        return PARTLY if self.n_answered else worst[0]


def _left(exchange: Exchange) -> str:
    return {"stopped": "it was stopped", "failed": "it failed"}.get(exchange.status, "the program ended in mid answer")
