"""Outlines: a narrative schema against a free outline against interviews, held against the headings of people."""

from agent.types import Outline
from evals.bench import Bench
from evals.datasets.flat_topics import load_flat_topics
from evals.items import Item, Outcome
from evals.metrics.headings import heading_soft_recall
from evals.metrics.outlines import (
    blocks_with_evidence,
    distinct_blocks,
    length_kept,
    moves_in_place,
    order_kept,
    titles_of,
)
from evals.programs.outlines import STORM, outline_by
from evals.suite import BenchMetric, Metric, Suite, detail
from prompts.narrative import NarrativeSchema, load_schema


def _outline(outcome: Outcome) -> Outline:
    return Outline.model_validate(outcome.details["outline"])


def _schema(outcome: Outcome) -> NarrativeSchema:
    return load_schema(str(outcome.details["schema"]))


def _has_outline(item: Item) -> bool:
    return bool(item.gold.get("outline"))


def _recall(item: Item, outcome: Outcome, bench: Bench) -> float | None:
    gold = item.gold["outline"]
    headings = [str(heading) for heading in gold] if isinstance(gold, list) else []
    return heading_soft_recall(headings, titles_of(_outline(outcome)), bench.embedder)


def _moves(item: Item, outcome: Outcome, bench: Bench) -> float | None:
    return moves_in_place(_outline(outcome), _schema(outcome), bench.embedder)


def _order(item: Item, outcome: Outcome, bench: Bench) -> float | None:
    return order_kept(_outline(outcome), _schema(outcome), bench.embedder)


def _evidence(item: Item, outcome: Outcome, bench: Bench) -> float | None:
    return blocks_with_evidence(_outline(outcome), bench.searcher, bench.embedder, item.supporting_ids)[0]


def _own_passage(item: Item, outcome: Outcome, bench: Bench) -> float | None:
    return blocks_with_evidence(_outline(outcome), bench.searcher, bench.embedder, item.supporting_ids)[1]


def _distinct(item: Item, outcome: Outcome, bench: Bench) -> float | None:
    return distinct_blocks(_outline(outcome), bench.embedder)


def _length(item: Item, outcome: Outcome) -> float:
    asked = outcome.details["words_asked"]
    return length_kept(_outline(outcome), asked if isinstance(asked, int) else 0)


SUITE = Suite(
    name="outlines",
    about="Outlines by a narrative schema, freely, and after interviews, against the headings of people.",
    wants="a folder with docs/*.md and topics.jsonl (id, topic, outline, doc)",
    load=load_flat_topics,
    programs={
        "schema": lambda: outline_by("schema", lambda name: {"planner": "model", "narrative": name}),
        "free": lambda: outline_by("model", lambda name: {"planner": "model", "narrative": "off"}),
        "storm": lambda: outline_by("storm", lambda name: {**STORM}),
        "schema-rules": lambda: outline_by("schema", lambda name: {"planner": "rules", "narrative": name}),
    },
    metrics=(
        BenchMetric("heading_soft_recall", _recall, feeds=_has_outline),
        BenchMetric("moves_in_place", _moves),
        BenchMetric("order_kept", _order),
        BenchMetric("blocks_with_evidence", _evidence),
        BenchMetric("own_passage", _own_passage),
        BenchMetric("distinct_blocks", _distinct),
        Metric("length_kept", _length),
        Metric("fell_back", detail("fell_back"), is_better_high=False, is_compared=False),
        Metric("sections", detail("sections"), is_compared=False),
        Metric("blocks", detail("blocks"), is_compared=False),
    ),
    needs_model=frozenset({"schema", "free", "storm"}),
    variants=frozenset({"schema-rules"}),
)
