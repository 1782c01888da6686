"""Reports as one HTML file: complete, self-contained, and text from documents that stays text."""

import base64
import hashlib
import json
import re
from collections import Counter
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from agent.errors import ReportBroken
from agent.render_html import render_html
from agent.render_markdown import one_line
from agent.types import Claim, Report
from tests.agent.sample_report import one_sentence_report, sample_report, with_text_everywhere

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "--></style></title></textarea><svg onload=alert(1)>",
    "[click](javascript:alert(1)) https://evil.example/x",
    "&lt;b&gt;&#60;i&#62;",
    "line\u2028separator\u2029end",
    "{{7*7}} ${7*7} \\u003cscript\\u003e",
    "\x00\x1b[31m\u202egnp.exe",
]


def parse(report: Report) -> LexborHTMLParser:
    return LexborHTMLParser(render_html(report))


def shown_claims(report: Report) -> list[Claim]:
    claims = {claim.id: claim for claim in report.claims}
    return [claims[i] for section in report.sections for paragraph in section.paragraphs for i in paragraph]


def page_data(page: LexborHTMLParser) -> dict:
    (node,) = page.css("#report-data")
    return json.loads(node.text())


def elements(page: LexborHTMLParser) -> list[LexborNode]:
    return page.css("*")


def test_every_sentence_has_its_element_with_its_citations():
    report = sample_report()
    page = parse(report)
    found, expected = page.css(".s"), shown_claims(report)
    assert len(found) == len(expected) == 17
    for node, claim in zip(found, expected, strict=True):
        assert node.css_first(".said").text() == claim.sentence
        assert [int(a.text().strip("[]")) for a in node.css(".cites a")] == list(claim.citations)
        assert claim.action in node.attributes["class"].split()
        assert f"--u:{1 - claim.support:.2f}" in node.attributes["style"]


def test_data_beside_the_text_agrees_with_the_sentences():
    report = sample_report()
    page = parse(report)
    held = page_data(page)
    for node, claim in zip(page.css(".s"), shown_claims(report), strict=True):
        told = held["claims"][int(node.attributes["data-claim"])]
        assert (told["action"], told["support"], tuple(told["reasons"])) == (
            claim.action,
            claim.support,
            claim.reasons,
        )
        assert [source["number"] for source in told["sources"]] == list(claim.citations)
    assert set(held["evidence"]) == {str(e.number) for e in report.evidence}
    assert held["evidence"]["1"]["quote"] == report.evidence[0].quote
    assert held["evidence"]["1"]["path"] == list(report.evidence[0].heading_path)
    marked = [report.evidence[0].quote[start:end] for start, end in held["claims"][2]["sources"][0]["spans"]]
    assert {"2018", "2023", "61.4", "GWh", "73", "seawater"} <= set(marked)


def test_every_link_leads_to_one_element_of_the_page():
    page = parse(sample_report())
    ids = Counter(node.attributes["id"] for node in page.css("[id]"))
    assert max(ids.values()) == 1
    links = [node.attributes["href"] for node in page.css("a")]
    assert all(link.startswith("#") and link[1:] in ids for link in links)


def test_references_are_a_closed_world_with_links_back():
    report = sample_report()
    page = parse(report)
    listed = [node.attributes["id"] for node in page.css(".references li")]
    cited = {a.attributes["href"][1:] for a in page.css(".cites a")}
    assert listed == [f"ref-{n}" for n in range(1, 9)]
    assert set(listed) == cited
    for item in page.css(".references li"):
        citing = {
            node.attributes["id"]
            for node in page.css(".s")
            if any(a.attributes["href"] == f"#{item.attributes['id']}" for a in node.css("a"))
        }
        assert {a.attributes["href"][1:] for a in item.css(".cited a")} == citing != set()
    assert [node.text() for node in page.css(".references .quote")] == [e.quote for e in report.evidence]


def test_dropped_sentences_are_counted_and_not_shown():
    html = render_html(sample_report())
    assert "left the inner basin" not in html
    assert "<b>1</b> dropped" in html


def test_nothing_is_fetched_from_anywhere():
    html = render_html(sample_report())
    page = LexborHTMLParser(html)
    assert not re.search(r"https?:|@import|url\(", html)
    assert not page.css("link, img, iframe, object, embed, base, form, audio, video, source")
    fetching = {"src", "srcset", "action", "formaction", "poster", "data", "ping", "background"}
    assert not [node.tag for node in elements(page) if fetching & set(node.attributes)]


def test_the_policy_allows_our_scripts_only():
    page = parse(sample_report())
    policy = page.css_first("meta[http-equiv]").attributes["content"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")
    assert "img-src data:" in policy
    run = [node.text() for node in page.css("script") if "type" not in node.attributes]
    assert len(run) == 2
    for source in run:
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_documents_becomes_neither_elements_nor_attributes(text: str):
    page, clean = parse(with_text_everywhere(text)), parse(with_text_everywhere("harmless"))

    def shape(parsed: LexborHTMLParser) -> list[tuple[str, tuple[str, ...]]]:
        return [(node.tag, tuple(sorted(node.attributes))) for node in elements(parsed)]

    assert shape(page) == shape(clean)
    assert page.css_first("h1").text() == one_line(text)
    assert page.css_first(".references .title").text() == one_line(text)
    assert page.css_first(".said").text().startswith(one_line(text))
    assert page_data(page)["evidence"]["1"]["title"] == one_line(text)


def test_json_cannot_end_its_script_nor_a_line():
    raw = re.search(
        r'id="report-data">(.*?)</script>',
        render_html(with_text_everywhere("</ScRipt>\u2028&<!--")),
        re.DOTALL,
    )
    assert raw is not None
    assert not re.search("[<>&\u2028\u2029]", raw[1])


@settings(max_examples=60)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_sentence_and_quote_are_shown_as_they_are(sentence: str, quote: str):
    page = parse(one_sentence_report(sentence, quote))
    assert page.css_first(".said").text() == one_line(sentence)
    assert page.css_first(".references .quote").text() == one_line(quote)
    assert page_data(page)["evidence"]["1"]["quote"] == one_line(quote)


def own_words(sentence: str, quote: str) -> list[str]:
    page = parse(one_sentence_report(sentence, quote, action="quoted"))
    assert page.css_first(".said").text() == sentence
    return [node.text() for node in page.css(".own")]


def test_quoted_sentences_get_marks_unless_they_bring_their_own():
    marked = [len(node.css(".own")) for node in parse(sample_report()).css(".s.quoted")]
    assert marked == [0, 1]


@pytest.mark.parametrize(
    ("sentence", "quote", "own"),
    [
        ("Gate 17 failed at 23:52.", "Gate 17 failed\nat **23:52**.", ["Gate 17 failed at 23:52."]),
        ("According to “Manual”, the board paid 5 million.", "The board paid 5 million.", ["board paid 5 million."]),
        ("PEP 526 adds a new syntax.", "This PEP adds a new syntax.", ["adds a new syntax."]),
        ("Prices: model Falcon 320; price eur 1290.", "Falcon 320,1290", []),
        ("Chad’s birth rate is 39.2 births (2024 est.).", "39.2 births (2024 est.)", []),
        ("Nobody says any of this.", "The board paid 5 million.", []),
    ],
)
def test_only_the_words_of_the_source_stand_in_marks(sentence: str, quote: str, own: list[str]):
    assert own_words(sentence, quote) == own


def test_the_legend_calls_quoted_sentences_what_they_are():
    assert "taken from one source" in parse(sample_report()).css_first(".tools").text()


def test_a_topic_that_is_the_title_is_shown_once():
    report = sample_report()
    assert parse(report).css(".lede")
    assert not parse(report.model_copy(update={"topic": f"{report.title}."})).css(".lede")


def test_contents_name_every_section_and_the_references():
    page = parse(sample_report())
    headings = [node.text() for node in page.css("main h2")]
    assert [node.text() for node in page.css(".toc a")] == headings
    assert headings[0] == "Introduction"
    assert headings[-1] == "References"


def test_figures_are_shown_with_their_bars():
    report = sample_report()
    page = parse(report)
    shown = {div.css_first("dt").text(): div.css_first("dd").text() for div in page.css(".numbers div")}
    assert shown == {
        "Words": "338",
        "Citations": "23",
        "Sources": "8",
        "Documents": "6",
        "Characters read": "31,874",
        "Mean support": "0.84",
        "Tokens": "48,212",
        "Cost": "$0.00",
        "Time": "4 min 23 s",
        "Stop reason": "done",
    }
    assert "14.4 : 1" in page.css_first(".wide h2").text()
    assert "goal 10 : 1 reached" in page.css_first(".key").text()
    widths = [float(rect.attributes["width"]) for rect in page.css(".bar:not(.ratio) rect")]
    assert widths == pytest.approx([600 * n / 18 - 2 for n in (12, 3, 2, 1)], abs=0.1)


@pytest.mark.parametrize(
    ("ratio", "verdict"), [(0.0, "missed"), (9.99, "missed"), (10.0, "reached"), (250.0, "reached")]
)
def test_the_ratio_bar_stays_in_its_frame(ratio: float, verdict: str):
    report = sample_report()
    figures = report.figures.model_copy(update={"saturation_ratio": ratio})
    page = parse(report.model_copy(update={"figures": figures}))
    assert verdict in page.css_first(".key").text()
    assert 0 <= float(page.css_first(".bar .fill").attributes["width"]) <= 600


def test_small_sums_and_long_times_can_be_read():
    report = sample_report()
    figures = report.figures.model_copy(update={"usd": 0.0042, "seconds": 7384.0})
    text = parse(report.model_copy(update={"figures": figures})).css_first(".numbers").text()
    assert "$0.0042" in text
    assert "2 h 3 min" in text


def test_a_report_without_citations_says_so():
    page = parse(one_sentence_report("Words only.", "q", citations=()))
    assert "No source is cited." in page.css_first(".references").text()
    assert not page.css(".cites")


def test_a_report_that_contradicts_itself_is_not_rendered():
    with pytest.raises(ReportBroken):
        render_html(sample_report().model_copy(update={"evidence": ()}))


def test_the_same_report_gives_the_same_bytes_and_its_language():
    assert render_html(sample_report()) == render_html(sample_report())
    assert '<html lang="de">' in render_html(sample_report(), language="de")


def test_style_and_script_are_files_of_the_package():
    folder = files("agent") / "report_assets"
    style, script = (folder / "report.css").read_text("utf-8"), (folder / "report.js").read_text("utf-8")
    html = render_html(sample_report())
    assert style in html
    assert script in html
    assert "</" not in style + script
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style
    assert "innerHTML" not in script
