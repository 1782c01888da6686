"""Conversations over the affair: real files, scripted writer, a small memory."""

from contextlib import ExitStack

import pytest

from agent.chat.conversation import Conversation
from agent.chat.sessions import ChatStore
from agent.home import Home
from agent.run import utc_now
from lm.scripted import ScriptedLM
from tests.agent.chat.memory_double import WordMemory
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful


class Place:
    """A home in which sessions are begun and gone on with; each sitting has services of its own."""

    def __init__(self, affair, home, stack):
        self.affair, self.home, self._stack = affair, home, stack
        self.memory, self.said = WordMemory(), []

    def open(self, writer=None, *, session=None, memory=None):
        settings = settings_for(self.home)
        services = self._stack.enter_context(open_services(self.affair, settings, writer or ScriptedLM(faithful)))
        store = self._stack.enter_context(ChatStore(Home(self.home).chats))
        wanted = store.find(session) if session else store.begin("user", utc_now())
        return Conversation(wanted, store, memory or self.memory, services)

    def say(self, sentence):
        self.said.append(sentence)


@pytest.fixture
def place(affair, tmp_path):
    with ExitStack() as stack:
        yield Place(affair, tmp_path / "home", stack)
