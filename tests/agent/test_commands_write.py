"""`write`, `ask` and `runs` from the command line, over the affair, with real embedders."""

import json
import re
import shutil
import signal
from pathlib import Path

import pytest

from agent.commands.run_progress import RunProgress
from agent.constraints.types import Checked, Demand, Ledger
from agent.ledger import RunRow
from agent.main import run
from agent.notes.note import NoteResult
from agent.types import Evidence, RunFigures
from lm.spending import RoleSpend, Spend
from tests.agent.affair import DOCUMENTS, TOPIC

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
WRITE = ("write", TOPIC, "--words", "120", "--model", "scripted")
QUESTION = "Who warned the Hallin Transit Office about the springs?"
RESULT = {"run", "folder", "files", "exit_code", "title", "figures", "limits", "unsaid", "remarks"}


def documented(name):
    """Words in backticks of a command's section."""
    section = re.split(r"^##", PAGE.split(f"# `wellread {name}`\n")[1], flags=re.MULTILINE)[0]
    return set(re.findall(r"`([^`]+)`", section))


@pytest.fixture(scope="module")
def ingested(models_dir, tmp_path_factory):
    """A folder with the affair ingested into `home`."""
    for name in ("minilm", "minilm-static"):
        if not (models_dir / name / "verified.json").is_file():
            pytest.skip(f"no {name} in {models_dir}; `wellread models pull`, or set WELLREAD_MODELS")
    folder = tmp_path_factory.mktemp("write")
    papers = folder / "papers"
    papers.mkdir()
    for name, text in DOCUMENTS.items():
        (papers / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WELLREAD_MODELS", str(models_dir))
        patch.chdir(folder)
        assert run(["ingest", "papers", "--home", str(folder / "home"), "-q"]) == 0
    return folder


@pytest.fixture
def call(ingested, tmp_path, models_dir, monkeypatch, capsys):
    """Run a command with --json in a copy of the ingested home; its exit code, its result and its stderr."""
    shutil.copytree(ingested / "home", tmp_path / "home")
    monkeypatch.setenv("WELLREAD_MODELS", str(models_dir))
    monkeypatch.setenv("WELLREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WELLREAD_WRITE__SATURATION_RATIO", "2")
    # Loads in no time; a test that wants the dense encoder says so.
    monkeypatch.setenv("WELLREAD_ROLES__EMBEDDER__MODEL", "embedded:minilm-static")
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()

    def called(*argv):
        code = run([*argv, "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else None, said.err

    return called


def error_of(err):
    return json.loads(err.splitlines()[-1])["error"]


@pytest.mark.model
def test_without_a_model_a_report_is_all_quotations(call, monkeypatch):
    monkeypatch.delenv("WELLREAD_ROLES__EMBEDDER__MODEL")
    code, found, _ = call(*WRITE)
    assert (code, set(found)) == (0, RESULT | {"ledger"})
    lines = (Path(found["folder"]) / "claims.jsonl").read_text(encoding="utf-8").splitlines()
    claims = [json.loads(line) for line in lines]
    # Nothing but the length asked for takes a quotation away.
    assert {claim["action"] for claim in claims if "the length asked for has no room" not in claim["reasons"]} == {
        "quoted"
    }
    assert 60 <= found["figures"]["words"] <= 160
    assert found["figures"]["tokens"] > 0  # the prompts to the writer that says nothing
    assert [Path(path).name for path in found["files"]] == ["report.md", "report.html"]
    assert all(Path(path).is_file() for path in found["files"])


@pytest.mark.model
def test_formats_seed_and_ratio_are_followed(call):
    _, found, _ = call(*WRITE, "--format", "md", "--seed", "7", "--ratio", "2")
    assert [Path(path).name for path in found["files"]] == ["report.md"]
    assert (
        found["figures"]["characters_unique"] < 15_000
    )  # 2 for each of some 800 characters, and no 30,000 for any report
    manifest = json.loads((Path(found["folder"]) / "run.json").read_text())
    assert (manifest["seed"], manifest["words"]) == (7, 120)


@pytest.mark.model
def test_what_is_asked_for_is_followed_and_what_is_not_met_is_one_line_on_stderr(call):
    options = ("--section", "Warnings", "--section", "Money", "--avoid", "Aldo Fenn", "--mention", "golden parrots")
    code, found, err = call(*WRITE, *options, "--audience", "a general reader", "--language", "English")
    assert code == 0
    entries = {(one["demand"]["kind"], one["demand"]["wanted"]): one["state"] for one in found["ledger"]["entries"]}
    assert entries["avoid", "Aldo Fenn"] == entries["section", "Money"] == entries["language", "en"] == "met"
    assert entries["mention", "golden parrots"] == "unmet"
    (told,) = [line for line in err.splitlines() if line.startswith("note: asked for and not met: ")]
    assert "To be mentioned: “golden parrots” (in no sentence)" in told
    assert any("golden parrots" in limit for limit in found["limits"])


@pytest.mark.model
def test_an_answer_is_cited(call):
    code, found, _ = call("ask", QUESTION, "--model", "scripted")
    assert (code, set(found)) == (0, RESULT | {"answer", "sources"})
    assert "Jonas Reke" in found["answer"]
    assert {int(number) for number in re.findall(r"\[(\d+)\]", found["answer"])} == {
        source["number"] for source in found["sources"]
    }


@pytest.mark.model
def test_an_answer_with_notes_shows_the_note_and_why_it_ended(call):
    code, found, err = call("ask", QUESTION, "--model", "scripted", "--notes")
    assert (code, set(found)) == (0, RESULT | {"answer", "sources", "note"})
    assert found["note"]["best"]["lines"] == []
    assert (found["note"]["stop_reason"], found["note"]["calls"]) == ("fails", 9)  # three asked thrice: all is silence
    assert "0 lines noted, fails" in err
    folder = Path(found["folder"])
    assert json.loads((folder / "note.json").read_text()) == found["note"]
    names = [json.loads(line)["name"] for line in (folder / "events.jsonl").read_text().splitlines()]
    assert names.count("note_step") == 3
    assert call("runs", "resume", found["run"])[1]["note"] == found["note"]


@pytest.mark.model
def test_an_answer_for_a_person_lists_its_sources(call, capsys):
    assert run(["ask", QUESTION, "--model", "scripted"]) == 0
    answer, _, sources = capsys.readouterr().out.partition("\n\n")
    assert answer.endswith("]")
    assert sources.startswith("[1] ")


@pytest.mark.model
@pytest.mark.parametrize(
    ("argv", "code", "kind"),
    [
        (("write", "  ", "--model", "scripted"), 2, "UsageProblem"),
        (("ask", "", "--model", "scripted"), 2, "UsageProblem"),
        (("write", TOPIC, "--words", "7", "--model", "scripted"), 2, "UsageProblem"),
        (("write", "The cableway, in 20,000 words", "--model", "scripted"), 2, "UsageProblem"),
        (("write", TOPIC, "--model", "embeded:smollm2-135m"), 2, "ConfigError"),
        (("write", "Perturbative quantum chromodynamics of gluons", "--model", "scripted"), 5, "NotEnoughEvidence"),
        (("runs", "show", "nothing"), 2, "UsageProblem"),
        (("runs", "resume"), 2, "UsageProblem"),
    ],
)
def test_what_cannot_be_done_ends_with_its_code(call, argv, code, kind):
    got, found, err = call(*argv)
    error = error_of(err)
    assert (got, found, error["exit_code"], error["kind"]) == (code, None, code, kind)
    assert error["hint"]


@pytest.mark.parametrize("argv", [("write", TOPIC), ("ask", TOPIC)])
def test_without_a_corpus_nothing_is_written(argv, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run([*argv, "--model", "scripted"]) == 5
    assert "wellread ingest" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.model
def test_a_budget_ends_a_run_with_a_report_and_the_run_can_go_on(call, smollm_gguf):
    topic = "The failure of the Brenholt cableway"
    model = ("--model", "embedded:smollm2-135m", "--planner", "model")  # is asked for a plan, whatever its size
    code, found, err = call("write", topic, "--words", "120", *model, "--max-tokens", "1")
    assert (code, found["exit_code"]) == (3, 3)
    assert found["figures"]["stop_reason"] == "budget: max_tokens"
    assert found["figures"]["tokens"] == 0
    assert "wellread runs resume" in err
    assert Path(found["files"][0]).is_file()
    (row,) = call("runs", "ls", "--status", "stopped")[1]["runs"]
    assert (row["id"], row["exit_code"]) == (found["run"], 3)


@pytest.mark.model
def test_ctrl_c_in_a_run_names_the_command_that_goes_on_with_it(call, monkeypatch):
    def ctrl_c(progress, event):
        if event.name == "read":
            signal.raise_signal(signal.SIGINT)

    call("ask", QUESTION, "--model", "scripted")  # another run, which is not meant
    with monkeypatch.context() as patch:
        patch.setattr(RunProgress, "__call__", ctrl_c)
        code, found, err = call(*WRITE)
        (row,) = call("runs", "ls", "--status", "interrupted")[1]["runs"]
        assert (code, found) == (130, None)
        assert json.loads(err.splitlines()[-1])["error"]["hint"] == f"go on with: wellread runs resume {row['id']}"
    assert call("runs", "resume", row["id"])[0] == 0


@pytest.mark.model
def test_runs_are_listed_shown_resumed_and_removed(call):
    first, second = call(*WRITE)[1]["run"], call("ask", QUESTION, "--model", "scripted")[1]["run"]
    rows = call("runs", "ls")[1]["runs"]
    assert [(row["id"], row["mode"], row["status"]) for row in rows] == [
        (second, "answer", "finished"),
        (first, "report", "finished"),
    ]
    assert call("runs", "ls", "--status", "failed")[1] == {"runs": []}

    code, shown, _ = call("runs", "show", first)
    assert (code, shown["topic"]) == (0, TOPIC)
    assert set(shown) == set(RunRow.model_fields) | {"folder", "files", "calibration", "interviews", "spend"}
    assert {"report.md", "usage.json", "events.jsonl"} <= set(shown["files"])

    code, resumed, _ = call("runs", "resume", first)
    assert (code, resumed["run"], set(resumed)) == (0, first, RESULT | {"ledger"})
    assert set(call("runs", "resume", second)[1]) == RESULT | {"answer", "sources"}

    assert call("runs", "rm", first, second)[:2] == (0, {"removed": [first, second]})
    assert call("runs", "ls")[1] == {"runs": []}
    assert not Path(shown["folder"]).exists()


@pytest.mark.model
def test_listings_for_a_person_are_tables(call, capsys):
    call(*WRITE)
    assert run(["runs", "ls"]) == 0
    header, line = capsys.readouterr().out.splitlines()
    assert header.split() == ["RUN", "MODE", "STATUS", "STARTED", "TOKENS", "TIME", "TOPIC"]
    assert re.search(r"  report  finished  \d{4}-\d\d-\d\d  ", line)
    assert run(["runs", "show", "last"]) == 0
    shown = capsys.readouterr().out
    assert "report.md" in shown
    assert re.search(r"^writer +\d.* \$0\.00 +0 FLOP ", shown, re.MULTILINE)  # a scripted writer computes nothing


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        ("write", RESULT | set(RunFigures.model_fields)),
        ("write", {"ledger"}.union(*(part.model_fields for part in (Ledger, Checked, Demand)))),
        ("ask", {"answer", "sources", "note"} | set(Evidence.model_fields) | set(NoteResult.model_fields)),
        ("runs ls", {"runs"} | set(RunRow.model_fields)),
        ("runs show", {"folder", "files", "spend"} | set(Spend.model_fields) | set(RoleSpend.model_fields)),
        ("runs rm", {"removed"}),
    ],
)
def test_every_field_of_the_json_is_documented(command, fields):
    assert fields - documented(command) == set()
