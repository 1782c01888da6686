import time

import pytest

from retrieval.errors import SourceUnreadable
from retrieval.parsing import html, markdown, rst


def outline(parsed):
    return [
        (section.heading_path, parsed.text[section.start : section.end].split("\n")[0]) for section in parsed.sections
    ]


def test_markdown_is_stored_verbatim_and_cut_at_its_headings():
    source = "# Title\n\nIntro.\n\n## One ##\ntext\n### *Deep* [link](x)\n\nTwo\n---\ntext\n"
    parsed = markdown.parse(source.encode(), "a.md")
    assert parsed.text == source
    assert parsed.title == "Title"
    assert outline(parsed) == [
        ((), "# Title"),
        (("One",), "## One ##"),
        (("One", "Deep link"), "### *Deep* [link](x)"),
        (("Two",), "Two"),
    ]
    assert "".join(source[section.start : section.end] for section in parsed.sections) == source


def test_hashes_in_fenced_code_and_rules_under_lists_are_no_headings():
    source = (
        "Text\n\n```sh\n# comment\n```\n~~~\n# other\n```\n# still code\n~~~\n"
        "- item\n---\n#hashtag\nlong\nparagraph\n---\n"
    )
    assert markdown.parse(source.encode(), "a.md").sections == ()


def test_front_matter_names_the_title_and_is_no_heading():
    parsed = markdown.parse(b'---\ntitle: "The Real Title"\ntags: x\n---\n\n# Other\n\ntext', "a.md")
    assert parsed.title == "The Real Title"
    assert outline(parsed) == [((), "---"), ((), "# Other")]


def test_several_top_headings_all_stay_in_the_paths():
    parsed = markdown.parse(b"# A\n## B\n# C\n", "a.md")
    assert [path for path, _ in outline(parsed)] == [("A",), ("A", "B"), ("C",)]
    assert parsed.title == "A"


def test_rst_headings_take_their_level_from_the_order_of_their_adornments():
    source = "=====\nTitle\n=====\n\nIntro\n\nOne\n===\n\nDeep ``code``\n-------------\n\ntext\n\nTwo\n===\n\ntext\n"
    parsed = rst.parse(source.encode(), "a.rst")
    assert parsed.text == source
    assert parsed.title == "Title"
    assert outline(parsed) == [
        ((), "====="),
        (("One",), "One"),
        (("One", "Deep code"), "Deep ``code``"),
        (("Two",), "Two"),
    ]


def test_pep_header_fields_give_the_title():
    source = (
        "PEP: 2\nTitle: Procedure for Adding\n       New Modules\nAuthor: A <a@b.c>,\n        B\n"
        "Status: Active\n\n\nIntro\n=====\n\ntext\n"
    )
    parsed = rst.parse(source.encode(), "pep-0002.rst")
    assert parsed.title == "PEP 2 – Procedure for Adding New Modules"
    assert outline(parsed)[0] == ((), "PEP: 2")
    assert parsed.sections[1].start == source.index("Intro")


@pytest.mark.parametrize(
    "source",
    [
        "Text\n\n----\n\nMore\n",  # a transition
        "====  ====\na     b\n====  ====\n",  # a simple table
        "+---+\n| a |\n+---+\n",  # a grid table
        "a paragraph\nof two lines\n------------\n",
        "  indented\n  --------\n",
        "A long title here\n--\n",
        "::\n\n    Code\n    ====\n",
    ],
)
def test_adornments_that_belong_to_no_title_make_no_heading(source):
    assert rst.parse(source.encode(), "a.rst").sections == ()


PAGE = b"""<!DOCTYPE html><html><head><title>The  Page &amp; more</title>
<style>p{}</style><script>var x = "secret";</script></head>
<body><nav>menu</nav><h1>Main <i>title</i></h1><p>One <b>bold</b>
 line.<!-- comment --></p>
<div style="display: none">hidden1</div><span hidden>hidden2</span>
<p aria-hidden="true">hidden3</p>
<ul><li>first</li><li>second</li></ul><h2>Data</h2>
<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>x<br>y</td></tr><tr><td></td><td></td></tr></table>
<pre>code
  kept</pre>tail<template>hidden4</template></body></html>"""


def test_html_is_what_a_reader_sees():
    parsed = html.parse(PAGE, "a.html")
    assert parsed.title == "The Page & more"
    assert (
        parsed.text == "Main title\n\nOne bold line.\n\n- first\n- second\n\n"
        "Data\n\nA | B\n1 | x y\n\ncode\n  kept\n\ntail"
    )
    assert outline(parsed) == [((), "Main title"), (("Data",), "Data")]


def test_a_table_for_layout_is_read_as_blocks():
    inner = b"<table><tr><td>a</td><td>b</td></tr></table>"
    page = b"<table><tr><td><h2>Left</h2><p>text</p></td><td>" + inner + b"</td></tr></table>"
    assert html.parse(page, "a.html").text == "Left\n\ntext\n\na | b"


def test_html_in_the_encoding_that_it_declares():
    page = '<meta charset="iso-8859-2"><p>Zażółć gęślą jaźń</p>'.encode("iso-8859-2")
    assert html.parse(page, "a.html").text == "Zażółć gęślą jaźń"


def test_a_page_without_text_is_refused():
    with pytest.raises(SourceUnreadable, match="no text"):
        html.parse(b"<html><script>render()</script><body><div id=app></div></body></html>", "a.html")


@pytest.mark.parametrize("unit", [b"<div>", b"<div/>", b"<section class='a'>\n<p>", b"<div", b"<b><ul><li>"])
def test_nesting_beyond_what_pages_do_is_refused_at_once(unit):
    began = time.monotonic()
    with pytest.raises(SourceUnreadable, match="nested more than 5,000 deep"):
        html.parse(unit * 200_000 + b"text", "a.html")
    assert time.monotonic() - began < 5.0


def test_long_pages_of_unclosed_items_are_not_deep():
    page = b"<ul>" + b"<li>item<br><img src=a><p>more" * 6_000 + b"<svg><path/></svg>" * 6_000
    assert html.parse(page, "a.html").text.count("item") == 6_000


def test_deep_nesting_does_not_break_the_html_reader():
    assert html.parse(b"<div>" * 3000 + b"deep" + b"</div>" * 3000, "a.html").text == "deep"
