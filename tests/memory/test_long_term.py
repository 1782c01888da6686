"""Long-term memory as a whole: logged, gated, drawn into units, found again; and the same after any kill."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lm.errors import EndpointUnreachable
from lm.scripted import ScriptedLM
from memory.gate import Gate
from memory.long_term import Given, LongTermMemory, Remembered
from memory.passages import log_scope
from memory.recall import Recaller
from memory.unit_model import ModelExtractor
from memory.unit_rules import RuleExtractor
from memory.unit_store import UnitStore
from memory.units import MemoryUnit, Span, Turn
from tests.bag_embedder import BagEmbedder

BEGIN = datetime(2023, 5, 1, 9, tzinfo=UTC)


def talk(*texts: str, session: str = "s", begin: datetime = BEGIN) -> list[Turn]:
    return [
        Turn(
            id=f"{session}:{n}",
            session=session,
            speaker=("Ann", "Bo")[n % 2],
            text=text,
            at=begin + timedelta(minutes=n),
        )
        for n, text in enumerate(texts)
    ]


def long_term(store: UnitStore, *, threshold: float | None = 0.35, scope: str = "user") -> LongTermMemory:
    return LongTermMemory(
        store=store,
        scope=scope,
        gate=None if threshold is None else Gate(BagEmbedder(), threshold=threshold),
        extractor=RuleExtractor(),
        recaller=Recaller(store, BagEmbedder()),
        now=lambda: BEGIN,
    )


@pytest.fixture
def store():
    with UnitStore(":memory:", BagEmbedder()) as opened:
        yield opened


def texts_of(store: UnitStore, scope: str = "user") -> list[str]:
    return [stored.unit.text for stored in store.units(scope)]


def facts(n: int, what: str = "number") -> Sequence[str]:
    names = ("Riga", "Oslo", "Bergen", "Turku", "Malmo", "Lund", "Kiel", "Gdansk", "Tartu", "Narva", "Vaasa", "Pori")
    return [f"I moved my {what} boat to {names[i % 12]} in {1990 + i}" for i in range(n)]


def test_units_come_when_a_window_is_full_and_not_before(store):
    memory = long_term(store)
    turns = talk(*facts(12))
    assert memory.remember(turns[:9]).windows == ()
    assert texts_of(store) == []
    result = memory.remember(turns[:10])
    assert [(window.first_turn, window.last_turn, window.kept) for window in result.windows] == [(0, 9, True)]
    assert len(result.units) == len(texts_of(store)) == 10


def test_a_session_that_is_over_has_its_last_window_judged(store):
    memory = long_term(store)
    result = memory.remember(talk(*facts(3)), is_over=True)
    assert [(window.first_turn, window.last_turn) for window in result.windows] == [(0, 2)]
    assert len(result.units) == 3


def test_turns_that_two_windows_share_give_their_units_once(store):
    memory = long_term(store)
    result = memory.remember(talk(*facts(15)), is_over=True)
    assert [(window.first_turn, window.last_turn) for window in result.windows] == [(0, 9), (5, 14)]
    assert len(result.units) == len(texts_of(store)) == 15


def test_what_the_gate_leaves_out_has_no_units_and_is_found_all_the_same(store):
    memory = long_term(store, threshold=99.0)
    result = memory.remember(talk(*facts(3)), is_over=True)
    assert (result.n_dropped, result.units, texts_of(store)) == (1, (), [])
    recalled = memory.recaller.recall("Who moved to Oslo?", scopes=["user"], now=BEGIN, budget_tokens=500)
    assert {one.kind for one in recalled.units} == {"passage"}
    (found,) = [one for one in recalled.units if one.ranks.get("log words") == 1]
    assert found.text == "Bo: I moved my number boat to Oslo in 1991"
    assert [id_ for id_, _ in store.search_turns("user", "Oslo", 5)] == ["s:1"]


def test_the_same_turns_again_change_nothing(store):
    memory = long_term(store)
    memory.remember(talk(*facts(12)), is_over=True)
    before = (texts_of(store), store.windows("user"), store.stats("user"))
    assert memory.remember(talk(*facts(12)), is_over=True).windows == ()
    assert (texts_of(store), store.windows("user"), store.stats("user")) == before


def test_a_memory_that_was_killed_before_it_decided_ends_the_same(store):
    turns = talk(*facts(12))
    with UnitStore(":memory:", BagEmbedder()) as whole:
        long_term(whole).remember(turns, is_over=True)
        store.log_turns("user", turns)
        assert long_term(store).settle().windows == tuple(whole.windows("user"))
        assert texts_of(store) == texts_of(whole)


def test_units_and_the_decision_they_follow_from_are_written_together(store, monkeypatch):
    def fails(*given: object) -> None:
        raise OSError("the disk is gone")

    memory = long_term(store)
    with monkeypatch.context() as patched:
        patched.setattr("memory.turn_log.log_window", fails)
        with pytest.raises(OSError, match="gone"):
            memory.remember(talk(*facts(3)), is_over=True)
    assert (texts_of(store), store.windows("user")) == ([], [])
    assert len(store.turns("user")) == 3


def test_a_repeated_window_is_gated_out(store):
    memory = long_term(store)
    memory.remember(talk(*facts(10)), is_over=True)
    again = memory.remember(talk(*facts(10), session="t", begin=BEGIN + timedelta(days=1)), is_over=True)
    assert again.n_dropped == len(again.windows) == 1
    assert again.units == ()


def test_what_was_shown_from_memory_is_never_stored_again(store):
    memory = long_term(store, threshold=None)
    said = "You told me: I moved my boat to Riga in 1990. I have read a book about Turku."
    shown = Turn(id="s:0", session="s", speaker="Bo", text=said, at=BEGIN, recalled=(Span(start=0, end=45),))
    memory.remember([shown], is_over=True)
    assert texts_of(store) == ["Bo: I have read a book about Turku."]


def test_what_was_shown_from_memory_is_not_in_the_log_either(store):
    said = "You told me: I moved my boat to Riga in 1990. Is that so?"
    shown = Turn(id="s:0", session="s", speaker="Bo", text=said, at=BEGIN, recalled=(Span(start=13, end=45),))
    long_term(store).remember([shown])
    (logged,) = store.turns("user")
    assert "Riga" not in logged.text
    assert logged.text.endswith("Is that so?")
    assert store.search_turns("user", "Riga", 5) == []


def test_a_session_that_was_over_and_goes_on_loses_nothing(store):
    """Each time that a chat is left its last window is judged; what is said afterwards is judged by itself."""
    turns = talk(*facts(4), "My bank is the one in Narva harbour", "I owe them 900 crowns")
    memory = long_term(store)
    memory.remember(turns[:4], is_over=True)
    went_on = memory.remember(turns, is_over=True)
    assert [(window.first_turn, window.last_turn, window.kept) for window in went_on.windows] == [(4, 5, True)]
    assert any("Narva harbour" in text for text in texts_of(store))
    assert len(texts_of(store)) == 6


def test_only_sessions_with_turns_that_were_not_judged_are_settled(store):
    memory = long_term(store)
    memory.remember(talk(*facts(3)), is_over=True)
    store.log_turns("user", talk("I keep forty bees", session="t"))
    assert store.unjudged_sessions("user") == ["t"]
    memory.settle()
    assert store.unjudged_sessions("user") == []


def test_scopes_do_not_see_each_other(store):
    long_term(store).remember(talk(*facts(3)), is_over=True)
    long_term(store, scope="project").remember(talk(*facts(3, what="steam")), is_over=True)
    assert all("steam" not in text for text in texts_of(store))
    recaller = Recaller(store, BagEmbedder())
    own = recaller.recall("steam boat", scopes=["user"], now=BEGIN, budget_tokens=500, k=0)
    assert own.units
    assert not any("steam" in unit.text for unit in own.units)
    both = recaller.recall("steam boat", scopes=["user", "project"], now=BEGIN, budget_tokens=500, k=0)
    assert "steam" in both.units[0].text


def given(n: int, *, session: str = "run:r1") -> list[Given]:
    made = []
    for place, text in enumerate(facts(n)):
        at = BEGIN + timedelta(minutes=place)
        turn = Turn(id=f"{session}:{place}", session=session, speaker="Log book", text=text, at=at)
        unit = MemoryUnit(scope="user", kind="fact", text=f"{text} (Log book)", at=at, parents=(turn.id, "source:1"))
        made.append(Given(turn=turn, units=(unit,)))
    return made


def test_units_that_come_with_their_turns_are_stored_as_they_are_and_once(store):
    memory = long_term(store, threshold=None)
    told = memory.remember_units(given(12))
    assert sorted(texts_of(store)) == sorted(one.units[0].text for one in given(12))
    assert len(told.units) == 12
    assert memory.remember_units(given(12)) == Remembered()
    assert store.units(log_scope("user")) == []


def test_units_that_come_with_turns_that_the_gate_drops_stay_out_and_the_turns_can_be_found(store):
    memory = long_term(store, threshold=50.0)
    assert memory.remember_units(given(3)).units == ()
    assert texts_of(store) == []
    assert len(store.units(log_scope("user"))) == 3


def test_nothing_is_drawn_from_what_a_run_left_unfinished(store):
    memory = long_term(store)
    store.log_turns("user", [one.turn for one in given(3)])
    assert memory.settle() == Remembered()
    assert len(memory.remember_units(given(3)).units) == 3


def asked_of(replies):
    """Answers each window with nothing, and writes down what it was asked."""
    seen = []

    def reply(request):
        seen.append(request)
        return replies

    return seen, reply


def test_a_model_is_asked_once_a_window_and_never_for_what_is_pending(store):
    seen, reply = asked_of('{"units": []}')
    memory = replace(long_term(store, threshold=None), extractor=ModelExtractor(ScriptedLM(reply), RuleExtractor()))
    memory.remember(talk(*facts(9)))
    assert len(memory.pending("s")) == 9
    assert seen == []
    memory.remember(talk(*facts(10)))
    assert len(seen) == 1
    assert len(texts_of(store)) == 10


def test_while_the_helper_is_down_rules_draw_the_units(store):
    dead = EndpointUnreachable("nothing answers")
    helper = ScriptedLM(lambda request: "", errors={n: dead for n in range(9)})
    memory = replace(long_term(store, threshold=None), extractor=ModelExtractor(helper, RuleExtractor()))
    store.log_turns("user", talk(*facts(3)))
    assert len(memory.settle().units) == 3
    assert memory.extractor.tally["unasked"] == 1
