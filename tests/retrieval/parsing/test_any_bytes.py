"""Whatever stands in a file, a parser returns lawful documents or says why it cannot."""

import gzip
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import SourceUnreadable
from retrieval.parsing import docx, html, json_file, markdown, pdf, rst, tables, text
from retrieval.parsing.encodings import guessed_encoding, is_like_text
from retrieval.parsing.formats import _parsed
from retrieval.parsing.text import decode, mended_utf8, storable
from retrieval.parsing.wide import unmarked_wide_encoding
from tests.retrieval.parsing.laws import LINES, TEXTS, assert_read_or_refused, spoilt

BYTES = st.binary(max_size=3_000)
TAGS = ["p", "div", "table", "tr", "td", "th", "pre", "h1", "h2", "li", "ul", "title", "svg", "b", "a", "br"]
TAGS += ["select", "template", "textarea", "script"]
PIECES = ["&amp;", "&#13;", "&#xD800;", "&#0;", "<!--", "-->", "<td hidden>", "<a href=x>", "<![CDATA[", "<"]
MARKUP = st.lists(
    st.sampled_from([*PIECES, *(f"<{tag}>" for tag in TAGS), *(f"</{tag}>" for tag in TAGS)]) | LINES, max_size=40
).map("\n".join)
MARKS = st.lists(
    st.sampled_from(["#", "##", "---", "===", "```", "~~~", "title: x", "- ", "> ", "*", "_", "[a](b)", "`", "\\", ""])
    | LINES,
    max_size=40,
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "text", "title", "name", "a_b", ""]) | st.text(max_size=8), inner, max_size=4
        )
    ),
    max_leaves=25,
)


@settings(max_examples=60)
@given(raw=BYTES | spoilt("text"))
def test_any_bytes_as_text(raw):
    assert_read_or_refused(lambda: text.parse(raw, "a.txt"), "a.txt")


@settings(max_examples=60)
@given(raw=BYTES | spoilt("markdown") | MARKS.map(lambda lines: "\n".join(lines).encode()))
def test_any_bytes_as_markdown(raw):
    assert_read_or_refused(lambda: markdown.parse(raw, "a.md"), "a.md")


@settings(max_examples=60)
@given(raw=BYTES | spoilt("rst") | MARKS.map(lambda lines: "\n".join(lines).encode()))
def test_any_bytes_as_restructured_text(raw):
    assert_read_or_refused(lambda: rst.parse(raw, "a.rst"), "a.rst")


@settings(max_examples=100)
@given(raw=BYTES | spoilt("html") | MARKUP.map(str.encode))
def test_any_bytes_as_html(raw):
    assert_read_or_refused(lambda: html.parse(raw, "a.html"), "a.html")


@settings(max_examples=60)
@given(raw=BYTES | spoilt("csv", "tsv"), suffix=st.sampled_from([".csv", ".tsv"]))
def test_any_bytes_as_a_table(raw, suffix):
    assert_read_or_refused(lambda: tables.parse(raw, f"a{suffix}"), f"a{suffix}")


@settings(max_examples=60)
@given(raw=BYTES | spoilt("json", "json list"))
def test_any_bytes_as_json(raw):
    assert_read_or_refused(lambda: json_file.parse(raw, "a.json"), "a.json")


@settings(max_examples=60)
@given(value=JSON_VALUES)
def test_any_json_value(value):
    for ascii_only in (True, False):
        raw = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "replace")
        assert_read_or_refused(lambda raw=raw: json_file.parse(raw, "a.json"), "a.json")


def lines_of(raw, path):
    return json_file.parse_lines(io.BytesIO(raw), path, max_bytes=100_000, max_line_bytes=10_000)


@settings(max_examples=60)
@given(raw=BYTES | spoilt("jsonl"))
def test_any_bytes_as_lines_of_json(raw):
    assert_read_or_refused(lambda: lines_of(raw, "a.jsonl"), "a.jsonl")


@settings(max_examples=60)
@given(values=st.lists(JSON_VALUES, max_size=8))
def test_any_values_as_lines_of_json(values):
    raw = "\n".join(json.dumps(value) for value in values).encode()
    assert_read_or_refused(lambda: lines_of(raw, "a.jsonl"), "a.jsonl")


@settings(max_examples=60)
@given(raw=BYTES | spoilt("jsonl.gz") | BYTES.map(gzip.compress))
def test_any_bytes_as_zipped_lines(raw):
    assert_read_or_refused(lambda: lines_of(raw, "a.jsonl.gz"), "a.jsonl.gz")


@settings(max_examples=40)
@given(raw=spoilt("docx"))
def test_any_spoilt_word_document(raw):
    assert_read_or_refused(lambda: docx.parse(raw, "a.docx"), "a.docx")


@settings(max_examples=40)
@given(raw=spoilt("xlsx", "epub"), suffix=st.sampled_from([".docx", ".xlsx", ".epub", ".html", ".json", ".csv"]))
def test_any_other_archive_under_any_name(raw, suffix):
    assert_read_or_refused(lambda: _parsed(raw, f"a{suffix}"), f"a{suffix}")


@settings(max_examples=60)
@given(raw=spoilt("pdf", "plain pdf", "outlined pdf"))
@pytest.mark.filterwarnings("ignore")
def test_any_spoilt_pdf(raw):
    assert_read_or_refused(lambda: pdf.parse(raw, "a.pdf"), "a.pdf")


@settings(max_examples=60)
@given(raw=BYTES, suffix=st.sampled_from(["", ".pdf", ".docx", ".md", ".json", ".csv", ".log", ".xyz", ".HTML"]))
def test_any_bytes_under_any_name(raw, suffix):
    assert_read_or_refused(lambda: _parsed(raw, f"a{suffix}"), f"a{suffix}")


@settings(max_examples=60)
@given(raw=BYTES, declared=st.sampled_from(["", "utf-7", "idna", "undefined", "punycode", "unicode_escape", "cp037"]))
def test_what_is_decoded_can_be_stored(raw, declared):
    try:
        found, _ = decode(raw, declared)
    except SourceUnreadable as error:
        assert error.reason
        return
    assert storable(found) == found
    assert found.strip()


@settings(max_examples=60)
@given(raw=BYTES)
def test_guessing_an_encoding_never_fails_and_a_wide_guess_decodes(raw):
    if raw and b"\x00" not in raw:
        guess = guessed_encoding(raw)
        assert guess is None or isinstance(raw.decode(guess, "replace"), str)
    wide = unmarked_wide_encoding(raw)
    assert wide is None or isinstance(raw.decode(wide, "replace"), str)


@settings(max_examples=60)
@given(found=st.text(max_size=300))
def test_judging_a_text_never_fails(found):
    assert is_like_text(found) in (True, False)


@settings(max_examples=60)
@given(found=TEXTS, at=st.integers(0, 10_000), bad=st.sampled_from([b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8"]))
def test_utf8_with_one_bad_place_keeps_the_rest(found, at, bad):
    raw = found.encode()
    cut = at % (len(raw) + 1)
    mended = mended_utf8(raw[:cut] + bad + raw[cut:])
    if mended is not None:
        assert "\ufffd" in mended[0]
        assert mended[1]
