"""Conversations over the affair: real files, scripted writer; a small memory, or the one that `wellread chat` opens."""

from contextlib import ExitStack
from dataclasses import replace

import pytest

from agent.chat.conversation import Conversation
from agent.chat.memory import NoMemory
from agent.chat.opening import open_memory
from agent.chat.sessions import ChatStore
from agent.home import Home
from agent.run import utc_now
from agent.settings import MemorySettings
from lm.scripted import ScriptedLM
from memory.unit_store import UnitStore
from tests.agent.chat.memory_double import WordMemory
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful
from tests.bag_embedder import BagEmbedder


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
        talk = Conversation(wanted, store, memory or NoMemory(), services)
        if memory is None:
            talk.memory = self._memory(talk)
        return talk

    def _memory(self, talk):
        return self.memory

    def say(self, sentence):
        self.said.append(sentence)

    def turns(self):
        """What memory was handed, in order."""
        return self.memory.turns

    def units(self):
        """The texts of what it keeps."""
        return [unit.text for unit in self.memory.units.values()]


class KeptPlace(Place):
    """The same over long-term memory as it is opened from the settings: a real file in the home."""

    def __init__(self, affair, home, stack, **memory):
        super().__init__(affair, home, stack)
        self.settings, self._memories = MemorySettings(**{"consolidate": "off", **memory}), ExitStack()

    def _memory(self, talk):
        settings = talk.services.settings.model_copy(update={"memory": self.settings})
        services = talk.services = replace(talk.services, settings=settings)
        return self._memories.enter_context(open_memory(services, talk.session, is_wanted=True))

    def leave(self):
        """End all sittings: what was said is judged."""
        self._memories.close()

    def store(self):
        return UnitStore(Home(self.home).make().long_term, BagEmbedder())

    def turns(self):
        with self.store() as store:
            return store.turns("user")

    def units(self):
        self.leave()
        with self.store() as store:
            return [held.unit.text for held in store.units("user")]

    def bytes(self):
        files = [*self.home.glob("long_term*"), *self.home.glob("chats.sqlite*")]
        return b"".join(path.read_bytes() for path in files)


@pytest.fixture
def small(affair, tmp_path):
    with ExitStack() as stack:
        yield Place(affair, tmp_path / "home", stack)


@pytest.fixture
def place(small):
    return small


@pytest.fixture
def kept(affair, tmp_path):
    with ExitStack() as stack:
        found = KeptPlace(affair, tmp_path / "kept", stack)
        stack.callback(found.leave)
        yield found
