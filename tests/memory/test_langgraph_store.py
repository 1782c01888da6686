"""Memory as a LangGraph store: alone, and in a real graph."""

import asyncio
from pathlib import Path
from typing import TypedDict

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.store.base import BaseStore, GetOp, InvalidNamespaceError, PutOp, SearchOp
from langgraph.store.memory import InMemoryStore

from memory.langgraph_store import WellreadStore
from memory.unit_store import UnitStore
from tests.bag_embedder import BagEmbedder
from tests.memory.unit_samples import open_store, turn, unit

PREFS = ("users", "ada")


@pytest.fixture
def memory(tmp_path: Path):
    with open_store(tmp_path / "m.sqlite") as opened:
        yield opened
        assert opened.verify() == []


@pytest.fixture(params=["ours", "LangGraph's own"])
def any_store(request: pytest.FixtureRequest, memory: UnitStore) -> BaseStore:
    """Ours and the reference: what holds for one must hold for the other."""
    if request.param == "ours":
        return WellreadStore(memory)
    return InMemoryStore(index={"dims": 512, "embed": lambda texts: BagEmbedder().encode(texts).tolist()})


def test_items_are_put_read_changed_and_deleted(any_store: BaseStore):
    value = {"likes": "green", "cups": 3, "deep": {"a": [1, None, "ö"]}}
    any_store.put(PREFS, "tea", value)
    item = any_store.get(PREFS, "tea")
    assert item is not None
    assert (item.value, item.key, item.namespace) == (
        {"likes": "green", "cups": 3, "deep": {"a": [1, None, "ö"]}},
        "tea",
        PREFS,
    )
    any_store.put(PREFS, "tea", {"likes": "black"})
    changed = any_store.get(PREFS, "tea")
    assert changed is not None and changed.value == {"likes": "black"} and changed.updated_at >= item.updated_at
    any_store.delete(PREFS, "tea")
    any_store.delete(PREFS, "tea")
    assert any_store.get(PREFS, "tea") is None
    assert any_store.get(("nobody",), "tea") is None


def test_filters_compare_and_descend(any_store: BaseStore):
    for n in range(5):
        any_store.put(("docs", "a"), f"d{n}", {"n": n, "tag": {"color": "red" if n % 2 else "blue"}, "list": [n, 0]})
    any_store.put(("docsother",), "x", {"n": 1})

    def keys(wanted: dict[str, object]) -> set[str]:
        return {item.key for item in any_store.search(("docs",), filter=wanted)}

    assert keys({"n": 3}) == {"d3"}
    assert keys({"n": {"$gte": 1, "$lt": 3}}) == {"d1", "d2"}
    assert keys({"n": {"$ne": 0}, "tag": {"color": "red"}}) == {"d1", "d3"}
    assert keys({"list": [4, 0]}) == {"d4"}
    assert keys({"missing": 1}) == set()
    assert len(any_store.search(("docs",))) == 5
    assert len(any_store.search((), limit=100)) == 6
    with pytest.raises(ValueError):
        any_store.search(("docs",), filter={"n": {"$like": 1}})


def test_a_query_ranks_by_meaning_and_what_is_not_indexed_comes_last(any_store: BaseStore):
    any_store.put(PREFS, "boat", {"text": "red kayak on the lake"})
    any_store.put(PREFS, "dog", {"text": "a dog called Rex"})
    any_store.put(PREFS, "hidden", {"text": "red kayak"}, index=False)
    any_store.put(PREFS, "parts", {"a": ["nothing here", "my kayak"], "b": "zzz"}, index=["a[*]"])
    found = any_store.search(PREFS, query="kayak", limit=4)
    assert {item.key for item in found[:2]} == {"boat", "parts"}
    assert [item.key for item in found[2:]] == ["dog", "hidden"]
    assert [item.score is None for item in found] == [False, False, False, True]
    assert [item.key for item in any_store.search(PREFS, query="kayak", limit=1, offset=1)] == [found[1].key]


def test_namespaces_are_listed_by_pattern_and_depth(any_store: BaseStore):
    for namespace in (("a", "b", "c"), ("a", "b", "d"), ("a", "x", "c"), ("z",)):
        any_store.put(namespace, "k", {"v": 1})
    assert any_store.list_namespaces(prefix=("a", "b")) == [("a", "b", "c"), ("a", "b", "d")]
    assert any_store.list_namespaces(suffix=("c",)) == [("a", "b", "c"), ("a", "x", "c")]
    assert any_store.list_namespaces(prefix=("a", "*", "c")) == [("a", "b", "c"), ("a", "x", "c")]
    assert any_store.list_namespaces(max_depth=2) == [("a", "b"), ("a", "x"), ("z",)]
    assert any_store.list_namespaces(limit=1, offset=1) == [("a", "b", "d")]
    with pytest.raises(InvalidNamespaceError):
        any_store.put(("a.b",), "k", {"v": 1})


def test_a_batch_gives_a_result_for_each_operation(any_store: BaseStore):
    any_store.put(PREFS, "old", {"v": 1})
    results = any_store.batch([GetOp(PREFS, "old"), PutOp(PREFS, "new", {"v": 2}), SearchOp(PREFS, filter={"v": 1})])
    assert (results[0].value, results[1], [item.key for item in results[2]]) == ({"v": 1}, None, ["old"])
    assert asyncio.run(any_store.aget(PREFS, "new")).value == {"v": 2}


def test_items_outlive_their_process_and_are_found_by_another_embedder(tmp_path: Path):
    class Other(BagEmbedder):
        fingerprint = "other"

    with open_store(tmp_path / "m.sqlite") as first:
        WellreadStore(first).put(PREFS, "boat", {"text": "red kayak"})
    with UnitStore(tmp_path / "m.sqlite", Other()) as second:
        assert WellreadStore(second).search(PREFS, query="kayak")[0].score > 0.3


def test_units_are_read_under_their_scope(memory: UnitStore):
    memory.log_turns("user", [turn(1, "I like tea")])
    tea, cocoa = unit("Ada: I like tea", persons=("Ada",)), unit("Bo: I like cocoa")
    memory.add([tea, cocoa, unit("a run's note", scope="run:7", kind="note")])
    store = WellreadStore(memory)
    item = store.get(("units", "user"), tea.id)
    assert (item.value["text"], item.value["persons"], item.created_at) == (tea.text, ["Ada"], tea.at)
    assert store.get(("units", "run:7"), tea.id) is None
    assert store.list_namespaces() == [("units", "run:7"), ("units", "user")]
    assert [found.key for found in store.search(("units", "user"), query="who likes cocoa")] == [cocoa.id, tea.id]
    assert [found.key for found in store.search(("units",), filter={"kind": "note"})] == [
        store.search(("units", "run:7"))[0].key
    ]
    assert len(store.search(("units",), query="I like", filter={"kind": "statement"}, limit=1, offset=1)) == 1


def test_a_put_among_units_is_a_note_and_a_delete_forgets_it(memory: UnitStore):
    store = WellreadStore(memory)
    space = ("units", "user")
    store.put(space, "colour", {"text": "Ada's favourite colour is teal"})
    note = memory.units("user")[0].unit
    assert (note.kind, note.parents) == ("note", ("langgraph:colour",))
    store.put(space, "colour", {"text": "Ada's favourite colour is teal"})
    assert memory.units("user")[0].unit == note
    store.put(space, "colour", {"content": "Ada's favourite colour is red"})
    assert [found.key for found in store.search(space, query="favourite colour")] == ["colour"]
    assert store.get(space, "colour").value["text"] == "Ada's favourite colour is red"
    with pytest.raises(ValueError, match="text or content"):
        store.put(space, "colour", {"n": 1})
    store.delete(space, "colour")
    assert memory.units("user", include_archived=True) == []


class State(TypedDict, total=False):
    said: str
    found: list[str]


def test_a_graph_keeps_and_finds_things_across_its_runs(tmp_path: Path):
    def remember(state: State, *, store: BaseStore) -> State:
        store.put(("units", "user"), state["said"][:6].strip(), {"text": state["said"]})
        store.put(PREFS, "last", {"said": state["said"]})
        return {}

    async def recall(state: State, *, store: BaseStore) -> State:
        found = await store.asearch(("units", "user"), query=state["said"], limit=2)
        return {"found": [item.value["text"] for item in found]}

    builder = StateGraph(State)
    builder.add_node("remember", remember)
    builder.add_node("recall", recall)
    builder.add_edge(START, "remember")
    builder.add_edge("remember", "recall")
    builder.add_edge("recall", END)
    for said, expected in (
        ("kayaks are fun", ["kayaks are fun"]),
        ("red kayaks sink", ["red kayaks sink", "kayaks are fun"]),
    ):
        with open_store(tmp_path / "m.sqlite") as memory:
            graph = builder.compile(store=WellreadStore(memory))
            assert asyncio.run(graph.ainvoke({"said": said}))["found"] == expected
            assert WellreadStore(memory).get(PREFS, "last").value == {"said": said}
