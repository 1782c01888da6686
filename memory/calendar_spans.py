"""Spans of the calendar: the week, month, season or year around a day, some of them before or after, and their names.

Knows the Gregorian calendar; weeks run from Monday to Sunday. Must not know the words that mean a span.
"""

from calendar import monthrange
from datetime import date, timedelta
from typing import Literal

from memory.units import Interval
from retrieval.dates import MONTHS

Unit = Literal["day", "week", "weekend", "month", "season", "year", "decade"]
Part = Literal["early", "mid", "late"]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# As in the northern half of the world, by whole months; nothing in a conversation tells where it is held.
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_SEASON_MONTHS = 3
_DAYS_OF = {"day": 1, "week": 7, "weekend": 7}
_MONTHS_OF = {"month": 1, "season": 12, "year": 12, "decade": 120}


def span(start: date, end: date) -> Interval:
    """From `start` to `end`, both in it."""
    return Interval(start=f"{start:%Y-%m-%d}".zfill(10), end=f"{end:%Y-%m-%d}".zfill(10))


def around(day: date, unit: Unit) -> Interval:
    """The whole day, week, weekend (of the same week), month, year or decade that holds `day`."""
    if unit == "day":
        return span(day, day)
    if unit in ("week", "weekend"):
        monday = day - timedelta(days=day.weekday())
        return span(monday + timedelta(days=5 if unit == "weekend" else 0), monday + timedelta(days=6))
    if unit == "month":
        return months(day.year, day.month, 1)
    first = day.year // 10 * 10 if unit == "decade" else day.year
    return span(date(first, 1, 1), date(first + (9 if unit == "decade" else 0), 12, 31))


def months(year: int, month: int, n: int) -> Interval:
    """`n` whole months from `month` (1 to 12) of `year`.

    Raises:
        ValueError: the calendar ends before.
    """
    last_year, last_month = divmod(year * 12 + month - 1 + n - 1, 12)
    return span(date(year, month, 1), date(last_year, last_month + 1, monthrange(last_year, last_month + 1)[1]))


def season(name: str, year: int) -> Interval:
    """The season that begins in `year`: winter 2022 runs from December 2022 to February 2023."""
    return months(year, SEASONS[name], _SEASON_MONTHS)


def moved(day: date, unit: Unit, n: int) -> date:
    """The day `n` units later, or earlier if `n` is negative; the last of the month where the month is too short.

    Raises:
        OverflowError: the calendar ends before.
        ValueError: likewise.
    """
    if unit in _DAYS_OF:
        return day + timedelta(days=n * _DAYS_OF[unit])
    year, month = divmod(day.year * 12 + day.month - 1 + n * _MONTHS_OF[unit], 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def weekday_beside(day: date, weekday: int, *, after: bool) -> date:
    """The nearest `weekday` (Monday is 0) strictly before `day`, or strictly after it."""
    if after:
        return day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)
    return day - timedelta(days=(day.weekday() - weekday - 1) % 7 + 1)


def part_of(interval: Interval, part: Part) -> Interval:
    """The first, middle or last third of an interval, in whole days."""
    start, end = bounds(interval)
    third = ((end - start).days + 1) / 3
    from_day, to_day = {"early": (0, third), "mid": (third, 2 * third), "late": (2 * third, 3 * third)}[part]
    return span(start + timedelta(days=int(from_day)), start + timedelta(days=max(int(to_day) - 1, int(from_day))))


def bounds(interval: Interval) -> tuple[date, date]:
    """Its first and last day."""
    return date.fromisoformat(interval.start), date.fromisoformat(interval.end)


def hull(first: Interval, second: Interval) -> Interval:
    """The smallest interval that holds both."""
    return Interval(start=min(first.start, second.start), end=max(first.end, second.end))


def written(interval: Interval) -> str:
    """In the fewest words: "2022", "June to August 2022", "7 May 2023", "16-22 January 2023"."""
    start, end = bounds(interval)
    if start == end:
        return day_name(start)
    if (start.day, end.day) == (1, monthrange(end.year, end.month)[1]):
        return _months(start, end)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}-{day_name(end)}"
    first = f"{start.day} {MONTHS[start.month - 1]}" if start.year == end.year else day_name(start)
    return f"{first} to {day_name(end)}"


def written_start(interval: Interval) -> str:
    """Its first day, or the month or year that begins with it."""
    start, _ = bounds(interval)
    if start.day > 1:
        return day_name(start)
    return str(start.year) if start.month == 1 else f"{MONTHS[start.month - 1]} {start.year}"


def day_name(day: date) -> str:
    """A day as it is written in what memory keeps: 8 May 2023."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _months(start: date, end: date) -> str:
    if (start.month, end.month) == (1, 12):
        return str(start.year) if start.year == end.year else f"{start.year} to {end.year}"
    first, last = MONTHS[start.month - 1], f"{MONTHS[end.month - 1]} {end.year}"
    if start.year != end.year:
        return f"{first} {start.year} to {last}"
    return last if start.month == end.month else f"{first} to {last}"
