"""An invented report, as the program would make one, for the renderers' tests; and ways to spoil it."""

from pathlib import Path

from agent.types import Claim, Evidence, Report, ReportSection


def sample_report() -> Report:
    return Report.model_validate_json(Path(__file__).with_suffix(".json").read_bytes())


def with_text_everywhere(text: str) -> Report:
    """The sample with `text` wherever text of a document or a model can stand."""
    report = sample_report()
    claims = [
        claim.model_copy(update={"sentence": f"{text} {claim.sentence}", "reasons": (text,)}) for claim in report.claims
    ]
    evidence = [
        e.model_copy(update={"title": text, "document": text, "quote": f"{text} {e.quote}", "heading_path": (text,)})
        for e in report.evidence
    ]
    sections = [s.model_copy(update={"title": text, "notice": text}) for s in report.sections]
    figures = report.figures.model_copy(update={"stop_reason": text})
    return Report(
        title=text,
        topic=text,
        run_id=text,
        sections=tuple(sections),
        claims=tuple(claims),
        evidence=tuple(evidence),
        figures=figures,
        limits=(text,),
        unsaid=(text,),
    )


def one_sentence_report(sentence: str, quote: str, **claim_fields: object) -> Report:
    """A report of one sentence that cites evidence 1."""
    evidence = Evidence(number=1, document="a.txt", title="A", passage="p", start=0, end=len(quote), quote=quote)
    claim = Claim(
        id="c1",
        section="s1",
        kind="section",
        block="b1",
        sentence=sentence,
        citations=(1,),
        support=0.9,
        action="kept",
    )
    return Report(
        title="T",
        topic="T?",
        run_id="r",
        sections=(ReportSection(title="S", kind="section", paragraphs=(("c1",),)),),
        claims=(claim.model_copy(update=claim_fields),),
        evidence=(evidence,),
        figures=sample_report().figures,
    )
