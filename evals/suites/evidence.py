"""Evidence of answers: at an equal allowance, how much of the gold evidence is a reader shown? No model is asked."""

from evals.bench import Bench
from evals.datasets.load import load
from evals.items import Item, Outcome
from evals.metrics.shown import share_of_documents, share_of_sentences
from evals.programs.baselines import PLAIN
from evals.programs.evidence import extracted, handed, passages, rewired, searched, shown, statements
from evals.suite import BenchMetric, Metric, Suite
from evals.suites.qa import SUITE as QA
from evals.suites.qa import has_answers, in_evidence


def _lines(outcome: Outcome) -> list[str]:
    lines = outcome.details.get("evidence")
    return [str(line) for line in lines] if isinstance(lines, list) else []


def _sentences(item: Item) -> list[str]:
    rows = item.gold.get("supporting_sentences")
    return [str(row["sentence"]) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _gold_sentences(item: Item, outcome: Outcome) -> float:
    return share_of_sentences(_lines(outcome), _sentences(item))


def _gold_documents(item: Item, outcome: Outcome, bench: Bench) -> float:
    """By title: what another document of the same title is shown of counts too."""
    titles = {bench.corpus.document(id_).title for id_ in item.supporting_ids}
    return share_of_documents(_lines(outcome), titles)


SUITE = Suite(
    name="evidence",
    about="Gold evidence that a reader of questions is shown at an equal allowance; each mechanism in turn, no model.",
    wants=QA.wants,
    load=load,
    programs={
        "ask": lambda: shown(statements()),
        "no-links": lambda: shown(statements(searched(PLAIN))),
        "pagerank": lambda: shown(statements(searched("pagerank"))),
        "rewired": lambda: shown(statements(rewired())),
        "margin": lambda: shown(statements(foraging="margin")),
        "handed": lambda: shown(handed(pair="off")),
        "handed-condensed": lambda: shown(handed(pair="on", compressor="extractive")),
        "extracted": lambda: shown(extracted("linked")),
        "linked-passages": lambda: shown(passages("linked")),
        "single-shot": lambda: shown(passages(PLAIN)),
    },
    metrics=(
        Metric("gold_sentences", _gold_sentences, feeds=lambda item: bool(_sentences(item))),
        BenchMetric("gold_documents", _gold_documents, feeds=lambda item: bool(item.supporting_ids)),
        Metric("answer_in_evidence", in_evidence, feeds=has_answers),
    ),
    default_data=QA.default_data,
)
