"""Recall: channels fused by rank, k by the question, lines within the budget, times and persons."""

from datetime import UTC, datetime, timedelta

import pytest

from lm.tokens import approximate_tokens
from memory.passages import passages
from memory.recall import CHANNELS, Recaller
from memory.unit_store import UnitStore
from memory.units import Interval, MemoryUnit
from tests.bag_embedder import BagEmbedder
from tests.memory.test_long_term import BEGIN, talk

NOW = datetime(2023, 6, 1, tzinfo=UTC)


def unit(text: str, *, speaker: str = "Ann", day: int = 0, parent: str = "p", **given: object) -> MemoryUnit:
    at = BEGIN + timedelta(days=day)
    whole = {"scope": "user", "kind": "statement", "text": f"{speaker}: {text}", "at": at, "parents": (parent,)}
    return MemoryUnit.model_validate({**whole, "persons": (speaker,), **given})


@pytest.fixture
def store():
    with UnitStore(":memory:", BagEmbedder()) as opened:
        yield opened


def recalled(store: UnitStore, question: str, *, budget: int = 500, k: int | None = 0, **given: object):
    recaller = Recaller(store, BagEmbedder(), **given)
    return recaller.recall(question, scopes=["user"], now=NOW, budget_tokens=budget, k=k)


def test_what_shares_words_and_meaning_comes_first_with_its_ranks(store):
    store.add([unit("I keep bees"), unit("I sold the boat in Riga"), unit("the weather was fine")])
    found = recalled(store, "the boat in Riga")
    assert found.units[0].text == "Ann: I sold the boat in Riga"
    assert found.units[0].ranks == {"vectors": 1, "words": 1}


def test_a_unit_is_found_by_what_was_said_around_it(store):
    turns = talk("Where did you get your dog Luna?", "I took her from the shelter", "how kind")
    store.log_turns("user", turns)
    store.add([unit("I took her from the shelter", speaker="Bo", parent=turns[1].id)])
    store.add([unit("I keep bees", parent="elsewhere", day=9)])
    store.add(passages("user", turns, wanted={turn.id for turn in turns}))
    found = {one.text: one for one in recalled(store, "Luna's origin").units[:2]}
    answer = found["Bo: I took her from the shelter"]
    assert "words" not in answer.ranks
    assert {"passage words", "passage vectors"} <= answer.ranks.keys()
    alone = recalled(store, "Luna's origin", channels=("words",))
    assert alone.units == ()


def test_a_turn_without_units_stands_for_itself_until_it_has_one(store):
    turns = talk("the boat lies in Riga")
    store.log_turns("user", turns)
    store.add(passages("user", turns, wanted={turns[0].id}))
    assert [one.kind for one in recalled(store, "boat").units] == ["passage"]
    store.add([unit("the boat lies in Riga", parent=turns[0].id)])
    assert [one.kind for one in recalled(store, "boat").units] == ["statement"]


def test_whom_the_question_names_speaks_first(store):
    store.add([unit("I like chess", speaker="Bo"), unit("I like chess", speaker="Ann", day=1)])
    found = recalled(store, "Does Ann like chess?")
    assert found.persons == ("Ann",)
    assert found.units[0].text.startswith("Ann")
    other = recalled(store, "Does Bo like chess?")
    assert other.units[0].text.startswith("Bo")


def test_time_words_are_meant_from_now_and_raise_what_speaks_of_then(store):
    may = Interval(start="2023-05-01", end="2023-05-31")
    store.add([unit("I ran a race", day=-400), unit("I ran a race", day=5, times=(may,))])
    found = recalled(store, "What did I run last month?")
    assert found.times == (may,)
    assert found.units[0].at > BEGIN
    assert found.units[0].ranks["symbols"] == 1


def test_what_was_said_then_is_found_without_a_word_of_the_question(store):
    tuesday = Interval(start="2023-05-30", end="2023-05-30")
    store.add([unit("I repaired the mill", day=30, times=(tuesday,)), unit("I keep bees", day=3)])
    found = recalled(store, "And last Tuesday?")
    assert found.units[0].text == "Ann: I repaired the mill"
    assert found.units[0].ranks["symbols"] == 1


def test_lines_fit_the_budget_and_a_day_is_paid_for_once(store):
    store.add([unit(f"the boat number {n} lies in Riga", day=n % 2, parent=f"p{n}") for n in range(40)])
    for budget in (30, 60, 200):
        found = recalled(store, "boat in Riga", budget=budget)
        assert approximate_tokens(found.text) <= found.tokens <= budget
    assert found.text.count("May 2023:") == 2


def test_a_line_that_is_too_long_does_not_keep_shorter_ones_out(store):
    store.add([unit("the boat " * 300), unit("the boat lies in Riga", parent="q")])
    assert [one.text for one in recalled(store, "boat", budget=60).units] == ["Ann: the boat lies in Riga"]


def test_nothing_is_cut_to_fit(store):
    store.add([unit("the boat lies in Riga")])
    assert recalled(store, "boat", budget=5).units == ()


@pytest.mark.parametrize(
    ("question", "k"),
    [("Where is the boat?", 10), ("When did Ann see it?", 12), ("When did Ann and Bo see all the boats?", 20)],
)
def test_the_question_decides_how_many(store, question, k):
    store.add([unit(f"the boat number {n} lies in Riga", parent=f"p{n}") for n in range(40)])
    found = recalled(store, question, k=None, budget=5000)
    assert (found.k, len(found.units)) == (k, k)


def test_what_no_longer_holds_is_shown_and_marked(store):
    older, newer = unit("I live in Riga"), unit("I live in Oslo", day=3, parent="q")
    store.add([older, newer])
    store.contradict(older.id, newer.id)
    text = recalled(store, "Where does Ann live?").text
    assert "Riga (said otherwise on 4 May 2023)" in text
    assert "Oslo (said" not in text


def test_the_text_is_in_the_order_of_time(store):
    store.add([unit("the boat sank", day=9), unit("the boat boat boat was built", day=2)])
    text = recalled(store, "boat").text
    assert text.index("3 May 2023:") < text.index("built") < text.index("10 May 2023:") < text.index("sank")


def test_an_empty_memory_recalls_nothing(store):
    found = recalled(store, "anything?", k=None)
    assert (found.units, found.tokens, found.text) == ((), 0, "")
    assert set(CHANNELS) == {"vectors", "words", "passage vectors", "passage words", "log words", "symbols"}
