"""What a report on paper consists of: text, what is missing, figures, references, each sentence with its quotations.

Knows reports. Must not know how a file is made.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from agent.constraints.types import Ledger
from agent.export.paper import Heading, Kind, Paper, Paragraph, Part, Picture, Run, Table, writable
from agent.export.support_picture import HEIGHT, WIDTH, described, support_png
from agent.render_markdown import (
    ABSTRACT,
    FINDINGS,
    LEDGER,
    MAX_QUOTE_CHARS,
    SENTENCES,
    UNSAID,
    cited_evidence,
    front_claims,
    labelled,
    ledger_rows,
    probability_text,
    shorten,
    shown_claims,
    support_text,
)
from agent.render_spending import HEADER, figure_rows, spending_remarks, spending_rows
from agent.types import Claim, Evidence, Report, ReportSection, RunFigures
from lm.spending import Spend

FIGURES = "Figures of the run"
REFERENCES = "References"

Paragraphs = Sequence[Sequence[Claim]]


def paper_of(report: Report, *, created: datetime, language: str = "en") -> Paper:
    """The report as a paper.

    Args:
        report: What it shows.
        created: When its run began, in UTC: the same run gives the same paper.
        language: BCP 47 tag of its text.

    Raises:
        ReportBroken: the report contradicts itself (see `render_markdown.shown_claims`).
    """
    sections = shown_claims(report)
    claims = list(labelled(sections))
    return Paper(
        title=writable(report.title),
        topic=writable(report.topic),
        run_id=writable(report.run_id),
        created=created,
        language=language,
        front=tuple(_front(report)),
        parts=tuple(
            part
            for parts in (
                _summary(report),
                _text(report, sections),
                _list(UNSAID, "unsaid", report.unsaid),
                _figures(report.figures, claims),
                _references(cited_evidence(report), claims),
                _sentences(report, claims),
                _ledger(report.ledger),
            )
            for part in parts
        ),
    )


def _front(report: Report) -> Iterator[Paragraph]:
    topic, title = writable(report.topic), writable(report.title)
    if topic.strip(" .").casefold() != title.strip(" .").casefold():
        yield _slanted(topic)
    for limit in report.limits:
        yield _slanted(limit)


def _slanted(text: str) -> Paragraph:
    return Paragraph((Run(writable(text), "slanted"),), "notice")


def _summary(report: Report) -> Iterator[Part]:
    """The abstract as a paragraph, the key findings as a list; nothing where nothing stands in front."""
    abstract, findings = front_claims(report)
    if abstract:
        yield Heading(ABSTRACT, 1, "abstract")
        yield _sentences_in_a_row(abstract, "text")
    if findings:
        yield Heading(FINDINGS, 1, "key-findings")
        yield from (_sentences_in_a_row([claim], "item") for claim in findings)


def _text(report: Report, sections: Sequence[Paragraphs]) -> Iterator[Part]:
    for number, (section, paragraphs) in enumerate(zip(report.sections, sections, strict=True), start=1):
        yield Heading(writable(section.title), 1, f"section-{number}")
        if section.notice:
            yield _slanted(section.notice)
        yield from (_paragraph(section, claims) for claims in paragraphs)


def _paragraph(section: ReportSection, claims: Sequence[Claim]) -> Paragraph:
    return _sentences_in_a_row(claims, "item" if section.kind == "disagreements" else "text")


def _sentences_in_a_row(claims: Sequence[Claim], kind: Kind) -> Paragraph:
    runs: list[Run] = []
    for claim in claims:
        runs.append(Run(f"{' ' if runs else ''}{writable(claim.sentence)}"))
        runs += _marks(claim)
    return Paragraph(tuple(runs), kind)


def _marks(claim: Claim) -> Iterator[Run]:
    for position, number in enumerate(dict.fromkeys(claim.citations)):
        if position == 0:
            yield Run("\N{NO-BREAK SPACE}")
        yield Run(f"[{number}]", to=_reference_anchor(number))


def _reference_anchor(number: int) -> str:
    return f"reference-{number}"


def _sentence_anchor(label: str) -> str:
    return f"sentence-{label.replace('.', '-')}"


def _list(title: str, anchor: str, lines: Sequence[str]) -> Iterator[Part]:
    if lines:
        yield Heading(title, 1, anchor)
        yield from (Paragraph((Run(writable(line)),), "item") for line in lines)


def _figures(figures: RunFigures, claims: Sequence[tuple[str, Claim]]) -> Iterator[Part]:
    yield Heading(FIGURES, 1, "figures")
    fates = [(f"Sentences {action}", f"{n:,}") for action, n in figures.claims.items()]
    ratio = ("Distinct characters read for each written", f"{figures.saturation_ratio:.1f}")
    rows = [*figure_rows(figures), ratio, *fates]
    yield Table((), tuple((writable(name), writable(value)) for name, value in rows))
    supported = [(label, claim) for label, claim in claims if claim.citations]
    if supported:
        yield Picture(support_png(supported), WIDTH, HEIGHT, described(supported))
    if figures.spend is not None:
        yield from _spending(figures.spend)


def _spending(spend: Spend) -> Iterator[Part]:
    if rows := spending_rows(spend):
        yield Heading("What it took, role by role", 2, "spending")
        yield Table(HEADER, tuple(tuple(writable(cell) for cell in row) for row in rows))
        yield from (Paragraph((Run(writable(remark)),)) for remark in spending_remarks(spend))


def _references(evidence: Sequence[Evidence], claims: Sequence[tuple[str, Claim]]) -> Iterator[Part]:
    yield Heading(REFERENCES, 1, "references")
    if not evidence:
        yield _slanted("No source is cited.")
    for one in evidence:
        citing = [label for label, claim in claims if one.number in claim.citations]
        yield Paragraph(
            (
                Run(f"[{one.number}] ", "strong"),
                Run(_place(one)),
                Run(f": “{writable(one.quote)}” Cited by sentence "),
                *_separated([Run(label, to=_sentence_anchor(label)) for label in citing]),
                Run("."),
            ),
            "reference",
            _reference_anchor(one.number),
        )


def _place(evidence: Evidence) -> str:
    page = "" if evidence.page is None else f"p. {evidence.page}"
    place = [evidence.title or evidence.document, " › ".join(evidence.heading_path), page]
    span = f"characters {evidence.start:,}–{evidence.end:,}"
    return writable(f"{', '.join(part for part in place if part)} ({evidence.document}, {span})")


def _separated(runs: Sequence[Run]) -> Iterator[Run]:
    for position, run in enumerate(runs):
        if position:
            yield Run(", ")
        yield run


def _sentences(report: Report, claims: Sequence[tuple[str, Claim]]) -> Iterator[Part]:
    """The appendix: what each sentence stands on."""
    quotes = {one.number: shorten(writable(one.quote), MAX_QUOTE_CHARS) for one in report.evidence}
    yield Heading(SENTENCES, 1, "sentences")
    section = ""
    for label, claim in claims:
        number = label.partition(".")[0]
        if number != section:
            section = number
            yield Heading(f"{number}  {writable(report.sections[int(number) - 1].title)}", 2, f"sentences-{number}")
        yield Paragraph(
            (Run(f"{label}  ", "strong"), Run(f"{writable(claim.sentence)} "), Run(_fate(claim), "slanted")),
            "entry",
            _sentence_anchor(label),
        )
        for cited in dict.fromkeys(claim.citations):
            mark = Run(f"[{cited}]", to=_reference_anchor(cited))
            yield Paragraph((mark, Run(f" “{quotes[cited]}”")), "quotation")
    if report.estimate is not None:
        yield Paragraph((Run(writable(report.estimate.told), "slanted"),), "notice")


def _ledger(ledger: Ledger | None) -> Iterator[Part]:
    if ledger is None:
        return
    yield Heading(LEDGER, 1, "asked")
    for asked, state, found in ledger_rows(ledger):
        yield Paragraph((Run(f"{writable(asked)}: "), Run(state, "strong"), Run(f" ({writable(found)})")), "item")
    if ledger.repairs:
        yield Paragraph((Run(f"Repaired: {writable('; '.join(ledger.repairs))}."),))


def _fate(claim: Claim) -> str:
    likely = "" if claim.doubt is None else f", probability {probability_text(claim)}"
    support = f"Support {support_text(claim)}{likely}" if claim.citations else "No source: it speaks of the report"
    why = f": {writable('; '.join(claim.reasons))}" if claim.reasons and claim.citations else ""
    return f"({support}; {claim.action}{why})"
