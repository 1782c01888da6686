"""Citations, judged by the fitted probability of support in place of words."""

from dataclasses import replace

from evals.bench import Bench
from evals.cited_text import agreement_with_people, scores_of
from evals.entailment import NAME as LEXICAL
from evals.items import Item, Outcome
from evals.metrics.citations import CitationScores
from evals.probable_entailment import NAME, shipped_entailment
from evals.suite import BenchMetric
from evals.suites import citations


def _scores(item: Item, outcome: Outcome, bench: Bench) -> CitationScores:
    return scores_of(item, outcome, shipped_entailment(bench.settings.models_dir))


def _recall(item: Item, outcome: Outcome, bench: Bench) -> float | None:
    return _scores(item, outcome, bench).recall


def _precision(item: Item, outcome: Outcome, bench: Bench) -> float | None:
    return _scores(item, outcome, bench).precision


def _agreement(item: Item, outcome: Outcome, bench: Bench) -> float | None:
    return agreement_with_people(outcome, _scores(item, outcome, bench))


_FEEDS_AGREEMENT = next(one.feeds for one in citations.SUITE.metrics if one.name.startswith("judge_agreement"))

SUITE = replace(
    citations.SUITE,
    name=f"{citations.SUITE.name}-{NAME}",
    about="The same with the fitted probability of support for a judge.",
    metrics=(
        BenchMetric(f"citation_recall_{NAME}", _recall, scores_silence=False),
        BenchMetric(f"citation_precision_{NAME}", _precision, scores_silence=False),
        BenchMetric(
            f"judge_agreement_{NAME}", _agreement, feeds=_FEEDS_AGREEMENT, scores_silence=False, is_compared=False
        ),
        *(one for one in citations.SUITE.metrics if not one.name.endswith(f"_{LEXICAL}")),
    ),
)
