"""Does the passage say it? A fact's names, number, trigger and date must stand in one short span, which is found here.

Word for word as `spans` compares; numbers by what they say (`agent.grounding.numbers`). What a profile says only once,
in its title or its headings, may stand there instead of in the span: the names of those concerned, a date, the words
of a measure. The number, the trigger and a bare entity's name may not. Head and tail turned round are not noticed.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from agent.facts.lines import labelled_line
from agent.facts.records import Fact, Rejection, RejectionCode, Span
from agent.facts.registry import call_of
from agent.facts.spans import ReadPassage, Window, folded, stands_in
from agent.facts.types import ROOTS, Entity, Event, FactType, Quantity, Relation
from agent.grounding.numbers import Figure, figures, unsupported_figures
from agent.grounding.subjects import Source, misattributed_figures
from agent.grounding.support import Stem, content_words, new_words
from retrieval.names import common_words, proper_names

_UNIT_REACH, _CURRENCY_REACH = 80, 6  # characters behind and before a number among which its unit is looked for
_MONEY = ("$", "€", "£", "¥")
_SIGNS = "-−–$€£¥ "  # that a figure may begin with: "-$648 million"
_SIGNS_OF_MONEY = {
    "dollar": "$", "dollars": "$", "us dollars": "$", "usd": "$", "us$": "$", "euro": "€", "euros": "€", "eur": "€",
    "pound": "£", "pounds": "£", "gbp": "£", "yen": "¥",
}  # fmt: skip
# Words that only say that something is counted: "number of cabins" for "38 cabins".
_OF_COUNTING = frozenset(["number", "count", "amount", "total"])


@dataclass(frozen=True)
class _Part:
    """Something that must stand in the span, and what it is called when it does not."""

    code: RejectionCode
    words: str
    stands: Callable[[Window], bool]


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
            yield _name(stated.name, Window.says)
        case Relation():
            yield _trigger(stated.trigger, beside=(stated.head_entity.name, stated.tail_entity.name))
            yield from _mentioned([stated.head_entity, stated.tail_entity], read, stem)
        case Event():
            yield _trigger(stated.trigger)
            yield from _mentioned(stated.args, read, stem)
            if stated.time:
                yield _date(stated.time)
        case Quantity():
            yield from _parts_of_quantity(stated, read, stem)
    yield from _added(stated, read, stem)


def _added(stated: FactType, read: ReadPassage, stem: Stem) -> Iterator[_Part]:
    """What a type adds to its root's fields: none of it is believed unseen either."""
    known = next(root for root in ROOTS if isinstance(stated, root)).model_fields
    for name in type(stated).model_fields:
        if name not in known:
            yield from _mentioned(getattr(stated, name), read, stem)


def _mentioned(value: object, read: ReadPassage, stem: Stem) -> Iterator[_Part]:
    """The names, words and numbers within a value."""
    match value:
        case Entity():
            yield _name(value.name, Window.says_or_stands_under)
            yield from _added(value, read, stem)
        case FactType():
            yield from _parts(value, read, stem)
        case str():
            yield _Part("text_not_found", value, lambda window: window.says(value))
        case int() | float() | Decimal():
            (figure,) = figures(f"{value:f}")
            yield _Part("number_not_found", figure.value, lambda window: bool(_same_figures(figure, window.text)))
        case Mapping():
            for part in value.values():
                yield from _mentioned(part, read, stem)
        case list() | tuple():
            for part in value:
                yield from _mentioned(part, read, stem)


def _parts_of_quantity(quantity: Quantity, read: ReadPassage, stem: Stem) -> Iterator[_Part]:
    claimed, rest = _claimed(quantity)
    yield _name(quantity.subject, Window.says_or_stands_under)
    yield _Part("number_not_found", claimed.value, lambda window: bool(_same_figures(claimed, window.text)))
    yield _Part("unit_not_found", rest, lambda window: figure_of(quantity, window.text) is not None)
    if quantity.as_of:
        yield _date(quantity.as_of)

    def has_measure(window: Window) -> bool:
        said = f"{window.text} {window.above} {quantity.subject}"
        new = {word for word in new_words(quantity.measure, said, stem) if word not in _OF_COUNTING}
        return not new and bool(content_words(quantity.measure, stem))

    yield _Part("measure_not_found", quantity.measure, has_measure)
    said = content_words(f"{quantity.measure} {quantity.subject} {quantity.unit} {quantity.as_of or ''}", stem)

    def has_whole_label(window: Window) -> bool:
        """Whether nothing of the label before the number was left out: "land" for "land: arable: 27.8%"."""
        if figure_of(quantity, window.text) is None:
            return False
        lines = [line for line in window.text.splitlines() if figure_of(quantity, line)]
        named = (content_words(_label(line, window), stem) for line in lines)
        return not lines or any(set(words) <= set(said) for words in named)

    yield _Part("measure_cut_short", quantity.measure, has_whole_label)
    lexicon = common_words(read.passage.text)

    def is_of_subject(window: Window) -> bool:
        """Whether the number is the subject's, by the nearest name; a subject that is no name cannot be told."""
        if not proper_names(quantity.subject, lexicon=lexicon):
            return True
        claim = f"{quantity.subject}: {quantity.value:f} {quantity.unit}"
        source = Source(window.text, window.title, window.heading_path)
        wrong = misattributed_figures(claim, [source], lexicon=lexicon)
        return not any(one.startswith(f"{claimed.value}: ") for one in wrong)

    yield _Part("wrong_subject", f"{claimed.value} of {quantity.subject}", is_of_subject)


def _label(line: str, window: Window) -> str:
    """What a labelled line says before its number, or the heading that it stands under; of other lines nothing."""
    found = labelled_line(line)
    if found is None:
        return ""
    return found.label or (window.heading_path[-1] if window.heading_path else "")


def _trigger(trigger: str, *, beside: Collection[str] = ()) -> _Part:
    """A trigger that is the name of one of those concerned says nothing of them."""
    is_name = any(stands_in(trigger, folded(name)) for name in beside)
    return _Part("trigger_not_found", trigger, lambda window: not is_name and window.says(trigger))


def _name(name: str, stands: Callable[[Window, str], bool]) -> _Part:
    names_something = bool(content_words(name, str)) or any(letter.isupper() for letter in name)
    return _Part("name_not_found", name, lambda window: names_something and stands(window, name))


def _date(date: str) -> _Part:
    def stands(window: Window) -> bool:
        """Word for word, or all its words and numbers in another order: "March 2017" for "2017, in March"."""
        if window.says_or_stands_under(date):
            return True
        said = f"{window.text}\n{window.above}"
        return not unsupported_figures(date, said) and not new_words(date, said, str)

    return _Part("date_not_found", date, stands)


def _claimed(quantity: Quantity) -> tuple[Figure, str]:
    """The quantity's figure with sign, scale and per cent, and what is left of its unit."""
    unit = quantity.unit
    if unit[:1] in _MONEY:  # "$ million" stands around its number
        unit = f"{unit[1:]} {unit[0]}".strip()
    text = f"{quantity.value:f} {unit}".strip()
    figure = figures(text)[0]
    return figure, text[figure.end :].strip()


def _same_figures(claimed: Figure, text: str) -> list[Figure]:
    return [figure for figure in figures(text) if claimed.says_same_as(figure)]


def _has_unit(unit: str, figure: Figure, text: str) -> bool:
    behind = folded(text[figure.end : figure.end + _UNIT_REACH])
    first_digit = figure.end - len(text[figure.start : figure.end].lstrip(_SIGNS))
    before = folded(text[max(0, figure.start - _CURRENCY_REACH) : first_digit])
    written = folded(unit)
    return not unit or stands_in(unit, behind) or before.endswith((written, _SIGNS_OF_MONEY.get(written, written)))


def _span(window: Window, read: ReadPassage) -> Span:
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
