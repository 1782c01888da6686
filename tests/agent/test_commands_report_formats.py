"""`wellread runs export` and --format from the outside, over a run that is put together by hand."""

import json

import pytest

from agent.home import Home
from agent.ledger import Ledger, RunRow
from agent.main import run
from agent.run_folder import RunFolder
from lm.lockfile import lock_file
from memory.sqlite_store import SqliteStore
from tests.agent.sample_report import sample_report

ROW = RunRow(
    id="2026-01-01T000000-the-rope-0a1b2c3d",
    topic="The rope",
    mode="report",
    words=None,
    status="finished",
    exit_code=0,
    started_at="2026-01-01T00:00:00+00:00",
    updated_at="2026-01-01T00:00:00+00:00",
    tokens=77,
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with one run that has ended; its files are those that the run wrote."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WELLREAD_HOME", str(tmp_path / "home"))
    home = Home(tmp_path / "home").make()
    with SqliteStore(home.memory) as store:
        report_id = store.put("report", sample_report().model_copy(update={"run_id": ""}), parents=[])
    with Ledger(home.ledger) as ledger:
        ledger.begin(ROW.model_copy(update={"report_id": report_id}))
    folder = home.runs / ROW.id
    folder.mkdir(parents=True)
    report = sample_report().model_copy(update={"run_id": ROW.id})
    RunFolder(folder).write_report(report, ("docx", "md"), created=ROW.began)
    return home


def error_of(capsys):
    return json.loads(capsys.readouterr().err.splitlines()[-1])["error"]


def test_an_export_has_the_bytes_that_the_run_wrote(home, capsys):
    folder = home.runs / ROW.id
    before = {name: (folder / f"report.{name}").read_bytes() for name in ("docx", "md")}
    assert run(["runs", "export", "last", "--format", "md, docx", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {
        "run": ROW.id, "files": [str(folder / "report.md"), str(folder / "report.docx")], "remarks": [],
    }  # fmt: skip
    assert {name: (folder / f"report.{name}").read_bytes() for name in before} == before


def test_without_a_format_both_papers_are_written_to_the_folder_that_is_named(home, tmp_path, capsys):
    assert run(["runs", "export", "rope", "--out", "out/deep"]) == 0
    assert capsys.readouterr().out.split() == [f"out/deep/{ROW.id}.docx", f"out/deep/{ROW.id}.pdf"]
    assert sorted(path.name for path in (tmp_path / "out/deep").iterdir()) == [f"{ROW.id}.docx", f"{ROW.id}.pdf"]


def test_figures_of_a_run_whose_files_were_never_written_come_from_the_ledger(home, capsys):
    (home.runs / ROW.id / "metrics.json").unlink()
    assert run(["runs", "export", "last", "--format", "html"]) == 0
    assert "<dd>77</dd>" in (home.runs / ROW.id / "report.html").read_text()


def test_a_run_without_a_report_says_how_to_get_one(home, capsys):
    with Ledger(home.ledger) as ledger:
        ledger.begin(ROW.model_copy(update={"id": "r2", "status": "interrupted"}))
    assert run(["runs", "export", "r2", "--json"]) == 2
    error = error_of(capsys)
    assert (error["message"], error["hint"]) == ("r2 has no report: it is interrupted", "wellread runs resume r2")


def test_a_folder_that_cannot_be_written_is_an_error_and_the_run_keeps_its_files(home, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    before = sorted(path.name for path in (home.runs / ROW.id).iterdir())
    assert run(["runs", "export", "last", "--out", "taken/below", "--json"]) == 2
    error = error_of(capsys)
    assert "cannot be written to taken/below" in error["message"] and "--out" in error["hint"]
    assert sorted(path.name for path in (home.runs / ROW.id).iterdir()) == before


def test_one_format_that_cannot_be_written_costs_no_other(home, capsys):
    (home.runs / ROW.id / "report.html").mkdir()
    assert run(["runs", "export", "last", "--format", "html,pdf", "--json"]) == 2
    assert (home.runs / ROW.id / "report.pdf").is_file()


def test_a_run_that_somebody_works_on_is_exported_elsewhere_only(home, capsys):
    with lock_file(home.runs / ROW.id / "run.lock", on_wait=lambda: None):
        assert run(["runs", "export", "last", "--format", "md", "--json"]) == 1
        assert error_of(capsys)["kind"] == "RunBusy"
        assert run(["runs", "export", "last", "--format", "md", "--out", "out"]) == 0


def test_a_report_that_the_store_has_lost_is_an_error(home, capsys):
    home.memory.unlink()
    assert run(["runs", "export", "last", "--json"]) == 5
    assert "no longer in" in error_of(capsys)["message"]


@pytest.mark.parametrize("command", [("write", "The rope"), ("ask", "Why?"), ("runs", "export", "last")])
def test_an_unknown_format_is_refused_before_anything_is_done(home, command, capsys):
    assert run([*command, "--format", "md,odt", "--json"]) == 2
    assert "'odt' is none of md, html, docx, pdf" in error_of(capsys)["message"]
