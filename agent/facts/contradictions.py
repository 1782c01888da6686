"""Which facts cannot both be true? One measure of one subject at one date, in one unit, with two values.

Knows facts, no passages. Careful in one direction: what may be a rounding, another unit or another thing is no
contradiction; so "12 km" and "12,000 m" are let pass, and so are "13 km" and "12,000 m".
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

from agent.facts.grounding import figure_of
from agent.facts.records import Contradiction, Fact
from agent.facts.spans import folded
from agent.facts.types import Quantity
from agent.grounding.numbers import Figure
from agent.grounding.support import Stem, content_words

_WORD = re.compile(r"[^\W_]+|[%°$€£¥]")
_LEFT_OUT_OF_DATES = frozenset(["est", "estimate", "estimated", "in", "on", "of", "as", "the", "ca", "about"])
_SCALES = frozenset(["hundred", "thousand", "million", "billion", "trillion", "bn"])
_ONE_UNIT = {
    "percent": "%", "per": "%", "cent": "%", "kilometre": "km", "kilometer": "km", "metre": "m", "meter": "m",
    "square": "sq", "litre": "l", "liter": "l", "kilogram": "kg", "tonne": "t", "ton": "t", "hour": "h", "hr": "h",
    "dollar": "$", "usd": "$", "euro": "€", "eur": "€", "pound": "£", "gbp": "£",
}  # fmt: skip

_Key = tuple[frozenset[str], frozenset[str], frozenset[str], tuple[str, ...]]


def contradictions(facts: Iterable[Fact], stem: Stem) -> list[Contradiction]:
    """Pairs of quantities that differ by more than rounding, each pair of values once, in the order of the facts.

    Facts without a date are of one date: none is said. Figures of one span are taken for figures of different things
    ("China 91 km; Iran 921 km").
    """
    groups: dict[_Key, list[tuple[Fact, Quantity, Figure]]] = defaultdict(list)
    for fact in facts:
        if isinstance(fact.stated, Quantity) and (figure := figure_of(fact.stated, fact.span.text)):
            groups[_key(fact.stated, figure, stem)].append((fact, fact.stated, figure))
    return [found for group in groups.values() for found in _within(group)]


def _within(group: Sequence[tuple[Fact, Quantity, Figure]]) -> Iterable[Contradiction]:
    told: set[frozenset[str]] = set()
    for (one, quantity, figure), (other, _, another) in combinations(group, 2):
        values = frozenset((figure.amount, another.amount))
        if figure.may_round(another) or one.span.overlaps(other.span) or values in told:
            continue
        told.add(values)
        yield Contradiction(
            subject=quantity.subject,
            measure=quantity.measure,
            as_of=quantity.as_of,
            values=(_written(figure, one), _written(another, other)),
            one=one,
            other=other,
        )


def _written(figure: Figure, fact: Fact) -> str:
    return fact.span.text[figure.start : figure.end]


def _key(quantity: Quantity, figure: Figure, stem: Stem) -> _Key:
    subject = frozenset(_WORD.findall(folded(quantity.subject))) - {"the"}
    # Labels are made of the words that say nothing elsewhere: "before", "with", "up to".
    measure = frozenset(map(stem, _WORD.findall(folded(quantity.measure)))) - {"the"}
    measure -= frozenset(content_words(quantity.subject, stem))
    date = frozenset(_WORD.findall(folded(quantity.as_of or ""))) - _LEFT_OUT_OF_DATES
    return subject, measure, date, _unit(quantity.unit, is_percent=figure.value.endswith("%"))


def _unit(unit: str, *, is_percent: bool) -> tuple[str, ...]:
    """A unit's words without scale, plural and spelling, per cent first: "million kilometres" is "km"."""
    words = (word[:-1] if len(word) > 3 and word.endswith("s") else word for word in _WORD.findall(folded(unit)))
    named = [_ONE_UNIT.get(word, word) for word in words if word not in _SCALES]
    return tuple(dict.fromkeys(["%", *named] if is_percent else named))
