"""Programs that extract figures from a document's passages: Wellread's own, and a rule for labelled lines."""

import re
from collections.abc import Iterator

from pydantic import JsonValue

from agent.facts.extract import Extractor, read_passage
from agent.facts.gathering import gathered
from agent.facts.spans import ReadPassage
from agent.facts.types import Quantity
from agent.reading import Reader
from agent.stemming import english_stem
from evals.bench import Bench, Unparsed
from evals.items import Item, Outcome
from evals.report_figures import folded
from evals.task_facts import gold_facts
from retrieval.types import Passage

_LABELLED = re.compile(r"^[-*\s]*(?:(?P<label>[^\d:][^:]*(?::[^:\d]+)*):\s*)?(?P<value>[-−$]?\d.*)$")


def extract(item: Item, bench: Bench) -> Outcome:
    """Wellread's extraction from the passages that state the item's gold facts.

    Raises:
        Unparsed: no reply held a list of calls.
    """
    stem = english_stem()
    extractor = Extractor(bench.writer, stem=stem, seed=bench.seed)
    found = gathered((extractor.extract(read) for read in _read(item, bench)), stem)
    if found.unreadable == found.passages:
        raise Unparsed(f"none of {found.passages} replies held a list of calls")
    stated = [fact.stated for fact in found.facts]
    figures_said: list[JsonValue] = [
        {"subject": one.subject, "field": one.measure, "text": f"{one.value:f} {one.unit}"}
        for one in stated
        if isinstance(one, Quantity)
    ]
    return _outcome(
        figures_said,
        {
            "facts": len(found.facts),
            "rejected": dict(found.rejected_by_code),
            "replies": found.passages,
            "unreadable": found.unreadable,
            "cut_off": found.cut_off,
            "refusals": [one.model_dump() for one in found.rejected],
        },
    )


def labelled_lines(item: Item, bench: Bench) -> Outcome:
    """Every line that is a number behind a label or under a heading: what costs no call."""
    said: list[JsonValue] = [row for read in _read(item, bench) for row in _rows(read)]
    return _outcome(said, {"facts": len(said), "rejected": {}, "replies": 0, "unreadable": 0, "cut_off": 0})


def _outcome(said: list[JsonValue], details: dict[str, JsonValue]) -> Outcome:
    return Outcome(text="", details={"figures": said, **details})


def _rows(read: ReadPassage) -> Iterator[dict[str, JsonValue]]:
    for unit in read.units:
        if line := _LABELLED.match(unit.text):
            field = " / ".join([*unit.heading_path, *([line["label"]] if line["label"] else [])])
            yield {"subject": read.title, "field": field, "text": line["value"]}


def _read(item: Item, bench: Bench) -> list[ReadPassage]:
    reader = Reader(bench.corpus)
    passages = bench.corpus.passages_of(item.supporting_ids[0])
    return [read_passage(passage, bench.corpus, reader) for passage in passages if _states_gold(passage, item)]


def _states_gold(passage: Passage, item: Item) -> bool:
    """Whether a gold fact's value stands in the passage: extraction is measured here, not search."""
    text = folded(passage.text)
    return any(folded(fact.value) in text for fact in gold_facts(item))
