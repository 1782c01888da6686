"""`wellread runs measure` from the outside, with the real scorer; what it refuses needs none."""

import json

import pytest

from agent.home import Home
from agent.ledger import Ledger, RunRow
from agent.main import run
from memory.sqlite_store import SqliteStore
from tests.agent.sample_report import sample_report

AT = "2026-01-01T00:00:00+00:00"


def enter(home, name, report_id):
    row = RunRow(
        id=name,
        topic="The rope",
        mode="report",
        words=None,
        status="finished",
        exit_code=0,
        started_at=AT,
        updated_at=AT,
    )
    with Ledger(home / "ledger.sqlite") as ledger:
        ledger.begin(row)
        ledger.update(row.model_copy(update={"report_id": report_id}))


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    monkeypatch.setenv("WELLREAD_HOME", str(home))
    Home(home).make()
    report = sample_report()
    section = report.sections[0]
    shorter = report.model_copy(update={"sections": (section,)})
    with SqliteStore(Home(home).memory) as store:
        enter(home, "long", store.put("report", report))
        enter(home, "short", store.put("report", shorter))
    enter(home, "none", None)
    return home


def test_a_run_without_a_report_is_refused_with_the_way_to_one(home, capsys):
    assert run(["runs", "measure", "none", "--json"]) == 2
    error = json.loads(capsys.readouterr().err.splitlines()[-1])["error"]
    assert "no report" in error["message"]
    assert error["hint"] == "wellread runs resume none"


def test_a_run_is_not_compared_with_itself(home, capsys):
    assert run(["runs", "measure", "long", "--against", "long"]) == 2
    assert "compared with itself" in capsys.readouterr().err


@pytest.mark.model
def test_two_runs_are_compared_by_one_scorer_and_no_verdict_is_given(home, scorer_models, monkeypatch, capsys):
    monkeypatch.setenv("WELLREAD_MODELS", str(scorer_models))
    assert run(["runs", "measure", "long", "--against", "short", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["run"], found["against"]["run"]) == ("long", "short")
    assert found["style"]["scorer"] == found["against"]["style"]["scorer"] != ""
    assert [part["heading"] for part in found["style"]["parts"]] == [s.title for s in sample_report().sections]
    whole, other = found["style"]["whole"], found["against"]["style"]["whole"]
    assert found["differences"]["distinct_2"] == pytest.approx(whole["distinct_2"] - other["distinct_2"])
    assert "no verdict" in found["remark"]
    assert run(["runs", "measure", "long"]) == 0
    assert "no verdict on who wrote it" in capsys.readouterr().out
