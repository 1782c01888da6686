"""Compression: of a question's support and answer, how much survives among twenty documents made shorter?"""

from collections.abc import Callable
from functools import partial

from agent.compression.names import COMPRESSORS
from evals.bench import Bench
from evals.datasets.load import load
from evals.items import Item, Outcome
from evals.metrics.kept import (
    KeptText,
    answer_survives,
    sentence_coverage,
    spans_are_exact,
    supporting_sentences,
    survives,
)
from evals.programs.compression import RATES, compressed, document_text
from evals.suite import BenchMetric, Suite
from evals.suites.qa import SUITE as QA
from evals.suites.qa import has_answers, is_yes_or_no

Score = Callable[[Item, Outcome, Bench, float], float | None]


def _account(outcome: Outcome, rate: float) -> dict[str, object]:
    rates = outcome.details["rates"]
    account = rates[f"{rate:g}"] if isinstance(rates, dict) else None
    return dict(account) if isinstance(account, dict) else {}


def _kept(outcome: Outcome, rate: float) -> list[KeptText]:
    rows = _account(outcome, rate)["kept"]
    return [(str(row[0]), int(row[1]), int(row[2]), str(row[3])) for row in rows] if isinstance(rows, list) else []


def _has_support(item: Item) -> bool:
    return bool(item.gold.get("supporting_sentences") or item.gold.get("decomposition"))


def _coverages(item: Item, outcome: Outcome, bench: Bench, rate: float) -> list[float]:
    kept = _kept(outcome, rate)
    support = supporting_sentences(item.gold, partial(document_text, bench=bench))
    found = [sentence_coverage(kept, id_, document_text(id_, bench), sentence) for id_, sentence in support]
    return [coverage for coverage in found if coverage is not None]


def _sentences(item: Item, outcome: Outcome, bench: Bench, rate: float) -> float | None:
    coverages = _coverages(item, outcome, bench, rate)
    return float(all(map(survives, coverages))) if coverages else None


def _words(item: Item, outcome: Outcome, bench: Bench, rate: float) -> float | None:
    coverages = _coverages(item, outcome, bench, rate)
    return sum(coverages) / len(coverages) if coverages else None


def _answer(item: Item, outcome: Outcome, bench: Bench, rate: float) -> float | None:
    """Of answers that stand in a supporting document at all."""
    texts = [(id_, 0, len(text), text) for id_ in item.supporting_ids if (text := document_text(id_, bench))]
    if is_yes_or_no(item) or not answer_survives(texts, item.supporting_ids, item.answers):
        return None
    return float(answer_survives(_kept(outcome, rate), item.supporting_ids, item.answers))


def _rate_error(item: Item, outcome: Outcome, bench: Bench, rate: float) -> float | None:
    account = _account(outcome, rate)
    kept, original = account["kept_tokens"], account["original_tokens"]
    return abs(kept / original - rate) if isinstance(kept, int) and isinstance(original, int) and original else None


def _exact(item: Item, outcome: Outcome, bench: Bench) -> float:
    return float(all(spans_are_exact(_kept(outcome, rate), partial(document_text, bench=bench)) for rate in RATES))


def _at_each_rate(name: str, score: Score, feeds: Callable[[Item], bool], **options: bool) -> list[BenchMetric]:
    return [BenchMetric(f"{name}@{rate:g}", partial(_scored, score, rate), feeds=feeds, **options) for rate in RATES]


def _scored(score: Score, rate: float, item: Item, outcome: Outcome, bench: Bench) -> float | None:
    return score(item, outcome, bench, rate)


SUITE = Suite(
    name="compression",
    about="Supporting sentences and answers that survive among twenty documents made shorter, by compressors.",
    wants=QA.wants,
    load=load,
    programs={name: partial(compressed, name) for name in COMPRESSORS},
    metrics=(
        *_at_each_rate("sentences", _sentences, _has_support),
        *_at_each_rate("answer", _answer, has_answers),
        *_at_each_rate("words", _words, _has_support, is_compared=False),
        *_at_each_rate("rate_error", _rate_error, has_answers, is_better_high=False, is_compared=False),
        BenchMetric("spans_exact", _exact, is_compared=False),
    ),
    needs_model=frozenset(COMPRESSORS),  # for its tokens: none is asked
    variants=frozenset(COMPRESSORS) - {"extractive", "random"},
    default_data=QA.default_data,
)
