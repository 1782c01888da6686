"""What every `RecordStore` must do. Each law takes `make_store`, which opens an empty store with a clock."""

import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from lm.types import Frozen
from memory.errors import RecordRejected, UnknownRecord, WrongModel
from memory.records import Record
from memory.store import RecordStore

MakeStore = Callable[[Callable[[], float]], RecordStore]
LIKELY_IDS = "0" * 64


class Fact(Frozen):
    """A model to store, with what models of ours have: texts, tuples, optional numbers, nesting."""

    text: str
    spans: tuple[tuple[int, int], ...] = ()
    weight: float | None = None
    labels: dict[str, str] = Field(default_factory=dict)


class Other(Frozen):
    """A model of another shape."""

    title: str


def noon() -> float:
    return 1000.0


def the_same_content_has_the_same_id_and_is_stored_once(make_store: MakeStore) -> None:
    ticks = iter([1.0, 2.0, 3.0])
    store = make_store(lambda: next(ticks))
    first = store.put("fact", Fact(text="a", labels={"x": "1", "y": "2"}))
    second = store.put("fact", Fact(text="a", labels={"y": "2", "x": "1"}))
    assert first == second
    assert list(store.iter_ids("fact")) == [first]
    assert store.get(first).created_at == 1.0


def an_id_depends_on_kind_form_and_content(make_store: MakeStore) -> None:
    store = make_store(noon)
    ids = [
        store.put("note", "a"),
        store.put("draft", "a"),
        store.put("note", b"a"),
        store.put("note", "b"),
        store.put("note", Other(title="a")),
    ]
    assert len(set(ids)) == 5
    assert all(len(record_id) == 64 for record_id in ids)


def ids_are_the_same_in_every_implementation(make_store: MakeStore) -> None:
    # Worked by hand: printf '{"content":"é","form":"text","kind":"note"}' | sha256sum
    expected = "e8a04aece057873b450e803fdb3ede0a14bebd675f2e4788cf8c7538b698b0a8"
    assert make_store(noon).put("note", "é") == expected


def what_was_put_comes_back(make_store: MakeStore) -> None:
    store = make_store(noon)
    fact = Fact(text="Zoë\0\n", spans=((0, 3),), weight=0.1 + 0.2)
    assert store.get_model(store.put("fact", fact), Fact) == fact
    assert store.get(store.put("raw", b"\x00\xff")).body == b"\x00\xff"
    record_id = store.put("note", "")
    assert store.get(record_id) == Record(id=record_id, kind="note", form="text", body=b"", created_at=1000.0)


def any_text_survives_the_round_trip(make_store: MakeStore) -> None:
    store = make_store(noon)

    @settings(max_examples=150)
    @given(st.text(), st.binary(), st.lists(st.text(max_size=8), max_size=3))
    def round_trip(text: str, blob: bytes, parents: list[str]) -> None:
        assert store.get(store.put("note", text)).text == text
        assert store.get(store.put("raw", blob)).body == blob
        record_id = store.put("fact", Fact(text=text, labels={text: text}), parents=[p for p in parents if p])
        assert store.get_model(record_id, Fact) == Fact(text=text, labels={text: text})
        assert set(parents) - {""} <= set(store.parents(record_id))

    round_trip()


def parents_join_in_order_and_never_hold_the_record_itself(make_store: MakeStore) -> None:
    store = make_store(noon)
    child = store.put("note", "child", parents=["p2", "p1", "p2"])
    assert store.put("note", "child", parents=["p3", child, "p1"]) == child
    assert store.put("note", "child") == child
    assert store.parents(child) == ["p2", "p1", "p3"]
    assert store.parents(store.put("note", "orphan")) == []


def an_unknown_id_is_an_error_that_names_it(make_store: MakeStore) -> None:
    store = make_store(noon)
    assert not store.has(LIKELY_IDS)
    for ask in (store.get, store.parents, lambda i: store.get_model(i, Fact)):
        with pytest.raises(UnknownRecord, match=LIKELY_IDS):
            ask(LIKELY_IDS)


def a_record_read_as_the_wrong_type_is_an_error(make_store: MakeStore) -> None:
    store = make_store(noon)
    fact, note = store.put("fact", Fact(text="a")), store.put("note", "a")
    with pytest.raises(WrongModel, match="no Other: title"):
        store.get_model(fact, Other)
    with pytest.raises(WrongModel, match="holds text"):
        store.get_model(note, Fact)
    with pytest.raises(WrongModel, match="not text"):
        _ = store.get(fact).text


def ids_of_a_kind_come_in_the_order_they_were_stored(make_store: MakeStore) -> None:
    store = make_store(noon)
    ids = [store.put("note", str(n)) for n in (3, 1, 2)]
    store.put("draft", "other kind")
    snapshot = store.iter_ids("note")
    store.put("note", "later")
    assert list(snapshot) == ids
    assert list(store.iter_ids("nothing")) == []


def delete_removes_what_is_here_and_skips_the_rest(make_store: MakeStore) -> None:
    store = make_store(noon)
    parent = store.put("note", "parent", parents=["p"])
    child = store.put("note", "child", parents=[parent])
    assert store.delete([parent, LIKELY_IDS, parent]) == 1
    assert store.delete([parent]) == 0
    assert store.delete([]) == 0
    assert not store.has(parent)
    assert store.parents(child) == [parent]
    assert store.put("note", "parent") == parent
    assert store.parents(parent) == []


def what_cannot_be_stored_faithfully_is_refused(make_store: MakeStore) -> None:
    store = make_store(noon)
    refused = [
        ("note", "half \ud800", ()),
        ("fact", Fact.model_construct(text="half \ud800", spans=(), weight=None, labels={}), ()),
        ("fact", Fact(text="a", weight=float("nan")), ()),
        ("", "no kind", ()),
        ("Two Words", "bad kind", ()),
        ("note", "empty parent", ("",)),
        ("note", "a string is no list of ids", "abc"),
    ]
    for kind, content, parents in refused:
        with pytest.raises(RecordRejected):
            store.put(kind, content, parents=parents)
    assert list(store.iter_ids("note")) == list(store.iter_ids("fact")) == []


def threads_may_write_at_once(make_store: MakeStore) -> None:
    store = make_store(noon)

    def write(who: int) -> None:
        for n in range(25):
            store.put("own", f"{who} {n}")
            store.put("shared", str(n), parents=[f"thread-{who}"])

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(store.iter_ids("own"))) == 100
    shared = list(store.iter_ids("shared"))
    assert len(shared) == 25
    assert all(len(store.parents(record_id)) == 4 for record_id in shared)


LAWS = (
    the_same_content_has_the_same_id_and_is_stored_once,
    an_id_depends_on_kind_form_and_content,
    ids_are_the_same_in_every_implementation,
    what_was_put_comes_back,
    any_text_survives_the_round_trip,
    parents_join_in_order_and_never_hold_the_record_itself,
    an_unknown_id_is_an_error_that_names_it,
    a_record_read_as_the_wrong_type_is_an_error,
    ids_of_a_kind_come_in_the_order_they_were_stored,
    delete_removes_what_is_here_and_skips_the_rest,
    what_cannot_be_stored_faithfully_is_refused,
    threads_may_write_at_once,
)
