"""`wellread runs show --interviews` from the outside."""

import json

import pytest

from agent.commands.interviews import interviews_text
from agent.home import Home
from agent.ledger import Ledger
from agent.main import run
from agent.run_folder import RunFolder
from agent.storm.records import AnswerSentence, Conversation, Conversations, Perspective, Refusal, Turn
from tests.agent.test_commands_runs import ROW

SAID = AnswerSentence(text="The spring was soft.", passages=("p1",), quoted=(("a.md", 0, 20),))
LIE = Refusal(what="answer", said="Zorro did it.", why="the name Zorro is not in the evidence")
TALKS = Conversations(
    conversations=(
        Conversation(
            perspective=Perspective(name="Causes", headings=("Causes", "Faults")),
            turns=(
                Turn(question="Why did the grip slip?", outcome="answered", sentences=(SAID,), refused=(LIE,)),
                Turn(question="Who sold the springs?", outcome="unknown"),
            ),
            ended="2 questions were asked",
        ),
    ),
    draft=("Ropes",),
    refined=("Soft springs",),
    calls=6,
    tokens=1200,
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WELLREAD_HOME", str(tmp_path / "home"))
    with Ledger(tmp_path / "home" / "ledger.sqlite") as ledger:
        ledger.begin(ROW)
    folder = Home(tmp_path / "home").runs / "r1"
    folder.mkdir(parents=True)
    return folder


def test_the_text_has_each_question_what_was_borne_out_and_what_was_refused():
    text = interviews_text(TALKS)
    for part in (
        "Causes (Causes, Faults)",
        "  Q Why did the grip slip?\n  A The spring was soft.\n    refused: Zorro did it. (the name Zorro",
        "  A the documents do not say",
        "  ended: 2 questions were asked",
        "first layout, from the topic alone\n  - Ropes",
        "layout after the interviews\n  - Soft springs",
        "1 conversations, 2 questions: 1 answered, 1 without an answer",
        "6 calls, 1,200 tokens",
    ):
        assert part in text


def test_a_run_tells_of_its_interviews_in_a_line_and_word_for_word(folder, capsys):
    RunFolder(folder).write_conversations(TALKS)
    assert run(["runs", "show", "last"]) == 0
    assert f"interviews  {TALKS.told}" in capsys.readouterr().out
    assert run(["runs", "show", "last", "--interviews"]) == 0
    assert "Q Who sold the springs?" in capsys.readouterr().out
    assert run(["runs", "show", "last", "--interviews", "--json"]) == 0
    assert Conversations.model_validate(json.loads(capsys.readouterr().out)) == TALKS


def test_a_run_without_interviews_says_how_to_have_some(folder, capsys):
    assert run(["runs", "show", "r1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["interviews"] is None
    assert run(["runs", "show", "r1", "--interviews"]) == 2
    assert "--planner storm" in capsys.readouterr().err


def test_damaged_interviews_are_named_and_the_run_is_shown_all_the_same(folder, capsys):
    (folder / "conversations.json").write_text("{")
    assert run(["runs", "show", "r1"]) == 0
    assert "conversations.json cannot be read" in capsys.readouterr().err
    assert run(["runs", "show", "r1", "--interviews"]) == 2


def test_two_views_at_once_are_refused(folder):
    assert run(["runs", "show", "r1", "--interviews", "--forage"]) == 2
