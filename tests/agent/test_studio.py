"""langgraph.json and the graphs that it names."""

import asyncio
import importlib.util
import json
import threading
from pathlib import Path

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph

from agent.errors import FileBroken
from agent.home import Home
from agent.studio import answer_graph, build_studio_graph, report_graph
from agent.types import Outline
from lm.scripted import ScriptedLM
from retrieval.errors import CorpusEmpty
from tests.agent.affair import TOPIC
from tests.agent.scripted_writers import faithful, kind_of

ROOT = Path(__file__).resolve().parents[2]
GRAPHS = json.loads((ROOT / "langgraph.json").read_text("utf-8"))["graphs"]
NODES = {"begin", "preview", "align", "answer_plan", "plan", "forage", "allot", "assemble", "publish"}


@pytest.fixture
def home(affair, tmp_path, monkeypatch):
    """A home whose corpus is the affair's."""
    (tmp_path / "corpus.sqlite").symlink_to(affair.corpus.path)
    monkeypatch.setenv("WELLREAD_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def opened(factory, look):
    async with factory({"configurable": {}}) as graph:
        return look(graph)


@pytest.mark.parametrize("name", sorted(GRAPHS))
def test_every_entry_of_langgraph_json_is_a_factory_of_a_graph(name, home):
    path, _, attribute = GRAPHS[name].partition(":")
    spec = importlib.util.spec_from_file_location("as_the_tools_load_it", ROOT / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def look(graph):
        assert isinstance(graph, CompiledStateGraph)
        assert set(graph.get_input_jsonschema()["properties"]) == {"topic", "words"}
        assert set(graph.get_output_jsonschema()["properties"]) == {"report", "report_id"}
        assert graph.get_context_jsonschema() is None
        return graph.get_graph(xray=True).draw_mermaid()

    drawn = asyncio.run(opened(getattr(module, attribute), look))
    assert all(f"\t{node}({node})" in drawn for node in NODES)
    assert "write_block\\3adraft --> write_block\\3averify" in drawn
    assert "assemble --> publish" in drawn


def test_to_draw_a_graph_opens_no_model_and_leaves_no_file(home):
    asyncio.run(opened(report_graph, lambda graph: graph.get_graph()))
    assert [path.name for path in home.iterdir() if not path.name.startswith("corpus.sqlite")] == []


def test_the_tools_graphs_follow_the_choice_of_compressor_that_the_home_keeps(home):
    Home(home).compression.write_text("{")
    with pytest.raises(FileBroken, match=r"compression\.json"):
        asyncio.run(opened(report_graph, lambda graph: graph))


@pytest.mark.parametrize("factory", [report_graph, answer_graph])
def test_without_a_corpus_the_message_says_what_to_do(factory, tmp_path, monkeypatch):
    monkeypatch.setenv("WELLREAD_HOME", str(tmp_path / "empty"))
    with pytest.raises(CorpusEmpty, match=r"there is no corpus in .*empty; fix: wellread ingest PATH"):
        asyncio.run(opened(factory, lambda graph: graph))
    assert not (tmp_path / "empty").exists()


@pytest.mark.parametrize(("mode", "topic"), [("report", TOPIC), ("answer", "Who wrote the memorandum of 2018?")])
def test_a_topic_in_plain_json_gives_the_written_text(make_context, mode, topic):
    context = make_context(ScriptedLM(faithful), words=300, drafting="paragraph")
    graph = build_studio_graph(mode, lambda: context, n_parallel=1)
    said = graph.invoke({"topic": topic}, context={})  # the tools send an empty one
    assert said.keys() == {"report", "report_id"}
    assert said["report"].startswith("# ")
    assert "## References" in said["report"]


def test_a_second_topic_on_a_thread_has_nothing_of_the_first(make_context):
    context = make_context(ScriptedLM(faithful), words=900, drafting="paragraph")
    graph = build_studio_graph("report", lambda: context, n_parallel=1)
    graph.checkpointer = InMemorySaver()
    thread = {"configurable": {"thread_id": "one"}}
    graph.invoke({"topic": TOPIC}, thread, context={})
    first = graph.get_state(thread).values
    graph.invoke({"topic": "The judgment of the court of Hallin", "words": 60}, thread, context={})
    second = graph.get_state(thread).values
    plan = context.store.get_model(second["outline_id"], Outline)
    blocks = {block.id for section in plan.sections for block in section.blocks}
    assert len(first["settled"]) > len(blocks)
    assert set(second["settled"]) == blocks


@pytest.mark.parametrize("n_parallel", [1, 3])
def test_no_more_blocks_are_written_at_once_than_is_set(make_context, n_parallel):
    threads, gate = set(), threading.Barrier(n_parallel, timeout=20)

    def writing(request):
        if kind_of(request) == "paragraph" and threading.get_ident() not in threads:
            threads.add(threading.get_ident())
            gate.wait()  # passed when as many blocks are written at once; more would break it
        return faithful(request)

    context = make_context(ScriptedLM(writing), words=900, drafting="paragraph")
    build_studio_graph("report", lambda: context, n_parallel=n_parallel).invoke({"topic": TOPIC}, context={})
    assert len(threads) == n_parallel


def test_the_tools_graph_takes_the_number_from_the_settings(home, monkeypatch):
    monkeypatch.setenv("WELLREAD_WRITE__MAX_PARALLEL_BLOCKS", "5")
    assert asyncio.run(opened(report_graph, lambda graph: graph.config["max_concurrency"])) == 5
