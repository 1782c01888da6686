"""Does the passage say it? A fact's names, number, trigger and date must stand in one short span, which is found here.

Verbatim means: after NFKC, with plain quotation marks and dashes, in any case, markup off; numbers by what they say
(`agent.grounding.numbers`). What a profile says only once, in its title or its headings, may stand there instead of in
the span: the subject of a quantity, its date, and the words of its measure. The number, the trigger and a bare
entity's name may not. An invented fact under a true number is what this is for; it judges no inference.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from agent.facts.records import Fact, Rejection, RejectionCode, Span
from agent.facts.registry import call_of
from agent.facts.types import Entity, Event, FactType, Quantity, Relation
from agent.grounding.names import common_words, proper_names
from agent.grounding.numbers import Figure, figures, unsupported_figures
from agent.grounding.subjects import Source, misattributed_figures
from agent.grounding.support import Stem, content_words, new_words
from agent.reading import Unit
from prompts.plain_text import plain
from retrieval.types import Passage

_MAX_UNITS, _MAX_SPAN_CHARS = 3, 700
_UNIT_REACH, _CURRENCY_REACH = 80, 6  # characters behind and before a number among which its unit is looked for
_FOLDED = {ord(c): "'" for c in "‘’‚‛′ʼ"} | {ord(c): '"' for c in "“”„‟″«»"} | {ord(c): "-" for c in "‐‑‒–—―−﹣"}
# Words that only say that something is counted: "number of cabins" for "38 cabins".
_OF_COUNTING = frozenset(["number", "count", "amount", "total"])


@dataclass(frozen=True)
class ReadPassage:
    """A passage as an extractor reads it: its sentences and lines, without orders to machines."""

    passage: Passage
    title: str
    units: tuple[Unit, ...]

    @property
    def lines(self) -> list[str]:
        """The units, each behind its own headings where these change."""
        lines: list[str] = []
        path: tuple[str, ...] = ()
        for unit in self.units:
            if unit.heading_path != path:
                path = unit.heading_path
                lines.append(f"# {' > '.join(path)}")
            lines.append(" ".join(unit.text.split()))
        return lines

    @cached_property
    def windows(self) -> "list[_Window]":
        """Spans that a fact may have."""
        return list(_windows(self))


@dataclass(frozen=True)
class _Window:
    """A run of units under one heading that may be a fact's span; `text` as it is stored."""

    start: int
    end: int
    text: str
    title: str
    heading_path: tuple[str, ...]
    n_units: int

    @cached_property
    def folded(self) -> str:
        return folded(plain(self.text))

    @cached_property
    def above(self) -> str:
        return folded("\n".join((self.title, *self.heading_path)))

    def says(self, words: str) -> bool:
        return stands_in(words, self.folded)

    def says_or_stands_under(self, words: str) -> bool:
        return self.says(words) or stands_in(words, self.above)


@dataclass(frozen=True)
class _Part:
    """Something that must stand in the span, and what it is called when it does not."""

    code: RejectionCode
    words: str
    stands: Callable[[_Window], bool]


def folded(text: str) -> str:
    """NFKC, plain quotation marks and dashes, no case, single spaces: what "verbatim" compares."""
    return " ".join(unicodedata.normalize("NFKC", text.translate(_FOLDED)).translate(_FOLDED).casefold().split())


def stands_in(words: str, folded_text: str) -> bool:
    """Whether the words stand in a folded text, in order and not within longer words."""
    wanted = folded(words)
    return bool(wanted) and bool(re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", folded_text))


def figure_of(quantity: Quantity, text: str) -> Figure | None:
    """The figure of a text that has the quantity's value and unit; None where there is none."""
    claimed, rest = _claimed(quantity)
    return next((one for one in _same_figures(claimed, text) if _has_unit(rest, one, text)), None)


def ground(stated: FactType, read: ReadPassage, stem: Stem) -> Fact | Rejection:
    """The fact with the shortest, first span that carries all of it; or what the passage lacks.

    Args:
        stated: what a model says that the passage states.
        read: the passage.
        stem: folds word forms, for the words of a measure.
    """
    parts = list(_parts(stated, read, stem))
    # A figure's subject may stand a sentence before it. Two names and a trigger within three sentences prove nothing.
    windows = [window for window in read.windows if isinstance(stated, Quantity) or window.n_units == 1]
    for window in windows:
        if all(part.stands(window) for part in parts):
            return Fact(stated=stated, span=_span(window, read))
    missing = next((part for part in parts if not any(part.stands(window) for window in windows)), None)
    if missing is None:
        return _rejected("not_together", "no span holds all of it", stated)
    return _rejected(missing.code, f"{missing.words!r} is not said", stated)


def _rejected(code: RejectionCode, reason: str, stated: FactType) -> Rejection:
    return Rejection(code=code, reason=reason, written=call_of(stated)[:200])


def _parts(stated: FactType, read: ReadPassage, stem: Stem) -> Iterator[_Part]:
    match stated:
        case Entity():
            yield _name(stated.name, _Window.says)
        case Relation():
            named = iter((stated.head_entity, stated.tail_entity))
            yield from (_name(one.name, _Window.says_or_stands_under) for one in named)
            yield _Part("trigger_not_found", stated.trigger, lambda window: window.says(stated.trigger))
        case Event():
            yield _Part("trigger_not_found", stated.trigger, lambda window: window.says(stated.trigger))
            named = (one for entities in stated.args.values() for one in entities)
            yield from (_name(one.name, _Window.says_or_stands_under) for one in named)
            if stated.time:
                yield _date(stated.time)
        case Quantity():
            yield from _parts_of_quantity(stated, read, stem)
    yield from _own_words(stated)


def _parts_of_quantity(quantity: Quantity, read: ReadPassage, stem: Stem) -> Iterator[_Part]:
    claimed, rest = _claimed(quantity)
    yield _name(quantity.subject, _Window.says_or_stands_under)
    yield _Part("number_not_found", claimed.value, lambda window: bool(_same_figures(claimed, window.text)))
    yield _Part("unit_not_found", rest, lambda window: figure_of(quantity, window.text) is not None)
    if quantity.as_of:
        yield _date(quantity.as_of)

    def has_measure(window: _Window) -> bool:
        said = f"{window.text} {window.above} {quantity.subject}"
        new = {word for word in new_words(quantity.measure, said, stem) if word not in _OF_COUNTING}
        return not new and bool(content_words(quantity.measure, stem))

    yield _Part("measure_not_found", quantity.measure, has_measure)
    lexicon = common_words(read.passage.text)

    def is_of_subject(window: _Window) -> bool:
        """Whether the number is the subject's, by the nearest name; a subject that is no name cannot be told."""
        if not proper_names(quantity.subject, lexicon=lexicon):
            return True
        claim = f"{quantity.subject}: {quantity.value:f} {quantity.unit}"
        source = Source(window.text, window.title, window.heading_path)
        wrong = misattributed_figures(claim, [source], lexicon=lexicon)
        return not any(one.startswith(f"{claimed.value}: ") for one in wrong)

    yield _Part("wrong_subject", f"{claimed.value} of {quantity.subject}", is_of_subject)


def _name(name: str, stands: Callable[[_Window, str], bool]) -> _Part:
    names_something = bool(content_words(name, str)) or any(letter.isupper() for letter in name)
    return _Part("name_not_found", name, lambda window: names_something and stands(window, name))


def _date(date: str) -> _Part:
    def stands(window: _Window) -> bool:
        """Word for word, or all its words and numbers in another order: "March 2017" for "2017, in March"."""
        if window.says_or_stands_under(date):
            return True
        said = f"{window.text}\n{window.above}"
        return not unsupported_figures(date, said) and not new_words(date, said, str)

    return _Part("date_not_found", date, stands)


def _own_words(stated: FactType) -> Iterator[_Part]:
    """Texts that a type adds to its root's: they must stand word for word."""
    known = next(root for root in (Entity, Relation, Event, Quantity) if isinstance(stated, root)).model_fields
    for name in type(stated).model_fields:
        value = getattr(stated, name)
        if name not in known and isinstance(value, str):
            yield _Part("text_not_found", value, lambda window, value=value: window.says(value))  # type: ignore[misc]


def _claimed(quantity: Quantity) -> tuple[Figure, str]:
    """The quantity's figure with sign, scale and per cent, and what is left of its unit."""
    text = f"{quantity.value:f} {quantity.unit}".strip()
    figure = figures(text)[0]
    return figure, text[figure.end :].strip()


def _same_figures(claimed: Figure, text: str) -> list[Figure]:
    return [figure for figure in figures(text) if claimed.says_same_as(figure)]


def _has_unit(unit: str, figure: Figure, text: str) -> bool:
    behind = folded(text[figure.end : figure.end + _UNIT_REACH])
    before = folded(text[max(0, figure.start - _CURRENCY_REACH) : figure.start])
    return not unit or stands_in(unit, behind) or before.endswith(folded(unit))


def _windows(read: ReadPassage) -> Iterator[_Window]:
    """Runs of one, two and three neighbouring units under one heading, the short ones first."""
    for length in range(1, _MAX_UNITS + 1):
        for first in range(len(read.units) - length + 1):
            run = read.units[first : first + length]
            if _is_one(run, read.passage):
                start, end = run[0].start, run[-1].end
                text = _text(read.passage, start, end)
                yield _Window(start, end, text, read.title, run[0].heading_path, length)


def _is_one(run: Sequence[Unit], passage: Passage) -> bool:
    """Whether the units stand under one heading with nothing between them, and are no longer than a quotation."""
    gaps = (_text(passage, one.end, other.start) for one, other in pairwise(run))
    is_under_one = all(unit.heading_path == run[0].heading_path for unit in run)
    return is_under_one and run[-1].end - run[0].start <= _MAX_SPAN_CHARS and not any(gap.strip() for gap in gaps)


def _text(passage: Passage, start: int, end: int) -> str:
    return passage.text[start - passage.start : end - passage.start]


def _span(window: _Window, read: ReadPassage) -> Span:
    return Span(
        document=read.passage.doc_id,
        title=read.title,
        heading_path=window.heading_path,
        passage=read.passage.id,
        page=read.passage.page,
        start=window.start,
        end=window.end,
        text=window.text,
    )
