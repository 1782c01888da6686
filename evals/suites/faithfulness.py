"""Faithfulness: can a score tell what its context supports from what it does not? Against labels given by people."""

from collections.abc import Callable, Sequence

from evals.datasets.load import load
from evals.items import Item, Outcome, Result
from evals.metrics.calibration import auroc, brier, ece, prr, risk_coverage
from evals.programs.detectors import DETECTORS
from evals.suite import Metric, SetMetric, Suite

_THRESHOLD = 0.5


def _has_context(item: Item) -> bool:
    return "supported" in item.gold and bool(item.gold.get("context"))


def _accuracy(item: Item, outcome: Outcome) -> float | None:
    if outcome.confidence is None:
        return None
    return float((outcome.confidence >= _THRESHOLD) == bool(item.gold["supported"]))


def _supported(item: Item, outcome: Outcome) -> float:
    return float(bool(item.gold["supported"]))


def _is_judged(result: Result) -> bool:
    return result.outcome is not None and result.outcome.confidence is not None and "supported" in result.scores


def _measure(of: Callable[[list[float], list[float]], float | None]) -> Callable[[Sequence[Result]], float | None]:
    def measure(results: Sequence[Result]) -> float | None:
        judged = [
            (result.outcome.confidence, result.scores["supported"])
            for result in results
            if result.outcome is not None and result.outcome.confidence is not None and "supported" in result.scores
        ]
        return of([confidence for confidence, _ in judged], [label for _, label in judged]) if judged else None

    return measure


def _prr_to_half(confidences: list[float], labels: list[float]) -> float | None:
    """As LM-Polygraph's benchmark reports it: no more than half of the answers are rejected."""
    return prr(confidences, labels, max_rejection=0.5) if len(labels) > 1 else None


def _ece_by_mass(confidences: list[float], labels: list[float]) -> float:
    return ece(confidences, labels, binning="mass")


def _area(confidences: list[float], labels: list[float]) -> float:
    return risk_coverage(confidences, labels).area


SUITE = Suite(
    name="faithfulness",
    about="Does the support score know what its context supports? AUROC and calibration against human labels.",
    wants="RAGTruth, SummEdits, HaluEval or FActScore, plain (items.jsonl) or as published",
    load=load,
    programs=DETECTORS,
    metrics=(
        Metric("accuracy", _accuracy, feeds=_has_context),
        Metric("supported", _supported, feeds=_has_context, is_compared=False),
    ),
    set_metrics=(
        SetMetric("auroc", _measure(auroc), uses=_is_judged),
        SetMetric("prr", _measure(prr), uses=_is_judged),
        SetMetric("prr_half", _measure(_prr_to_half), uses=_is_judged, is_compared=False),
        SetMetric("ece", _measure(ece), is_better_high=False, uses=_is_judged),
        SetMetric("ece_mass", _measure(_ece_by_mass), is_better_high=False, uses=_is_judged, is_compared=False),
        SetMetric("brier", _measure(brier), is_better_high=False, uses=_is_judged),
        SetMetric("aurc", _measure(_area), is_better_high=False, uses=_is_judged),
    ),
    confidence_of="supported",
    needs_corpus=False,
    needs_embedder=True,
)
