"""`wellread eval` from the command line, over a tiny set, without a language model."""

import json

import pytest

from agent.main import run
from evals.registry import suite_names
from lm.catalog import MINILM
from lm.pull import is_present

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
        "answers": ["flour"],
        "supporting_ids": ["p3", "p4"],
    },
    {"id": "q3", "question": "Who knows?", "answers": ["nobody"], "supporting_ids": []},
]


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    write_rows(folder / "passages.jsonl", PASSAGES)
    write_rows(folder / "questions.jsonl", QUESTIONS)
    return folder


@pytest.fixture
def claims(tmp_path):
    folder = tmp_path / "claims"
    folder.mkdir()
    rows = [
        {
            "id": f"c{n}",
            "context": f"The dam broke. It was day {n}.",
            "question": "?",
            "response": text,
            "hallucinated": int(n % 2),
        }
        for n, text in enumerate(["The dam broke.", "The dam was sold to a famous circus in Spain."] * 6)
    ]
    write_rows(folder / "items.jsonl", rows)
    return folder


@pytest.fixture
def call(tmp_path, models_dir, monkeypatch, capsys):
    """Runs a command in a home of this test; gives (exit code, stdout as JSON or None, stderr)."""
    if not is_present(MINILM, models_dir):
        pytest.skip("no embedders here; fetch them with `wellread models pull --default`")
    monkeypatch.setenv("WELLREAD_MODELS_DIR", str(models_dir))

    def invoke(*argv, as_json=True):
        code = run(["eval", *map(str, argv), "--home", str(tmp_path / "home"), *(["--json"] if as_json else [])])
        out, err = capsys.readouterr()
        return code, json.loads(out) if as_json and out.strip() else out, err

    return invoke


@pytest.mark.model
def test_the_result_is_one_flat_object(call, data):
    code, found, _ = call("run", "retrieval", "--data", data, "--program", "bm25")
    assert code == 0
    assert (found["suite"], found["data"], found["program"], found["n"], found["n_expected"]) == (
        "retrieval",
        "tiny",
        "bm25",
        2,
        3,
    )
    assert found["recall@5"] == 1.0
    assert found["n_of"]["recall@5"] == 2
    assert len(found["ci95"]["recall@5"]) == 2


@pytest.mark.model
def test_baselines_are_compared_with_the_program_and_a_page_shows_them(call, claims, tmp_path):
    code, found, err = call(
        "run", "faithfulness", "--data", claims, "--program", "overlap", "--baseline", "shortness", "--gate", "auroc>.9"
    )
    assert code == 0, err
    assert [one["program"] for one in found["runs"]] == ["overlap", "shortness"]
    assert found["runs"][0]["auroc"] == 1.0
    assert found["comparisons"][0]["metrics"][0]["metric"] == "accuracy"
    code, listed, _ = call("ls", "--runs")
    assert [one["done"] for one in listed["runs"]] == [12, 12]
    names = [one["run"] for one in listed["runs"]]
    code, compared, _ = call("compare", *names, "--metric", "accuracy")
    assert (code, compared["n_common"]) == (0, 12)
    code, page, _ = call("report", "--all", "--out", tmp_path / "page.html")
    assert (code, page["file"]) == (0, str(tmp_path / "page.html"))
    assert "shortness" in (tmp_path / "page.html").read_text()


@pytest.mark.model
def test_a_broken_gate_is_exit_code_1_and_says_by_how_much(call, claims):
    code, _, err = call("run", "faithfulness", "--data", claims, "--program", "overlap", "--gate", "auroc>1.5")
    assert code == 1
    assert "auroc is 1.0000" in err


@pytest.mark.model
def test_a_run_is_resumed_by_name_and_refused_when_its_data_have_changed(call, claims, tmp_path):
    call("run", "faithfulness", "--data", claims, "--program", "overlap", "--limit", "4")
    code, found, _ = call("resume", "last")
    assert (code, found["n_results"]) == (0, 4)
    (run,) = (tmp_path / "home").glob("evals/runs/*")
    lines = (run / "results.jsonl").read_text().splitlines(keepends=True)
    (run / "results.jsonl").write_text("".join(lines[:2]))
    (claims / "items.jsonl").write_text((claims / "items.jsonl").read_text().replace("Spain", "Malta"))
    code, _, err = call("resume", "last")
    assert code == 2
    assert "has changed since" in err


@pytest.mark.model
def test_a_resumed_run_is_held_to_its_gates(call, claims):
    argv = ("run", "faithfulness", "--data", claims, "--program", "overlap", "--limit", "4", "--gate", "accuracy>1.5")
    assert call(*argv)[0] == 1
    code, _, err = call("resume", "last")
    assert code == 1
    assert "accuracy is" in err


@pytest.mark.model
def test_a_damaged_line_is_named_and_an_old_run_does_not_hide_the_others(call, claims, tmp_path):
    for _ in range(2):
        call("run", "faithfulness", "--data", claims, "--program", "overlap", "--limit", "2")
    first, second = sorted((tmp_path / "home").glob("evals/runs/*"))
    (second / "results.jsonl").write_text("{\n")
    code, _, err = call("compare", first, second)
    assert code == 2
    assert "results.jsonl, line 1 is damaged" in err
    (second / "results.jsonl").write_text("")
    (first / "eval.json").write_text("{}")
    code, found, err = call("ls", "--runs")
    assert (code, [run["run"] for run in found["runs"]]) == (0, [second.name])
    assert f"{first.name}/eval.json is damaged, or of another version" in err


@pytest.mark.model
def test_what_cannot_begin_leaves_no_run_behind(call, data, tmp_path, monkeypatch):
    for name in ("WELLREAD_MODELS", "WELLREAD_MODELS_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    code, _, _ = call("run", "retrieval", "--data", data)
    assert code == 2
    assert not list((tmp_path / "home").glob("evals/runs/*"))


def test_the_cliff_takes_no_folder(call, data):
    code, _, err = call("run", "cliff", "--data", data)
    assert code == 2
    assert "is a folder" in err


@pytest.mark.model
def test_a_sample_and_a_half_are_the_same_each_time(call, claims):
    runs = [
        call("run", "faithfulness", "--data", claims, "--program", "shortness", "--sample", "5", "--half", "tuning")[1]
        for _ in range(2)
    ]
    assert runs[0]["n_results"] == runs[1]["n_results"] <= 5
    assert runs[0]["accuracy"] == runs[1]["accuracy"]


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (("run", "nosuch"), 2, "there is no suite 'nosuch'"),
        (("run", "retreival"), 2, "did you mean retrieval"),
        (("run", "qa", "--data", "/nowhere"), 2, "there is no /nowhere"),
        (("run", "report"), 2, "needs --data"),
        (("run", "qa", "--gate", "f1"), 2, "is no gate"),
        (("run", "qa", "--limit", "0"), 2, "--limit"),
        (("resume", "nosuch"), 2, "no evaluation 'nosuch'"),
        (("compare", "a", "b"), 2, "no evaluation 'a'"),
        (("report",), 2, "no evaluation"),
    ],
)
def test_a_wrong_request_is_refused_in_one_message(call, argv, code, said):
    found, _, err = call(*argv, as_json=False)
    assert found == code
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("questions.jsonl", '{"id": "q1", "question": "Who?"}\nno json\n', "questions.jsonl, line 2"),
        ("questions.jsonl", '{"id": "q1"}\n', "questions.jsonl, line 1"),
        ("questions.jsonl", '{"id": "q", "question": "A?"}\n{"id": "q", "question": "B?"}\n', "lines 1 and 2"),
        ("questions.jsonl", '{"id": "q", "question": "A?", "supporting_ids": ["gone"]}\n', "gone"),
        ("questions.jsonl", '{"id": "q", "question": "A?"}\n', "recall@2, recall@5"),
        ("passages.jsonl", '{"id": "p1", "title": "T"}\n', "passages.jsonl, line 1"),
    ],
)
def test_bad_data_are_refused_with_file_and_line(call, data, name, content, said):
    (data / name).write_text(content)
    code, _, err = call("run", "retrieval", "--data", data, "--program", "bm25", as_json=False)
    assert code == 2
    assert said in err


def test_data_without_anything_to_search_in_are_refused_but_for_a_closed_book(call, data):
    (data / "passages.jsonl").unlink()
    write_rows(data / "questions.jsonl", [{**question, "supporting_ids": []} for question in QUESTIONS])
    code, _, err = call("run", "qa", "--data", data, "--program", "single-shot", "--model", "scripted", as_json=False)
    assert code == 2
    assert "--program closed-book" in err
    code, found, _ = call("run", "qa", "--data", data, "--program", "closed-book", "--model", "scripted")
    assert found["n_by_status"] == {"unparsed": 3}


def test_an_unknown_program_is_refused_with_those_that_there_are(call, data):
    code, _, err = call("run", "qa", "--data", data, "--program", "askk", as_json=False)
    assert code == 2
    assert "single-shot" in err


def test_every_suite_is_listed_with_programs_and_metrics(call):
    code, found, _ = call("ls")
    assert code == 0
    assert tuple(found["suites"]) == suite_names()
    assert all(suite["programs"] and suite["metrics"] and suite["data"] for suite in found["suites"].values())


@pytest.mark.parametrize(
    "argv",
    [("calibrate", "--sample", "1"), ("run", "retrieval", "--program", "bm25", "--data")],
    ids=lambda argv: argv[0],
)
def test_with_static_vectors_alone_the_dense_encoder_is_not_asked_for(static_models, data, tmp_path, monkeypatch, argv):
    only_static = tmp_path / "models"
    only_static.mkdir()
    (only_static / "minilm-static").symlink_to(static_models / "minilm-static")
    monkeypatch.setenv("WELLREAD_MODELS", str(only_static))
    monkeypatch.setenv("WELLREAD_ROLES__EMBEDDER__MODEL", "embedded:minilm-static")
    monkeypatch.setenv("WELLREAD_ROLES__WRITER__MODEL", "scripted")
    assert run(["eval", *argv, str(data), "--home", str(tmp_path / "home")]) == 0
