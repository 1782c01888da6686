"""`batch` from the command line, over the affair, with real embedders."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from agent.batch.store import ItemRow
from agent.commands.batch import _exit_code, _stopped_by
from agent.ledger import Ledger
from agent.main import run
from benchmarks.endurance.fault_server import FaultServer, completion
from tests.agent.affair import DOCUMENTS, OFF_TOPIC, TOPIC

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def ingested(static_models, tmp_path_factory):
    """A folder with the affair in `home`, and settings that name the scripted model and the static embedder."""
    folder = tmp_path_factory.mktemp("batch")
    papers = folder / "papers"
    papers.mkdir()
    for name, text in DOCUMENTS.items():
        (papers / name).write_text(text, encoding="utf-8")
    (folder / "wellread.toml").write_text(
        f'models_dir = "{static_models}"\n[roles.writer]\nmodel = "scripted"\n[roles.embedder]\n'
        'model = "embedded:minilm-static"\n[write]\nwords = 100\nformats = ["md"]\n',
        encoding="utf-8",
    )
    assert run(["ingest", str(papers), *options(folder)]) == 0
    return folder


def options(folder):
    return ["--home", str(folder / "home"), "--config", str(folder / "wellread.toml")]


def written(folder, name, *briefs):
    path = folder / name
    path.write_text("".join(json.dumps(brief) + "\n" for brief in briefs), encoding="utf-8")
    return path


def test_a_batch_is_run_summed_up_and_left_alone_when_it_is_done(ingested, capsys):
    asked = ({"id": "whole", "topic": TOPIC}, {"id": "who", "question": "Who warned the Hallin Transit Office?"})
    file = written(ingested, "two.jsonl", *asked)
    assert run(["batch", str(file), *options(ingested), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert [(item["item"], item["status"]) for item in first["items"]] == [("whole", "finished"), ("who", "finished")]
    assert first["items"][1]["answer"]
    assert all(Path(path).is_file() for path in first["files"])
    assert run(["batch", str(file), *options(ingested), "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["items"] == first["items"]


def test_one_that_fails_makes_the_exit_code_1_and_can_be_run_alone(ingested, capsys):
    file = written(ingested, "bad.jsonl", {"id": "good", "topic": TOPIC}, {"id": "bad", "topic": OFF_TOPIC})
    assert run(["batch", str(file), *options(ingested)]) == 1
    told = capsys.readouterr()
    assert "bad" in told.out and "too little" in told.out
    assert "run the same command again" in told.err
    assert run(["batch", str(file), *options(ingested), "--only", "good"]) == 0
    assert run(["batch", str(file), *options(ingested), "--only", "failed", "--dry-run"]) == 0
    plan = capsys.readouterr().out
    assert "left out" in plan and "goes on" in plan


def test_a_batch_remembers_nothing_unless_it_is_asked_to(ingested, capsys):
    file = written(ingested, "forgets.jsonl", {"id": "x", "topic": f"{TOPIC}, in short"})
    assert run(["batch", str(file), *options(ingested)]) == 0
    assert not (ingested / "home" / "long_term.sqlite").exists()
    assert run(["batch", str(file), *options(ingested), "--again", "--remember"]) == 0
    assert (ingested / "home" / "long_term.sqlite").exists()


@pytest.mark.parametrize(
    ("brief", "words"),
    [
        ({"topic": TOPIC, "schema": "no-such"}, "line 2: schema: 'no-such' is no narrative schema"),
        ({"topic": TOPIC, "documents": ["atlantis*"]}, "no document is called"),
        ({"topic": TOPIC, "language": "Klingon"}, "not known here"),
        ({"topic": TOPIC, "model": "openai"}, "allowed"),
    ],
)
def test_what_no_run_could_follow_is_refused_before_anything_begins(ingested, capsys, brief, words):
    file = written(ingested, "wrong.jsonl", {"id": "fine", "topic": TOPIC}, {"id": "wrong", **brief})
    assert run(["batch", str(file), *options(ingested)]) == 2
    assert words in capsys.readouterr().err
    assert run(["batch", str(file), *options(ingested), "--only", "fine", "--fail-on", "many"]) == 2
    assert run(["batch", str(file), *options(ingested), "--only", "fine", "--fail-on", "²"]) == 2


def test_a_stop_that_came_when_all_was_done_stopped_nothing():
    finished = ItemRow(batch="b", item="i", asked="x", mode="report", fingerprint="f", status="finished")
    interrupted = finished.model_copy(update={"status": "interrupted"})
    stopped = finished.model_copy(update={"status": "stopped"})
    assert _stopped_by([finished, stopped], "user") == ""
    assert _stopped_by([finished, interrupted], "user") == "user"
    assert _stopped_by([finished], "budget") == "budget"
    assert [_exit_code([finished, interrupted], by) for by in ("user", "")] == [130, 1]
    assert [_exit_code(rows, "") for rows in ([finished], [finished, stopped])] == [0, 3]


def test_a_killed_batch_goes_on_by_the_same_command(ingested):
    briefs = [{"id": f"n{n}", "topic": f"{TOPIC}, part {n}"} for n in range(3)]  # over, under way, waiting
    file = written(ingested, "killed.jsonl", *briefs)
    command = [sys.executable, "-m", "agent.main", "batch", str(file), *options(ingested), "--jobs", "2", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()  # one item is over
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    items = json.loads(done.stdout)["items"]
    assert [item["status"] for item in items] == ["finished"] * 3
    with Ledger(ingested / "home" / "ledger.sqlite") as ledger:
        entered = [row.id for row in ledger.rows() if row.topic in {brief["topic"] for brief in briefs}]
    assert sorted(entered) == sorted(item["run_id"] for item in items)  # a run each, none of them twice


def test_what_stops_services_ends_a_batch_with_what_is_done_kept(ingested):
    briefs = [{"id": f"n{n}", "topic": f"{TOPIC}, piece {n}"} for n in range(12)]
    file = written(ingested, "stopped.jsonl", *briefs)
    command = [sys.executable, "-m", "agent.main", "batch", str(file), *options(ingested), "--jobs", "1", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None and process.stdout is not None
        process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    statuses = [item["status"] for item in json.loads(out)["items"]]
    assert "finished" in statuses and "waiting" in statuses
    assert "run the same command again" in err


def test_a_second_ctrl_c_does_not_wait_for_answers(ingested):
    file = written(ingested, "slow.jsonl", {"id": "slow", "topic": TOPIC})
    with closing(FaultServer(lambda body: replace(completion(), delay_s=0.0 if "path" in body else 90.0))) as server:
        env = os.environ | {
            "WELLREAD_ROLES__WRITER__MODEL": "openai:slow",
            "WELLREAD_ROLES__WRITER__BASE_URL": server.base_url,
        }
        command = [sys.executable, "-m", "agent.main", "batch", str(file), *options(ingested), "--json"]
        with subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True) as process:
            while not server.bodies:
                time.sleep(0.05)
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            err = process.communicate(timeout=30)[1]
    assert process.returncode == 130, err
    assert json.loads(err.splitlines()[-1])["error"]["exit_code"] == 130


def test_two_at_once_are_one_too_many(ingested, capsys):
    from lm.lockfile import try_lock

    file = written(ingested, "busy.jsonl", {"id": "x", "topic": TOPIC})
    from agent.batch.plan import batch_name

    folder = ingested / "home" / "batches" / batch_name(file)
    folder.mkdir(parents=True)
    with try_lock(folder / "batch.lock") as is_held:
        assert is_held
        assert run(["batch", str(file), *options(ingested)]) == 1
    assert "another process" in capsys.readouterr().err


def test_a_key_in_the_file_is_taken_out_before_anything_is_kept(tmp_path, capsys):
    key = "sk-proj-canary00canary00canary00"
    (tmp_path / "b.jsonl").write_text(json.dumps({"topic": f"The cableway and {key}", "words": 120}) + "\n")

    assert run(["batch", str(tmp_path / "b.jsonl"), "--dry-run", "--home", str(tmp_path / "home")]) == 0

    shown = capsys.readouterr()
    assert "canary00" not in shown.out + shown.err
    assert "what looks like a key was taken out of the batch's file" in shown.err
