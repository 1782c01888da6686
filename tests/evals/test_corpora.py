"""Corpora of evaluations: each item's own, and never another one's."""

import json
from pathlib import Path

import pytest

from agent.embedders import Embedders
from agent.settings import Settings
from evals.bench import Bench
from evals.corpora import OverOwnCorpus, open_corpus
from evals.items import Item, Outcome
from tests.bag_embedder import BagEmbedder

EMBEDDERS = Embedders(BagEmbedder(), BagEmbedder())
BENCH = Bench(settings=Settings(home=Path("unused")), evidence_tokens=100, seed=1)


@pytest.fixture
def make_item(tmp_path):
    def make(name, *texts):
        path = tmp_path / name / "passages.jsonl"
        path.parent.mkdir(exist_ok=True)
        rows = [{"id": f"p{n}", "title": "T", "text": text} for n, text in enumerate(texts)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return Item(id=name, text="Where is the mill?", gold={"corpus": str(path)})

    return make


def texts(item, bench):
    """Everything that the corpus holds."""
    return Outcome(text=" | ".join(bench.corpus.text(document.id) for document in bench.corpus.documents()))


def first(item, bench):
    """The best hit."""
    return Outcome(text=bench.searcher.search_documents(item.text, 1, mode="bm25")[0].document.id)


def test_corpora_of_one_file_name_are_kept_apart_for_every_program(tmp_path, make_item):
    small = make_item("4k", "The mill is in Kiel.")
    large = make_item("16k", "Bread is baked.", "The mill is in Ulm.", "A spire is high.")
    for _ in range(2):
        over = OverOwnCorpus(texts, EMBEDDERS, tmp_path / "homes")
        assert over(small, BENCH).text == "The mill is in Kiel."
        assert over(large, BENCH).text == "Bread is baked. | The mill is in Ulm. | A spire is high."
        assert OverOwnCorpus(first, EMBEDDERS, tmp_path / "homes")(large, BENCH).text == "p1"


def test_a_corpus_that_changed_is_another_one(tmp_path, make_item):
    over = OverOwnCorpus(texts, EMBEDDERS, tmp_path / "homes")
    assert over(make_item("a", "The mill is in Kiel.", "Nobody knows."), BENCH).text.startswith("The mill is in Kiel.")
    assert over(make_item("a", "The mill burnt down."), BENCH).text == "The mill burnt down."


def test_a_corpus_is_used_again(tmp_path, make_item):
    path = Path(str(make_item("a", "The mill is in Kiel.").gold["corpus"]))
    told = []
    for _ in range(2):
        with open_corpus([path], tmp_path / "home", EMBEDDERS, tell=lambda *step: told.append(step)) as opened:
            assert opened.corpus.passage_count() == 1
    assert told.count(("index", 1, 1)) == 1
