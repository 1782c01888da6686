"""Citations: does what is cited carry what is said? ALCE's recall and precision, with the judge's name in them."""

from dataclasses import replace
from pathlib import Path

from evals.cited_text import (
    citation_precision,
    citation_recall,
    copied,
    judge_agreement,
    n_statements,
    people_support,
)
from evals.datasets.dataset import Dataset, WrittenPassage, content_id, write_rows
from evals.datasets.load import load
from evals.entailment import NAME, entails
from evals.items import Item, Outcome
from evals.metrics.answers import contains_answer
from evals.programs.cited import ask_cited, given, one_prompt_answer
from evals.report_text import without_marks
from evals.suite import Metric, Suite


def _load(path: Path, *, workdir: Path) -> Dataset:
    """Items with numbered sources, each told where its own small corpus is."""
    dataset = load(path, workdir=workdir)
    items = []
    for item in dataset.items:
        sources = item.gold.get("sources")
        rows = [row for row in sources if isinstance(row, dict)] if isinstance(sources, list) else []
        if rows:  # the others cannot be cited from
            passages = [
                WrittenPassage(id=f"{row['n']}", title=str(row.get("title", "")), text=str(row["text"])) for row in rows
            ]
            # Items of the same sources share a file, and so the corpus that is made of it.
            name = content_id("sources", *(one.model_dump_json() for one in passages))
            corpus = workdir / f"{name}.jsonl"
            write_rows(corpus, passages)
            items.append(item.model_copy(update={"gold": {**item.gold, "corpus": str(corpus)}}))
    left_out = {**dataset.left_out}
    if n_without := len(dataset.items) - len(items):
        left_out["without sources"] = n_without
    return replace(dataset, items=tuple(items), corpus=(), left_out=left_out)


def _wanted(item: Item) -> list[list[str]]:
    """For each thing that is to be said, its short answers."""
    listed = item.gold.get("short_answers")
    rows = [row for row in listed if isinstance(row, list)] if isinstance(listed, list) else []
    return [[str(answer) for answer in row] for row in rows if row]


def _short_answers(item: Item, outcome: Outcome) -> float:
    """ALCE's exact match by inclusion: the share of the things to be said of which a short answer stands there."""
    wanted = _wanted(item)
    return sum(contains_answer(outcome.text, answers) for answers in wanted) / len(wanted)


def _claims(item: Item) -> list[str]:
    listed = item.gold.get("claims")
    return [str(claim) for claim in listed] if isinstance(listed, list) else []


def _claim_recall(item: Item, outcome: Outcome) -> float:
    """ALCE's measure for ELI5: the share of a good answer's claims that the answer entails."""
    said, claims = without_marks(outcome.text), _claims(item)
    return sum(entails(said, claim) for claim in claims) / len(claims)


def _is_judged(item: Item) -> bool:
    rows = item.gold.get("statements")
    return isinstance(rows, list) and any(isinstance(row, dict) and row.get("supported") is not None for row in rows)


SUITE = Suite(
    name="citations",
    about="Cited answers from given sources: ALCE's citation recall and precision.",
    wants="QuoteSum or ExpertQA in items.jsonl, or a file of ALCE",
    load=_load,
    programs={"ask": lambda: ask_cited, "one-prompt": lambda: one_prompt_answer, "given": lambda: given},
    metrics=(
        Metric(f"citation_recall_{NAME}", citation_recall, scores_silence=False),
        Metric(f"citation_precision_{NAME}", citation_precision, scores_silence=False),
        Metric("short_answers", _short_answers, feeds=lambda item: bool(_wanted(item))),
        Metric(f"claim_recall_{NAME}", _claim_recall, feeds=lambda item: bool(_claims(item))),
        Metric(f"judge_agreement_{NAME}", judge_agreement, feeds=_is_judged, scores_silence=False, is_compared=False),
        Metric("people_support", people_support, feeds=_is_judged, scores_silence=False, is_compared=False),
        Metric("copy_rate", lambda item, outcome: copied(outcome), is_better_high=False),
        Metric("statements", n_statements, is_compared=False),
    ),
    needs_model=frozenset({"ask", "one-prompt"}),
)
