"""A cited text as the citation metrics want it: statements with their numbers, and the numbered sources."""

from collections import defaultdict
from functools import lru_cache

from pydantic import JsonValue

from evals.entailment import entails
from evals.items import Item, Outcome
from evals.metrics.citations import CitationScores, Entails, Source, Statement, citation_scores
from evals.report_text import Sentence, read_report
from lm.copying import copy_rate


@lru_cache(maxsize=64)
def sentences_of(markdown: str) -> tuple[Sentence, ...]:
    """The sentences of a report, without its references."""
    return read_report(markdown).sentences


def statements_of(outcome: Outcome) -> list[Statement]:
    """Every sentence outside the frame; a marker counts for the sentences before it that have none of
    their own, where ALCE counts it for the last one alone: in reports one marker often stands behind two sentences.

    Statements that came parted with the text (``details["statements"]``) are taken as they are.
    """
    parted = outcome.details.get("statements")
    if isinstance(parted, list):
        return [_parted(row) for row in parted if isinstance(row, dict)]
    return [
        Statement(sentence.text, sentence.citations or sentence.shared)
        for sentence in sentences_of(outcome.text)
        if not sentence.is_frame
    ]


def _parted(row: dict[str, JsonValue]) -> Statement:
    numbers = row.get("citations")
    return Statement(str(row["text"]), tuple(int(str(n)) for n in numbers) if isinstance(numbers, list) else ())


def sources_of(outcome: Outcome) -> dict[int, Source]:
    """The numbered sources that the program handed over with its text."""
    listed = outcome.details.get("sources")
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    return {int(str(row["n"])): Source(str(row.get("title", "")), str(row["text"])) for row in rows}


def scores_of(item: Item, outcome: Outcome, judge: Entails = entails) -> CitationScores:
    """Citation recall and precision, by `evals.entailment` or another judge; ALCE's items say that only three citations
    count."""
    most = item.gold.get("max_citations")
    return citation_scores(
        statements_of(outcome), sources_of(outcome), judge, max_citations=most if isinstance(most, int) else None
    )


def citation_recall(item: Item, outcome: Outcome) -> float | None:
    """Share of the statements that what they cite entails."""
    return scores_of(item, outcome).recall


def citation_precision(item: Item, outcome: Outcome) -> float | None:
    """Share of the citations that help."""
    return scores_of(item, outcome).precision


def judge_agreement(item: Item, outcome: Outcome) -> float | None:
    """Share of the statements judged by a person on which the judge of this suite says the same: how far to trust it.

    Read it beside `people_support`: a judge who always says yes agrees that often.
    """
    return agreement_with_people(outcome, scores_of(item, outcome))


def agreement_with_people(outcome: Outcome, scores: CitationScores) -> float | None:
    """As `judge_agreement`, of scores by whichever judge."""
    said = [one.is_supported for one in scores.statements]
    agreed = [verdict == ours for verdict, ours in zip(_verdicts(outcome), said, strict=False) if verdict is not None]
    return sum(agreed) / len(agreed) if agreed else None


def people_support(item: Item, outcome: Outcome) -> float | None:
    """Share of the statements judged by a person that the person called supported."""
    verdicts = [verdict for verdict in _verdicts(outcome) if verdict is not None]
    return sum(verdicts) / len(verdicts) if verdicts else None


def _verdicts(outcome: Outcome) -> list[bool | None]:
    """What a person said of each statement that came parted with the text; None where nobody judged it."""
    parted = outcome.details.get("statements")
    rows = [row for row in parted if isinstance(row, dict)] if isinstance(parted, list) else []
    return [verdict if isinstance(verdict := row.get("supported"), bool) else None for row in rows]


def uncited(item: Item, outcome: Outcome) -> float | None:
    """Share of the statements that cite nothing."""
    statements = statements_of(outcome)
    return sum(not statement.citations for statement in statements) / len(statements) if statements else None


def n_statements(item: Item, outcome: Outcome) -> float:
    """Statements that are judged."""
    return float(len(statements_of(outcome)))


def copied(outcome: Outcome) -> float | None:
    """Share of the text's words that stand in runs of eight copied from its sources, whole paragraphs at a time."""
    paragraphs: dict[int, list[str]] = defaultdict(list)
    for sentence in sentences_of(outcome.text):
        paragraphs[sentence.paragraph].append(sentence.text)
    texts = [" ".join(said) for said in paragraphs.values()]
    return copy_rate(texts, [source.text for source in sources_of(outcome).values()])
