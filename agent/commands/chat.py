"""`wellread chat`: talk with the corpus."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import click

from agent.commands.invocation import Invocation, pass_invocation
from agent.commands.memory_scope import scope_option
from agent.errors import UsageProblem

if TYPE_CHECKING:
    from agent.chat.conversation import Conversation
    from agent.chat.records import Session
    from agent.chat.sessions import ChatStore
    from agent.commands.chat_talk import Lines
    from agent.narrative.user_plan import UserPlan
    from agent.settings import Settings

_SCOPE = "user"


@click.command("chat")
@click.option("--continue", "goes_on", is_flag=True, help="Go on with the session in which something was asked last.")
@click.option("--session", "name", metavar="ID", help="Go on with this session; a part of its id will do.")
@click.option("--no-memory", is_flag=True, help="Recall nothing, and remember nothing beyond the session.")
@click.option("--model", help="The writer, e.g. embedded:qwen2.5-coder-1.5b or openai:NAME.")
@scope_option(f"Whose memory: {_SCOPE}, project, or any name. Default: the session's, else {_SCOPE}.")
@pass_invocation
def chat(
    called: Invocation, goes_on: bool, name: str | None, no_memory: bool, model: str | None, scope: str | None
) -> int:
    """Talk with the corpus; answers are cited, and remembered.

    Each line is a question; one that begins with a slash is a command, /help lists them. Only verified sentences are
    ever shown, each as soon as it is. Where stdin is no terminal, one question a line is read from it.
    """
    if goes_on and name:
        raise click.UsageError("--continue and --session exclude each other: one session is gone on with")
    from agent.chat.sessions import ChatStore, held
    from agent.commands.chat_talk import Talk
    from agent.home import Home

    settings = called.settings({"roles.writer.model": model})
    with ChatStore(Home(settings.home).chats) as store:
        session = _session(store, "last" if goes_on else name, scope)
        is_terminal = sys.stdin.isatty()

        def open_conversation(writer: str | None) -> "AbstractContextManager[Conversation]":
            return _opened(called, store, session, writer or model, with_memory=not no_memory)

        def write_report(topic: str, plan: "UserPlan", writer: str | None) -> int:
            from agent.commands.sitting import run_and_show

            flags = {"roles.writer.model": writer or model}
            return run_and_show(called, topic, mode="report", words=None, flags=flags, plan=plan)

        with held(settings.home, session.id):
            talk = Talk(
                called,
                session,
                _lines(settings) if is_terminal else _piped(),
                open_conversation,
                write_report,
                is_terminal=is_terminal,
            )
            return talk.run()


def _session(store: "ChatStore", name: str | None, scope: str | None) -> "Session":
    """The session to go on with, or a new one.

    Raises:
        UsageProblem: there is none of that name, or its memory is another's.
    """
    from agent.run import utc_now

    if name is None:
        return store.begin(scope or _SCOPE, utc_now())
    session = store.find(name)
    if scope is not None and scope != session.scope:
        raise UsageProblem(
            f"session {session.id} is of the scope {session.scope!r}, and not of {scope!r}",
            hint="leave --scope out, or begin a session without --continue and --session",
        )
    return session


@contextmanager
def _opened(
    called: Invocation, store: "ChatStore", session: "Session", writer: str | None, *, with_memory: bool
) -> "Iterator[Conversation]":
    from agent.chat.conversation import Conversation
    from agent.chat.opening import open_memory
    from agent.chat.warming import warmed
    from agent.pair.asked import resolved
    from agent.services import open_services, roles_needed

    settings = resolved(called.settings({"roles.writer.model": writer}))
    with (
        open_services(settings, need=roles_needed(settings, "answer")) as services,
        warmed(services.fine) as wait_until_ready,
        open_memory(services, session, is_wanted=with_memory) as memory,
    ):
        conversation = Conversation(session, store, memory, services, wait_until_ready=wait_until_ready)
        try:
            yield conversation
        finally:
            conversation.keep_spend()


def _lines(settings: "Settings") -> "Lines":
    from agent.chat.slash import COMMANDS
    from agent.commands.chat_prompt import Prompt
    from agent.searching import open_home_corpus

    def documents() -> list[str]:
        with open_home_corpus(settings) as corpus:
            return [name for document in corpus.documents() for name in (document.title, document.id)]

    commands = {name: said for name, (_, said, _) in COMMANDS.items()}
    return Prompt(settings.home / "chat_history", commands, documents)


def _piped() -> "Lines":
    from agent.commands.chat_talk import PipedLines

    return PipedLines()
