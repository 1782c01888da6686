"""What a sound file says is what its document says, whatever that is."""

import csv
import html as markup
import io
import json

import docx as python_docx
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from retrieval.parsing import docx, html, json_file, markdown, rst, tables, text
from retrieval.parsing.outline import Heading, name_as_title, one_line, plain_heading, sections_of, title_of
from retrieval.parsing.tables import _record_starts
from retrieval.parsing.text import storable, with_plain_line_ends
from retrieval.parsing.wire import read_frame, write_frame
from tests.retrieval.parsing.laws import LINES, READERS, TEXTS, WORDS, assert_lawful

UNSEEN = set(map(chr, [*range(32), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
# Encodings that a byte order mark announces.
MARKED = ("utf-8-sig", "utf-16", "utf-32")


@settings(max_examples=60)
@given(said=TEXTS, parse=st.sampled_from([text.parse, markdown.parse, rst.parse, tables.parse]))
def test_the_stored_text_is_the_files_own(said, parse):
    assume(not said.startswith("\ufeff"))
    assert parse(said.encode(), "a.txt").text == with_plain_line_ends(said)


@settings(max_examples=60)
@given(said=TEXTS, encoding=st.sampled_from(MARKED))
def test_a_byte_order_mark_tells_the_encoding(said, encoding):
    assume(not said.startswith("\ufeff"))
    assert text.parse(said.encode(encoding), "a.txt").text == with_plain_line_ends(said)


@settings(max_examples=60)
@given(lines=st.lists(LINES, min_size=1, max_size=10), end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_line_ends_of_every_system_are_the_same(lines, end):
    assume(any(line.strip() for line in lines) and not lines[0].startswith("\ufeff"))
    assert text.parse(end.join(lines).encode(), "a.txt").text == "\n".join(lines)


@settings(max_examples=60)
@given(
    paragraphs=st.lists(WORDS, min_size=1, max_size=8), hidden=st.sampled_from(["script", "style", "template", "nav"])
)
def test_a_page_says_its_paragraphs_and_not_what_is_hidden(paragraphs, hidden):
    body = "".join(f"<p>{markup.escape(words)}</p><{hidden}>UNSEEN</{hidden}>" for words in paragraphs)
    parsed = html.parse(f"<body>{body}<p hidden>UNSEEN</p></body>".encode(), "a.html")
    assert parsed.text == "\n\n".join(paragraphs)


@settings(max_examples=60)
@given(before=st.sampled_from(["&#13;\n", "&#13;", "\r\n", "\t", " "]), n=st.integers(1, 30), title=WORDS)
def test_a_pages_headings_stand_where_its_text_says(before, n, title):
    page = f"<pre>a{before * n}b</pre><h1>{title}</h1><p>text</p><h2>Second</h2><p>more</p>"
    parsed = html.parse(page.encode(), "a.html")
    assert_lawful(parsed, "a.html")
    assert parsed.text[parsed.sections[1].start :].startswith(title)
    assert parsed.text[parsed.sections[2].start :].startswith("Second")


@settings(max_examples=60)
@given(cells=st.lists(st.lists(WORDS, min_size=2, max_size=4), min_size=1, max_size=5))
def test_a_pages_table_is_its_rows(cells):
    rows = "".join("<tr>" + "".join(f"<td>{cell}" for cell in row) for row in cells)
    assert html.parse(f"<table>{rows}</table>".encode(), "a.html").text == "\n".join(map(" | ".join, cells))


@settings(max_examples=60)
@given(values=st.dictionaries(WORDS, WORDS, min_size=1, max_size=6))
def test_json_says_its_keys_and_texts(values):
    (parsed,) = json_file.parse(json.dumps(values).encode(), "a.json")
    assert parsed.text == "\n".join(f"{key}: {value}" for key, value in values.items())


@settings(max_examples=40)
@given(depth=st.integers(1, 800), kind=st.sampled_from(["list", "object"]))
def test_json_is_read_as_deep_as_python_reads_it(depth, kind):
    opened, closed = ("[", "]") if kind == "list" else ('{"a":', "}")
    (parsed,) = json_file.parse((opened * depth + '"the word"' + closed * depth).encode(), "a.json")
    assert "the word" in parsed.text
    assert max(len(line) for line in parsed.text.split("\n")) < 120
    assert all(len(section.heading_path) <= 40 for section in parsed.sections)


@settings(max_examples=60)
@given(records=st.dictionaries(WORDS, LINES.filter(str.strip), min_size=1, max_size=8))
def test_each_line_of_json_is_a_document_with_its_own_text(records):
    raw = "\n".join(json.dumps({"id": id_, "text": said}) for id_, said in records.items()).encode()
    found = list(json_file.parse_lines(io.BytesIO(raw), "a.jsonl", max_bytes=10**6, max_line_bytes=10**5))
    assert {item.id: item.text for item in found} == records


@settings(max_examples=25)
@given(paragraphs=st.lists(WORDS, min_size=1, max_size=6))
def test_a_word_document_says_its_paragraphs(paragraphs):
    word = python_docx.Document()
    for words in paragraphs:
        word.add_paragraph(words)
    out = io.BytesIO()
    word.save(out)
    assert docx.parse(out.getvalue(), "a.docx").text == "\n\n".join(paragraphs)


@settings(max_examples=60)
@given(rows=st.lists(st.lists(st.text(READERS, max_size=12), min_size=1, max_size=5), min_size=1, max_size=20))
def test_every_record_of_a_table_begins_where_it_says(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    starts = _record_starts(out.getvalue())
    assert len(starts) == len(rows)
    assert starts[0] == 0


@settings(max_examples=60)
@given(said=st.text(max_size=200))
def test_what_is_storable_stays_as_it_is(said):
    assert storable(storable(said)) == storable(said)
    storable(said).encode()


@settings(max_examples=100)
@given(said=st.text(st.characters() | st.sampled_from(sorted(UNSEEN)), max_size=400))
def test_a_name_for_a_list_is_one_harmless_line(said):
    for line in (one_line(said), plain_heading(said)):
        assert not UNSEEN & set(line)
        assert len(line) <= 200
        assert line == line.strip()


@settings(max_examples=60)
@given(name=st.text(READERS, min_size=1, max_size=60).filter(lambda name: "/" not in name), said=st.text(max_size=100))
def test_every_document_has_a_title(name, said):
    assert name_as_title(name)
    assert title_of((), said, name)


@settings(max_examples=60)
@given(levels=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 50)), max_size=20))
def test_sections_cut_a_text_without_gap_or_overlap(levels):
    headings, n_chars = [], 0
    for level, length in levels:
        headings.append(Heading(level, f"h{level}", n_chars))
        n_chars += length
    sections = sections_of(headings, n_chars)
    at = 0
    for section in sections:
        assert section.start == at
        at = section.end
    assert at == n_chars or not sections


@settings(max_examples=60)
@given(said=st.text(st.characters(exclude_categories=["Cs"])), number=st.integers())
def test_what_goes_over_the_wire_comes_out(said, number):
    pipe = io.BytesIO()
    write_frame(pipe, {"said": said, "number": number})
    pipe.seek(0)
    assert read_frame(pipe) == {"said": said, "number": number}
    assert read_frame(pipe) is None


@pytest.mark.parametrize("heading", ["[" * 200_000, "[a](" * 100_000, "a" + " " * 100_000 + "b", "*a" * 100_000])
def test_a_heading_without_end_is_cut_before_its_markup_is_looked_for(heading):
    assert len(plain_heading(heading)) <= 200
    assert markdown.parse(f"# {heading}\n\ntext".encode(), "a.md").title
    assert rst.parse(f"{heading}\n{'=' * len(heading)}\n\ntext".encode(), "a.rst").title
