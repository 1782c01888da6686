import json

import pytest

from agent.main import run
from lm.catalog import MINILM_STATIC, SMOLLM2_SCORER, find_entry
from tests.lm.damaged_models import put_damaged


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty home with a scripted writer and no model files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WELLREAD_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("WELLREAD_ROLES__WRITER__MODEL", "scripted")
    return tmp_path


def test_doctor_names_what_is_missing_with_its_mend_and_ends_with_1(place, capsys):
    assert run(["doctor", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    by_check = {finding["check"]: finding for finding in found["findings"]}
    assert found["is_well"] is False
    assert {"program", "packages", "sqlite", "clock", "disk home", "home", "models", "corpus"} <= set(by_check)
    assert by_check["corpus"]["status"] == "warn"
    assert by_check["role writer"]["status"] == "ok"
    assert by_check["role judge"]["detail"] == "as the writer"
    assert by_check["role embedder"]["fix"].startswith("wellread models pull")
    assert all(finding["fix"] for finding in found["findings"] if finding["status"] != "ok")


def test_doctor_changes_nothing(place, capsys):
    run(["doctor"])
    assert list(place.iterdir()) == []


def test_one_role_alone_can_be_asked_for(place, capsys):
    assert run(["doctor", "--role", "writer", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [finding["check"] for finding in found["findings"]] == ["role writer"]


def test_a_dead_endpoint_is_a_finding_and_not_a_crash(place, capsys, monkeypatch):
    monkeypatch.setenv("WELLREAD_ROLES__JUDGE__MODEL", "openai:x")
    monkeypatch.setenv("WELLREAD_ROLES__JUDGE__BASE_URL", "http://127.0.0.1:9/v1")
    assert run(["doctor", "--role", "judge"]) == 1
    said = capsys.readouterr().out
    assert "fail  role judge: nothing answers" in said and "fix: " in said


@pytest.mark.model
def test_a_home_with_everything_is_well(tmp_path, monkeypatch, capsys, static_models):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WELLREAD_MODELS", str(static_models))
    monkeypatch.setenv("WELLREAD_ROLES__WRITER__MODEL", "scripted")
    monkeypatch.setenv("WELLREAD_ROLES__EMBEDDER__MODEL", "embedded:minilm-static")
    (tmp_path / "a.txt").write_text("The tide rose by two metres in one night.")
    assert run(["ingest", "a.txt"]) == 0
    capsys.readouterr()
    assert run(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["is_well"] is True
    assert {"index": "ok", "corpus": "ok"}.items() <= {f["check"]: f["status"] for f in found["findings"]}.items()


def test_doctor_loads_the_models_and_tells_damaged_ones_with_the_mend(place, capsys, monkeypatch):
    monkeypatch.setenv("WELLREAD_ROLES__WRITER__MODEL", "embedded:smollm2-135m")
    monkeypatch.setenv("WELLREAD_ROLES__EMBEDDER__MODEL", "embedded:minilm-static")
    for entry in (find_entry("smollm2-135m"), MINILM_STATIC, SMOLLM2_SCORER):
        put_damaged(entry, place / "models")
    assert run(["doctor", "--json"]) == 1
    found = [f for f in json.loads(capsys.readouterr().out)["findings"] if f["status"] == "fail"]
    assert [(f["check"], f["fix"]) for f in found] == [
        ("models", "wellread models pull smollm2-135m"),
        ("models", "wellread models pull minilm-static"),
        ("role embedder", "wellread models pull minilm-static"),
        ("role writer", "wellread models pull smollm2-135m"),
        ("role scorer", "wellread models pull smollm2-135m-scorer"),
    ]
    assert all("changed since it was verified" in f["detail"] for f in found)


def test_a_damaged_embedder_stops_a_command_with_code_2_and_the_mend(place, capsys, monkeypatch):
    monkeypatch.setenv("WELLREAD_ROLES__EMBEDDER__MODEL", "embedded:minilm-static")
    put_damaged(MINILM_STATIC, place / "models")
    (place / "a.txt").write_text("The tide rose by two metres in one night.")
    assert run(["ingest", "a.txt"]) == 2
    assert "fix: wellread models pull minilm-static" in capsys.readouterr().err
