"""Conversations over the memory that `wellread chat` opens: a real file, whatever keeps it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agent.chat.sessions import held
from agent.chat.slash import obey
from agent.forgetting import forget_everywhere
from agent.long_term import consolidate_in_background, extractor_of, gate_of
from agent.settings import MemorySettings
from lm.scripted import ScriptedLM
from memory.by_hand import note_by_hand
from memory.unit_model import ModelExtractor
from memory.unit_rules import RuleExtractor
from memory.units import Turn
from tests.agent.run_services import settings_for
from tests.bag_embedder import BagEmbedder

AT = datetime(2026, 5, 3, tzinfo=UTC)
DEADLINE = "My deadline is 3 May 2027."


@pytest.mark.parametrize("form", ["m1", "words"])
def test_what_was_just_said_is_forgotten_before_any_window_was_judged(kept, form):
    talk = kept.open()
    talk.ask(DEADLINE, say=kept.say)
    talk.ask("What is my deadline?", say=kept.say)
    told = obey(talk, f"/forget {dict(m1='m1', words='deadline is 3 May')[form]}")
    assert told.text.startswith(f"Forgotten: User: {DEADLINE[:-1]}")
    assert told.forgotten == (DEADLINE, "What is my deadline?")
    kept.leave()
    assert kept.units() == []
    assert b"3 May 2027" not in kept.bytes()


def test_answers_that_quote_what_an_abstract_stood_for_are_blanked_with_it(kept):
    talk = kept.open()
    talk.ask(DEADLINE, say=kept.say)
    talk.ask("What is my deadline?", say=kept.say)
    kept.leave()
    with kept.store() as store:
        (held,) = store.units("user")
        abstract = held.unit.model_copy(update={"kind": "abstract", "members": (held.id,), "text": "User: 3 May 2027!"})
        store.consolidate(abstract, [held.id])
        gone = forget_everywhere(store, talk.sessions, [abstract.id])
    assert gone.removed.abstracts == ()
    assert set(gone.removed.units) == {held.id, abstract.id}
    assert [one.question for one in gone.exchanges] == [DEADLINE, "What is my deadline?"]
    assert b"3 May 2027" not in kept.bytes()


def test_all_that_has_the_words_is_forgotten_however_much_it_is(kept):
    talk = kept.open()
    with kept.store() as store:
        for number in range(30):
            note_by_hand(store, "user", f"Vault number {number} opens to the left.", AT + timedelta(minutes=number))
    told = obey(talk, "/forget vault")
    assert len(told.values["forgotten"]) >= 30
    kept.leave()
    assert kept.units() == []
    assert b"Vault" not in kept.bytes()


def test_a_word_that_looks_like_an_id_is_a_word_and_an_id_is_an_id(kept):
    talk = kept.open()
    talk.ask("I spent a decade in Porto.", say=kept.say)
    talk.ask("I keep a boat in Riga.", say=kept.say)
    assert obey(talk, "/forget facade").values["forgotten"] == []
    assert len(obey(talk, "/forget decade").values["forgotten"]) == 1
    (left,) = obey(talk, "/memory boat").values["units"]
    assert obey(talk, f"/forget {left['id'][:8]}").values["forgotten"] == [left["id"]]
    kept.leave()
    assert kept.units() == []


def test_what_was_just_said_counts_among_the_units_and_tokens_that_a_question_gets(kept):
    kept.settings = MemorySettings(consolidate="off", recall_tokens=60, k_base=5)
    talk = kept.open()
    for number in range(9):
        talk.ask(f"My boat number {number} lies in Riga harbour since {1990 + number}.", say=kept.say)
    generous = replace(talk.memory, budget_tokens=2000).recall("Where are my boats?", AT)
    assert len(generous.units) == generous.k < 9
    recalled = talk.memory.recall("Where are my boats?", AT)
    assert 0 < recalled.tokens <= 60
    assert 0 < len(recalled.units) < len(generous.units)
    assert generous.tokens > recalled.tokens


def test_what_was_just_said_is_not_lost_behind_much_that_is_remembered(kept):
    with kept.store() as store:
        for number in range(40):
            note_by_hand(store, "user", f"Dock {number} of the harbour is {number} metres long.", AT)
    talk = kept.open()
    talk.ask("My editor is Marta.", say=kept.say)
    asked = talk.ask("Who is my editor?", say=kept.say)
    assert [quote.quote for quote in asked.answer.memories] == ["My editor is Marta."]


def test_a_session_that_another_process_is_in_is_not_judged_as_over(kept):
    talk = kept.open()
    talk.ask(DEADLINE, say=kept.say)
    log = talk.memory.memory.store
    with held(kept.home, talk.session.id):
        kept.open().ask("Thanks!", say=kept.say)
        assert log.windows("user") == []
    kept.open()
    assert talk.session.id in {window.session for window in log.windows("user")}


def test_what_a_killed_sitting_left_is_known_when_its_session_goes_on(kept):
    talk = kept.open()
    talk.ask(DEADLINE, say=kept.say)  # and is killed: its memory is not closed
    later = kept.open(session=talk.session.id)
    assert talk.memory.memory.store.windows("user") == []
    asked = later.ask("What is my deadline?", say=kept.say)
    assert "3 May 2027" in asked.answer.memories[0].quote


def test_what_was_said_otherwise_later_is_quoted_and_listed_with_that_day(kept):
    with kept.store() as store:
        older = note_by_hand(store, "user", "My deadline is 3 May 2027.", AT).unit
        newer = note_by_hand(store, "user", "My deadline is 9 June 2027.", AT + timedelta(days=28)).unit
        store.contradict(older.id, newer.id)
    talk = kept.open()
    asked = talk.ask("What is my deadline?", say=kept.say)
    marked = {quote.unit: quote.superseded_on for quote in asked.answer.memories}
    assert marked == {older.id: newer.at, newer.id: None}
    (quoted,) = [one.text for one in asked.answer.sentences if "3 May 2027" in one.text]
    assert quoted.endswith("” (said otherwise on 31 May 2026).")
    for command in ("/sources", "/why", "/memory deadline"):
        (line,) = [line for line in obey(talk, command).text.splitlines() if older.id[:12] in line]
        assert "(said otherwise on 31 May 2026)" in line
        assert obey(talk, command).text.count("said otherwise") == 1


def test_the_same_said_in_two_sittings_is_joined_when_the_memory_is_opened_again(kept):
    kept.settings = MemorySettings(gate="off", consolidate="off")  # a gate would leave the second out
    for _ in range(2):
        kept.open().ask("My boat Selma lies in the harbour of Riga.", say=kept.say)
        kept.leave()
    settings = settings_for(kept.home)
    consolidate_in_background(settings, BagEmbedder(), "user").join()
    with kept.store() as store:
        (joined,) = store.units("user")
    assert joined.unit.kind == "abstract"
    assert len(joined.unit.members) == 2
    off = settings.model_copy(update={"memory": MemorySettings(consolidate="off")})
    assert consolidate_in_background(off, BagEmbedder(), "user") is None


def test_the_settings_say_which_gate_there_is_and_who_draws_units(kept):
    settings = settings_for(kept.home)
    off, low = MemorySettings(gate="off"), MemorySettings(gate_form="names", gate_threshold=0.1)
    assert gate_of(settings.model_copy(update={"memory": off}), BagEmbedder()) is None
    gate = gate_of(settings.model_copy(update={"memory": low}), BagEmbedder())
    score = gate.score([Turn(id="s:1", session="s", speaker="User", text="I live in Riga.", at=AT)], [], set())
    assert (score.form, score.threshold, score.kept) == ("names", 0.1, True)
    by_model = MemorySettings(extraction="model")
    assert isinstance(extractor_of(by_model, ScriptedLM([]), seed=0), ModelExtractor)
    assert isinstance(extractor_of(by_model, None, seed=0), RuleExtractor)
    assert isinstance(extractor_of(MemorySettings(), ScriptedLM([]), seed=0), RuleExtractor)
