"""The retrievers for LangChain find what the command line finds."""

import asyncio
import json

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.vectorstores import InMemoryVectorStore

from agent.langchain_retriever import WellreadForager, WellreadRetriever
from agent.main import run
from retrieval.errors import CorpusEmpty
from retrieval.vector_store import VectorStoreIndex
from tests.agent.affair import DOCUMENTS

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def papers(static_models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("retriever")
    (folder / "papers").mkdir()
    for name, text in DOCUMENTS.items():
        (folder / "papers" / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def call(papers, models_dir, monkeypatch, capsys):
    """Run a command with --json in this module's home; its result."""
    monkeypatch.setenv("WELLREAD_MODELS", str(models_dir))
    monkeypatch.setenv("WELLREAD_HOME", str(papers / "home"))
    monkeypatch.setenv("WELLREAD_ROLES__EMBEDDER__MODEL", "embedded:minilm-static")
    monkeypatch.chdir(papers)

    def called(*argv):
        assert run([*argv, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    called("ingest", "papers")
    return called


def test_it_returns_what_search_returns(call):
    hits = call("search", "why did the brake freeze", "--k", "4")["hits"]
    with WellreadRetriever(k=4) as retriever:
        found = retriever.invoke("why did the brake freeze")
    assert [(document.id, document.page_content) for document in found] == [
        (hit["passage"], hit["text"]) for hit in hits
    ]
    for document, hit in zip(found, hits, strict=True):
        told = document.metadata
        assert (told["document"], told["title"], told["score"]) == (hit["document"], hit["title"], hit["score"])
        assert (told["start"], told["end"], told["heading_path"]) == (hit["start"], hit["end"], hit["heading_path"])
        assert told["source"] == hit["document"]
        assert {name: channel["rank"] for name, channel in told["channels"].items() if channel["rank"]} == hit["ranks"]


def test_mode_and_home_are_options_and_async_finds_the_same(call, papers, monkeypatch):
    monkeypatch.delenv("WELLREAD_HOME")
    hits = call("search", "springs", "--mode", "bm25", "--home", str(papers / "home"))["hits"]
    with WellreadRetriever(home=papers / "home", mode="bm25") as retriever:
        found = asyncio.run(retriever.ainvoke("springs"))
    assert [document.id for document in found] == [hit["passage"] for hit in hits]
    assert all(document.metadata["channels"].keys() == {"bm25"} for document in found)


def test_what_is_ingested_or_removed_later_counts(call, papers):
    with WellreadRetriever(k=50) as retriever:
        assert "bread.md" in {document.metadata["document"] for document in retriever.invoke("sourdough")}
        call("corpus", "rm", "bread.md")
        assert "bread.md" not in {document.metadata["document"] for document in retriever.invoke("sourdough")}


@pytest.mark.parametrize("way", ["rounds", "margin"])
def test_the_forager_reads_until_its_share_is_read(call, way):
    with WellreadForager(words=20, ratio=5.0, way=way) as forager:
        found = forager.invoke("ignored warnings of the inspector")
    read = sum(len(document.page_content) for document in found)
    assert read >= 20 * 5.0 * 6.6
    assert len({document.id for document in found}) == len(found)
    with WellreadForager(words=2000, way=way) as forager:
        everything = forager.invoke("ignored warnings of the inspector")
    assert [document.id for document in everything[:1]] == [found[0].id]
    assert len(everything) > len(found)


def test_a_vector_store_serves_as_dense_index_and_loses_what_the_corpus_loses(call):
    store = InMemoryVectorStore(DeterministicFakeEmbedding(size=32))
    with WellreadRetriever(k=3, mode="dense", vector_store=VectorStoreIndex(store)) as retriever:
        found = retriever.invoke("springs")
        assert [document.id for document in found] == [
            document.id for document in store.similarity_search("springs", k=3)
        ]
        held = {entry["metadata"]["document"] for entry in store.store.values()}
        call("corpus", "rm", "money.md")
        retriever.invoke("springs")
    assert held - {entry["metadata"]["document"] for entry in store.store.values()} == {"money.md"}


def test_a_home_without_a_corpus_is_an_error(tmp_path):
    with pytest.raises(CorpusEmpty, match="there is no corpus"):
        WellreadRetriever(home=tmp_path, mode="bm25").invoke("springs")


def test_a_blank_query_is_refused(call):
    with pytest.raises(ValueError, match="empty"):
        WellreadRetriever().invoke("  ")
