"""The suite of outlines: its data, its rules on outlines made by hand, and its planners over a small corpus."""

import json
from pathlib import Path

import pytest

from agent.errors import UsageProblem
from agent.frame import body_words
from agent.settings import Settings, WriteSettings
from agent.types import AtomicBlock, Outline, SectionPlan
from evals.bench import Abstained, Bench
from evals.datasets.flat_topics import load_flat_topics, without_headings
from evals.items import Item
from evals.metrics.outlines import (
    blocks_with_evidence,
    distinct_blocks,
    length_kept,
    moves_in_place,
    order_kept,
    titles_of,
)
from evals.registry import find_suite
from lm.scripted import ScriptedLM
from prompts.narrative import read_schema
from tests.agent.affair import OFF_TOPIC, build_affair
from tests.agent.storm.scripted_talk import HEADINGS, TOPIC, Talker
from tests.bag_embedder import BagEmbedder
from tests.prompts.test_narrative import GOOD

SCHEMA = read_schema(GOOD, "test")
EMBEDDER = BagEmbedder()
ITEM = Item(id="t", text=TOPIC, gold={"outline": list(HEADINGS)})


@pytest.fixture(scope="module")
def affair(tmp_path_factory):
    found = build_affair(tmp_path_factory.mktemp("affair"))
    yield found
    found.close()


@pytest.fixture
def make_bench(affair):
    def make(writer):
        return Bench(
            settings=Settings(home=Path("unused"), write=WriteSettings(words=1200)),
            evidence_tokens=200,
            seed=1,
            corpus_=affair.corpus,
            searcher_=affair.searcher,
            embedder_=affair.embedder,
            writer_=writer,
        )

    return make


def outline(*sections, words=100):
    """An outline with a block for each (title, question)."""
    return Outline(
        title="T",
        sections=tuple(
            SectionPlan(
                id=f"s{i:02d}",
                title=title,
                blocks=(AtomicBlock(id=f"s{i:02d}b01", question=question, target_words=words),),
            )
            for i, (title, question) in enumerate(sections, start=1)
        ),
        origin="model",
        reason="",
    )


def slot_sections(*keys):
    """A section in the words of each slot of the schema."""
    slots = {slot.key: slot for slot in SCHEMA.slots}
    return [(slots[key].title, f"{slots[key].purpose} {slots[key].bare_questions[0]}") for key in keys]


def test_only_the_articles_that_are_asked_lose_their_headings(tmp_path):
    docs = tmp_path / "data" / "docs"
    docs.mkdir(parents=True)
    article = "# A flood\n\nIt rained.\n\n## Causes\n\nThe dam broke.\n\n### Rain #1\n\nMuch.\n"
    rows = []
    for name in ("one", "two", "three"):
        (docs / f"{name}.md").write_text(article, encoding="utf-8")
        rows.append(
            {"id": name, "topic": f"Flood {name}", "outline": ["# Causes", "## Rain"], "doc": f"docs/{name}.md"}
        )
    (tmp_path / "data" / "topics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    dataset = load_flat_topics(tmp_path / "data", workdir=tmp_path / "work")
    assert [(item.id, item.supporting_ids) for item in dataset.items] == [
        ("one", ("one.md",)),
        ("three", ("three.md",)),
    ]
    written = {path.name: path.read_text(encoding="utf-8") for path in dataset.corpus[0].iterdir()}
    assert written["two.md"] == article
    assert written["one.md"] == written["three.md"] == without_headings(article)
    assert [line for line in written["one.md"].splitlines() if line.startswith("#")] == ["# A flood"]
    assert "The dam broke." in written["one.md"]
    assert load_flat_topics(tmp_path / "data", workdir=tmp_path / "again").sha256 == dataset.sha256


def test_a_topic_without_its_article_is_refused(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "other.md").write_text("# Other\n\nText.\n", encoding="utf-8")
    row = {"id": "one", "topic": "Flood", "outline": ["# Causes"]}
    (tmp_path / "topics.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    with pytest.raises(UsageProblem, match="the topic 'one' has no article"):
        load_flat_topics(tmp_path, workdir=tmp_path / "work")


def test_rules_of_order_are_read_off_what_sections_say():
    keys = [slot.key for slot in SCHEMA.slots]
    assert order_kept(outline(*slot_sections(*keys)), SCHEMA, EMBEDDER) == 1.0
    turned = order_kept(outline(*slot_sections(*reversed(keys))), SCHEMA, EMBEDDER)
    assert turned is not None and turned < 1.0
    assert order_kept(outline(), SCHEMA, EMBEDDER) is None


def test_opening_and_ending_are_looked_for_in_the_first_and_last_half():
    opening, ending = (SCHEMA.opening.question, "x"), (SCHEMA.ending.question, "y")
    middle = ("Something quite different", "z")
    assert moves_in_place(outline(opening, middle, ending), SCHEMA, EMBEDDER) == 1.0
    assert moves_in_place(outline(ending, middle, opening), SCHEMA, EMBEDDER) == 0.0
    assert moves_in_place(outline(opening, ending, middle, middle), SCHEMA, EMBEDDER) == 0.5
    assert moves_in_place(outline(opening), SCHEMA, EMBEDDER) is None


def test_a_block_that_asks_what_another_asks_is_not_distinct():
    asked = [("A", "Why did the grip slip?"), ("B", "Why did the grip slip?"), ("C", "Who paid Harrow Consult?")]
    assert distinct_blocks(outline(*asked), EMBEDDER) == pytest.approx(2 / 3)
    assert distinct_blocks(outline(*asked[:1]), EMBEDDER) is None


def test_blocks_are_held_against_the_passages_of_the_corpus(affair):
    asked = [
        ("A", "Reforms of the Cableway Act of 2022"),
        ("B", "The Cableway Act of 2022 and its reforms"),
        ("C", "Gluons hadronisation chromodynamics"),
    ]
    near, own = blocks_with_evidence(outline(*asked), affair.searcher, affair.embedder, ("reforms.md", "bread.md"))
    assert near == pytest.approx(2 / 3)
    assert own < 1.0
    assert blocks_with_evidence(outline(*asked[:1]), affair.searcher, affair.embedder, ()) == (1.0, None)
    assert blocks_with_evidence(outline(), affair.searcher, affair.embedder, ()) == (None, None)


def test_lengths_sum_up_to_what_the_report_has_for_them():
    body = body_words(1200)
    assert length_kept(outline(("A", "a"), ("B", "b"), words=body // 2), 1200) == pytest.approx(1.0)
    assert length_kept(outline(("A", "a"), words=body // 2), 1200) == pytest.approx(0.5)
    assert length_kept(outline(("A", "a"), words=9 * body), 1200) == 0.0


@pytest.mark.parametrize(("program", "fell_back"), [("storm", 0), ("free", 1), ("schema", 0), ("schema-rules", 0)])
def test_every_planner_lays_out_and_says_whether_another_stood_in(make_bench, program, fell_back):
    suite = find_suite("outlines")
    bench = make_bench(ScriptedLM(Talker()) if program in suite.needs_model else None)
    outcome = suite.programs[program]()(ITEM, bench)
    assert outcome.details["fell_back"] == fell_back
    made = Outline.model_validate(outcome.details["outline"])
    assert outcome.text.splitlines() == titles_of(made)
    assert "Introduction" not in titles_of(made)
    scores = {
        metric.name: metric.score(ITEM, outcome, *([bench] if type(metric).__name__ == "BenchMetric" else []))
        for metric in suite.metrics
    }
    assert all(
        score is None or 0.0 <= score <= 1.1 for name, score in scores.items() if name not in ("sections", "blocks")
    )
    if program == "storm":
        assert scores["heading_soft_recall"] == pytest.approx(1.0)
        assert "conversations" in outcome.details


def test_all_planners_read_the_topics_own_article_and_no_other(make_bench):
    item = ITEM.model_copy(update={"supporting_ids": ("money.md",)})
    writer = ScriptedLM(Talker())
    for program in ("free", "schema", "storm"):
        find_suite("outlines").programs[program]()(item, make_bench(writer))
    shown = "\n".join(request.messages[-1].content for request in writer.requests)
    assert "Harrow Consult" in shown
    assert "Mira Tolland" not in shown and "haul rope has" not in shown


def test_interviews_are_capped_at_ten_calls(make_bench):
    writer = ScriptedLM(Talker())
    find_suite("outlines").programs["storm"]()(ITEM, make_bench(writer))
    assert len(writer.requests) == 10


def test_a_topic_that_the_corpus_does_not_have_is_an_abstention(make_bench):
    with pytest.raises(Abstained):
        find_suite("outlines").programs["free"]()(Item(id="t", text=OFF_TOPIC), make_bench(ScriptedLM([])))
