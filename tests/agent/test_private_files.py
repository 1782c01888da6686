import os
import stat

import pytest

from agent.main import run
from agent.private_files import OWNER_ONLY, open_to_others, umask


@pytest.fixture
def generous():
    """A shell that lets everybody read and write what its programs make."""
    with umask(0o000):
        yield


def rights(root):
    return {path.relative_to(root).as_posix(): stat.S_IMODE(path.lstat().st_mode) for path in [root, *root.rglob("*")]}


def test_a_home_is_its_owners_alone_whatever_the_shell_allows(generous, tmp_path, capsys):
    (tmp_path / "a.md").write_text("# Tea\n\nTea grows in the hills of Assam.\n")
    home = tmp_path / "home"

    assert run(["--home", str(home), "ingest", str(tmp_path / "a.md")]) == 0
    assert run(["--home", str(home), "runs", "ls"]) == 0

    found = rights(home)
    assert "corpus.sqlite" in found
    assert {name: oct(mode) for name, mode in found.items() if mode & OWNER_ONLY} == {}


def test_a_settings_file_is_its_owners_alone(generous, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    assert run(["init"]) == 0

    assert stat.S_IMODE((tmp_path / "wellread.toml").stat().st_mode) == 0o600


def test_a_call_leaves_the_process_as_it_was(generous, capsys):
    run(["--version"])
    run(["no-such-command"])

    assert os.umask(0o000) == 0o000


def test_what_others_may_read_is_found_unless_they_cannot_enter(tmp_path):
    home = tmp_path / "home"
    (home / "runs").mkdir(parents=True)
    for path in (home, home / "runs"):
        path.chmod(0o755)
    (home / "note.json").write_text("")
    (home / "note.json").chmod(0o644)

    assert open_to_others(home) == [home / "note.json", home / "runs"]
    home.chmod(0o700)
    assert open_to_others(home) == []
    assert open_to_others(tmp_path / "missing") == []
