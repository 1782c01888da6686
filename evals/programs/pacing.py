"""One report as it is written and as it is paced: its rhythm, its smoothness, and whether it says the same."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pydantic import JsonValue

from agent.measuring.style import report_style
from agent.pacing.same_facts import differences
from agent.render_markdown import render_markdown, shown_claims
from agent.scorers import open_scorer
from agent.settings import Settings
from agent.types import Claim, Report
from evals.bench import Bench
from evals.items import Item, Outcome
from evals.programs.reports import quoted_sources, report_of
from lm.scoring import LogProbScorer


def written(item: Item, bench: Bench) -> Outcome:
    """The report without pacing.

    Raises:
        Abstained, BudgetExceeded: see `report_of`.
    """
    report = _report(item, bench, is_paced=False)
    return _outcome(report, report, bench)


def paced(item: Item, bench: Bench) -> Outcome:
    """The report with pacing. That without is written too, for what is said in both: it asks the model the same.

    Raises:
        Abstained, BudgetExceeded: see `report_of`.
    """
    return _outcome(_report(item, bench, is_paced=True), _report(item, bench, is_paced=False), bench)


def _report(item: Item, bench: Bench, *, is_paced: bool) -> Report:
    write = bench.settings.write.model_copy(update={"pacing": "on" if is_paced else "off"})
    return report_of(item, replace(bench, settings=bench.settings.model_copy(update={"write": write})))


def _outcome(report: Report, unpaced: Report, bench: Bench) -> Outcome:
    style = report_style(report, _scorer(bench.settings.models_dir)).whole
    details: dict[str, JsonValue] = {
        "sources": quoted_sources(report),
        "sentence_cv": style.rhythm.sentence_cv,
        "paragraph_cv": style.rhythm.paragraph_cv,
        "copied": style.copied,
        "same_facts": float(not differences(_sentences(unpaced), _sentences(report))),
        "same_citations": float(_cited(unpaced) == _cited(report)),
        "changes": _changes(report),
    }
    if style.smoothing is not None:
        details |= {"d_nats": style.smoothing.d_nats, "surprisal_variance": style.smoothing.surprisal_variance}
    return Outcome(text=render_markdown(report), details=details)


def _changes(report: Report) -> float:
    tally = report.figures.pacing
    return float(tally.joined + tally.split + tally.merged + tally.parted + tally.delayed) if tally else 0.0


def _claims(report: Report) -> list[Claim]:
    return [claim for paragraphs in shown_claims(report) for paragraph in paragraphs for claim in paragraph]


def _sentences(report: Report) -> list[str]:
    return [claim.sentence for claim in _claims(report)]


def _cited(report: Report) -> set[str]:
    """The quotations that are cited, by what they say: pacing may change their numbers, and half a sentence cites all
    that the whole one did."""
    quotes = {one.number: one.quote for one in report.evidence}
    return {quotes[number] for claim in _claims(report) for number in claim.citations}


@lru_cache(maxsize=1)
def _scorer(models_dir: Path) -> LogProbScorer:
    return open_scorer(Settings(models_dir=models_dir))
