import json
from pathlib import Path

import pytest

from agent.errors import UsageProblem
from evals.datasets.dataset import check_gold
from evals.datasets.plain import load_plain, load_tasks, load_topics
from retrieval.corpus import Corpus
from retrieval.ingest import ingest

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
PASSAGES = [{"id": "p1", "title": "Kiel", "text": "A harbour town."}, {"id": "p2", "title": "Ulm", "text": "A spire."}]
QUESTIONS = [
    {"id": "q1", "question": "Which is a harbour?", "answers": ["Kiel"], "supporting_ids": ["p1"], "hops": 1},
    {
        "id": "q2",
        "question": "Which are they?",
        "answers": ["Kiel", "Ulm"],
        "supporting_ids": ["p2", "p1", "p2"],
        "type": "list",
        "hops": 2,
        "field": "towns",
        "value": None,
    },
    {"id": "q3", "question": "Who knows?", "answers": [], "unanswerable": True},
]


@pytest.fixture
def folder(write_lines):
    write_lines("towns/passages.jsonl", PASSAGES)
    return write_lines("towns/questions.jsonl", QUESTIONS).parent


def test_questions_become_items(folder):
    dataset = load_plain(folder)
    assert dataset.name == "towns"
    assert dataset.corpus == (folder / "passages.jsonl",)
    first, second, third = dataset.items
    assert (first.text, first.answers, first.supporting_ids) == ("Which is a harbour?", ("Kiel",), ("p1",))
    assert (first.cluster, first.kind, first.gold) == ("p1", "1-hop", {"hops": 1})
    assert (second.supporting_ids, second.cluster, second.kind) == (("p2", "p1"), "p2", "list")
    assert second.gold == {"hops": 2, "field": "towns"}
    assert (third.cluster, third.kind, third.gold) == ("", "", {"unanswerable": True})
    assert dataset.places["q2"] == f"{folder / 'questions.jsonl'}, line 2"


def test_the_digest_changes_with_the_passages(folder, write_lines):
    before = load_plain(folder).sha256
    assert load_plain(folder).sha256 == before
    write_lines("towns/passages.jsonl", [*PASSAGES, {"id": "p3", "text": "More."}])
    assert load_plain(folder).sha256 != before


def test_a_gold_passage_that_does_not_exist_is_named_with_file_line_and_item(folder, write_lines):
    path = write_lines("towns/questions.jsonl", [*QUESTIONS, QUESTIONS[0] | {"id": "q4", "supporting_ids": ["p9"]}])
    with pytest.raises(UsageProblem, match=r"questions\.jsonl, line 4: item 'q4' names .* 'p9', which does not exist"):
        load_plain(folder)
    dataset = load_plain(write_lines("alone/questions.jsonl", path.read_text().splitlines()).parent)
    assert dataset.corpus == ()
    with pytest.raises(UsageProblem, match=r"line 1: item 'q1' .* \(3 more like it\)"):
        check_gold(dataset, set())


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"id": "q9"}, "line 4: the field 'question' is missing"),
        ({"id": "q9", "question": " "}, "line 4: the field 'question' is wrong"),
        ({"id": "q9", "question": "?", "answers": "Kiel"}, "line 4: the field 'answers' is wrong"),
        ({"id": "q9", "question": "?", "answers": ["Kiel", ""]}, "line 4: the field 'answers.1' is wrong"),
        ({"id": "q1", "question": "?"}, "lines 1 and 4 have the same id 'q1'"),
        ("nonsense", "line 4 is no JSON"),
    ],
)
def test_a_wrong_question_is_named(folder, write_lines, row, message):
    write_lines("towns/questions.jsonl", [*QUESTIONS, row])
    with pytest.raises(UsageProblem) as caught:
        load_plain(folder)
    assert message in str(caught.value)
    assert "questions.jsonl" in str(caught.value)


def test_a_wrong_passage_is_named(folder, write_lines):
    write_lines("towns/passages.jsonl", [*PASSAGES, {"id": "p3", "text": ""}])
    with pytest.raises(UsageProblem, match=r"passages\.jsonl, line 3: the field 'text' is wrong"):
        load_plain(folder)
    write_lines("towns/passages.jsonl", [*PASSAGES, PASSAGES[0]])
    with pytest.raises(UsageProblem, match="lines 1 and 3 have the same id 'p1'"):
        load_plain(folder)


def test_documents_are_called_as_the_ingest_calls_them(write_lines, tmp_path):
    write_lines("towns/docs/kiel.md", ["# Kiel", "A harbour."])
    write_lines("towns/docs/south/ulm.txt", ["A spire."])
    write_lines("towns/docs/more.jsonl", [{"id": "rows-1", "text": "One."}, {"id": "rows-2", "text": "Two."}])
    ids = ["kiel", "south/ulm", "south/ulm.txt", "rows-2"]
    folder = write_lines("towns/questions.jsonl", [QUESTIONS[0] | {"supporting_ids": ids}]).parent
    dataset = load_plain(folder)
    assert dataset.items[0].supporting_ids == ("kiel.md", "south/ulm.txt", "rows-2")
    assert dataset.corpus == (folder / "docs",)
    with Corpus.open(tmp_path / "corpus.sqlite") as corpus:
        ingest(dataset.corpus, corpus)
        assert {document.id for document in corpus.documents()} >= set(dataset.items[0].supporting_ids)


def test_report_tasks_keep_their_gold_facts(write_lines):
    fact = {"country": "Kiel", "doc": "p1", "field": "Harbours", "value": "1 (2020)", "number": 1.0}
    write_lines("towns/passages.jsonl", PASSAGES)
    row = {"id": "t1", "task": "Write of harbours.", "theme": "sea", "supporting_ids": ["p1"], "gold_facts": [fact]}
    item = load_tasks(write_lines("towns/report_tasks.jsonl", [row]).parent).items[0]
    assert (item.text, item.kind, item.cluster, item.gold) == (
        "Write of harbours.",
        "sea",
        "p1",
        {"gold_facts": [fact]},
    )


def test_the_examples_are_a_plain_set():
    dataset = load_plain(EXAMPLES)
    n = sum(1 for line in (EXAMPLES / "questions.jsonl").read_text(encoding="utf-8").splitlines() if line)
    assert len(dataset.items) == n
    assert dataset.corpus == (EXAMPLES / "corpus",)
    first = json.loads((EXAMPLES / "questions.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert dataset.items[0].answers == tuple(first["answers"])


def test_topics_keep_the_headings_that_people_chose(write_lines):
    row = {
        "id": "t1",
        "topic": "The spire of Ulm",
        "outline": ["# History", "## Builders"],
        "doc": "docs/ulm.md",
        "url": "u",
    }
    path = write_lines("towns/topics.jsonl", [row])
    (path.parent / "docs").mkdir()
    (path.parent / "docs" / "ulm.md").write_text("# Ulm\n\nA spire.\n")
    item = load_topics(path.parent).items[0]
    assert (item.text, item.gold["outline"], item.supporting_ids) == (
        "The spire of Ulm",
        ["History", "Builders"],
        ("ulm.md",),
    )
