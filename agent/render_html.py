"""A report as one HTML file that needs nothing from anywhere: text, sources beside it, figures, references.

Knows HTML and how to keep other people's text from becoming it. Must not know how a report came about.
Without JavaScript the reader still has every sentence, citation and quotation.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from agent.diary import Diary
from agent.render_asked import FRONT_ANCHOR, LEDGER_ANCHOR, front_section, ledger_section
from agent.render_diary import ANCHOR, TITLE, diary_section
from agent.render_markdown import (
    ABSTRACT,
    LEDGER,
    UNSAID,
    cited_evidence,
    front_claims,
    one_line,
    probability_text,
    shown_claims,
)
from agent.render_spending import figure_rows, spending_section
from agent.render_style import style_section
from agent.shared_words import quoted_span, shared_spans
from agent.types import Claim, Estimate, Evidence, Report, ReportSection, RunFigures

RATIO_GOAL = 10.0
_ACTIONS = ("kept", "revised", "quoted", "dropped")
_QUOTE_MARKS = "“\"„«‘'「『”"
_BAR_WIDTH = 600
# Before the first paint, so that the page does not jump when the side panel appears.
_FIRST_SCRIPT = 'document.documentElement.classList.add("js")'


@dataclass(frozen=True)
class _Placed:
    """A shown claim, its place in the page's data, and the label that readers see, e.g. 2.3."""

    claim: Claim
    index: int
    section: int
    ordinal: int

    @property
    def label(self) -> str:
        return f"{self.section}.{self.ordinal}"

    @property
    def anchor(self) -> str:
        return f"s-{self.section}-{self.ordinal}"


def render_html(report: Report, *, diary: Diary | None = None, language: str = "en") -> str:
    """The report as a self-contained page.

    Args:
        report: What the page shows.
        diary: How it was read, folded below the references; None leaves it out.
        language: BCP 47 tag of its text.

    Raises:
        ReportBroken: the report contradicts itself (see `render_markdown.shown_claims`).
    """
    placed = _place(report)
    shown = [claim for section in placed for paragraph in section for claim in paragraph]
    evidence = cited_evidence(report)
    quotes = {item.number: one_line(item.quote) for item in evidence}
    script = _asset("report.js")
    sections = "".join(
        _section(number, section, paragraphs, quotes)
        for number, (section, paragraphs) in enumerate(zip(report.sections, placed, strict=True), start=1)
    )
    limits = "".join(f'<p class="notice">{_text(limit)}</p>' for limit in report.limits)
    body = (
        f'<div class="page">{_head(report)}<div class="grid">{_contents(report, has_diary=diary is not None)}'
        f'<main class="text">{_TOOLS}{limits}{_front(report, shown, quotes)}{sections}{_unsaid(report)}'
        f"{_references(evidence, shown, report.estimate)}{ledger_section(report.ledger)}"
        f"{diary_section(diary) if diary is not None else ''}</main>{_PANEL}</div></div>"
        f'<script type="application/json" id="report-data">{_data(evidence, shown)}</script>'
        f"<script>{script}</script>"
    )
    return (
        f'<!doctype html>\n<html lang="{_text(language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="referrer" content="no-referrer"><title>{_text(report.title)}</title>'
        f"<style>{_asset('report.css')}</style><script>{_FIRST_SCRIPT}</script></head><body>{body}</body></html>\n"
    )


_TOOLS = (
    '<div class="tools"><label><input type="checkbox" id="tint" role="switch" checked>'
    "Show uncertainty</label>"
    '<span class="scale">well <i></i> weakly supported</span>'
    "<span><em>taken from one source</em>, <q>in its own words</q> between marks</span></div>"
)
_PANEL = (
    '<aside class="panel" id="panel" aria-label="Sources of the sentence" aria-live="polite">'
    '<div id="panel-body"><div class="hint"><strong>What does a sentence stand on?</strong>'
    "<p>Point at a sentence, or step through them with <kbd>Tab</kbd> or <kbd>j</kbd> <kbd>k</kbd>: "
    "its sources appear here, with the words and numbers that it shares with them.</p>"
    "<p>Click to keep a sentence; <kbd>Esc</kbd> lets it go.</p></div></div></aside>"
)


def _asset(name: str) -> str:
    return (files("agent") / "report_assets" / name).read_text(encoding="utf-8")


def _policy(script: str) -> str:
    # Browsers that know hashes run our two scripts only; older ones fall back to 'unsafe-inline'.
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
        for source in (_FIRST_SCRIPT, script)
    )
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src {hashes} 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _text(text: str) -> str:
    return escape(one_line(text), quote=True)


def _place(report: Report) -> list[list[list[_Placed]]]:
    placed, index = [], 0
    for number, paragraphs in enumerate(shown_claims(report), start=1):
        section, ordinal = [], 0
        for paragraph in paragraphs:
            row = []
            for claim in paragraph:
                ordinal += 1
                row.append(_Placed(claim, index, number, ordinal))
                index += 1
            section.append(row)
        placed.append(section)
    return placed


def _head(report: Report) -> str:
    says_more = one_line(report.topic).strip(" .").casefold() != one_line(report.title).strip(" .").casefold()
    lede = f'<p class="lede">{_text(report.topic)}</p>' if says_more else ""
    return (
        f'<header class="head"><p class="eyebrow"><b>Wellread</b>{_text(report.run_id)}</p>'
        f"<h1>{_text(report.title)}</h1>{lede}</header>"
        '<section class="figures" aria-label="Figures of the run">'
        f"{_ratio(report.figures)}{_fates(report.figures)}{_numbers(report.figures)}"
        f"{style_section(report.figures.style) if report.figures.style else ''}"
        f"{spending_section(report.figures.spend) if report.figures.spend else ''}</section>"
    )


def _ratio(figures: RunFigures) -> str:
    ratio, scale = figures.saturation_ratio, max(1.35 * RATIO_GOAL, 1.05 * figures.saturation_ratio)
    is_short = ratio < RATIO_GOAL
    width, goal = _BAR_WIDTH * max(ratio, 0.0) / scale, _BAR_WIDTH * RATIO_GOAL / scale
    said = f"{ratio:.1f} distinct characters read for each character written; the goal is {RATIO_GOAL:.0f}"
    return (
        f'<div class="wide"><h2>Read for each character written <strong>{ratio:.1f} : 1</strong></h2>'
        f'<svg class="bar ratio" viewBox="0 0 {_BAR_WIDTH} 12" preserveAspectRatio="none" role="img" '
        f'aria-label="{said}">'
        f'<rect class="track" width="{_BAR_WIDTH}" height="12" rx="6"/>'
        f'<rect class="fill{" short" if is_short else ""}" width="{width:.1f}" height="12" rx="6"/>'
        f'<rect class="goal" x="{goal - 1:.1f}" y="-3" width="2" height="18"/></svg>'
        f'<ul class="key"><li>goal {RATIO_GOAL:.0f} : 1 {"missed" if is_short else "reached"}</li>'
        f"<li><b>{figures.characters_unique:,}</b> distinct characters read</li>"
        f"<li><b>{figures.characters_written:,}</b> written</li></ul></div>"
    )


def _fates(figures: RunFigures) -> str:
    counts = {action: figures.claims.get(action, 0) for action in _ACTIONS}
    total, x, rects = max(sum(counts.values()), 1), 0.0, []
    for action, count in counts.items():
        width = _BAR_WIDTH * count / total
        rects.append(f'<rect class="{action}" x="{x:.1f}" width="{max(width - 2, 0):.1f}" height="12"/>')
        x += width
    said = ", ".join(f"{count} {action}" for action, count in counts.items())
    key = "".join(f'<li><i class="dot {a}"></i><b>{n}</b> {a}</li>' for a, n in counts.items())
    return (
        f'<div class="wide"><h2>How the sentences fared <strong>{sum(counts.values())}</strong></h2>'
        f'<svg class="bar" viewBox="0 0 {_BAR_WIDTH} 12" preserveAspectRatio="none" role="img" '
        f'aria-label="{said}">{"".join(rects)}</svg><ul class="key">{key}</ul></div>'
    )


def _numbers(figures: RunFigures) -> str:
    rows = figure_rows(figures)
    return f'<dl class="numbers">{"".join(f"<div><dt>{k}</dt><dd>{_text(v)}</dd></div>" for k, v in rows)}</dl>'


def _contents(report: Report, *, has_diary: bool) -> str:
    items = f'<li><a href="#{FRONT_ANCHOR}">{ABSTRACT}</a></li>' if report.front else ""
    items += "".join(
        f'<li><a href="#section-{n}">{_text(section.title)}</a></li>' for n, section in enumerate(report.sections, 1)
    )
    items += f'<li><a href="#unsaid">{UNSAID}</a></li>' if report.unsaid else ""
    diary = f'<li><a href="#{LEDGER_ANCHOR}">{LEDGER}</a></li>' if report.ledger else ""
    diary += f'<li><a href="#{ANCHOR}">{TITLE}</a></li>' if has_diary else ""
    return (
        '<nav class="toc" aria-label="Contents"><details open><summary>Contents</summary>'
        f'<ol>{items}<li><a href="#references">References</a></li>{diary}</ol></details></nav>'
    )


def _section(number: int, section: ReportSection, paragraphs: list[list[_Placed]], quotes: Mapping[int, str]) -> str:
    notice = f'<p class="notice">{_text(section.notice)}</p>' if section.notice else ""
    text = "".join(f"<p>{' '.join(_sentence(placed, quotes) for placed in row)}</p>" for row in paragraphs)
    return f'<section id="section-{number}"><h2>{_text(section.title)}</h2>{notice}{text}</section>'


def _front(report: Report, shown: list[_Placed], quotes: Mapping[int, str]) -> str:
    """Sentences of the text once more, without anchors of their own."""
    places = {placed.claim.id: placed for placed in shown}
    abstract, findings = ([_span_of(places[c.id], quotes, "") for c in claims] for claims in front_claims(report))
    return front_section(abstract, findings)


def _sentence(placed: _Placed, quotes: Mapping[int, str]) -> str:
    return _span_of(placed, quotes, f' id="{placed.anchor}"')


def _span_of(placed: _Placed, quotes: Mapping[int, str], identity: str) -> str:
    claim = placed.claim
    cites = "".join(
        f'<a href="#ref-{number}" data-number="{number}">[{number}]</a>' for number in dict.fromkeys(claim.citations)
    )
    sentence = one_line(claim.sentence)
    return (
        f'<span class="s {claim.action}"{identity} data-claim="{placed.index}" '
        f'style="--u:{1 - claim.support:.2f}"><span class="said">{_said(sentence, claim, quotes)}</span>'
        + (f'<span class="cites">&nbsp;{cites}</span>' if cites else "")
        + "</span>"
    )


def _said(sentence: str, claim: Claim, quotes: Mapping[int, str]) -> str:
    """The sentence, with marks around what its source says word for word, unless it brings marks of its own."""
    if claim.action != "quoted":
        return escape(sentence)
    spans = (quoted_span(sentence, quotes[number]) for number in claim.citations)
    span = next((span for span in spans if span), None)
    if span is None or sentence[span[0]] in _QUOTE_MARKS:
        return escape(sentence)
    return f'{escape(sentence[: span[0]])}<span class="own">{escape(sentence[span[0] :])}</span>'


def _unsaid(report: Report) -> str:
    items = "".join(f"<li>{_text(line)}</li>" for line in report.unsaid)
    return f'<section id="unsaid"><h2>{UNSAID}</h2><ul>{items}</ul></section>' if items else ""


def _references(evidence: list[Evidence], shown: list[_Placed], estimate: Estimate | None) -> str:
    items = "".join(_reference(item, [p for p in shown if item.number in p.claim.citations]) for item in evidence)
    listed = f"<ol>{items}</ol>" if items else "<p>No source is cited.</p>"
    return (
        f'<section class="references" id="references"><h2>References</h2>{listed}'
        '<p class="foot">Each quotation was found, word for word, in the stored text of its source. '
        "Offsets count characters of that text.</p>"
        + (f'<p class="foot" id="estimate">{_text(estimate.told)}</p>' if estimate else "")
        + "</section>"
    )


def _reference(evidence: Evidence, citing: list[_Placed]) -> str:
    path = " › ".join(_text(heading) for heading in evidence.heading_path)
    page = "" if evidence.page is None else f" · page {evidence.page}"
    back = "".join(
        f'<a href="#{p.anchor}" title="Back to the sentence; {_supported(p.claim)}">{p.label}</a>' for p in citing
    )
    return (
        f'<li id="ref-{evidence.number}"><div><span class="number">{evidence.number}</span></div><div>'
        f'<p class="title">{_text(evidence.title or evidence.document)}</p>'
        + (f'<p class="path">{path}</p>' if path else "")
        + f'<blockquote class="quote">{_text(evidence.quote)}</blockquote>'
        f'<p class="place"><code>{_text(evidence.document)}</code>{page} · characters {_span(evidence)}</p>'
        f'<p class="place cited">Cited by sentence {back}</p></div></li>'
    )


def _supported(claim: Claim) -> str:
    likely = "" if claim.doubt is None else f", probability {probability_text(claim)}"
    return f"support {claim.support:.2f}{likely}"


def _span(evidence: Evidence) -> str:
    return f"{evidence.start:,}–{evidence.end:,}"


def _data(evidence: list[Evidence], shown: list[_Placed]) -> str:
    """What the script shows beside the text, as JSON that cannot end its script element."""
    quotes = {item.number: one_line(item.quote) for item in evidence}
    claims = [
        {
            "label": placed.label,
            "action": placed.claim.action,
            "support": placed.claim.support,
            "probability": None if placed.claim.doubt is None else placed.claim.doubt.probability,
            "reasons": [one_line(reason) for reason in placed.claim.reasons],
            "sources": [
                {"number": n, "spans": shared_spans(placed.claim.sentence, quotes[n])}
                for n in dict.fromkeys(placed.claim.citations)
            ],
        }
        for placed in shown
    ]
    sources = {
        item.number: {
            "title": one_line(item.title or item.document),
            "document": one_line(item.document),
            "page": item.page,
            "path": [one_line(heading) for heading in item.heading_path],
            "quote": quotes[item.number],
            "span": _span(item),
        }
        for item in evidence
    }
    text = json.dumps({"claims": claims, "evidence": sources}, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
