"""The report's page with hostile text in every part that documents, models and users can write: properties."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from agent.constraints.types import Checked, Demand, Ledger
from agent.diary import Diary
from agent.measuring.rhythm import rhythm_of
from agent.measuring.style_records import SegmentStyle, TextStyle
from agent.render_html import render_html
from agent.types import Estimate, Front, MeasuredOn, Report
from lm.spending import RoleSpend, Spend
from tests.agent.made_diary import made_diary
from tests.agent.sample_report import sample_report

# Keys of free text, in a report or a diary: whoever wrote it may have meant harm.
FREE = frozenset(
    {
        *(
            "title",
            "topic",
            "run_id",
            "notice",
            "sentence",
            "reasons",
            "document",
            "quote",
            "heading_path",
            "stop_reason",
        ),
        *("why", "found", "wanted", "repairs", "scorer", "heading", "refused", "fitted_on", "name", "limits", "unsaid"),
        *("query", "reason", "remarks", "run"),
    }
)
PIECES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</script><svg onload=alert(1)>",
    "</style></title></textarea></details></main>",
    "<!--",
    "-->",
    "]]>",
    "javascript:alert(1)",
    "data:text/html,<b>",
    "https://attacker.example/?q=",
    "<a href=javascript:alert(1)>",
    "<meta http-equiv=refresh content=0>",
    "<base href=//attacker.example>",
    "&lt;&#60;&#x3c",
    "\u2028\u2029\x00\x1b[31m\u202e\ufeff",
    "${1}{{1}}`\\u003cscript\\u003e",
)
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), min_size=1, max_size=5).map("".join)


def full_report() -> Report:
    """The sample with every part that a page can have."""
    report = sample_report()
    ids = [i for section in report.sections for paragraph in section.paragraphs for i in paragraph]
    part = SegmentStyle(
        heading="H",
        start=0,
        end=9,
        words=2,
        smoothing=None,
        refused="too short",
        rhythm=rhythm_of([["A line.", "Another line."]]),
        distinct_2=1.0,
        distinct_4=1.0,
        copied=0.5,
    )
    demand = Demand(kind="mention", wanted="tea", origin="request")
    spend = Spend(by_role={"writer": RoleSpend(calls=2, unpriced=1, prompt_tokens=9)}, seconds=1.0)
    figures = report.figures.model_copy(
        update={"spend": spend, "style": TextStyle(scorer="s", whole=part, parts=(part, part)), "demands": {"met": 1}}
    )
    return report.model_copy(
        update={
            "figures": figures,
            "front": Front(abstract=tuple(ids[:2]), findings=tuple(ids[2:4])),
            "ledger": Ledger(
                entries=(Checked(demand=demand, state="unmet", found="none", why="no source"),), repairs=("one",)
            ),
            "estimate": Estimate(
                fitted_on=("set",), n_fitted=9, measured=(MeasuredOn(name="set", n=5, auroc=0.7, ece=0.1),)
            ),
            "limits": ("a limit",),
            "unsaid": ("unsaid",),
        }
    )


def filled(value: object, text: str, free: frozenset[str] = FREE, key: str = "") -> object:
    """The nested value with `text` for every free text."""
    if isinstance(value, dict):
        return {name: filled(inner, text, free, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, text, free, key) for inner in value]
    return text if isinstance(value, str) and key in free else value


def page_with(text: str) -> str:
    return render_html(report_with(text))


def report_with(text: str) -> Report:
    return Report.model_validate(filled(json.loads(full_report().model_dump_json()), text))


def page_with_diary(text: str) -> str:
    diary = Diary.model_validate(filled(json.loads(made_diary(2, 3).model_dump_json()), text, FREE - {"why"}))
    return render_html(report_with(text), diary=diary)


@pytest.mark.parametrize("text", PIECES)
def test_no_piece_of_markup_becomes_markup(text):
    assert problems_of(page_with_diary(text)) == []


@settings(max_examples=60)
@given(texts)
def test_no_text_becomes_markup(text):
    assert problems_of(page_with(text)) == []


def problems_of(page: str) -> list[str]:
    """What could act in a browser, or reach beyond the page, and is none of ours."""
    parsed = LexborHTMLParser(page)
    found = []
    for node in parsed.css("*"):
        for name, value in node.attributes.items():
            value = (value or "").strip()
            if name.startswith("on") or (name in {"src", "action", "formaction", "data"}):
                found.append(f"<{node.tag} {name}>")
            if name == "href" and not re.fullmatch(r"#[\w-]+", value):
                found.append(f"<{node.tag} href={value}>")
            if name == "style" and re.search(r"url\((?!#)|expression|[<>]|@import", value):
                found.append(f"<{node.tag} style={value}>")
        if node.tag in {"iframe", "object", "embed", "base", "link", "form", "img"}:
            found.append(f"<{node.tag}>")
    if [node.attributes.get("http-equiv") for node in parsed.css("meta[http-equiv]")] != ["Content-Security-Policy"]:
        found.append("another meta, or no policy")
    n_scripts = len(parsed.css("script"))
    return found + ([f"{n_scripts} scripts"] if n_scripts != 3 else [])


def test_the_page_may_load_nothing_from_anywhere():
    (meta,) = LexborHTMLParser(page_with("x")).css("meta[http-equiv]")

    rules = dict(rule.strip().split(" ", 1) for rule in meta.attributes["content"].split(";"))

    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert not {"connect-src", "frame-src", "object-src", "font-src", "media-src", "worker-src"} & set(rules)
    assert "http" not in meta.attributes["content"]
