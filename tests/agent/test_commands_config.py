import json

import pytest

from agent.main import run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wellread.toml").write_text(
        '[roles.writer]\nmodel = "openai:x"\napi_key_env = "KEY_OF_X"\n[write]\nwords = 300\n'
    )
    return tmp_path


def test_show_gives_values_sources_and_whether_keys_are_set_but_never_keys(folder, capsys, monkeypatch):
    monkeypatch.setenv("KEY_OF_X", "topsecret")
    assert run(["config", "show", "--json"]) == 0
    text = capsys.readouterr().out
    found = json.loads(text)
    assert found["settings"]["write"]["words"] == 300
    assert found["sources"]["write.words"] == str(folder / "wellread.toml")
    assert found["sources"]["write.seed"] == "default"
    assert found["keys_set"] == {"KEY_OF_X": True}
    assert run(["config", "show"]) == 0
    plain = capsys.readouterr().out
    assert "KEY_OF_X: set in the environment" in plain
    assert "topsecret" not in text + plain


def test_explain_tells_who_won_and_what_the_others_said(folder, capsys, monkeypatch):
    monkeypatch.setenv("WELLREAD_WRITE__WORDS", "400")
    assert run(["config", "explain", "write.words", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["value"] == 400
    assert found["source"] == "environment variable WELLREAD_WRITE__WORDS"
    assert [offer["value"] for offer in found["offers"]] == [400, 300, 1200]
    assert run(["config", "explain", "write.words"]) == 0
    assert "write.words = 400" in capsys.readouterr().out


def test_prices_are_shown_with_their_source_and_explained_with_an_example(folder, capsys):
    with (folder / "wellread.toml").open("a") as file:
        file.write('[prices."openai:x"]\ninput = 0.25\noutput = 2.0\n')
    assert run(["config", "show"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("prices ")]
    assert '{"openai:x" = {"input" = 0.25, "output" = 2.0}}' in line
    assert str(folder / "wellread.toml") in line
    assert run(["config", "explain", "prices"]) == 0
    assert '{"openai:NAME" = {input = 0.25, output = 2.0}}' in capsys.readouterr().out
    assert run(["config", "explain", "prices", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["value"]["openai:x"]["output"] == 2.0


def test_explain_of_an_unknown_key_suggests_one(folder, capsys):
    assert run(["config", "explain", "write.word"]) == 2
    assert "did you mean write.words?" in capsys.readouterr().err


def test_path_lists_files_strongest_first(folder, capsys):
    assert run(["config", "path", "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert files[0] == {"path": str(folder / "wellread.toml"), "exists": True}
    assert len(files) == 2


def test_a_bad_file_stops_every_command_with_code_2(folder, capsys):
    (folder / "wellread.toml").write_text("[write]\nword = 300")
    for command in (["config", "show"], ["corpus", "ls"], ["models", "ls"], ["doctor"], ["runs", "ls"]):
        assert run(command) == 2
        assert "unknown key write.word" in capsys.readouterr().err
