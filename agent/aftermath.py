"""What came after? Sections on consequences or reforms tell of what followed an event, and their words do not say so.

No embedder knows that a law of 2007 is no reform after a flood of 2021. The event is in the month that most documents
name, well before any other; where there is none, nothing is said.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from lm.embedding import FloatArray
from prompts.plain_text import plain
from prompts.statements import Statement
from retrieval.dates import moments

_FOLLOWS = re.compile(
    r"\b(?:aftermath|consequences?|reforms?|recovery|repairs?|reconstruction|compensation|legacy|lessons|"
    r"what (?:followed|is changed|was changed|has changed))\b",
    re.IGNORECASE,
)
_MIN_DOCUMENTS, _MIN_AHEAD = 4, 1.5  # that name the month, and how many times those of the next one

Moment = tuple[int, int]  # year and month


def tells_what_followed(name: str) -> bool:
    """Whether a section of this name tells of what came after an event."""
    return bool(_FOLLOWS.search(name))


def after_event(statements: Sequence[Statement]) -> FloatArray:
    """(n,) 1 for what is dated in the event's month or behind it, −1 for what is dated before it, 0 for the rest."""
    event = event_month(statements)
    if event is None:
        return np.zeros(len(statements), dtype=np.float32)
    return np.array([_side(moments(plain(one.quote)), event) for one in statements], dtype=np.float32)


def event_month(statements: Sequence[Statement]) -> Moment | None:
    """The month that most documents name; None where there are few, or another month has nearly as many."""
    documents: dict[Moment, set[str]] = defaultdict(set)
    for one in statements:
        text = " . ".join((plain(one.quote), one.title, *one.heading_path))
        for moment in moments(text):
            if len(moment) > 1:
                documents[moment[0], moment[1]].add(one.doc_id)
    ranked = sorted(documents, key=lambda month: (-len(documents[month]), month))
    if not ranked or len(documents[ranked[0]]) < _MIN_DOCUMENTS:
        return None
    is_ahead = len(ranked) < 2 or len(documents[ranked[0]]) >= _MIN_AHEAD * len(documents[ranked[1]])
    return ranked[0] if is_ahead else None


def _side(told: Sequence[tuple[int, ...]], event: Moment) -> int:
    sides = {_compared(one, event) for one in told}
    return sides.pop() if len(sides) == 1 else 0


def _compared(one: tuple[int, ...], event: Moment) -> int:
    """Within the event's year only a month that is named says on which side it is."""
    if one == event[:1]:
        return 0
    return -1 if one[:2] < event else 1
