"""Typed facts: are the figures of a profile extracted, each under its field, and what is refused and why?"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pydantic import JsonValue

from agent.facts.records import REJECTION_CODES, RejectionCode
from evals.datasets.dataset import Dataset
from evals.datasets.load import load
from evals.items import Item, Outcome
from evals.metrics.extraction import ExtractionScores
from evals.programs.facts import extract, labelled_lines
from evals.suite import Metric, Suite
from evals.task_facts import extraction_of, gold_rows, has_facts


def _load(path: Path, *, workdir: Path) -> Dataset:
    """One item a document: the gold facts that all tasks together have of it."""
    dataset = load(path, workdir=workdir, format="tasks")
    by_document: dict[str, list[JsonValue]] = defaultdict(list)
    for item in dataset.items:
        for fact in gold_rows(item):
            if document := _document(fact.get("doc"), item.supporting_ids):
                by_document[document].append(dict(fact))
    items = tuple(
        Item(id=document, text=document, supporting_ids=(document,), cluster=document, gold={"gold_facts": facts})
        for document, facts in by_document.items()
    )
    return replace(dataset, items=items, places={})


def _document(name: JsonValue, ids: tuple[str, ...]) -> str | None:
    return next((id_ for id_ in ids if name in (id_, PurePosixPath(id_).with_suffix("").as_posix())), None)


def _measure(
    of: Callable[[ExtractionScores], float | None], *, of_read: bool = False
) -> Callable[[Item, Outcome], float | None]:
    return lambda item, outcome: of(extraction_of(item, outcome, of_read=of_read))


def _number(outcome: Outcome, name: str) -> int:
    return int(str(outcome.details.get(name, 0)))


def _rejected(code: RejectionCode) -> Callable[[Item, Outcome], float | None]:
    """Of all that was written as a fact, the share that was refused for this reason."""

    def share(item: Item, outcome: Outcome) -> float | None:
        counts = outcome.details.get("rejected")
        refused = {name: int(str(n)) for name, n in counts.items()} if isinstance(counts, dict) else {}
        written = _number(outcome, "facts") + sum(refused.values())
        return refused.get(code, 0) / written if written else None

    return share


def _of_replies(name: str) -> Callable[[Item, Outcome], float | None]:
    def share(item: Item, outcome: Outcome) -> float | None:
        replies = _number(outcome, "replies")
        return _number(outcome, name) / replies if replies else None

    return share


SUITE = Suite(
    name="facts",
    about="Typed facts of profiles: precision and recall of (field, number), and what is refused for which reason.",
    wants="a folder with docs/ and report_tasks.jsonl (id, task, gold_facts with doc, country, field, value, number)",
    load=_load,
    programs={"extract": lambda: extract, "labelled-lines": lambda: labelled_lines},
    metrics=(
        Metric("precision", _measure(lambda scores: scores.precision), feeds=has_facts, scores_silence=False),
        # Of the gold facts that stand in the passage read: one a profile.
        Metric("recall_of_read", _measure(lambda scores: scores.recall, of_read=True), feeds=has_facts),
        Metric("figures", _measure(lambda scores: scores.n_said), is_compared=False),
        Metric("judged", _measure(lambda scores: scores.n_judged), is_compared=False),
        Metric("unreadable_replies", _of_replies("unreadable"), is_better_high=False, is_compared=False),
        Metric("cut_off_replies", _of_replies("cut_off"), is_better_high=False, is_compared=False),
        *(
            Metric(f"rejected_{code}", _rejected(code), is_better_high=False, is_compared=False)
            for code in REJECTION_CODES
        ),
    ),
    needs_model=frozenset({"extract"}),
)
