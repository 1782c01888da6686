"""The gold facts of an item, as data and as facts, looked up in a report or held against the figures extracted."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydantic import JsonValue

from evals.cited_text import sentences_of
from evals.items import Item, Outcome
from evals.metrics.extraction import ExtractionScores, SaidFigure, extraction_scores
from evals.metrics.facts import FactScores, GoldFact, fact_scores, judge_facts

PROFILES = "profiles"  # in an item's gold: the folder with the texts of all subjects


def has_facts(item: Item) -> bool:
    """Whether a task says what its report should state."""
    return bool(item.gold.get("gold_facts"))


def gold_rows(item: Item) -> list[dict[str, JsonValue]]:
    """An item's gold facts as its data have them."""
    facts = item.gold["gold_facts"]
    return [fact for fact in facts if isinstance(fact, dict)] if isinstance(facts, list) else []


def gold_facts(item: Item) -> list[GoldFact]:
    """An item's gold facts."""
    return [
        GoldFact(str(fact["country"]), str(fact["value"]), float(str(fact["number"])), str(fact.get("field", "")))
        for fact in gold_rows(item)
    ]


def extraction_of(item: Item, outcome: Outcome, *, of_read: bool = False) -> ExtractionScores:
    """Extracted figures against all gold facts, or only those that stand in the passage read."""
    rows = outcome.details.get("figures")
    said = [
        SaidFigure(str(row["subject"]), str(row["field"]), str(row["text"]))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    ]
    gold, read = gold_facts(item), outcome.details.get("gold_read")
    if of_read and isinstance(read, list):
        gold = [gold[int(str(number))] for number in read]
    return extraction_scores(gold, said)


def fact_measure(share: Callable[[FactScores], float | None]) -> Callable[[Item, Outcome], float | None]:
    """A metric of a report: one of the shares of its fact scores."""
    return lambda item, outcome: share(_judged(item.model_dump_json(), outcome.text))


@lru_cache(maxsize=64)  # five metrics ask for the same scores
def _judged(item_json: str, text: str) -> FactScores:
    item = Item.model_validate_json(item_json)
    gold = gold_facts(item)
    profiles = _texts_by_title(str(item.gold.get(PROFILES, "")))
    return fact_scores(judge_facts(gold, sentences_of(text), profiles, np.random.default_rng(0)))


@lru_cache(maxsize=4)
def _texts_by_title(folder: str) -> dict[str, str]:
    """The title is the first heading of each Markdown file."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path(folder).glob("*.md"))] if folder else []
    return {text.partition("\n")[0].lstrip("# ").strip(): text for text in texts}
