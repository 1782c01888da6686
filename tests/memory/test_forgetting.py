"""Forgetting: what goes, what comes back, and what is left in the bytes of the file."""

import random
from datetime import timedelta
from pathlib import Path

import pytest

from memory.unit_records import WindowRecord
from memory.unit_store import UnitStore
from memory.units import MemoryUnit
from tests.bag_embedder import BagEmbedder
from tests.memory.unit_samples import NOON, abstract_of, open_store, turn, unit


@pytest.fixture
def store(tmp_path: Path):
    with open_store(tmp_path / "m.sqlite") as opened:
        yield opened
        assert opened.verify() == []


def said(store: UnitStore, number: int, text: str, *names: str) -> MemoryUnit:
    """A turn and the unit drawn from it."""
    store.log_turns("user", [turn(number, text)])
    drawn = unit(f"Ada: {text}", parents=(f"s1:{number}",), persons=("Ada",), entities=names)
    store.add([drawn])
    return drawn


def test_forgetting_says_what_it_removed_and_nothing_finds_it(store: UnitStore):
    secret, other = said(store, 1, "my doctor is Dr Zhivago", "Zhivago"), said(store, 2, "I like tea")
    gone = store.forget([secret.id, "nobody", secret.id])
    assert (gone.units, gone.abstracts, gone.restored, gone.turns, gone.vectors) == ((secret.id,), (), (), ("s1:1",), 1)
    assert store.search_words("user", "doctor Zhivago", 5) == store.search_turns("user", "doctor Zhivago", 5) == []
    assert store.search_symbols("user", entities=["Zhivago"]) == []
    vector = BagEmbedder().encode([secret.text])[0]
    assert [found for found, _ in store.search_vectors("user", vector, 5)] == [other.id]
    assert [found.text for found in store.turns("user")] == ["", "I like tea"]
    assert store.forgotten_turns("user") == {"s1:1"}
    assert store.forget([secret.id]).units == ()


def test_the_log_may_be_kept(store: UnitStore):
    secret = said(store, 1, "my doctor is Dr Zhivago", "Zhivago")
    assert store.forget([secret.id], keep_log=True).turns == ()
    assert [found for found, _ in store.search_turns("user", "doctor", 5)] == ["s1:1"]


def test_what_was_forgotten_is_not_taken_in_again(store: UnitStore):
    secret = said(store, 1, "my doctor is Dr Zhivago")
    store.forget([secret.id])
    assert store.log_turns("user", [turn(1, "my doctor is Dr Zhivago")]) == 0
    assert store.add([secret]) == []
    told_again = secret.model_copy(update={"parents": ("s1:9",)})
    assert store.add([told_again]) == [told_again.id]


def test_abstracts_of_a_forgotten_unit_go_and_their_other_members_are_active_again(store: UnitStore):
    one, two, three = (said(store, n, f"fact number {n}") for n in (1, 2, 3))
    pair = abstract_of("facts one and two", one, two)
    store.consolidate(pair, [one.id, two.id])
    triple = abstract_of("facts one to three", pair, three)
    store.consolidate(triple, [pair.id, three.id])
    gone = store.forget([one.id])
    assert (gone.units, set(gone.abstracts)) == ((one.id,), {pair.id, triple.id})
    assert set(gone.restored) == {two.id, three.id}
    assert {found.id for found in store.units("user")} == {two.id, three.id}
    assert gone.turns == ("s1:1",)
    assert {found for found, _ in store.search_words("user", "facts", 5)} == {two.id, three.id}


def test_a_forgotten_abstract_goes_with_all_that_it_stands_for(store: UnitStore):
    one, two, three = (said(store, n, f"fact number {n}") for n in (1, 2, 3))
    pair = abstract_of("facts one and two", one, two)
    store.consolidate(pair, [one.id, two.id])
    gone = store.forget([pair.id])
    assert set(gone.units) == {pair.id, one.id, two.id}
    assert [found.id for found in store.units("user", include_archived=True)] == [three.id]


def test_a_contradiction_ends_with_one_of_its_sides(store: UnitStore):
    cities = [unit(f"I live in {city}", at=NOON + timedelta(days=n)) for n, city in enumerate(["Rome", "Oslo", "Bonn"])]
    store.add(cities)
    rome, oslo, bonn = (city.id for city in cities)
    store.contradict(rome, oslo)
    store.contradict(rome, bonn)
    store.forget([bonn])
    assert store.get([rome])[0].superseded_by == oslo
    store.forget([oslo])
    assert (store.get([rome])[0].superseded_by, store.get([rome])[0].contradicts) == ("", ())


def test_names_that_nothing_says_any_more_leave_the_windows(store: UnitStore):
    store.log_turns("user", [turn(3, "Edna came to Oslo too")])
    secret = said(store, 1, "Zhivago moved to Oslo with Ed", "Zhivago", "Oslo", "Ed")
    window = WindowRecord(
        scope="user", session="s1", first_turn=0, last_turn=2, turn_ids=("s1:1", "s1:3"), at=NOON, kept=True,
        form="entities", h=1.0, threshold=0.35, new_entities=("Zhivago", "Oslo", "Ed", "Edna"),
        reason="new: Zhivago and others",
    )  # fmt: skip
    store.log_window(window)
    assert store.forget([secret.id]).names == ("Ed", "Zhivago")
    kept = store.windows("user")[0]
    assert (kept.new_entities, kept.reason) == (("Oslo", "Edna"), "its names are forgotten")
    assert store.known_entities("user") == {"oslo", "edna"}


def made_up(rng: random.Random) -> str:
    return "q" + "".join(rng.choice("bcdfghklmnprstvz") + rng.choice("aeiou") for _ in range(6))


def test_forgotten_words_are_not_in_the_bytes_of_any_file(tmp_path: Path):
    rng = random.Random(5)
    common = [made_up(rng) for _ in range(200)]
    secrets: dict[str, tuple[str, str]] = {}
    with open_store(tmp_path / "m.sqlite") as store:
        for first in range(0, 600, 50):
            turns, units = [], []
            for number in range(first, first + 50):
                word, name = made_up(rng), made_up(rng).capitalize()
                text = " ".join([*rng.choices(common, k=8), word])
                turns.append(turn(number, text))
                units.append(unit(f"{text} {name}", parents=(f"s1:{number}",), entities=(name,)))
                secrets[units[-1].id] = word, name
            store.log_turns("user", turns)
            store.add(units)
        forgotten = rng.sample(sorted(secrets), 60)
        before = content_of(tmp_path)
        assert all(word in before and name.lower() in before for word, name in secrets.values())
        for start in range(0, 60, 20):
            store.forget(forgotten[start : start + 20])
        after = content_of(tmp_path)
    assert [secrets[unit_id] for unit_id in forgotten if any(said.lower() in after for said in secrets[unit_id])] == []
    assert all(word in after for unit_id, (word, _) in secrets.items() if unit_id not in forgotten)


def content_of(folder: Path) -> str:
    return "\n".join(path.read_bytes().decode("latin-1").lower() for path in folder.iterdir())
