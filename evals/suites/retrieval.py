"""Retrieval: how much of the evidence for a question does one search find?"""

from collections.abc import Callable
from typing import get_args

from evals.bench import Bench, Program
from evals.datasets.load import load
from evals.items import Item, Outcome
from evals.metrics.ranking import mrr, ndcg_at_k, recall_at_k
from evals.programs.evidence import rewired
from evals.suite import Metric, Suite
from evals.suites.qa import SUITE as QA
from retrieval.types import SearchMode

RECALL_AT = (2, 5, 10, 20)
_DEPTH = max(RECALL_AT)
_RANKED_AT = 10


def _search(mode: SearchMode) -> Callable[[], Program]:
    def search(item: Item, bench: Bench) -> Outcome:
        hits = bench.searcher.search_documents(item.text, _DEPTH, mode=mode)
        return Outcome(text="", details={"ranked": [hit.document.id for hit in hits]})

    return lambda: search


def _is_supported(item: Item) -> bool:
    return bool(item.supporting_ids)


def _ranking(measure: Callable[[list[str], frozenset[str], int], float], k: int) -> Callable[[Item, Outcome], float]:
    def score(item: Item, outcome: Outcome) -> float:
        found = outcome.details.get("ranked")
        ranked = [str(id_) for id_ in found] if isinstance(found, list) else []
        return measure(ranked, frozenset(item.supporting_ids), k)

    return score


def _search_rewired() -> Program:
    arranged = rewired()

    def search(item: Item, bench: Bench) -> Outcome:
        hits = arranged(bench.searcher, bench.seed).search_documents(item.text, _DEPTH, mode="linked")
        return Outcome(text="", details={"ranked": [hit.document.id for hit in hits]})

    return search


# What reports and answers search with comes first.
_MODES: tuple[SearchMode, ...] = ("linked", *(mode for mode in get_args(SearchMode) if mode != "linked"))

SUITE = Suite(
    name="retrieval",
    about="Recall of the supporting documents of questions, by one search each.",
    wants=QA.wants,
    load=load,
    programs={**{mode: _search(mode) for mode in _MODES}, "rewired": _search_rewired},
    metrics=(
        *(Metric(f"recall@{k}", _ranking(recall_at_k, k), feeds=_is_supported) for k in RECALL_AT),
        Metric(f"mrr@{_RANKED_AT}", _ranking(mrr, _RANKED_AT), feeds=_is_supported),
        Metric(f"ndcg@{_RANKED_AT}", _ranking(ndcg_at_k, _RANKED_AT), feeds=_is_supported),
    ),
    default_data=QA.default_data,
)
