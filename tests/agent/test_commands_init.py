import tomllib

import pytest

from agent import config
from agent.commands.init import settings_text
from agent.config_value import leaf_fields
from agent.main import run
from agent.settings import Settings

PRESETS = ("offline", "openai", "ollama")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_init_writes_a_file_that_can_be_loaded_and_makes_the_home(folder, capsys):
    assert run(["init"]) == 0
    assert (folder / ".wellread").is_dir()
    loaded = config.load(environ={}, cwd=folder, user_file=folder / "none.toml")
    assert loaded.settings == Settings(home=folder / ".wellread", models_dir=loaded.settings.models_dir)
    assert "wellread ingest" in capsys.readouterr().out


def test_after_init_the_models_may_be_pulled_and_the_file_says_what_offline_means(folder):
    assert run(["init"]) == 0
    lines = (folder / "wellread.toml").read_text().splitlines()
    assert "# offline = false" in lines
    assert lines[lines.index("# offline = false") - 1].startswith("# ")


def test_init_never_overwrites(folder, capsys):
    (folder / "wellread.toml").write_text("# mine")
    assert run(["init", "--preset", "openai"]) == 2
    assert (folder / "wellread.toml").read_text() == "# mine"
    assert "never overwrites" in capsys.readouterr().err


def test_init_writes_to_the_named_file(folder, capsys):
    assert run(["init", "--config", "deep/other.toml", "--home", "h"]) == 0
    assert (folder / "deep" / "other.toml").is_file()
    assert (folder / "h").is_dir()
    assert not (folder / "wellread.toml").exists()


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_valid_and_names_every_key(folder, preset):
    text = settings_text(preset)
    (folder / "wellread.toml").write_text(text)
    config.load(environ={}, cwd=folder, user_file=folder / "none.toml")
    for key, _ in leaf_fields():
        assert f"{key.rpartition('.')[2]} = " in text


@pytest.mark.parametrize("preset", PRESETS)
def test_every_commented_default_is_valid_toml_for_its_key(folder, preset):
    lines = settings_text(preset).splitlines()
    active = [line.removeprefix("# ") for line in lines if " = " in line and not line.endswith(".")]
    tables = [line for line in lines if line.startswith("[")]
    assert len(active) == len(list(leaf_fields()))
    uncommented = [
        line.removeprefix("# ") if line.removeprefix("# ") in active or line in tables else line for line in lines
    ]
    parsed = tomllib.loads("\n".join(uncommented))
    assert Settings.model_validate({"home": parsed["home"]}).home == Settings().home
    assert set(parsed) == set(Settings.model_fields)


def test_a_place_that_cannot_be_written_is_no_bug(folder, capsys):
    (folder / "file").write_text("")
    for place in ("file/wellread.toml", ".", "/proc/wellread.toml"):
        assert run(["init", "--config", place]) == 2
        assert "fix: " in capsys.readouterr().err
    assert not (folder / ".wellread").exists()
