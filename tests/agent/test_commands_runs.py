"""`wellread runs show --forage` from the outside."""

import json

import pytest

from agent.calibration import Calibration
from agent.difficulty import Cutoffs
from agent.home import Home
from agent.ledger import Ledger, RunRow
from agent.main import run
from agent.pursuit.conformal import Thresholds
from agent.run_folder import RunFolder, RunManifest
from lm.spending import RoleSpend, Spend, frontier_only
from tests.agent.made_diary import account, step, told

ROW = RunRow(
    id="r1",
    topic="The rope",
    mode="report",
    words=None,
    status="finished",
    exit_code=0,
    started_at="2026-01-01T00:00:00+00:00",
    updated_at="2026-01-01T00:00:00+00:00",
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WELLREAD_HOME", str(tmp_path / "home"))
    with Ledger(tmp_path / "home" / "ledger.sqlite") as ledger:
        ledger.begin(ROW)
    home = Home(tmp_path / "home")
    (home.runs / "r1").mkdir(parents=True)
    return home


MANIFEST = RunManifest(
    run_id="r1",
    topic="Who?",
    mode="answer",
    words=None,
    started_at="2026-01-01T00:00:00+00:00",
    version="0.1.0",
    python="3.11.0",
    packages={},
    config={},
    seed=66,
    prompts={},
    corpus_generation=1,
    corpus_documents=1,
    calibration=Calibration(
        model="embedded:a",
        evidence_tokens=900,
        data="set",
        n=40,
        thresholds=Thresholds(alpha=0.15, n=80, pooled=0.7),
        cutoffs=Cutoffs(easy_agreement=1.0, easy_entropy=0.0, hard_agreement=0.5, hard_coverage=0.5, n=40, loss=0.2),
    ),
)


def tell(home, *events):
    for event in events:
        RunFolder(home.runs / "r1").append_event("t", event)


def test_the_diary_is_a_table_and_a_picture(home, capsys):
    visit = step("soft springs", gain=300, why="poorer", rate=0.2, environment=0.3)
    tell(home, *told("s01b01", visit, way="margin"), account())
    assert run(["runs", "show", "last", "--forage"]) == 0
    text = capsys.readouterr().out
    assert "s01b01" in text and "300 of 1,000 characters; saturated" in text
    assert [line.split() for line in text.splitlines() if line.startswith("1 ")] == [
        ["1", "soft", "springs", "10", "1", "300", "300", "0.200", "0.300", "because"]
    ]
    picture = home.runs / "r1" / "forage.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert text.endswith(f"picture: {picture}\n")


def test_the_json_is_the_whole_diary(home, capsys):
    tell(home, *told("s01b01", step(), step(why="full")), account())
    assert run(["runs", "show", "r1", "--forage", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"run", "by_margin", "blocks", "account", "remarks", "how", "picture"}
    assert [visit["why"] for visit in found["blocks"][0]["visits"]] == ["depth", "full"]
    assert found["how"] == {"foraging": "rounds", "granularity": "single", "saturation_sign": "characters"}


def test_the_text_names_settings_and_directions(home, capsys):
    tell(home, *told("s01b01", step(directions=0.25), sign="directions"), account())
    assert run(["runs", "show", "r1", "--forage"]) == 0
    text = capsys.readouterr().out
    assert "Settings: foraging rounds, granularity single, saturation_sign directions." in text
    assert "DIRECTIONS" in text and "0.250" in text


def test_a_run_that_told_of_no_foraging_says_so(home, capsys):
    assert run(["runs", "show", "r1", "--forage"]) == 2
    assert "tell of no foraging" in capsys.readouterr().err
    assert not (home.runs / "r1" / "forage.png").exists()


def test_without_the_option_nothing_is_drawn(home, capsys):
    tell(home, *told("s01b01", step()), account())
    assert run(["runs", "show", "r1"]) == 0
    assert "events.jsonl" in capsys.readouterr().out
    assert not (home.runs / "r1" / "forage.png").exists()


def test_a_run_with_a_damaged_manifest_is_shown_all_the_same(home, capsys):
    (home.runs / "r1").mkdir(parents=True, exist_ok=True)
    (home.runs / "r1" / "run.json").write_text("{")
    assert run(["runs", "show", "r1"]) == 0
    said = capsys.readouterr()
    assert "run.json" in said.out and "cannot be read" in said.err


def test_a_run_names_what_was_fitted_for_it(home, capsys):
    assert run(["runs", "show", "r1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["calibration"] is None
    RunFolder(home.runs / "r1").create(MANIFEST)
    assert run(["runs", "show", "r1"]) == 0
    assert "calibration of embedded:a on 40 questions of set" in capsys.readouterr().out
    assert run(["runs", "show", "r1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["calibration"]
    assert found == {"model": "embedded:a", "data": "set", "n": 40}


def test_a_run_shows_what_each_role_took_and_the_share_of_frontier_only(home, capsys):
    writer = RoleSpend(calls=2, unsized=0, prompt_tokens=900, completion_tokens=100, usd=0.5, flops=2e12, seconds=4.0)
    roles, spared = {"writer": writer}, {"writer": writer}
    spend = Spend(by_role=roles, spared=spared, frontier=frontier_only(roles, spared))
    RunFolder(home.runs / "r1").write_usage(spend)
    assert run(["runs", "show", "r1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    header = next(n for n, line in enumerate(lines) if line.startswith("ROLE"))
    assert lines[header + 1].split() == ["writer", "2", "900", "100", "$0.50", "2", "TFLOP", "4.0"]
    assert lines[-1].startswith("Spent: 50.0 % of the tokens, 50.0 % of the money and 50.0 % of the FLOPs")
    assert run(["runs", "show", "r1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["spend"]
    assert found["frontier"]["usd"] == {"spent": 0.5, "alone": 1.0, "share": 0.5}


def test_a_run_with_a_damaged_account_is_shown_all_the_same(home, capsys):
    (home.runs / "r1" / "usage.json").write_text("{")
    assert run(["runs", "show", "r1", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["spend"] is None
    assert "usage.json of r1 cannot be read" in said.err
