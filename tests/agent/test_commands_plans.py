"""`write --plan-only`, `--plan`, `--approve-plan` and `schemas`, from the command line, over the affair."""

import json
import os
import pty
import stat
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

from agent.commands.plans import approved
from agent.errors import UsageProblem
from agent.main import run
from agent.narrative.user_plan import UserPlan
from agent.planning import Planned
from prompts.narrative import NarrativeSchema, Slot, schema_names
from tests.agent.narrative.scripted import PLAIN, brief, outline_by
from tests.agent.test_commands_write import call, documented, error_of, ingested  # noqa: F401 - fixtures

ROOT = Path(__file__).resolve().parents[2]
PLANNED = ("write", PLAIN, "--model", "scripted", "--schema", "event-reconstruction", "--words", "400", "--plan-only")


@pytest.fixture
def editor(tmp_path):
    """An editor that is a script: makes one from the body of a shell script in which $1 is the file."""

    def make(body):
        path = tmp_path / "an editor.sh"
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return f"'{path}'"

    return make


class Talk:
    """Stands where an invocation would, and keeps what it is told to note."""

    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


@pytest.fixture
def planned(affair):
    return Planned(brief(), outline_by(affair), ())


def titles(plan):
    return [section.title for section in plan.sections]


def test_a_plan_that_is_left_as_it_is_is_approved(planned, editor):
    plan = approved(Talk(), planned, editor("true"))
    assert titles(plan) == [section.title for section in planned.outline.sections]
    assert plan.words == 800


def test_what_the_editor_leaves_is_the_plan(planned, editor):
    plan = approved(Talk(), planned, editor("sed -i 's/The moment it happened/The night/' \"$1\""))
    assert titles(plan)[0] == "The night"


@pytest.mark.parametrize("body", [': > "$1"', "echo '# nothing' > \"$1\"", 'printf "\\n  \\n" > "$1"'])
def test_an_emptied_plan_cancels(planned, editor, body):
    talk = Talk()
    assert approved(talk, planned, editor(body)) is None
    assert talk.notes == ["the plan was emptied: nothing is written"]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("echo 'tpic = 1' > \"$1\"", "the edited plan: it has no sections; tpic: unknown key; did you mean topic?"),
        ('sed -i \'s/^topic = .*/topic = "Another"/\' "$1"', "the plan is for the topic 'Another'"),
        ("exit 3", "ended with code 3"),
        ('printf \'title = "\\351"\' > "$1"', "cannot be read: line 1 is no UTF-8"),
    ],
)
def test_an_edited_plan_that_cannot_be_followed_is_kept(planned, editor, body, fault):
    with pytest.raises(UsageProblem) as problem:
        approved(Talk(), planned, editor(body))
    assert fault in str(problem.value)
    path = Path(next(word for word in problem.value.hint.split() if ".toml" in word).rstrip(";"))
    assert path.is_file()
    path.unlink()


@pytest.mark.parametrize(("command", "fault"), [(None, "no editor is set"), ("/no/editor", "cannot be started")])
def test_without_an_editor_nothing_is_approved(planned, command, fault):
    with pytest.raises(UsageProblem, match=fault):
        approved(Talk(), planned, command)


def test_schemas_are_listed_and_shown(capsys):
    assert run(["schemas", "ls", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["schemas"]
    assert [row["schema"] for row in listed] == list(schema_names())
    for name in schema_names():
        assert run(["schemas", "show", name, "--json"]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert set(shown) == {"schema", *NarrativeSchema.model_fields}
        assert all(isinstance(rule, str) for rule in shown["order"])
    assert run(["schemas", "ls"]) == 0
    assert "post-mortem" in capsys.readouterr().out
    assert run(["schemas", "show", "post-mortem"]) == 0
    assert "3. Causes, near and far  [causes, 25%, required, tension]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "fault"),
    [
        (("schemas", "show", "trends"), "did you mean trend?"),
        (("write", PLAIN, "--schema", "trends"), "did you mean trend? allowed are asked, auto, off, company-deep-dive"),
        (("write", PLAIN, "--plan", "nowhere.toml"), "nowhere.toml cannot be read"),
        (("write", PLAIN, "--plan", "p.toml", "--schema", "trend"), "--plan and --schema exclude each other"),
        (("write", PLAIN, "--plan", "p.toml", "--approve-plan"), "--plan and --approve-plan exclude each other"),
        (("write", PLAIN, "--plan", "p.toml", "--planner", "storm"), "--plan and --planner exclude each other"),
        (
            ("write", PLAIN, "--planner", "storm", "--schema", "trend"),
            "--planner storm and --schema exclude each other",
        ),
        (("write", PLAIN, "--plan-only", "--approve-plan"), "--plan-only and --approve-plan exclude each other"),
        (("write", PLAIN, "--approve-plan"), "--plan plan.json"),
    ],
)
def test_what_cannot_be_followed_is_said_before_anything_is_done(argv, fault, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(argv) == 2
    assert fault in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "argv", "fault"),
    [
        ("", (), "is empty"),
        ('topic = "Bread"', (), "the plan is for the topic 'Bread', and not for"),
        ("words = 400", ("--words", "300"), "--words 300, but the plan makes 400 words"),
    ],
)
def test_a_plan_for_something_else_is_refused(text, argv, fault, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    section = '\n[[sections]]\ntitle = "Causes"\nquestions = ["Why did it fail?"]\n' if text else ""
    (tmp_path / "plan.toml").write_text(text + section, encoding="utf-8")
    assert run(["write", PLAIN, "--plan", "plan.toml", *argv]) == 2
    assert fault in capsys.readouterr().err


@pytest.mark.model
def test_a_plan_is_shown_without_a_run_and_given_back(call, tmp_path, capsys):  # noqa: F811
    code, found, _ = call(*PLANNED)
    assert (code, set(found)) == (0, set(UserPlan.model_fields))
    assert (found["origin"], found["narrative"], found["words"]) == ("schema", "event-reconstruction", 400)
    assert call("runs", "ls")[1] == {"runs": []}
    assert run(list(PLANNED)) == 0
    assert f"1. {found['sections'][0]['title']} [{found['sections'][0]['slot']}]" in capsys.readouterr().out

    (tmp_path / "plan.json").write_text(json.dumps(found), encoding="utf-8")
    _, again, _ = call("write", PLAIN, "--model", "scripted", "--plan", "plan.json", "--plan-only")
    assert again == found | {"origin": "user", "reason": again["reason"]}
    code, written, _ = call("write", PLAIN, "--model", "scripted", "--plan", "plan.json")
    assert code == 0
    outline = json.loads((Path(written["folder"]) / "plan.json").read_text(encoding="utf-8"))
    shown = [section["title"] for section in outline["sections"] if section["kind"] == "section"]
    assert shown == [section["title"] for section in found["sections"]]
    assert json.loads((Path(written["folder"]) / "run.json").read_text(encoding="utf-8"))["plan"]["words"] == 400


@pytest.mark.model
def test_a_budget_that_keeps_the_model_from_planning_is_told(call, smollm_gguf):  # noqa: F811
    argv = [*PLANNED[:3], "embedded:smollm2-135m", *PLANNED[4:]]
    code, found, err = call(*argv, "--max-tokens", "1")
    assert code == 3
    assert "the budget ended before the model fitted it" in found["reason"]
    assert "this plan is a rule's" in err


@pytest.mark.model
@pytest.mark.parametrize(
    ("body", "code"),
    [('sed -i \'s/^title = "The moment it happened"/title = "The night"/\' "$1"', 0), (': > "$1"', 130)],
)
def test_a_plan_is_approved_in_a_terminal_and_followed(call, editor, tmp_path, body, code):  # noqa: F811
    main, terminal = pty.openpty()
    argv = [sys.executable, "-m", "agent.main", *PLANNED[:-1], "--approve-plan"]
    environ = {**os.environ, "EDITOR": editor(body), "VISUAL": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, stdin=terminal, stdout=terminal, stderr=subprocess.PIPE, env=environ, check=False)
    os.close(terminal)
    os.close(main)
    assert done.returncode == code, done.stderr.decode()
    rows = call("runs", "ls")[1]["runs"]
    if code:
        assert rows == []
        assert "the plan was emptied" in done.stderr.decode()
    else:
        folder = tmp_path / "home" / "runs" / rows[0]["id"]
        assert "## The night" in (folder / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        ("write", set(UserPlan.model_fields)),
        ("schemas ls", {"schemas", "schema", "code", "name", "when", "slots"}),
        ("schemas show", {"schema", *NarrativeSchema.model_fields, *Slot.model_fields}),
    ],
)
def test_every_field_of_the_json_is_documented(command, fields):
    assert fields - documented(command) == set()


def test_the_plan_in_the_documentation_can_be_followed():
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    lines = page.split("needs no more than this:\n")[1].split("\n`words` may stand")[0]
    assert len(UserPlan.model_validate(tomllib.loads(textwrap.dedent(lines))).sections) == 2
