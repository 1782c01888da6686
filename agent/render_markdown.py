"""A report as Markdown, and the closed-world check of its references.

Knows how text from documents must be written so that it stays text. Must not know how a report came about.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from agent.constraints.outcomes import asked_told
from agent.constraints.types import Ledger, State
from agent.errors import ReportBroken
from agent.types import Claim, Estimate, Evidence, Report

MAX_QUOTE_CHARS = 400
_MAX_SENTENCE_CHARS = 70
REFERENCES = "## References"
UNSAID = "What the corpus does not say"
SENTENCES = "Sentence by sentence"
ABSTRACT, FINDINGS = "Abstract", "Key findings"
LEDGER = "What was asked for"

_MARKER = re.compile(r"(?<!\\)\[(\d+)\]")
_LISTED = re.compile(r"^\[(\d+)\] ", re.MULTILINE)
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
# Direction overrides can make a text read as what it does not say; joiners and marks stay, scripts need them.
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SPECIAL = re.compile(r"[\\`*_\[\]~|$#]")
_ENTITY = re.compile(r"&(?=#?\w+;)")
# Many readers turn bare addresses into links.
_ADDRESS = re.compile(r":(?=//)|(?<=mailto):|(?<=xmpp):|(?<=\bwww)\.|@", re.IGNORECASE)
_BLOCK_START = re.compile(r"^(?:[+=-]|\d{1,9}(?=[.)]))")


def render_markdown(report: Report) -> str:
    """The report: title, sections with `Sentence. [3][7]`, what the corpus does not say, one reference line per cited
    number, and a table of the sentences with their support.

    Raises:
        ReportBroken: the report contradicts itself, or the text written fails `check_references`.
    """
    claims = shown_claims(report)
    parts = [f"# {escaped(report.title)}", *(f"*{escaped(limit)}*" for limit in report.limits), *_front(report)]
    for section, paragraphs in zip(report.sections, claims, strict=True):
        parts.append(f"## {escaped(section.title)}")
        if section.notice:
            parts.append(f"*{escaped(section.notice)}*")
        parts += [_paragraph(paragraph) for paragraph in paragraphs]
    if report.unsaid:
        parts += [f"## {UNSAID}", *(f"*{escaped(line)}*" for line in report.unsaid)]
    parts.append(REFERENCES)
    parts += [_reference(evidence) for evidence in cited_evidence(report)] or ["*No source is cited.*"]
    if any(claim.citations for _, claim in labelled(claims)):
        parts += [f"## {SENTENCES}", _sentences(claims, report.estimate)]
    if report.ledger is not None:
        parts += [f"## {LEDGER}", _ledger(report.ledger)]
    markdown = "\n\n".join(parts) + "\n"
    require_closed_world(markdown)
    return markdown


def check_references(markdown: str) -> list[str]:
    """What is wrong with a rendered report's reference numbers; empty when nothing is."""
    body, heading, listed_text = markdown.rpartition(f"\n{REFERENCES}\n")
    if not heading:
        return [f"there is no '{REFERENCES}' heading"]
    cited = {int(number) for number in _MARKER.findall(body)}
    listed = Counter(int(number) for number in _LISTED.findall(listed_text))
    problems = [f"[{number}] is cited but not listed" for number in sorted(cited - set(listed))]
    problems += [f"[{number}] is listed but not cited" for number in sorted(set(listed) - cited)]
    problems += [f"[{number}] is listed {times} times" for number, times in sorted(listed.items()) if times > 1]
    return problems


def require_closed_world(markdown: str) -> None:
    """Raise ReportBroken, with all problems named, unless `check_references` finds none."""
    problems = check_references(markdown)
    if problems:
        raise ReportBroken("; ".join(problems), hint="This is a bug in the program; please report it.")


def shown_claims(report: Report) -> list[list[list[Claim]]]:
    """Claims by section and paragraph, as the report shows them.

    Raises:
        ReportBroken: a paragraph names a claim that is missing, dropped or shown twice, a shown claim cites a
            number that no evidence has, or two pieces of evidence share a number.
    """
    claims = {claim.id: claim for claim in report.claims}
    numbers = Counter(evidence.number for evidence in report.evidence)
    shown = Counter(
        claim_id for section in report.sections for paragraph in section.paragraphs for claim_id in paragraph
    )
    problems = [f"claim {claim_id} is shown but not held" for claim_id in shown if claim_id not in claims]
    problems += [f"claim {claim_id} is shown {times} times" for claim_id, times in shown.items() if times > 1]
    problems += [f"evidence number {number} is given {times} times" for number, times in numbers.items() if times > 1]
    for claim in (claims[claim_id] for claim_id in shown if claim_id in claims):
        if claim.action == "dropped":
            problems.append(f"claim {claim.id} is shown but dropped")
        problems += [f"claim {claim.id} cites [{n}], which is no evidence" for n in claim.citations if n not in numbers]
    problems += [f"claim {claim_id} stands in front and not in the text" for claim_id in _in_front(report) - set(shown)]
    if problems:
        raise ReportBroken("; ".join(problems), hint="This is a bug in the program; please report it.")
    return [
        [[claims[claim_id] for claim_id in paragraph] for paragraph in section.paragraphs]
        for section in report.sections
    ]


def _in_front(report: Report) -> set[str]:
    return set() if report.front is None else {*report.front.abstract, *report.front.findings}


def front_claims(report: Report) -> tuple[list[Claim], list[Claim]]:
    """The claims of the abstract and those of the key findings; none where nothing stands in front."""
    claims = {claim.id: claim for claim in report.claims}
    front = report.front
    return ([claims[i] for i in front.abstract], [claims[i] for i in front.findings]) if front else ([], [])


def _front(report: Report) -> list[str]:
    abstract, findings = front_claims(report)
    parts = [f"## {ABSTRACT}", _paragraph(abstract)] if abstract else []
    items = "\n".join(f"- {_paragraph([claim])}" for claim in findings)
    return [*parts, f"## {FINDINGS}", items] if findings else parts


def ledger_rows(ledger: Ledger) -> list[tuple[str, str, str]]:
    """Each demand, whether it is met, and what there is of it, for a reader."""
    return [
        (asked_told(entry.demand), STATES[entry.state], f"{entry.found}; {entry.why}" if entry.why else entry.found)
        for entry in ledger.entries
    ]


STATES: Mapping[State, str] = {"met": "met", "unmet": "not met", "unchecked": "not checked"}


def _ledger(ledger: Ledger) -> str:
    rows = ["| " + " | ".join(map(escaped, row)) + " |" for row in ledger_rows(ledger)]
    table = "\n".join(["| demand | outcome | there |", "|---|---|---|", *rows])
    told = [f"Repaired: {escaped('; '.join(ledger.repairs))}."] if ledger.repairs else []
    return "\n\n".join([table, *told])


def cited_evidence(report: Report) -> list[Evidence]:
    """The evidence that shown sentences cite, by number. Raises ReportBroken as `shown_claims` does."""
    cited = {
        number
        for section in shown_claims(report)
        for paragraph in section
        for claim in paragraph
        for number in claim.citations
    }
    return sorted((evidence for evidence in report.evidence if evidence.number in cited), key=lambda e: e.number)


def shorten(text: str, max_chars: int) -> str:
    """`text` on one line, cut at a word boundary with an ellipsis when it is longer than `max_chars`."""
    line = one_line(text)
    if len(line) <= max_chars:
        return line
    cut = line[:max_chars]
    # A script without spaces has no boundary to look for, so a far-away one is ignored.
    boundary = cut.rfind(" ") if line[max_chars] != " " else max_chars
    return (cut[:boundary] if boundary > max_chars // 2 else cut).rstrip(" ,;:–—-") + "…"


def one_line(text: str) -> str:
    """`text` without line breaks, control characters and direction overrides."""
    return _SPACE.sub(" ", _OVERRIDES.sub("", text)).strip()


def escaped(text: str) -> str:
    """`text` as inline Markdown that shows these characters and does nothing else with them."""
    line = _SPECIAL.sub(r"\\\g<0>", one_line(text))
    line = _ENTITY.sub("&amp;", line).replace("<", "&lt;").replace(">", "&gt;")
    return _ADDRESS.sub(r"\\\g<0>", line)


def _escape_start(match: re.Match[str]) -> str:
    # "1." becomes "1\.": the digits themselves cannot be escaped.
    return f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}"


def labelled(sections: Sequence[Sequence[Sequence[Claim]]]) -> Iterator[tuple[str, Claim]]:
    """The claims of `shown_claims` in order, each with the label that a reader sees: its section's number and its own
    within it, as in 2.3."""
    for number, paragraphs in enumerate(sections, start=1):
        claims = [claim for paragraph in paragraphs for claim in paragraph]
        yield from ((f"{number}.{ordinal}", claim) for ordinal, claim in enumerate(claims, start=1))


def support_text(claim: Claim) -> str:
    """A claim's support as a reader sees it; a sentence of the frame, which stands on nothing, has none."""
    return f"{claim.support:.2f}" if claim.citations else "–"


def probability_text(claim: Claim) -> str:
    """A claim's probability of support as a reader sees it; a quotation has none."""
    return "–" if claim.doubt is None else f"{claim.doubt.probability:.2f}"


def _sentences(sections: Sequence[Sequence[Sequence[Claim]]], estimate: Estimate | None) -> str:
    head = ["no.", "sentence", "support", *(["probability"] if estimate else []), "how it fared", "sources"]
    rows = [
        (
            label,
            escaped(shorten(claim.sentence, _MAX_SENTENCE_CHARS)),
            support_text(claim),
            *([probability_text(claim)] if estimate else []),
            claim.action,
            ", ".join(map(str, dict.fromkeys(claim.citations))) or "–",
        )
        for label, claim in labelled(sections)
    ]
    lines = [f"| {' | '.join(row)} |" for row in (tuple(head), *rows)]
    table = "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])
    return f"{table}\n\n*{escaped(estimate.told)}*" if estimate else table


def _paragraph(claims: Sequence[Claim]) -> str:
    return _BLOCK_START.sub(_escape_start, " ".join(_cited_sentence(claim) for claim in claims))


def _cited_sentence(claim: Claim) -> str:
    markers = "".join(f"[{number}]" for number in dict.fromkeys(claim.citations))
    return f"{escaped(claim.sentence)} {markers}".rstrip()


def _reference(evidence: Evidence) -> str:
    place: Sequence[str] = [
        escaped(evidence.title or evidence.document),
        " › ".join(escaped(heading) for heading in evidence.heading_path),
        "" if evidence.page is None else f"p. {evidence.page}",
    ]
    quote = escaped(shorten(evidence.quote, MAX_QUOTE_CHARS))
    return f"[{evidence.number}] {', '.join(p for p in place if p)} ({escaped(evidence.document)}): “{quote}”"
