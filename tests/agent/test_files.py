import pytest

from agent.files import write_atomically


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
