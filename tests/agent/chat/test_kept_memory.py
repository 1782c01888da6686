"""Conversations over the memory that `wellread chat` opens: a real file, whatever keeps it."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agent.chat.opening import open_memory
from agent.chat.sessions import held
from agent.chat.slash import obey
from agent.forgetting import forget_everywhere
from agent.home import Home
from agent.settings import MemorySettings
from memory.by_hand import note_by_hand
from memory.unit_store import UnitStore
from tests.bag_embedder import BagEmbedder

AT = datetime(2026, 5, 3, tzinfo=UTC)
DEADLINE = "My deadline is 3 May 2027."


class KeptPlace:
    """Sittings of a home with its real memory, which is left with `leave`."""

    def __init__(self, place, **memory):
        self.place, self.settings, self._stack = place, MemorySettings(consolidate="off", **memory), ExitStack()

    def open(self, **how):
        talk = self.place.open(**how)
        settings = talk.services.settings.model_copy(update={"memory": self.settings})
        talk.services = replace(talk.services, settings=settings)
        talk.memory = self._stack.enter_context(open_memory(talk.services, talk.session, is_wanted=True))
        return talk

    def leave(self):
        self._stack.close()

    def stored(self):
        with UnitStore(Home(self.place.home).long_term, BagEmbedder()) as store:
            return [held.unit.text for held in store.units("user")]

    def bytes(self):
        files = [*self.place.home.glob("long_term*"), *self.place.home.glob("chats.sqlite*")]
        return b"".join(path.read_bytes() for path in files)


@pytest.fixture
def kept(place):
    found = KeptPlace(place)
    yield found
    found.leave()


@pytest.mark.parametrize("form", ["m1", "words"])
def test_what_was_just_said_is_forgotten_before_any_window_was_judged(kept, place, form):
    talk = kept.open()
    talk.ask(DEADLINE, say=place.say)
    talk.ask("What is my deadline?", say=place.say)
    told = obey(talk, f"/forget {dict(m1='m1', words='deadline is 3 May')[form]}")
    assert told.text.startswith(f"Forgotten: User: {DEADLINE[:-1]}")
    assert told.forgotten == (DEADLINE, "What is my deadline?")
    kept.leave()
    assert kept.stored() == []
    assert b"3 May 2027" not in kept.bytes()


def test_answers_that_quote_what_an_abstract_stood_for_are_blanked_with_it(kept, place):
    talk = kept.open()
    talk.ask(DEADLINE, say=place.say)
    talk.ask("What is my deadline?", say=place.say)
    kept.leave()
    with UnitStore(Home(place.home).long_term, BagEmbedder()) as store:
        (held,) = store.units("user")
        abstract = held.unit.model_copy(update={"kind": "abstract", "members": (held.id,), "text": "User: 3 May 2027!"})
        store.consolidate(abstract, [held.id])
        gone = forget_everywhere(store, talk.sessions, [abstract.id])
    assert gone.removed.abstracts == ()
    assert set(gone.removed.units) == {held.id, abstract.id}
    assert [one.question for one in gone.exchanges] == [DEADLINE, "What is my deadline?"]
    assert b"3 May 2027" not in kept.bytes()


def test_all_that_has_the_words_is_forgotten_however_much_it_is(kept, place):
    talk = kept.open()
    with UnitStore(Home(place.home).long_term, BagEmbedder()) as store:
        for number in range(30):
            note_by_hand(store, "user", f"Vault number {number} opens to the left.", AT + timedelta(minutes=number))
    told = obey(talk, "/forget vault")
    assert len(told.values["forgotten"]) >= 30
    kept.leave()
    assert kept.stored() == []
    assert b"Vault" not in kept.bytes()


def test_a_word_that_looks_like_an_id_is_a_word_and_an_id_is_an_id(kept, place):
    talk = kept.open()
    talk.ask("I spent a decade in Porto.", say=place.say)
    talk.ask("I keep a boat in Riga.", say=place.say)
    assert obey(talk, "/forget facade").values["forgotten"] == []
    assert len(obey(talk, "/forget decade").values["forgotten"]) == 1
    (left,) = obey(talk, "/memory boat").values["units"]
    assert obey(talk, f"/forget {left['id'][:8]}").values["forgotten"] == [left["id"]]
    kept.leave()
    assert kept.stored() == []


def test_what_was_just_said_counts_among_the_units_and_tokens_that_a_question_gets(place):
    kept = KeptPlace(place, recall_tokens=60)
    talk = kept.open()
    for number in range(9):
        talk.ask(f"My boat number {number} lies in Riga harbour since {1990 + number}.", say=place.say)
    generous = replace(talk.memory, budget_tokens=2000).recall("Where are my boats?", AT)
    assert len(generous.units) == generous.k < 9
    recalled = talk.memory.recall("Where are my boats?", AT)
    assert 0 < recalled.tokens <= 60
    assert 0 < len(recalled.units) < len(generous.units)
    assert generous.tokens > recalled.tokens
    kept.leave()


def test_a_session_that_another_process_is_in_is_not_judged_as_over(kept, place):
    talk = kept.open()
    talk.ask(DEADLINE, say=place.say)
    log = talk.memory.memory.store
    with held(place.home, talk.session.id):
        kept.open().ask("Thanks!", say=place.say)
        assert log.windows("user") == []
    kept.open()
    assert talk.session.id in {window.session for window in log.windows("user")}


def test_what_a_killed_sitting_left_is_known_when_its_session_goes_on(kept, place):
    talk = kept.open()
    talk.ask(DEADLINE, say=place.say)  # and is killed: its memory is not closed
    later = kept.open(session=talk.session.id)
    assert talk.memory.memory.store.windows("user") == []
    asked = later.ask("What is my deadline?", say=place.say)
    assert "3 May 2027" in asked.answer.memories[0].quote


def test_what_was_said_otherwise_later_is_quoted_and_listed_with_that_day(kept, place):
    with UnitStore(Home(place.home).make().long_term, BagEmbedder()) as store:
        older = note_by_hand(store, "user", "My deadline is 3 May 2027.", AT).unit
        newer = note_by_hand(store, "user", "My deadline is 9 June 2027.", AT + timedelta(days=28)).unit
        store.contradict(older.id, newer.id)
    talk = kept.open()
    asked = talk.ask("What is my deadline?", say=place.say)
    marked = {quote.unit: quote.superseded_on for quote in asked.answer.memories}
    assert marked == {older.id: newer.at, newer.id: None}
    (quoted,) = [one.text for one in asked.answer.sentences if "3 May 2027" in one.text]
    assert quoted.endswith("” (said otherwise on 31 May 2026).")
    for command in ("/sources", "/why", "/memory deadline"):
        (line,) = [line for line in obey(talk, command).text.splitlines() if older.id[:12] in line]
        assert "(said otherwise on 31 May 2026)" in line
        assert obey(talk, command).text.count("said otherwise") == 1
