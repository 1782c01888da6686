"""Programs that extract figures from a document's passages: Wellread's own, by a model, and its rule for labelled
lines."""

import re

from pydantic import JsonValue

from agent.facts.extract import Extractor, read_passage
from agent.facts.gathering import gathered
from agent.facts.labelled import LabelledLines
from agent.facts.readers import FactReader
from agent.facts.spans import ReadPassage
from agent.facts.types import Quantity
from agent.reading import Reader
from agent.stemming import english_stem
from evals.bench import Bench, Unparsed
from evals.items import Item, Outcome
from evals.metrics.facts import GoldFact
from evals.task_facts import gold_facts
from lm.copying import folded

_MAX_PASSAGES, _FEW_UNITS = 1, 6  # of a profile; on one core each costs the model a minute or two


def extract(item: Item, bench: Bench) -> Outcome:
    """A model's extraction from the passage that states most of the item's gold facts.

    Raises:
        Unparsed: no reply held a list of calls.
    """
    # The classes stand before every passage and are computed once: no reply hangs on another item's passage.
    return _outcome(item, bench, Extractor(bench.writer, stem=english_stem(), seed=bench.seed, reuse_prefix=True))


def labelled_lines(item: Item, bench: Bench) -> Outcome:
    """Every line of the same passage that is a number behind a label or under a heading: what costs no call."""
    return _outcome(item, bench, LabelledLines(stem=english_stem()))


def _outcome(item: Item, bench: Bench, reader: FactReader) -> Outcome:
    chosen = _most_telling(item, bench)
    found = gathered((reader.extract(read) for read in chosen), english_stem())
    if found.passages and found.unreadable == found.passages:
        raise Unparsed(f"none of {found.passages} replies held a list of calls")
    figures_said: list[JsonValue] = [
        {"subject": one.subject, "field": f"{one.measure} {one.as_of or ''}", "text": f"{one.value:f} {one.unit}"}
        for one in (fact.stated for fact in found.facts)
        if isinstance(one, Quantity)
    ]
    stated = [number for number, fact in enumerate(gold_facts(item)) if any(_states(read, fact) for read in chosen)]
    return Outcome(
        text="",
        details={
            "figures": figures_said,
            "gold_read": list[JsonValue](stated),
            "facts": len(found.facts),
            "rejected": dict(found.rejected_by_code),
            "replies": found.passages,
            "unreadable": found.unreadable,
            "cut_off": found.cut_off,
            "refusals": [one.model_dump() for one in found.rejected],
        },
    )


def _most_telling(item: Item, bench: Bench) -> list[ReadPassage]:
    """The passage with most gold facts for its length, the first of equals: extraction is measured here, not search."""
    reader = Reader(bench.corpus)
    passages = [read_passage(one, bench.corpus, reader) for one in bench.corpus.passages_of(item.supporting_ids[0])]
    facts = gold_facts(item)
    stated = [sum(_states(read, fact) for fact in facts) for read in passages]
    # A short passage has no more of them for being short.
    density = [n / max(_FEW_UNITS, len(read.units)) for n, read in zip(stated, passages, strict=True)]
    best = sorted(range(len(passages)), key=lambda number: -density[number])[:_MAX_PASSAGES]
    return [passages[number] for number in best if stated[number]]


def _states(read: ReadPassage, fact: GoldFact) -> bool:
    """Whether a gold fact's value and the last step of its field stand in the passage or its headings."""
    text = folded("\n".join(read.lines)).casefold()
    wanted = (fact.value, fact.field.split(" / ")[-1])
    return all(re.search(rf"(?<!\w){re.escape(folded(words).casefold())}(?!\w)", text) for words in wanted)
