import json

import pytest

from agent.commands.models import DEFAULT_MODELS
from agent.main import run
from lm.catalog import CATALOG


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WELLREAD_MODELS", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_ls_shows_every_model_of_the_catalogue_and_what_is_absent(folder, capsys):
    assert run(["models", "ls", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [model["name"] for model in found["models"]] == [entry.name for entry in CATALOG]
    assert {model["state"] for model in found["models"]} == {"absent"}
    assert run(["models", "ls", "--verify"]) == 0


def test_an_unknown_model_is_a_usage_error_that_lists_the_known(folder, capsys):
    assert run(["models", "pull", "smol"]) == 2
    assert "smollm2-135m" in capsys.readouterr().err


def test_offline_asks_no_network_and_says_what_to_get(folder, capsys):
    assert run(["models", "pull", "--offline"]) == 2
    said = capsys.readouterr()
    assert "not asked, because offline" in said.err
    assert "--from PATH" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("set_by", "named"),
    [("file", "wellread.toml"), ("variable", "environment variable WELLREAD_OFFLINE"), ("flag", "flag for offline")],
)
def test_a_refusal_names_the_setting_offline_and_who_set_it(folder, capsys, monkeypatch, set_by, named):
    if set_by == "file":
        (folder / "wellread.toml").write_text("offline = true\n")
    if set_by == "variable":
        monkeypatch.setenv("WELLREAD_OFFLINE", "true")
    assert run(["models", "pull", "smollm2-135m", *(["--offline"] if set_by == "flag" else [])]) == 2
    fix = capsys.readouterr().err.partition("fix: ")[2]
    assert fix.startswith("`offline` is set (") and named in fix.splitlines()[0]
    assert "--from PATH" in fix


def test_files_that_are_not_the_models_are_refused(folder, capsys):
    (folder / "SmolLM2-135M-Instruct.Q4_1.gguf").write_bytes(b"GGUF, but not this one")
    assert run(["models", "pull", "smollm2-135m", "--from", str(folder)]) == 2
    assert not (folder / "models" / "smollm2-135m").exists()


def test_a_source_that_is_not_there_is_a_usage_error(folder, capsys):
    assert run(["models", "pull", "smollm2-135m", "--from", str(folder / "nowhere")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_the_models_of_a_first_report_are_in_the_catalogue():
    assert set(DEFAULT_MODELS) <= {entry.name for entry in CATALOG}


@pytest.mark.model
def test_pull_copies_from_a_folder_once(folder, capsys, smollm_gguf):
    assert run(["models", "pull", "smollm2-135m", "--from", str(smollm_gguf.parent), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["models"][0]
    assert first["was_here"] is False
    assert run(["models", "pull", "smollm2-135m", "--offline", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["models"][0]["was_here"] is True
    assert run(["models", "ls", "--verify", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["models"][0]["state"] == "present"
    (folder / "models" / "smollm2-135m" / smollm_gguf.name).write_bytes(b"damaged")
    assert run(["models", "ls", "--verify", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["models"][0]["state"] == "damaged"
