"""Files that once broke a parser, took it without end, or made it say what it should not."""

import gzip
import io
import json
import os
import zipfile

import docx as python_docx
import pytest

from benchmarks.endurance.file_seeds import SEEDS, seed_bytes
from retrieval.errors import SourceUnreadable
from retrieval.parsing import docx, html, json_file, markdown, pdf
from retrieval.parsing.formats import check_size, opened
from retrieval.parsing.parsed import BadLine
from retrieval.parsing.wire import ParseLimits
from retrieval.sandbox import Job, ParserProcess
from tests.retrieval.parsing.samples import make_pdf


def word_document():
    return seed_bytes(next(seed for seed in SEEDS if seed.name == "docx"))


@pytest.mark.parametrize(
    "charset", ["undefined", "zlib", "rot13", "utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape"]
)
def test_a_page_in_an_encoding_that_is_none_is_read_as_what_it_is(charset):
    page = f"<meta charset='{charset}'><p>caf\xe9 \\ud800 and +AGEAYQBh- more words of this page".encode("latin-1")
    assert "café \\ud800 and +AGEAYQBh-" in html.parse(page, "a.html").text


def test_a_page_too_large_for_the_memory_is_no_error_of_the_parser(monkeypatch):
    def fail(markup):
        raise html.SelectolaxError("Can't parse HTML.")

    monkeypatch.setattr(html, "LexborHTMLParser", fail)
    with pytest.raises(MemoryError):
        html.parse(b"<p>text", "a.html")


def test_a_word_document_with_spoilt_bytes_is_damaged(tmp_path):
    raw = bytearray(word_document())
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        story = archive.getinfo("word/document.xml")
    at = story.header_offset + 30 + len(story.filename)
    raw[at : at + 60] = bytes(range(60))
    with pytest.raises(SourceUnreadable, match="damaged Word document"):
        docx.parse(bytes(raw), "a.docx")


@pytest.mark.parametrize(("flag", "method", "reason"), [(1, 8, "asks for a password"), (0, 99, "damaged Word")])
def test_a_word_document_that_is_locked_or_packed_otherwise_is_refused(flag, method, reason):
    raw = bytearray(word_document())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = raw.find(mark)
        while start >= 0:
            raw[start + at] |= flag
            raw[start + at + 2] = method
            start = raw.find(mark, start + 4)
    with pytest.raises(SourceUnreadable, match=reason):
        docx.parse(bytes(raw), "a.docx")


def test_a_level_that_is_no_number_is_no_heading():
    word = python_docx.Document()
    paragraph = word.add_paragraph("Some text of it.")
    properties = paragraph._p.get_or_add_pPr()
    properties.append(properties.makeelement(python_docx.oxml.ns.qn("w:outlineLvl"), None, None))
    properties[-1].set(python_docx.oxml.ns.qn("w:val"), "²")
    out = io.BytesIO()
    word.save(out)
    assert docx.parse(out.getvalue(), "a.docx").sections == ()


@pytest.mark.timeout(60)
def test_a_word_without_end_in_a_pdf_is_read():
    assert len(pdf.parse(make_pdf(["a" * 200_000]), "a.pdf").text) == 200_000


@pytest.mark.timeout(60)
def test_front_matter_with_a_gap_is_read():
    raw = b"---\ntitle: a" + b" " * 100_000 + b"b\n---\n# c" + b" " * 100_000 + b"d\n"
    assert markdown.parse(raw, "a.md").title == "a"


@pytest.mark.parametrize("front", ["title:", "title: ''", 'title: "'])
def test_an_empty_title_in_front_matter_is_none(front):
    assert markdown.parse(f"---\n{front}\n---\n# The heading\n".encode(), "a.md").title == "The heading"


def test_a_heading_of_closing_signs_alone_is_none():
    assert markdown.markdown_headings("### ###\n\n# a # b ##\n\n#\n") == [markdown.Heading(1, "a # b", 9)]


def lines_of(raw, path="a.jsonl.gz"):
    return json_file.parse_lines(io.BytesIO(raw), path, max_bytes=1 << 30, max_line_bytes=64 << 20)


def test_a_gzip_bomb_is_refused_after_what_stands_before_it():
    records = b"".join(b'{"id": "%d", "text": "words"}\n' % n for n in range(20))
    items = []
    with pytest.raises(SourceUnreadable, match="decompression bomb"):
        for item in lines_of(gzip.compress(records + b"\n" * (20 << 20))):
            items.append(item)
    assert [item.id for item in items] == [str(n) for n in range(20)]


def test_a_file_of_bad_lines_is_given_up_and_one_of_many_good_ones_is_not(monkeypatch):
    monkeypatch.setattr(json_file, "_MAX_BAD_LINES", 20)
    good = [json.dumps({"id": str(n), "text": "words"}) for n in range(60)]
    with pytest.raises(SourceUnreadable, match="21 of the first 31 lines are no records"):
        list(lines_of("\n".join(good[:10] + ["{"] * 100).encode(), "a.jsonl"))
    items = list(lines_of("\n".join(good + ["{"] * 30).encode(), "a.jsonl"))
    assert sum(isinstance(item, BadLine) for item in items) == 30


def test_deep_values_take_no_more_room_than_they_say():
    raw = b'{"a":' * 300 + b"[" + b"1," * 2_000 + b"1]" + b"}" * 300
    (parsed,) = json_file.parse(raw, "a.json")
    assert len(parsed.text) < 100 * 2_301


@pytest.fixture
def parser():
    process = ParserProcess(ParseLimits(timeout_s=10.0))
    yield process
    process.close()


def reasons(process, path):
    return [getattr(part, "reason", "") for part in process.read(Job(str(path), path.name))]


def test_a_giant_is_refused_before_a_byte_of_it_is_read(tmp_path, parser):
    giant = tmp_path / "a.txt"
    with giant.open("wb") as file:
        file.truncate(1 << 40)  # a hole: an hour to hash, no room on the disk
    assert reasons(parser, giant) == ["1,099,511,627,776 bytes, over the limit of 67,108,864"]
    with giant.open("rb") as file, pytest.raises(SourceUnreadable):
        check_size(file, "a.txt", max_file_bytes=1 << 30, max_stream_bytes=1 << 41)


def test_what_a_parser_says_of_a_file_is_short_and_can_be_sent(tmp_path, parser):
    page = tmp_path / "a.html"
    page.write_bytes(b"".join(b"<" + b"y" * 9_000 + b"%d>" % n for n in range(6_000)))
    (reason,) = reasons(parser, page)
    assert reason.startswith("elements are nested more than")
    assert len(reason) < 310


def test_a_link_put_in_a_files_place_is_not_followed(tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("not to be read")
    listed = tmp_path / "folder" / "a.txt"
    listed.parent.mkdir()
    listed.symlink_to(outside)
    with pytest.raises(SourceUnreadable, match="became a link"), opened(listed):
        pass


def test_a_link_put_in_a_folders_place_is_not_followed(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.txt").write_text("not to be read")
    os.symlink(tmp_path / "outside", tmp_path / "folder")
    with pytest.raises(SourceUnreadable, match="became a link"), opened(tmp_path / "folder" / "a.txt"):
        pass
