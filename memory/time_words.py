"""Time expressions in English talk and what they mean on the day they were said: "last week" is Monday to Sunday of the
week before.

What is vague gets a wide interval ("a few years ago") or none ("recently", "for ages"); names of holidays are not
known. A bare weekday or month lies in the past, unless a word of the future stands nearer than one of the past.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from lm.types import Frozen
from memory.calendar_spans import Unit, around, bounds, hull, months, moved, span, written, written_start
from memory.time_rules import COUNT, PART, RULES, Reading, counted, only_part
from memory.units import Interval
from retrieval.dates import Date, dates

_PART_BEFORE = re.compile(rf"\b{PART}$", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:to|and|until|till|through|[-–—])\s*", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|between)\s+$", re.IGNORECASE)
_SINCE = re.compile(r"\bsince\s+$", re.IGNORECASE)
# What a question counts from a date: "two weeks before 11 August", "last weekend before April 10".
_COUNTED = re.compile(
    rf"\b(?:(?:the |last )(?P<one>day|weekend|week|month|year)|{COUNT}) (?P<side>before|after) $".replace(" ", r"\s+"),
    re.IGNORECASE,
)
_EDGE = re.compile(r"\bthe\s+(?P<which>first|last)\s+(?P<unit>week|weekend|day|month)\s+of\s+$", re.IGNORECASE)
_OPEN = re.compile(r"\b(?P<side>before|after|until|till)\s+$", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?:['’]s\b)?")
_FIRST_DAY = "0001-01-01"
_UNITS: dict[str, Unit] = {"day": "day", "week": "week", "weekend": "weekend", "month": "month", "year": "year"}


class TimePhrase(Frozen):
    """Words at [start, end) of a text that say when.

    They are relative if they mean something else on another day; what lasts, is so still when it is said.
    """

    start: int
    end: int
    text: str
    interval: Interval
    is_relative: bool
    lasts: bool = False

    @property
    def meaning(self) -> str:
        """The interval written out, as it stands in brackets behind the words; of what lasts until the day when it was
        said, the beginning."""
        return f"since {written_start(self.interval)}" if self.lasts else written(self.interval)


def resolve_times(text: str, at: datetime) -> list[TimePhrase]:
    """The time expressions of a text in reading order; none overlaps another.

    Args:
        text: What was said.
        at: When, in the zone whose days are meant.
    """
    reading = Reading(text, at)
    found = sorted([*_dates(reading), *_words(reading)], key=lambda phrase: (phrase.start, -phrase.end))
    kept: list[TimePhrase] = []
    for phrase in found:
        if not kept or phrase.start >= kept[-1].end:
            kept.append(phrase)
    return [_since(reading, phrase) for phrase in _joined(text, kept)]


def with_meanings(text: str, at: datetime) -> str:
    """The text with what relative times mean in brackets behind them: "last week [16-22 January 2023]"."""
    for phrase in reversed(resolve_times(text, at)):
        if phrase.is_relative:
            end = _POSSESSIVE.match(text, phrase.end).end()  # type: ignore[union-attr]  # matches the empty text
            text = f"{text[:end]} [{phrase.meaning}]{text[end:]}"
    return text


def times_in_question(question: str, now: datetime) -> list[Interval]:
    """The times that a question asks about, relative words against `now`.

    "The week before 3 August" and "the last week of May" are counted from the date, "after May" runs until now, and
    "before May" from the year 1.
    """
    phrases = resolve_times(question, now)
    is_counted = {match.start() for phrase in phrases if (match := _COUNTED.search(question[: phrase.start]))}
    return [_asked(question, phrase, now.date()) for phrase in phrases if phrase.start not in is_counted]


def _since(reading: Reading, phrase: TimePhrase) -> TimePhrase:
    """ "Since last May" lasts until the day itself."""
    today = f"{reading.day:%Y-%m-%d}"
    if not _SINCE.search(reading.text, 0, phrase.start) or phrase.interval.start > today:
        return phrase
    return phrase.model_copy(update={"interval": Interval(start=phrase.interval.start, end=today), "lasts": True})


def _dates(reading: Reading) -> Iterator[TimePhrase]:
    """Written dates. A year that is left out is the nearest that fits the tense; "4 and 5 May" is one span."""
    by_place: dict[tuple[int, int], list[Date]] = {}
    for found in dates(reading.text):
        by_place.setdefault((found.start, found.end), []).append(found)
    for (start, end), several in by_place.items():
        # "3/4/2007" has two readings and nothing to tell them apart; they are two phrases of which the first is kept.
        one_month = [one for one in several if one.month == several[0].month]
        try:
            spans = [_date_span(reading, one) for one in one_month]
        except ValueError:  # 31 June
            continue
        interval = hull(spans[0], spans[-1])
        part = _PART_BEFORE.search(reading.text, max(0, start - 30), start)
        if part and not one_month[0].day and part["part"].lower() not in ("earlier", "later"):
            start, interval = part.start(), only_part(interval, part["part"], reading.day)
        yield _phrase(reading.text, (start, end), interval, is_relative=not one_month[0].year)


def _date_span(reading: Reading, found: Date) -> Interval:
    """The day or month of a date.

    Raises:
        ValueError: there is no such day.
    """
    year, said = found.year, (reading.day.month, reading.day.day)
    if not year:
        is_ahead, told = reading.is_ahead(found.start, found.end), (found.month, found.day)
        year = reading.day.year + int(is_ahead and told < said) - int(not is_ahead and told > said)
    if not found.day:
        return months(year, found.month, 1)
    return around(date(year, found.month, found.day), "day")


def _words(reading: Reading) -> Iterator[TimePhrase]:
    for rule in RULES:
        for match in rule.form.finditer(reading.text):
            try:
                interval = rule.means(reading, match)
            except (OverflowError, ValueError):  # before the year 1: "5000 years ago"
                continue
            if interval is not None:
                found = _phrase(reading.text, rule.place(match), interval, is_relative=rule.is_relative)
                yield found.model_copy(update={"lasts": rule.lasts})


def _phrase(text: str, place: tuple[int, int], interval: Interval, *, is_relative: bool) -> TimePhrase:
    start, end = place
    return TimePhrase(start=start, end=end, text=text[start:end], interval=interval, is_relative=is_relative)


def _joined(text: str, phrases: Sequence[TimePhrase]) -> list[TimePhrase]:
    """With "from May to July" and "between 5 May and 7 June" as one span each."""
    joined: list[TimePhrase] = []
    for phrase in phrases:
        first = joined[-1] if joined else None
        if first and _FROM.search(text, 0, first.start) and _BETWEEN.fullmatch(text, first.end, phrase.start):
            joined[-1] = _span_of(text, first, phrase)
        else:
            joined.append(phrase)
    return joined


def _span_of(text: str, first: TimePhrase, last: TimePhrase) -> TimePhrase:
    is_relative = first.is_relative or last.is_relative
    interval = hull(first.interval, last.interval)
    if first.interval.start > last.interval.end and last.interval.end[4:] > first.interval.start[4:]:
        # "from May to July 2022": the year stands at the end and is that of both.
        interval = hull(
            Interval(start=last.interval.end[:4] + first.interval.start[4:], end=last.interval.end), last.interval
        )
    return _phrase(text, (first.start, last.end), interval, is_relative=is_relative)


def _asked(question: str, phrase: TimePhrase, today: date) -> Interval:
    before = question[: phrase.start]
    start, end = bounds(phrase.interval)
    if counting := _COUNTED.search(before):
        sign = -1 if counting["side"].lower() == "before" else 1
        if not counting["one"]:
            return counted(start if sign < 0 else end, counting, sign)
        unit = _UNITS[counting["one"].lower()]
        return around(moved(start if sign < 0 else end, unit, sign), unit)
    if edge := _EDGE.search(before):
        unit = _UNITS[edge["unit"].lower()]
        return _edge(phrase.interval, unit, is_last=edge["which"].lower() == "last")
    if side := _OPEN.search(before):
        return _open(phrase.interval, today, is_after=side["side"].lower() == "after")
    return phrase.interval


def _edge(interval: Interval, unit: Unit, *, is_last: bool) -> Interval:
    """The first or last unit of an interval; a week is any seven days, since few months begin on a Monday."""
    start, end = bounds(interval)
    if unit in ("month", "weekend"):
        return around(end if is_last else start, unit)
    n_days = 7 if unit == "week" else 1
    return span(end - timedelta(days=n_days - 1), end) if is_last else span(start, start + timedelta(days=n_days - 1))


def _open(interval: Interval, today: date, *, is_after: bool) -> Interval:
    start, end = bounds(interval)
    if is_after:
        return span(end, max(end, today))
    return Interval(start=_FIRST_DAY, end=(max(start, date(1, 1, 2)) - timedelta(days=1)).isoformat())
