import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from lm.files import file_sha256, write_atomically


def test_text_is_written_as_utf8_with_plain_newlines(tmp_path):
    write_atomically(tmp_path / "a.md", "Gatter – 5 µm\n")
    assert (tmp_path / "a.md").read_bytes() == "Gatter – 5 µm\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


def test_a_file_is_replaced_as_a_whole(tmp_path):
    write_atomically(tmp_path / "a.md", "a longer text than the next one\n")
    write_atomically(tmp_path / "a.md", "short\n")
    assert (tmp_path / "a.md").read_text() == "short\n"


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path):
    write_atomically(tmp_path / "a.md", "old\n")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(tmp_path / "a.md", "new\n" * 10_000 + "\ud800")
    assert (tmp_path / "a.md").read_text() == "old\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


def test_a_folder_in_the_place_of_the_file_is_an_error_without_rest(tmp_path):
    (tmp_path / "a.md").mkdir()
    with pytest.raises(OSError, match=r"a\.md"):
        write_atomically(tmp_path / "a.md", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


def test_threads_that_write_one_file_at_once_leave_one_whole_text(tmp_path):
    texts = [f"{number}\n" * 20_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: write_atomically(tmp_path / "a.md", text), texts))
    assert (tmp_path / "a.md").read_text() in texts
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


def test_a_files_hash_is_that_of_its_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")  # the example of FIPS 180-4
    assert file_sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be asked for there")
def test_what_a_killed_process_left_of_a_file_goes_when_it_is_written_again(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / f".a.md.{dead.pid}-1.part").write_text("half")
    (tmp_path / f".a.md.{os.getppid()}-1.part").write_text("somebody writes this now")
    (tmp_path / f".b.md.{dead.pid}-1.part").write_text("another file")
    write_atomically(tmp_path / "a.md", "whole\n")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == sorted(["a.md", f".a.md.{os.getppid()}-1.part", f".b.md.{dead.pid}-1.part"])
