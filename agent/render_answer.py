"""An answer as plain text: its sentences with their citation numbers, and its sources, a line each."""

from agent.types import Claim, Report


def _shown(report: Report) -> list[Claim]:
    by_id = {claim.id: claim for claim in report.claims}
    return [by_id[i] for section in report.sections for paragraph in section.paragraphs for i in paragraph]


def answer_text(report: Report) -> str:
    """The sentences with their citation numbers."""
    return " ".join(f"{c.sentence} {''.join(f'[{n}]' for n in c.citations)}".strip() for c in _shown(report))


def sources_text(report: Report) -> str:
    """A line for each source."""
    cited = {number for claim in _shown(report) for number in claim.citations}
    lines = []
    for source in report.evidence:
        if source.number in cited:
            page = f", p. {source.page}" if source.page else ""
            quote = " ".join(source.quote.split())
            lines.append(f"[{source.number}] {source.title}{page} ({source.document}): “{quote}”")
    return "\n".join(lines)
