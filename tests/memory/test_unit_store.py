"""The unit store: what is logged, stored, found, joined and contradicted."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from memory.errors import RecordRejected, StoreBroken, UnknownRecord
from memory.unit_export import export_scope, import_lines
from memory.unit_records import WindowRecord
from memory.unit_store import UnitStore
from memory.units import Span, Turn
from tests.bag_embedder import BagEmbedder
from tests.memory.unit_samples import NOON, abstract_of, days, open_store, turn, unit

KAYAK = unit(
    "Ada: I bought a red kayak",
    persons=("Ada",),
    entities=("Ada", "Lake Vänern"),
    times=(days("2023-05-01", "2023-05-07"),),
)
DOG = unit("Bo: my dog is called Rex", persons=("Bo",), entities=("Bo", "Rex"), parents=("s1:2",))


@pytest.fixture
def store(tmp_path: Path):
    with open_store(tmp_path / "long_term.sqlite") as opened:
        yield opened


def window(first: int = 0, **changes: object) -> WindowRecord:
    given = {"scope": "user", "session": "s1", "first_turn": first, "last_turn": first + 1, "at": NOON, "kept": True}
    score = {"form": "entities", "h": 0.8, "novelty": 0.5, "divergence": 1.0, "threshold": 0.35}
    return WindowRecord.model_validate({**given, **score, "turn_ids": ("s1:1", "s1:2"), **changes})


def test_turns_come_back_as_they_were_said_and_in_the_order_they_were_logged(store: UnitStore):
    said = [
        turn(2, "Zoë\0\n"),
        turn(1, "hello", session="s2"),
        turn(3, "quoted").model_copy(update={"recalled": (Span(start=0, end=6),)}),
    ]
    assert store.log_turns("user", said) == 3
    assert store.turns("user") == said
    assert store.turns("user", session="s1") == [said[0], said[2]]
    assert store.turns("user", ids=["s1:3", "s2:1", "nobody"]) == said[1:]
    assert store.turns("project") == []


def test_a_turn_that_is_logged_again_is_no_new_row(store: UnitStore):
    store.log_turns("user", [turn(1, "the kayak")])
    assert store.log_turns("user", [turn(1, "the kayak"), turn(2, "a dog")]) == 1
    assert [found for found, _ in store.search_turns("user", "kayaks", 5)] == ["s1:1"]
    assert store.log_turns("project", [turn(1, "another log")]) == 1


def test_the_raw_log_is_searched_by_stems_within_its_scope(store: UnitStore):
    store.log_turns(
        "user", [turn(1, "We paddled the kayaks at noon"), turn(2, "What a day"), turn(3, "私は東京に住んでいます")]
    )
    store.log_turns("run:7", [turn(1, "kayak")])
    assert [found for found, _ in store.search_turns("user", "Who has a kayak?", 5)] == ["s1:1"]
    assert [found for found, _ in store.search_turns("user", "東京", 5)] == ["s1:3"]
    assert store.search_turns("user", "who was there with you?", 5) == []
    assert store.search_turns("user", 'NEAR( "OR* AND:', 5) == []


def test_the_scopes_of_the_logs_passages_take_in_passages_and_nothing_else(store: UnitStore):
    for write in (
        lambda: store.log_turns("log:user", [turn(1, "the kayak")]),
        lambda: store.log_window(window(scope="log:user")),
        lambda: store.add([unit("a kayak", scope="log:user")]),
        lambda: store.add([unit("a kayak", kind="passage")]),
        lambda: list(import_lines(store, ['{"memory":1,"scope":"log:user"}'])),
        lambda: import_lines(store, export_scope(store, "user"), scope="log:user"),
    ):
        with pytest.raises(RecordRejected, match=r"scope '(log:)?user' is not for") as refused:
            write()
        assert "'log:'" in refused.value.hint
    assert store.scopes() == []


def test_the_first_decision_about_a_window_stays(store: UnitStore):
    store.log_window(window())
    store.log_window(window(kept=False, h=0.1))
    store.log_window(window(5, kept=False, bits=12.5))
    assert [(record.kept, record.h, record.bits) for record in store.windows("user")] == [
        (True, 0.8, None),
        (False, 0.8, 12.5),
    ]
    assert store.windows("user", session="s2") == []


def test_known_names_are_those_of_kept_windows_and_of_units(store: UnitStore):
    store.log_window(window(new_entities=("Ada", "New  York")))
    store.log_window(window(5, kept=False, new_entities=("Nobody",)))
    store.add([KAYAK])
    assert store.known_entities("user") == {"ada", "new york", "lake vanern"}
    assert store.known_entities("project") == set()


def test_units_are_stored_once_and_come_back_in_the_order_asked(store: UnitStore):
    assert store.add([KAYAK, DOG, KAYAK]) == [KAYAK.id, DOG.id]
    assert store.add([DOG]) == []
    assert [found.unit for found in store.get([DOG.id, "unknown", KAYAK.id])] == [DOG, KAYAK]
    assert [found.id for found in store.units("user", limit=1, offset=1)] == [DOG.id]
    assert store.units("user", kind="note") == []


def test_a_unit_is_found_by_the_beginning_of_its_id(store: UnitStore):
    store.add([KAYAK, DOG])
    assert store.find(KAYAK.id[:12]).unit == KAYAK
    for prefix in ("", "zz"):
        with pytest.raises(UnknownRecord):
            store.find(prefix)


def test_several_units_with_one_beginning_are_an_error(store: UnitStore):
    store.add([unit(f"fact {n}") for n in range(40)])
    with pytest.raises(UnknownRecord, match="several"):
        for first in "0123456789abcdef":
            store.find(first)


def test_each_search_finds_its_own(store: UnitStore):
    store.add([KAYAK, DOG, unit("Ada: I bought a red kayak", scope="project")])
    assert [found for found, _ in store.search_words("user", "red kayaks", 5)] == [KAYAK.id]
    vector = BagEmbedder().encode(["my dog is called Rex"])[0]
    nearest = store.search_vectors("user", vector, 2)
    assert [found for found, _ in nearest] == [DOG.id, KAYAK.id]
    assert nearest[0][1] == pytest.approx(float(BagEmbedder().encode([DOG.text])[0] @ vector), abs=1e-6)
    assert len(store.search_vectors(["user", "project"], vector, 5)) == 3
    assert store.search_vectors("nobody", vector, 5) == []


def test_names_and_days_find_units_and_the_one_that_meets_more_comes_first(store: UnitStore):
    later = unit("Ada: I sold it", persons=("Ada",), entities=("Ada",), at=NOON + timedelta(days=30))
    store.add([KAYAK, DOG, later])
    assert store.search_symbols("user", persons=["ADA"]) == [later.id, KAYAK.id]
    assert store.search_symbols("user", entities=["Vanern"]) == [KAYAK.id]
    assert store.search_symbols("user", persons=["Ada"], entities=["lake vänern"]) == [KAYAK.id, later.id]
    assert store.search_symbols("user", interval=days("2023-05-07", "2023-05-07")) == [KAYAK.id]
    assert store.search_symbols("user", interval=days("2023-06-07", "2023-06-07")) == [later.id]
    assert store.search_symbols("user", persons=["Ada"], interval=days("2023-05-08", "2023-05-09"), limit=1) == [
        later.id
    ]
    assert store.search_symbols("user") == []


def test_a_day_finds_every_time_that_holds_it_however_long(store: UnitStore):
    times = [
        ("2023-03-01", "2023-04-01"),
        ("2023-03-01", "2023-04-02"),
        ("2020-01-01", "2030-12-31"),
        ("2023-02-28", "2023-03-31"),
    ]
    units = [unit(f"fact {n}", times=(days(*time),)) for n, time in enumerate(times)]
    wrong = unit("no such day", times=(days("2023-02-31", "2023-02-31"),))
    store.add([*units, wrong])
    for day in ("2023-03-01", "2023-04-01", "2023-04-02", "2030-12-31", "2031-01-01", "2023-02-28"):
        found = store.search_symbols("user", interval=days(day, day))
        assert set(found) == {own.id for own in units if own.times[0].overlaps(days(day, day))}


def test_an_abstract_stands_for_its_members_in_every_search(store: UnitStore):
    store.add([KAYAK, DOG])
    both = abstract_of("Ada has a kayak, Bo a dog", KAYAK, DOG)
    vector = BagEmbedder().encode([KAYAK.text])[0]
    store.search_vectors("user", vector, 5)
    for _ in range(2):
        store.consolidate(both, [KAYAK.id, DOG.id])
        assert [found for found, _ in store.search_vectors("user", vector, 5)] == [both.id]
        assert [found for found, _ in store.search_words("user", "kayak called Rex", 5)] == [both.id]
        assert store.search_symbols("user", persons=["Ada", "Bo"]) == []
        assert [found.id for found in store.units("user")] == [both.id]
        assert [found.archived_by for found in store.get([KAYAK.id, DOG.id])] == [both.id, both.id]
    assert len(store.units("user", include_archived=True)) == 3


def test_an_abstract_of_what_is_not_there_is_refused_whole(store: UnitStore):
    store.add([KAYAK])
    with pytest.raises(UnknownRecord, match=DOG.id):
        store.consolidate(abstract_of("both", KAYAK, DOG), [KAYAK.id, DOG.id])
    with pytest.raises(RecordRejected, match="no abstract"):
        store.consolidate(abstract_of("one", KAYAK), [KAYAK.id, DOG.id])
    other = abstract_of("one", KAYAK).model_copy(update={"scope": "project"})
    with pytest.raises(RecordRejected, match="scope"):
        store.consolidate(other, [KAYAK.id])
    assert [found.id for found in store.units("user")] == [KAYAK.id]


def test_of_units_that_contradict_the_newest_is_current_and_all_are_found(store: UnitStore):
    in_rome, in_oslo, in_bonn = (
        unit(f"Ada: I live in {city}", at=NOON + timedelta(days=day))
        for day, city in enumerate(["Rome", "Oslo", "Bonn"])
    )
    store.add([in_rome, in_oslo, in_bonn])
    store.contradict(in_rome.id, in_bonn.id)
    for _ in range(2):
        store.contradict(in_rome.id, in_oslo.id)
    rome, oslo, bonn = store.get([in_rome.id, in_oslo.id, in_bonn.id])
    assert (rome.superseded_by, oslo.superseded_by, bonn.superseded_by) == (in_bonn.id, "", "")
    assert set(rome.contradicts) == {in_oslo.id, in_bonn.id}
    assert bonn.contradicts == (in_rome.id,)
    assert len(store.search_words("user", "where does Ada live", 5)) == 3
    with pytest.raises(UnknownRecord):
        store.contradict(in_rome.id, "nobody")


def test_vectors_are_of_the_embedder_and_may_be_given(store: UnitStore):
    given = np.eye(2, 512, dtype=np.float32)
    store.add([KAYAK, DOG], vectors=given)
    assert np.array_equal(store.vectors_of([DOG.id, KAYAK.id]), given[::-1])
    assert store.vectors_of([]).shape == (0, 512)
    with pytest.raises(UnknownRecord):
        store.vectors_of([KAYAK.id, "nobody"])
    with pytest.raises(RecordRejected, match="shape"):
        store.add([unit("new")], vectors=np.zeros((1, 3), dtype=np.float32))
    with pytest.raises(RecordRejected, match="shape"):
        store.search_vectors("user", np.zeros(3, dtype=np.float32), 1)


def test_text_that_is_no_unicode_is_refused_and_nothing_is_stored(store: UnitStore):
    bad = Turn.model_construct(id="s1:9", session="s1", speaker="Ada", text="half \ud800", at=NOON, recalled=())
    with pytest.raises(RecordRejected):
        store.log_turns("user", [turn(1, "good"), bad])
    assert store.turns("user") == []


def test_a_closed_store_says_so(store: UnitStore):
    store.close()
    store.close()
    with pytest.raises(StoreBroken):
        store.turns("user")


def test_memory_outlives_its_process(tmp_path: Path):
    with open_store(tmp_path / "m.sqlite") as first:
        first.add([KAYAK])
    with open_store(tmp_path / "m.sqlite") as second:
        assert [found.unit for found in second.units("user")] == [KAYAK]
        assert second.search_vectors("user", BagEmbedder().encode([KAYAK.text])[0], 1)[0][1] == pytest.approx(1.0)


def test_units_that_another_process_joined_meanwhile_are_not_joined_again(store: UnitStore, tmp_path: Path):
    store.add([KAYAK, DOG])
    first, second = (abstract_of(text, KAYAK, DOG) for text in ("a boat and a dog", "a dog and a boat"))
    with open_store(tmp_path / "long_term.sqlite") as other:
        other.consolidate(first, [KAYAK.id, DOG.id])
    with pytest.raises(RecordRejected, match=f"{first.id} stands for {KAYAK.id} already"):
        store.consolidate(second, [KAYAK.id, DOG.id])
    assert [held.id for held in store.units("user")] == [first.id]
    store.consolidate(first, [KAYAK.id, DOG.id])
    assert store.verify() == []


def test_two_abstracts_of_the_same_unit_are_a_fault_and_do_not_come_with_an_import(store: UnitStore, tmp_path: Path):
    store.add([KAYAK, DOG])
    first, second = (abstract_of(text, KAYAK, DOG) for text in ("a boat and a dog", "a dog and a boat"))
    with open_store(tmp_path / "other.sqlite") as other:
        other.add([KAYAK, DOG])
        other.consolidate(second, [KAYAK.id, DOG.id])
        lines = list(export_scope(other, "user"))
    store.consolidate(first, [KAYAK.id, DOG.id])
    assert import_lines(store, lines).skipped == 1
    assert store.verify() == []
    store.add([second])
    assert f"unit {DOG.id} has two abstracts that nothing stands for" in store.verify()
