import gzip
import io
import json

import pytest

from retrieval.errors import SourceUnreadable
from retrieval.parsing import json_file, tables
from retrieval.parsing.parsed import BadLine


def lines(raw, name="a.jsonl", max_bytes=10_000, max_line_bytes=1_000):
    return list(json_file.parse_lines(io.BytesIO(raw), name, max_bytes=max_bytes, max_line_bytes=max_line_bytes))


def records(*values):
    return "".join(json.dumps(value) + "\n" for value in values).encode()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_table_keeps_its_text_and_names_its_columns(delimiter):
    source = "name,age,note\nAnn,3,fine\nBob,4,ok\n".replace(",", delimiter)
    parsed = tables.parse(source.encode(), "x/people_list.csv")
    assert parsed.text == source
    assert parsed.title == "People list"
    assert parsed.sections[0].heading_path == ("columns: name | age | note",)
    assert [source[start : start + 3] for start in parsed.unit_starts] == ["nam", "Ann", "Bob"]


def test_a_quoted_field_over_several_lines_is_one_record():
    parsed = tables.parse(b'a,b\n1,"two\nlines, ""quoted"""\n3,4\n', "a.csv")
    assert [parsed.text[start] for start in parsed.unit_starts] == ["a", "1", "3"]


def test_a_stray_quote_makes_every_line_a_record():
    source = "size,note\n" + '5" pipe,x\n' + "1,2\n" * 300
    assert len(tables.parse(source.encode(), "a.csv").unit_starts) == 302


@pytest.mark.parametrize("source", ["1,2,3\n4,5,6\n", "only\none\ncolumn\n", "a,a\n1,2\n", "a,\n1,2\n"])
def test_a_first_row_that_is_no_header_names_no_columns(source):
    assert tables.parse(source.encode(), "a.csv").sections == ()


def test_a_json_object_is_written_out_to_be_read():
    raw = json.dumps({"town": "Brackwick", "gauges": [1, {"id": "g\ud800"}], "note": "two\nlines", "none": {}}).encode()
    (parsed,) = json_file.parse(raw, "a/town_data.json")
    assert parsed.text == "town: Brackwick\ngauges:\n  - 1\n  -\n    id: g\ufffd\nnote: two\nlines\nnone: "
    assert (parsed.title, parsed.id) == ("Town data", None)


def test_a_json_list_of_objects_is_a_document_for_each():
    raw = json.dumps(
        [{"id": 7, "title": "T", "text": "body"}, {"_id": "x", "contents": "A short line"}, {"k": "v"}]
    ).encode()
    found = list(json_file.parse(raw, "a.json"))
    assert [(parsed.id, parsed.title, parsed.text) for parsed in found] == [
        ("7", "T", "body"),
        ("x", "A short line", "A short line"),
        ("a.json#3", "k: v", "k: v"),
    ]


@pytest.mark.parametrize("raw", [b"{not json", b"[" * 200_000, b'{"a": ' + b"9" * 5000 + b"}"])
def test_bad_json_is_refused(raw):
    with pytest.raises(SourceUnreadable, match="not valid JSON"):
        list(json_file.parse(raw, "a.json"))


def test_each_jsonl_record_is_a_document_with_its_own_id():
    found = lines(b"\xef\xbb\xbf" + records({"id": "a", "title": "T", "text": "x\r\ny\u0000"}, {"id": 2, "text": "z"}))
    assert [(parsed.id, parsed.title, parsed.text, parsed.line) for parsed in found] == [
        ("a", "T", "x\ny\ufffd", 1),
        ("2", "2", "z", 2),
    ]


def test_bad_lines_among_records_are_named_and_the_rest_is_read():
    raw = (
        records({"id": "a", "text": "x"})
        + b"\n{broken\n[1]\n\xff\xfe\n"
        + records({"text": "x"}, {"id": "e", "text": " "}, {"id": "b", "text": "y"})
    )
    found = lines(raw)
    assert [item.id for item in found if not isinstance(item, BadLine)] == ["a", "b"]
    assert [(item.line, item.reason[:14]) for item in found if isinstance(item, BadLine)] == [
        (3, "not valid JSON"),
        (4, "not a JSON obj"),
        (5, "not UTF-8: inv"),
        (6, "it has no `id`"),
        (7, "its `text` is "),
    ]


def test_a_line_with_one_bad_byte_is_read_and_noted():
    raw = records({"id": "a", "text": "x"}) + b'{"id": "b", "text": "caf\xff"}\n'
    one, other = lines(raw)
    assert (one.notes, other.text) == ((), "caf\ufffd")
    assert other.notes == ("line 2: read with U+FFFD in 1 place that is not UTF-8, at byte 24 of the line",)


def test_an_id_of_any_length_is_not_taken():
    raw = records({"id": "x" * 512, "text": "x"}, {"id": "y" * 513, "text": "y"}, {"id": 10**600, "text": "z"})
    taken, *refused = lines(raw, max_line_bytes=10_000)
    assert taken.id == "x" * 512
    assert refused == [
        BadLine(2, "its `id` has 513 characters, over the limit of 512"),
        BadLine(3, "its `id` has 601 characters, over the limit of 512"),
    ]
    listed = json.dumps([{"id": "y" * 1_000_000, "text": "y"}, {"id": "z", "text": "z"}]).encode()
    refused, taken = json_file.parse(listed, "a.json")
    assert refused == BadLine(1, "its `id` has 1,000,000 characters, over the limit of 512")
    assert taken.id == "z"


def test_jsonl_without_records_is_one_document_with_the_files_own_text():
    raw = records({"k": 1}, {"k": 2})
    (parsed,) = lines(raw)
    assert parsed.text == raw.decode()
    assert (parsed.id, parsed.unit_starts) == (None, (0, 9))


def test_gzipped_jsonl_is_read_directly():
    (parsed,) = lines(gzip.compress(records({"id": "a", "text": "x"})), "a.jsonl.gz")
    assert parsed.id == "a"


def test_a_gzip_bomb_stops_at_the_limit():
    bomb = gzip.compress(records({"id": "a", "text": "x"}) * 100_000)
    with pytest.raises(SourceUnreadable, match="limit of 10,000 bytes"):
        lines(bomb, "a.jsonl.gz")


def test_one_endless_line_stops_at_the_limit():
    with pytest.raises(SourceUnreadable, match="line 1: over the limit of 1,000 bytes"):
        lines(b'{"id": "a", "text": "' + b"x" * 5_000)


def test_a_cut_gzip_file_gives_what_it_holds_and_then_says_that_it_is_damaged():
    raw = gzip.compress(b"".join(records({"id": str(i), "text": f"text {i * 7919}"}) for i in range(200)))
    found = json_file.parse_lines(io.BytesIO(raw[: len(raw) // 2]), "a.jsonl.gz", max_bytes=10**6, max_line_bytes=10**4)
    assert next(found).id == "0"
    with pytest.raises(SourceUnreadable, match="damaged gzip"):
        list(found)


@pytest.mark.parametrize(("raw", "name"), [(b"", "a.jsonl"), (b"\n \n", "a.jsonl"), (b"no gzip", "a.jsonl.gz")])
def test_empty_and_false_streams_are_refused(raw, name):
    with pytest.raises(SourceUnreadable):
        lines(raw, name)
