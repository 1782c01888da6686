import os
import socket
from contextlib import contextmanager
from pathlib import Path

import pytest

from retrieval.errors import RetrievalError
from retrieval.scan import scan
from tests.permissions import permissions_that_count, without_access


def make(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")


def names(found):
    return [file.name for file in found.files]


def test_files_come_sorted_with_their_paths_in_the_folder(tmp_path):
    make(tmp_path, "b.txt", "a/z.txt", "a/b/c.md", "Ärger.txt")
    found = scan(tmp_path)
    assert names(found) == ["a/b/c.md", "a/z.txt", "b.txt", "Ärger.txt"]
    assert found.is_folder and not found.refusals
    assert found.files[0].size == 4


def test_hidden_files_and_litter_are_passed_over(tmp_path):
    make(
        tmp_path,
        "a.txt",
        ".hidden",
        ".git/config",
        ".wellread/x.txt",
        "__pycache__/m.txt",
        "m.pyc",
        "~$a.docx",
        "Thumbs.db",
    )
    found = scan(tmp_path)
    assert names(found) == ["a.txt"]
    assert not found.refusals


def test_a_hidden_folder_that_is_named_itself_is_read(tmp_path):
    make(tmp_path, ".notes/a.txt")
    assert names(scan(tmp_path / ".notes")) == ["a.txt"]


def test_links_out_of_the_folder_are_refused_and_links_inside_are_followed(tmp_path):
    make(tmp_path, "root/a.txt", "root/sub/b.txt", "secret.txt")
    root = tmp_path / "root"
    (root / "inside.txt").symlink_to(root / "a.txt")
    (root / "outside.txt").symlink_to(tmp_path / "secret.txt")
    (root / "up").symlink_to(tmp_path)
    (root / "folder").symlink_to(root / "sub")
    (root / "loop").symlink_to(root / "loop")
    (root / "dangling").symlink_to(root / "nobody")
    found = scan(root)
    assert names(found) == ["a.txt", "inside.txt", "sub/b.txt"]
    refused = {refusal.name: refusal.reason for refusal in found.refusals}
    assert set(refused) == {"outside.txt", "up", "loop", "dangling"}
    assert "leads out of the folder" in refused["outside.txt"]
    assert "leads out of the folder" in refused["up"]


def test_pipes_sockets_and_devices_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    here = os.getcwd()
    os.chdir(tmp_path)  # socket paths are short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.txt")
        os.chdir(here)
        found = scan(tmp_path)
    assert [(refusal.name, refusal.reason) for refusal in found.refusals] == [
        ("pipe.txt", "a named pipe, not a file"),
        ("socket.txt", "a socket, not a file"),
    ]


def test_a_name_that_is_not_unicode_is_refused(tmp_path):
    with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "w") as file:
        file.write("text")
    (refusal,) = scan(tmp_path).refusals
    assert refusal.name == r"caf\xe9.txt"
    assert "UTF-8" in refusal.reason


def test_a_single_file_is_found_under_its_folder(tmp_path):
    make(tmp_path, "a.txt", "b.txt")
    found = scan(tmp_path / "b.txt")
    assert (found.root, found.is_folder, names(found)) == (str(tmp_path.resolve()), False, ["b.txt"])


def test_skipped_paths_are_not_listed(tmp_path):
    make(tmp_path, "a.txt", "corpus.sqlite")
    assert names(scan(tmp_path, skipped=frozenset([tmp_path.resolve() / "corpus.sqlite"]))) == ["a.txt"]


def test_a_skipped_folder_is_left_out_with_all_that_is_below_and_links_into_it(tmp_path):
    make(tmp_path, "a.txt", "home/runs/r/report.md", "homely/b.txt")
    (tmp_path / "latest.md").symlink_to(tmp_path / "home/runs/r/report.md")
    found = scan(tmp_path, skipped=frozenset([tmp_path.resolve() / "home"]))
    assert (names(found), found.refusals) == (["a.txt", "homely/b.txt"], [])


@pytest.mark.parametrize("asked", ["home", "home/runs", "home/runs/report.md"])
def test_a_path_that_lies_in_a_skipped_folder_is_a_clear_error(tmp_path, asked):
    make(tmp_path, "home/runs/report.md")
    with pytest.raises(RetrievalError, match="lies in") as caught:
        scan(tmp_path / asked, skipped=frozenset([tmp_path.resolve() / "home"]))
    assert caught.value.hint


def test_a_missing_path_is_a_clear_error(tmp_path):
    with pytest.raises(RetrievalError, match="nobody") as caught:
        scan(tmp_path / "nobody")
    assert caught.value.hint


def test_a_folder_that_may_not_be_listed_is_refused_and_out_of_sight(tmp_path):
    make(tmp_path, "a.txt", "closed/b.txt")
    with permissions_that_count(), without_access(tmp_path / "closed"):
        found = scan(tmp_path)
    assert [(refusal.name, refusal.keeps_documents) for refusal in found.refusals] == [("closed", True)]
    gone = {name for name in ("a.txt", "closed/b.txt", "closed/x/y.txt", "closed.txt", "c.txt") if found.is_gone(name)}
    assert gone == {"closed.txt", "c.txt"}


def test_a_link_to_nothing_is_refused_and_its_file_is_gone(tmp_path):
    make(tmp_path, "a.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "nobody")
    assert scan(tmp_path).is_gone("b.txt")


def test_a_folder_whose_name_is_not_utf8_is_refused_with_a_way_out(tmp_path):
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)
    with pytest.raises(RetrievalError, match="is not UTF-8"):
        scan(Path(os.fsdecode(folder)))


@contextmanager
def folders_in_folders(name, depth):
    """In the innermost; they go again from within, since what removes temporary folders calls itself."""
    for _ in range(depth):
        os.mkdir(name)
        os.chdir(name)
    yield
    for _ in range(depth):
        os.chdir("..")
        os.rmdir(name)


def test_folders_nest_deeper_than_pythons_stack(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with folders_in_folders("d", 1_100):
        Path("a.txt").write_text("text")
        assert names(scan(tmp_path)) == ["d/" * 1_100 + "a.txt"]
        Path("a.txt").unlink()


def test_a_folder_too_deep_for_a_path_is_told_and_the_rest_is_read(tmp_path, monkeypatch):
    make(tmp_path, "z.txt")
    monkeypatch.chdir(tmp_path)
    with folders_in_folders("d" * 250, 20):
        found = scan(tmp_path)
    assert names(found) == ["z.txt"]
    (refusal,) = found.refusals
    assert refusal.reason == "cannot list the folder: File name too long"
    assert refusal.keeps_documents
