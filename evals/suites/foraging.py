"""Foraging: how many of the facts that a report should state stand in what was read for it, and at what cost?"""

import re

from evals.bench import Bench
from evals.items import Item, Outcome
from evals.programs.foraging import forage_as, top_k
from evals.suite import BenchMetric, Metric, Suite, detail
from evals.suites.report import load_tasks
from evals.task_facts import has_facts


def _has_places(item: Item) -> bool:
    facts = item.gold.get("gold_facts")
    return (
        has_facts(item) and isinstance(facts, list) and all(isinstance(fact, dict) and "doc" in fact for fact in facts)
    )


def _facts_found(item: Item, outcome: Outcome, bench: Bench) -> float:
    """The share of the gold facts whose value stands, as it is written, in a passage of its document that was read."""
    read: dict[str, str] = {}
    ids = outcome.details["passages"]
    for passage in bench.corpus.passages([str(id_) for id_ in ids] if isinstance(ids, list) else []):
        key = passage.doc_id.removesuffix(".md")
        read[key] = f"{read.get(key, '')}\n{_plain(passage.text)}"
    facts = item.gold["gold_facts"]
    rows = [fact for fact in facts if isinstance(fact, dict)] if isinstance(facts, list) else []
    return sum(_stands(_plain(str(fact["value"])), read.get(str(fact["doc"]), "")) for fact in rows) / len(rows)


def _stands(value: str, text: str) -> bool:
    """Whole: "4.5%" does not stand in "14.5%", nor "5" in "1957"."""
    return re.search(rf"(?<![\w.,]){re.escape(value)}(?!\w|[.,]\d)", text) is not None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


SUITE = Suite(
    name="foraging",
    about="Reading for a report: gold facts in what was read, by ways of foraging, without a model.",
    wants="a folder with docs/ and report_tasks.jsonl (id, task, gold_facts with doc and value)",
    load=load_tasks,
    programs={
        "rounds": lambda: forage_as(foraging="rounds", granularity="single", saturation_sign="characters"),
        "margin": lambda: forage_as(foraging="margin", granularity="single", saturation_sign="characters"),
        "dual": lambda: forage_as(foraging="rounds", granularity="dual", saturation_sign="characters"),
        "directions": lambda: forage_as(foraging="rounds", granularity="single", saturation_sign="directions"),
        "margin-dual": lambda: forage_as(foraging="margin", granularity="dual", saturation_sign="characters"),
        "top-k": lambda: top_k,
    },
    metrics=(
        BenchMetric("facts_found", _facts_found, feeds=_has_places),
        Metric("unique_characters", detail("unique"), is_compared=False),
        Metric("characters_read", detail("characters"), is_better_high=False),
        Metric("visits", detail("visits"), is_compared=False),
    ),
)
