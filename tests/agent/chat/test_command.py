"""`wellread chat` as it is run: lines from a pipe, a real terminal, a real kill, six turns over the examples."""

import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from agent.main import run
from tests.agent.affair import DOCUMENTS, TOPIC
from tests.agent.chat.terminal import Terminal

ROOT = Path(__file__).resolve().parents[3]
OPENED = "When was the Brenholt cableway opened?"


@pytest.fixture(scope="module")
def ingested(models_dir, tmp_path_factory):
    """A home that holds the affair."""
    for name in ("minilm", "minilm-static"):
        if not (models_dir / name / "verified.json").is_file():
            pytest.skip(f"no {name} in {models_dir}; `wellread models pull`, or set WELLREAD_MODELS")
    folder = tmp_path_factory.mktemp("chat")
    (folder / "papers").mkdir()
    for name, text in DOCUMENTS.items():
        (folder / "papers" / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WELLREAD_MODELS", str(models_dir))
        assert run(["ingest", str(folder / "papers"), "--home", str(folder / "home"), "-q"]) == 0
    return folder / "home"


@pytest.fixture
def home(ingested, tmp_path, models_dir, monkeypatch):
    shutil.copytree(ingested, tmp_path / "home")
    monkeypatch.setenv("WELLREAD_MODELS", str(models_dir))
    monkeypatch.setenv("WELLREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WELLREAD_ROLES__EMBEDDER__MODEL", "embedded:minilm-static")
    monkeypatch.setenv("WELLREAD_ROLES__WRITER__MODEL", "scripted")
    monkeypatch.setenv("WELLREAD_WRITE__SATURATION_RATIO", "2")
    return tmp_path / "home"


@pytest.fixture
def pipe(home, monkeypatch, capsys):
    """Lines into the command, in this process; its exit code, stdout and stderr."""

    def piped(*lines, argv=()):
        text = "".join(f"{line}\n" for line in lines)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))
        code = run(["chat", "--no-memory", *argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return piped


def exchanges(home):
    with closing(sqlite3.connect(home / "chats.sqlite")) as db:
        return db.execute("SELECT question, status FROM exchanges ORDER BY seq").fetchall()


def leave_unanswered(home):
    """As a kill in mid answer leaves the second question of the home's only session."""
    with closing(sqlite3.connect(home / "chats.sqlite")) as db, db:
        (session,) = db.execute("SELECT id FROM sessions").fetchone()
        db.execute(
            "INSERT INTO exchanges (session, number, question, asked_at, status) VALUES (?, 2, ?, ?, 'asked')",
            (session, OPENED, "2026-11-22T12:00:00+00:00"),
        )


def wait_until_asked(home, status="asked", within_s=60.0):
    """Until a question is written down in the home by another process."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            if exchanges(home) and exchanges(home)[-1][1] == status:
                return
        except sqlite3.OperationalError:
            pass
        time.sleep(0.005)
    raise AssertionError(f"nothing {status} in {home}")


def test_lines_from_a_pipe_are_answered_with_their_sources(pipe):
    code, out, _ = pipe(OPENED, "", "Who built it?")
    assert code == 0
    assert "opened on 12 May 2009" in out.splitlines()[0]
    assert "[1]" in out.splitlines()[0]
    assert out.splitlines()[2].startswith("[1] How the Brenholt cableway was built (history.md): “")
    assert "Osk & Vane built the Brenholt cableway" in out


def test_with_json_each_line_is_one_object(pipe):
    code, out, _ = pipe(OPENED, "/tokens", "What is the mass of a gluon lattice?", argv=["--json"])
    first, tokens, last = map(json.loads, out.splitlines())
    assert code == 0
    assert (first["number"], first["question"], first["status"], first["route"]) == (1, OPENED, "answered", "corpus")
    assert first["is_grounded"] and first["sources"][0]["document"] == "history.md"
    assert tokens["command"] == "/tokens"
    assert (last["is_grounded"], last["sources"]) == (False, [])


def test_a_session_is_gone_on_with_by_continue_and_by_its_id(pipe):
    _, out, _ = pipe(OPENED, argv=["--json"])
    session = json.loads(out)["session"]
    _, out, _ = pipe("Who built it?", argv=["--json", "--continue"])
    assert (json.loads(out)["session"], json.loads(out)["number"]) == (session, 2)
    assert json.loads(out)["looked_up"] == "Who built the Brenholt cableway?"
    _, out, _ = pipe("Thanks!", argv=["--json", "--session", session[-6:]])
    assert json.loads(out)["number"] == 3
    _, out, _ = pipe("Thanks!", argv=["--json"])
    assert json.loads(out)["session"] != session


def test_a_session_that_is_not_there_and_another_scope_are_refused(pipe):
    assert pipe("x", argv=["--session", "nowhere"])[0] == 2
    pipe("Thanks!", argv=["--scope", "project"])
    code, _, err = pipe("x", argv=["--continue", "--scope", "user"])
    assert code == 2
    assert "is of the scope 'project'" in err
    assert pipe("x", argv=["--continue", "--session", "y"])[0] == 2


def test_a_line_that_fails_costs_the_others_nothing_and_shows_in_the_exit_code(pipe):
    code, out, err = pipe("/sorces", OPENED)
    assert code == 1
    assert "did you mean /sources?" in err
    assert "12 May 2009" in out
    assert pipe("/sorces")[0] == 2


def test_a_report_is_written_in_the_middle_of_a_conversation(pipe, home):
    code, out, _ = pipe(OPENED, f"/report {TOPIC} in 300 words", "Who built it?")
    assert code == 0
    (report,) = home.glob("runs/*/report.md")
    assert "## What was asked in the conversation" in report.read_text(encoding="utf-8")
    assert str(report) in out
    assert "Osk & Vane built" in out


def test_another_model_that_cannot_be_had_leaves_the_writer_as_it_was(pipe):
    code, out, err = pipe("/model embedded:nothing", "/model", OPENED)
    assert code == 1
    assert "embedded:smollm2-135m" in err
    assert "scripted writes." in out
    assert "12 May 2009" in out
    code, out, _ = pipe("/model scripted")
    assert (code, out) == (0, "scripted writes from here on.\n")


def test_a_question_that_was_left_is_told_on_return_and_answered_again(pipe, home):
    pipe("Thanks!")
    leave_unanswered(home)
    _, out, err = pipe("/again", argv=["--continue"])
    assert f"the last question has no answer (the program ended in mid answer): “{OPENED}”" in err
    assert "12 May 2009" in out


def test_a_corpus_that_is_not_there_ends_it_at_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x\n")))
    assert run(["chat", "--home", str(tmp_path / "empty")]) == 5
    assert "there is no corpus" in capsys.readouterr().err


def test_a_question_is_there_after_the_program_was_killed_in_mid_answer(home, pipe):
    command = [sys.executable, "-m", "agent.main", "chat", "--no-memory"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        program.stdin.write(f"{OPENED}\n".encode())
        program.stdin.flush()
        wait_until_asked(home)
        program.send_signal(signal.SIGKILL)
        assert program.wait() == -signal.SIGKILL
        assert program.stdout.read() == b""
    assert exchanges(home) == [(OPENED, "asked")]
    _, out, err = pipe("/again", argv=["--continue"])
    assert f"“{OPENED}”; /again answers it" in err
    assert "12 May 2009" in out
    assert exchanges(home) == [(OPENED, "answered")]


def test_ctrl_c_where_lines_come_from_a_pipe_ends_the_program_and_names_the_session(home):
    command = [sys.executable, "-m", "agent.main", "chat", "--no-memory"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as program:
        program.stdin.write(f"{OPENED}\nWho built it?\n".encode())
        program.stdin.flush()
        wait_until_asked(home)
        program.send_signal(signal.SIGINT)
        assert program.wait(60) == 130
        assert b"go on with: wellread chat --session 20" in program.stderr.read()
    assert exchanges(home) == [(OPENED, "stopped")]


def test_ctrl_c_stops_the_answer_and_not_the_program(home):
    with Terminal(["chat", "--no-memory"], os.environ) as terminal:
        terminal.wait_for_prompt()
        terminal.type(f"{OPENED}\r")
        wait_until_asked(home)
        terminal.type("\x03")
        terminal.wait_for("stopped; the question is kept")
        terminal.wait_for_prompt()
        terminal.type("never asked\x03")  # at the prompt it clears the line
        terminal.type("/again\r")
        terminal.wait_for("opened on 12 May 2009")
        terminal.wait_for_prompt()
        shown = len(terminal.screen)
        terminal.type("/sou\t")
        terminal.wait_for("rces", behind=shown)  # what completion puts in
        terminal.type("\r")
        terminal.wait_for("[1] How the Brenholt cableway was built", behind=shown)
        terminal.wait_for_prompt()
        terminal.type("\x04")
        assert terminal.exit_code() == 0
    assert exchanges(home) == [(OPENED, "answered")]
    history = home / "chat_history"
    assert history.stat().st_mode & 0o777 == 0o600
    assert "never asked" not in history.read_text(encoding="utf-8")


def test_what_stops_services_ends_a_chat_at_its_prompt_and_names_the_session(home):
    with Terminal(["chat", "--no-memory"], os.environ) as terminal:
        terminal.wait_for_prompt()
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.exit_code() == 130
        assert "go on with: wellread chat --session 20" in terminal.screen


def test_on_a_terminal_the_program_offers_to_answer_what_was_left(home, pipe):
    pipe("Thanks!")
    leave_unanswered(home)
    with Terminal(["chat", "--no-memory", "--continue"], os.environ) as terminal:
        terminal.wait_for("Answer it now? [Y/n]")
        terminal.type("\r")
        terminal.wait_for("opened on 12 May 2009")
        terminal.wait_for_prompt()
        terminal.type("/quit\r")
        assert terminal.exit_code() == 0


SIX_TURNS = (
    ("How long is the Ulver Barrage from abutment to abutment?", "1,140 metres"),
    ("At what time did gate 16 of the Ulver Barrage fail?", "00:21"),
    ("and gate 17?", "23:52"),
    ("Who is Zorro Quill?", "no evidence"),
    ("When was contract K-04 awarded to Korvane Marine Works?", "3 November 2010"),
    ("Thanks!", "with its sources"),
)


@pytest.mark.model
def test_six_turns_over_the_examples_with_the_embedded_model(models_dir, tmp_path, monkeypatch, capsys):
    if not (models_dir / "smollm2-135m" / "verified.json").is_file():
        pytest.skip(f"no smollm2-135m in {models_dir}; `wellread models pull`")
    monkeypatch.setenv("WELLREAD_MODELS", str(models_dir))
    monkeypatch.setenv("WELLREAD_HOME", str(tmp_path / "home"))
    assert run(["ingest", str(ROOT / "examples" / "corpus"), "-q"]) == 0
    lines = "".join(f"{question}\n" for question, _ in SIX_TURNS)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode()), encoding="utf-8"))
    capsys.readouterr()
    assert run(["chat", "--no-memory", "--json"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["number"] for one in answers] == list(range(1, 7))
    wrong = [one for one, (_, said) in zip(answers, SIX_TURNS, strict=True) if said not in one["answer"]]
    assert wrong == []
    assert answers[2]["looked_up"] == "At what time did gate 17 of the Ulver Barrage fail?"
