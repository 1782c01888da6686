import re

import pytest

from agent.errors import UsageProblem
from evals.datasets.reading import Row, digest_of, first_keys, read_json, read_jsonl, read_rows


class Word(Row):
    id: str
    n: int = 0


def problem(read, path, model=Word):
    with pytest.raises(UsageProblem) as caught:
        read(path, model)
    assert str(path) in str(caught.value)
    assert caught.value.hint
    return str(caught.value)


def test_rows_come_with_their_lines_and_empty_lines_are_passed_over(write_lines):
    path = write_lines("words.jsonl", [{"id": "a"}, "", {"id": "b", "n": 2, "other": [1]}])
    assert [(read.line, read.row.id, read.row.n) for read in read_jsonl(path, Word)] == [(1, "a", 0), (3, "b", 2)]


def test_a_line_separator_inside_a_text_ends_no_line(write_lines):
    path = write_lines("words.jsonl", [{"id": "a\u2028b"}, {"id": "c\x85d"}])
    assert [read.line for read in read_jsonl(path, Word)] == [1, 2]


def test_a_byte_order_mark_and_numbers_as_ids_are_taken(tmp_path):
    path = tmp_path / "words.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": 7}\r\n{"id": 8}\r\n')
    assert [read.row.id for read in read_jsonl(path, Word)] == ["7", "8"]


def test_a_missing_file_is_named(tmp_path):
    assert "cannot read" in problem(read_jsonl, tmp_path / "nowhere.jsonl")


def test_an_empty_file_is_said_to_be_empty(write_lines):
    assert "empty" in problem(read_jsonl, write_lines("words.jsonl", []))
    assert "empty" in problem(read_jsonl, write_lines("blank.jsonl", ["", "  "]))
    assert "empty" in problem(read_json, write_lines("blank.json", [""]))
    assert "empty" in problem(read_json, write_lines("none.json", ["[]"]))


def test_the_line_of_the_first_byte_that_is_not_utf_8_is_named(tmp_path):
    path = tmp_path / "words.jsonl"
    path.write_bytes(b'{"id": "a"}\n{"id": "caf\xe9"}\n')
    assert "line 2 is not UTF-8" in problem(read_jsonl, path)


@pytest.mark.parametrize("line", ["{'id': 'a'}", '{"id": "a"', "a", '{"id": ' + "9" * 5000 + "}", "[" * 100_000])
def test_a_line_that_is_no_json_is_named(write_lines, line):
    assert "line 2 is no JSON" in problem(read_jsonl, write_lines("words.jsonl", [{"id": "a"}, line]))


@pytest.mark.parametrize("line", ['"a"', "[1]", "null"])
def test_a_line_that_is_no_object_is_named(write_lines, line):
    assert "line 1 is no object" in problem(read_jsonl, write_lines("words.jsonl", [line]))


def test_the_wrong_field_is_named_with_its_line(write_lines):
    path = write_lines("words.jsonl", [{"id": "a"}, {"id": "b", "n": "two"}])
    assert "line 2: the field 'n' is wrong" in problem(read_jsonl, path)
    assert "line 1: the field 'id' is missing" in problem(read_jsonl, write_lines("others.jsonl", [{"n": 1}]))


def test_both_lines_of_a_duplicate_id_are_named(write_lines):
    path = write_lines("words.jsonl", [{"id": "a"}, {"id": "b"}, "", {"id": "a"}])
    assert "lines 1 and 4 have the same id 'a'" in problem(read_jsonl, path)


def test_entries_of_a_list_are_named_by_the_line_that_they_begin_on(write_json):
    path = write_json("words.json", [{"id": "a"}, {"id": "b"}, {"id": "c", "n": []}])
    assert "line 8 (entry 3): the field 'n' is wrong" in problem(read_json, path)
    again = write_json("again.json", [{"id": "a"}, {"id": "a"}])
    assert "lines 2 and 5 have the same id 'a'" in problem(read_json, again)


def test_a_list_that_breaks_off_is_named_with_its_line(tmp_path):
    path = tmp_path / "words.json"
    path.write_text('[{"id": "a"},\n {"id": "b"}')
    assert "line 2 is no JSON" in problem(read_json, path)
    path.write_text('[{"id": "a"},\n {"id":\n "b"')
    assert re.search(r"line 3 is no JSON", problem(read_json, path))
    path.write_text('"a"')
    assert "no JSON list" in problem(read_json, path)


def test_a_list_below_data_and_lines_are_both_rows(write_json, write_lines):
    below = write_json("out.json", {"args": {"n": 1}, "data": [{"id": "a"}, {"id": "b"}]})
    assert [read.row.id for read in read_rows(below, Word)] == ["a", "b"]
    assert [read.row.id for read in read_rows(write_lines("w.json", [{"id": "a"}]), Word)] == ["a"]
    assert first_keys(below) == {"id"}


def test_a_digest_is_of_names_contents_and_order(write_lines):
    one, two = write_lines("one", ["1"]), write_lines("two", ["2"])
    assert digest_of([one, two]) == digest_of([one, two]) != digest_of([two, one])
    before = digest_of([one])
    one.write_text("3")
    assert digest_of([one]) != before
