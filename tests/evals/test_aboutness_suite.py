"""The suite of aboutness: its data, its measure on quotations made by hand, and its programs over a small corpus."""

import json

import pytest

from agent.embedders import Embedders
from agent.errors import UsageProblem
from agent.settings import Settings, WriteSettings
from evals.bench import Bench
from evals.corpora import open_corpus
from evals.datasets.parted_topics import PARTS, TEXTS, load_parted_topics, parts_of
from evals.items import Outcome
from evals.metrics.aboutness import Told, aboutness
from evals.registry import find_suite
from tests.agent.affair import build_affair
from tests.bag_embedder import BagEmbedder

_SAID = {
    "Causes": "The causes of the failure at Hallin dam lay in the {} bushing of gate {}, which swelled in salt.",
    "Money": "The money of Hallin dam, {} invoice {} went to a consultancy, and was paid back in cash.",
    "Reforms": "The reforms at Hallin dam gave the {} inspector of district {} the power to close a work.",
}
_WHICH = tuple(
    f"{tens}-{one}" for tens in ("twenty", "thirty") for one in ("first", "second", "third", "fourth", "fifth")
)
PARTS_TEXT = {
    name: " ".join(said.format(which, 11 * at) for at, which in enumerate(_WHICH, start=1))
    for name, said in _SAID.items()
}
# Beside the article, so that what is told may be of something else.
_OTHER_ARTICLE = "# Bread\n\n" + "\n\n".join(
    f"## {name}\n\n"
    + " ".join(f"The {which} loaf of shelf {7 * at} {said}." for at, which in enumerate(_WHICH, start=1))
    for name, said in (("Rye", "has sour dough and dark crust"), ("Wheat", "has yeast and a white crumb"))
)
TOLD = Told(heading="Money", document="hallin.md", quote="went to a consultancy, and was paid back in cash")


def article(title="Hallin dam", parts=None):
    parts = parts or PARTS_TEXT
    return f"# {title}\n\nA dam.\n\n" + "\n\n".join(
        f"## {name}\n\n### Deeper\n\n{text}" for name, text in parts.items()
    )


@pytest.fixture(scope="module")
def affair(tmp_path_factory):
    found = build_affair(tmp_path_factory.mktemp("affair"))
    yield found
    found.close()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "hallin.md").write_text(article(), encoding="utf-8")
    (tmp_path / "docs" / "bread.md").write_text(_OTHER_ARTICLE, encoding="utf-8")
    row = {"id": "hallin", "topic": "Hallin dam", "outline": ["# Causes"], "doc": "docs/hallin.md"}
    (tmp_path / "topics.jsonl").write_text(json.dumps(row), encoding="utf-8")
    return tmp_path


def test_an_article_is_asked_for_by_all_its_parts_and_by_one(folder, tmp_path):
    data = load_parted_topics(folder, workdir=tmp_path / "work")
    whole, narrow = data.items
    assert whole.text == "Write a report of 300 words on Hallin dam: causes, money and reforms"
    assert whole.gold[PARTS] == ["Causes", "Money", "Reforms"]
    assert (narrow.kind, len(narrow.gold[PARTS])) == ("narrow", 1)
    assert {item.cluster for item in data.items} == {"hallin"}


def test_the_corpus_has_neither_the_headings_nor_a_title_that_the_request_names(folder, tmp_path):
    data = load_parted_topics(folder, workdir=tmp_path / "work")
    text = (data.corpus[0] / "hallin.md").read_text(encoding="utf-8")
    assert text.startswith("# An account of Hallin dam\n")
    assert text.count("#") == 1


def test_parts_are_what_stands_below_the_headings_of_the_second_level():
    assert parts_of("# T\nopening\n## A\none\n### B\ntwo\n## C\nthree") == {
        "": "opening",
        "A": "one\ntwo",
        "C": "three",
    }


def test_in_fenced_code_nothing_is_a_heading():
    assert parts_of("## A\none\n```\n## not a heading\n```\ntwo\n## B\nthree") == {
        "A": "one\n```\n## not a heading\n```\ntwo",
        "B": "three",
    }


def test_apparatus_is_no_part_and_an_article_without_parts_is_refused(folder, tmp_path):
    parts = {name: "A reference to a book on the dam. " * 20 for name in ("References", "See also", "Notes")}
    (folder / "docs" / "hallin.md").write_text(article(parts=parts), encoding="utf-8")
    with pytest.raises(UsageProblem, match="no article has 3 parts"):
        load_parted_topics(folder, workdir=tmp_path / "work")


@pytest.mark.parametrize(
    ("told", "asked", "found"),
    [
        ([TOLD], ["Money", "Causes"], (1.0, 1.0, 0.5)),
        ([TOLD.model_copy(update={"heading": "Causes"})], ["Money", "Causes"], (0.0, 1.0, 0.0)),
        ([TOLD.model_copy(update={"heading": "What the sources say"})], ["Money"], (1.0, 1.0, 1.0)),
        ([TOLD, TOLD.model_copy(update={"document": "other.md"})], ["Money"], (0.5, 0.5, 1.0)),
    ],
    ids=["under its name", "under another name", "one part, any heading", "another document"],
)
def test_quotations_are_traced_to_the_parts_that_their_headings_name(told, asked, found):
    got = aboutness(told, PARTS_TEXT, asked=asked, documents=["hallin.md"])
    assert got[:3] == found


def test_of_nothing_told_there_is_no_share():
    assert aboutness([], PARTS_TEXT, asked=["Money"], documents=["hallin.md"]) is None


@pytest.mark.parametrize("program", ["quotations", "nearest"])
def test_a_program_without_a_model_tells_of_the_parts_that_were_asked_for(program, folder, tmp_path, affair):
    suite = find_suite("aboutness")
    data = load_parted_topics(folder, workdir=tmp_path / "work")
    item = data.items[0]
    with open_corpus(data.corpus, tmp_path / "home", Embedders(BagEmbedder(), affair.embedder)) as opened:
        bench = Bench(
            settings=Settings(home=tmp_path, write=WriteSettings(words=300)),
            evidence_tokens=200,
            seed=1,
            corpus_=opened.corpus,
            searcher_=opened.searcher,
            embedder_=opened.fine,
        )
        outcome = suite.programs[program]()(item, bench)
    scores = {metric.name: metric.score(item, outcome) for metric in suite.metrics}
    assert scores["on_document"] == 1.0
    assert scores["on_part"] >= 0.8
    assert scores["parts_told"] == 1.0
    assert scores["quotations"] >= 3


def test_an_item_holds_the_texts_of_its_parts_and_no_place_of_this_machine(folder, tmp_path):
    item, narrow = load_parted_topics(folder, workdir=tmp_path / "work").items
    outcome = Outcome(text="", details={"told": [TOLD.model_dump()]})
    on_part = find_suite("aboutness").metrics[0]
    assert on_part.score(item, outcome) == 1.0
    assert item.gold[TEXTS] == PARTS_TEXT
    assert narrow.gold[TEXTS] == {name: PARTS_TEXT[name] for name in narrow.gold[PARTS]}
    assert str(tmp_path) not in item.model_dump_json()
