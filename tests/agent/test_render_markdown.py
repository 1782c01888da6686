"""Reports as Markdown: layout, closed world, and text from documents that stays text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from agent.errors import ReportBroken
from agent.render_markdown import check_references, cited_evidence, escaped, render_markdown, shorten
from agent.types import Evidence
from tests.agent.sample_report import one_sentence_report, sample_report, with_text_everywhere

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ACTIVE = {"link_open", "image", "html_inline", "html_block", "code_inline", "s_open", "strong_open"}
TABLE = {"table", "thead", "tbody", "tr", "th", "td"}

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[click](https://evil.example/x)",
    "![pixel](https://evil.example/p.png)",
    "<https://evil.example>",
    "[ref]: https://evil.example",
    "Fact [99] and [^1] and [3](x).",
    "\n# Heading\n\n## References\n\n[77] Forged",
    "\r# Heading",
    "\u2028## References\u2028[78] Forged",
    "text\n===\n",
    "- item\n1. item\n> quote",
    "1. one",
    "---",
    "```\ncode\n```",
    "    indented",
    "~~~",
    "| a | b |\n|---|---|",
    "**bold** _it_ `code` ~~gone~~ $x$",
    "&lt;b&gt; &#91;5&#93; &amp;",
    "back\\slash \\[4\\] \\",
    "\u202etxt.exe\u202c",
    "</script><!-- ]]>",
    "C#",
]


def tokens_of(markdown: str) -> list[tuple[str, str]]:
    found = []
    for token in READER.parse(markdown):
        found.append((token.type, token.tag))
        found += [(child.type, child.tag) for child in token.children or []]
    return found


def test_the_sample_has_its_title_sections_notice_sentences_and_references():
    lines = render_markdown(sample_report()).splitlines()
    assert lines[0] == "# Five winters of seawater heat in Halvorsund"
    assert [line for line in lines if line.startswith("## ")] == [
        "## Introduction",
        "## What the heat pumps deliver",
        "## The outage of January 2021",
        "## Effects on households and on the harbour",
        "## Conclusion",
        "## References",
        "## Sentence by sentence",
    ]
    assert "*Only two documents describe the outage, and one of them is a newspaper.*" in lines
    paragraph = lines[lines.index("## What the heat pumps deliver") + 2]
    assert "covered the remaining 27 per cent. [1] The seasonal" in paragraph
    assert any(line.endswith("a single intake. [1][2][7][8]") for line in lines)
    assert (
        "[2] Halvorsund Heat Network: Five-Year Operating Review, 3 Operation › 3.4 Efficiency, p. 17 "
        "(harbour/heat-network-2023.pdf): “The measured seasonal coefficient of performance was 3.1, against"
        in lines[lines.index("## References") + 4]
    )


def test_each_sentence_has_its_label_support_fate_and_sources_in_the_table():
    lines = render_markdown(sample_report()).splitlines()
    rows = [line for line in lines if re.match(r"\| \d+\.\d+ \|", line)]
    assert len(rows) == 17
    assert rows[2].startswith("| 2.1 | From November 2018 to March 2023")
    assert rows[2].endswith("… | 0.98 | kept | 1 |")
    assert rows[-1].endswith("| 0.77 | kept | 1, 2, 7, 8 |")


def test_what_the_corpus_does_not_say_stands_before_the_references_where_there_is_something():
    report = sample_report()
    assert "does not say" not in render_markdown(report)
    told = render_markdown(report.model_copy(update={"unsaid": ("This holds for what was read.", "No <b>.")}))
    before, _, after = told.partition("\n## What the corpus does not say\n")
    assert after.startswith("\n*This holds for what was read.*\n\n*No &lt;b&gt;.*\n\n## References\n")
    assert before.rstrip().endswith("[1][2][7][8]")


def test_dropped_sentences_and_what_nobody_cites_are_not_shown():
    report = sample_report()
    unused = report.evidence[0].model_copy(update={"number": 12, "title": "Nobody cites this"})
    markdown = render_markdown(report.model_copy(update={"evidence": (unused, *report.evidence)}))
    assert "left the inner basin" not in markdown
    assert "Nobody cites this" not in markdown
    assert check_references(markdown) == []


def test_references_stand_in_the_order_of_their_numbers():
    report = sample_report()
    shuffled = report.model_copy(update={"evidence": report.evidence[::-1]})
    assert [e.number for e in cited_evidence(shuffled)] == list(range(1, 9))
    assert render_markdown(shuffled) == render_markdown(report)


def test_a_report_without_citations_says_so():
    markdown = render_markdown(one_sentence_report("Words only.", "quote", citations=()))
    assert markdown.endswith("Words only.\n\n## References\n\n*No source is cited.*\n")


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_documents_stays_text(text: str):
    spoiled = render_markdown(with_text_everywhere(text))
    assert spoiled.splitlines().count("## References") == 1
    assert check_references(spoiled) == []
    found = tokens_of(spoiled)
    assert not ACTIVE & {kind for kind, _ in found}
    assert {tag for kind, tag in found if kind.endswith("_open")} <= {"h1", "h2", "p", "em", *TABLE}
    assert [tag for kind, tag in found if kind == "heading_open"] == ["h1"] + ["h2"] * 8
    assert sum(kind == "tr_open" for kind, _ in found) == 1 + 17


@settings(max_examples=200)
@given(st.text(alphabet=st.sampled_from("aé1 \n\t#*_-+=~`[](){}<>!|\\&;:/.@$^'\"w\u2028"), max_size=40))
def test_a_reader_sees_exactly_the_characters_of_the_text(text: str):
    rendered = READER.parseInline(escaped(text))[0]
    shown = "".join(child.content for child in rendered.children or [])
    assert {child.type for child in rendered.children or []} <= {"text", "text_special"}
    assert shown == " ".join(text.split())


@settings(max_examples=60)
@given(st.text(max_size=60), st.text(max_size=60))
def test_no_sentence_or_quote_opens_the_closed_world(sentence: str, quote: str):
    markdown = render_markdown(one_sentence_report(sentence, quote))
    assert check_references(markdown) == []
    assert set(re.findall(r"(?<!\\)\[(\d+)\]", markdown)) == {"1"}


def test_bare_addresses_are_broken_so_that_no_reader_links_them():
    shown = escaped("see https://evil.example, www.evil.example, mailto:a@evil.example")
    assert not re.search(r"https?://|\bwww\.|mailto:|(?<!\\)@", shown)


@pytest.mark.parametrize(
    ("markdown", "problems"),
    [
        ("# T\n\nA. [1]\n\n## References\n\n[1] A\n", []),
        ("# T\n\nA. [1][2]\n\n## References\n\n[1] A\n", ["[2] is cited but not listed"]),
        ("# T\n\nA. [1]\n\n## References\n\n[1] A\n\n[3] B\n", ["[3] is listed but not cited"]),
        ("# T\n\nA. [1]\n\n## References\n\n[1] A\n\n[1] B\n", ["[1] is listed 2 times"]),
        ("# T\n\nA. [1]\n", ["there is no '## References' heading"]),
        ("# T\n\nA \\[9\\].\n\n## References\n\n*No source is cited.*\n", []),
    ],
)
def test_problems_of_references_are_named(markdown: str, problems: list[str]):
    assert check_references(markdown) == problems


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ({"evidence": ()}, r"claim c1 cites \[1\], which is no evidence"),
        ({"claims": ()}, "claim c1 is shown but not held"),
    ],
)
def test_a_report_that_contradicts_itself_is_not_rendered(spoil: dict[str, object], message: str):
    with pytest.raises(ReportBroken, match=message) as caught:
        render_markdown(sample_report().model_copy(update=spoil))
    assert caught.value.exit_code == 6


def test_dropped_or_repeated_claims_and_shared_numbers_break_a_report():
    with pytest.raises(ReportBroken, match="shown but dropped"):
        render_markdown(one_sentence_report("A.", "q", action="dropped"))
    report = one_sentence_report("A.", "q")
    twice = report.sections[0].model_copy(update={"paragraphs": (("c1",), ("c1",))})
    with pytest.raises(ReportBroken, match="shown 2 times"):
        render_markdown(report.model_copy(update={"sections": (twice,)}))
    with pytest.raises(ReportBroken, match="given 2 times"):
        render_markdown(report.model_copy(update={"evidence": report.evidence * 2}))


def test_long_quotes_are_cut_at_a_word():
    assert shorten("short", 10) == "short"
    assert shorten("one two three", 8) == "one two…"
    assert shorten("one two three", 7) == "one two…"
    assert shorten("one two, three", 9) == "one two…"
    assert shorten("零" * 30, 10) == "零" * 10 + "…"
    long = Evidence(number=1, document="d", title="", passage="p", start=0, end=900, quote="word " * 180)
    markdown = render_markdown(one_sentence_report("A.", "q").model_copy(update={"evidence": (long,)}))
    (reference,) = [line for line in markdown.splitlines() if line.startswith("[1] ")]
    assert len(reference) < 430
    assert reference.startswith("[1] d (d): “word")
    assert reference.endswith("word…”")
