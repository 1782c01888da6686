import itertools
import json

import pytest
from click.testing import CliRunner

from agent.commands.options import add_global_options
from agent.errors import UsageProblem
from evals.cli import _Progress, eval_group
from evals.retrieval_suite import RetrievalOptions, half_of, read_questions, run_retrieval_suite
from tests.bag_embedder import BagEmbedder

PASSAGES = [
    {"id": "p1", "title": "Suez Canal", "text": "The canal opened in 1869 and joins two seas."},
    {"id": "p2", "title": "Moon", "text": "The far side of the moon was seen in 1959."},
    {"id": "p3", "title": "Sourdough", "text": "Flour, water and salt make bread."},
    {"id": "p4", "title": "Kiel", "text": "A harbour town in Holstein."},
]
QUESTIONS = [
    {"id": "q1", "question": "When did the Suez canal open?", "answers": ["1869"], "supporting_ids": ["p1"]},
    {
        "id": "q2",
        "question": "What makes bread, and where is Kiel?",
        "answers": [],
        "supporting_ids": ["p3", "p4"],
    },
    {"id": "q3", "question": "Who knows?", "answers": ["nobody"], "supporting_ids": []},
    {
        "id": "q4",
        "question": "Who walked on the moon first?",
        "answers": [],
        "supporting_ids": ["gone", "p2"],
    },
]


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name, rows in (("passages", PASSAGES), ("questions", QUESTIONS)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def run(data, home, **options):
    ticks = itertools.count(step=0.25)
    embedder = BagEmbedder()
    return run_retrieval_suite(
        data,
        home,
        static=embedder,
        dense=embedder,
        clock=lambda: next(ticks),
        options=RetrievalOptions(**options),
    )


@pytest.mark.parametrize("mode", ["bm25", "static", "dense", "hybrid"])
def test_recall_counts_the_supporting_documents_found(data, tmp_path, mode):
    scores = run(data, tmp_path / "home", mode=mode)
    assert scores.n == 3
    # q1 1 of 1, q2 2 of 2, q4 1 of 2: its other document is not in the set.
    assert scores.means["recall@20"] == pytest.approx((1 + 1 + 0.5) / 3)
    assert scores.n_supporting_ids_missing == 1
    low, high = scores.ci95["recall@20"]
    assert 0.5 <= low <= scores.means["recall@20"] <= high <= 1.0


def test_questions_without_supporting_ids_are_counted_apart(data, tmp_path):
    assert run(data, tmp_path / "home").n_without_support == 1


def test_the_result_is_one_flat_object(data, tmp_path):
    flat = run(data, tmp_path / "home").flat()
    assert flat["suite"] == "retrieval"
    assert flat["data"] == "tiny"
    assert (flat["n"], flat["n_documents"], flat["mode"]) == (3, 4, "hybrid")
    assert flat["recall@5"] == pytest.approx(2.5 / 3)
    assert len(flat["ci95"]["recall@5"]) == 2
    assert json.loads(json.dumps(flat)) == flat


def test_seconds_are_those_of_the_searches(data, tmp_path):
    scores = run(data, tmp_path / "home")
    assert (scores.seconds_p50, scores.seconds_p95) == (0.25, 0.25)


def test_the_same_seed_gives_the_same_result_also_from_a_kept_home(data, tmp_path):
    assert run(data, tmp_path / "home", seed=3) == run(data, tmp_path / "home", seed=3)


def test_the_two_halves_share_no_question_and_make_the_whole(data, tmp_path):
    halves = [half_of(f"question-{i}") for i in range(400)]
    assert 150 < halves.count("tuning") < 250
    counts = []
    for half in ("tuning", "reporting"):
        supported = [q for q in QUESTIONS if half_of(q["id"]) == half and q["supporting_ids"]]
        if supported:
            assert run(data, tmp_path / "home", half=half).n == len(supported)
        counts.append(len(supported))
    assert sum(counts) == 3


def test_a_limit_asks_only_the_first_questions(data, tmp_path):
    assert run(data, tmp_path / "home", limit=1).n == 1


def test_a_folder_that_is_no_question_set_is_refused(tmp_path):
    with pytest.raises(UsageProblem, match=r"passages\.jsonl is missing"):
        run(tmp_path, tmp_path / "home")


def test_a_bad_line_is_named_with_its_number(data):
    with (data / "questions.jsonl").open("a") as file:
        file.write('{"id": "q9"}\n')
    with pytest.raises(UsageProblem, match="line 5"):
        read_questions(data / "questions.jsonl")


def test_a_set_without_any_supporting_id_is_refused(data, tmp_path):
    (data / "questions.jsonl").write_text(json.dumps(QUESTIONS[2]) + "\n")
    with pytest.raises(UsageProblem, match="no question"):
        run(data, tmp_path / "home")


def test_progress_tells_the_stages(data, tmp_path):
    told = []
    embedder = BagEmbedder()
    run_retrieval_suite(
        data,
        tmp_path / "home",
        static=embedder,
        dense=None,
        clock=lambda: 0.0,
        progress=lambda stage, done, total: told.append((stage, done, total)),
    )
    assert ("index", 4, 4) in told
    assert told[-1] == ("ask", 3, 3)


def progress_lines(*, is_watched):
    lines = []
    progress = _Progress(lines.append, is_watched=is_watched)
    for stage in ("index", "ask"):
        for done in range(1, 101):
            progress(stage, done, 100)
    progress("ask", 100, 100)
    return lines


def test_who_does_not_watch_gets_one_line_a_stage(monkeypatch):
    monkeypatch.setattr("evals.cli._PROGRESS_EVERY_S", 0.0)
    assert progress_lines(is_watched=False) == ["index 100/100", "ask 100/100"]
    assert "ask 7/100" in progress_lines(is_watched=True)


def test_the_suites_are_listed():
    result = CliRunner().invoke(add_global_options(eval_group), ["ls", "--json"])
    assert result.exit_code == 0
    assert "retrieval" in json.loads(result.stdout)["suites"]


def test_the_command_wants_a_folder_that_exists(tmp_path):
    result = CliRunner().invoke(eval_group, ["run", "retrieval", "--data", str(tmp_path / "nowhere")])
    assert result.exit_code == 2
    assert "nowhere" in result.stderr
