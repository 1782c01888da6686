"""Dates in prose, in one form whatever the notation: "19 April 2007", "April 19th, 2007", "2007-04-19", "4 and 5 May".

A date says more than its parts: "19 April 2007" is not carried by a sentence with 19 votes and a year 2007. What the
evidence leaves out may stand over it, as a year in a heading does. A year alone is a number (see `numbers`).
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
# A bare number of these is taken for a year; in a date, with a month, a year may be any of the last thousand.
YEAR = r"(?:1[5-9]|20|21)\d\d"
_MONTH_OF = {name.lower(): n for n, name in enumerate(MONTHS, start=1)} | {
    name[:3].lower(): n for n, name in enumerate(MONTHS, start=1)
}
_MONTH_OF["sept"] = 9
_MONTH = rf"(?P<month>(?:{'|'.join(MONTHS)})|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DAYS = rf"(?<![\d.,])(?P<days>{_DAY}(?:(?:\s?[-–—/]\s?|,\s|\s(?:and|to|or)\s){_DAY})*)"
_ANY_YEAR = r"(?:1[0-9]|20|21)\d\d"
_YEAR = rf"(?P<year>{_ANY_YEAR})(?![\d%])"
_FORMS = (
    re.compile(rf"{_DAYS}\s(?:of\s)?{_MONTH}(?:,?\s{_YEAR})?(?!\w)"),
    re.compile(rf"\b{_MONTH}\s{_DAYS}(?!\d)(?:,?\s{_YEAR})?(?![\w%])(?!\s(?:million|billion|thousand|per))"),
    re.compile(rf"\b{_MONTH},?\s(?:of\s)?{_YEAR}"),
    re.compile(
        rf"(?<![\d-])(?P<year>{_ANY_YEAR})(?P<mark>[-/])(?P<number>\d{{1,2}})(?P=mark)(?P<days>\d{{1,2}})(?!\d)"
    ),
    re.compile(
        rf"(?<![\d./])(?P<days>\d{{1,2}})(?P<mark>[./])(?P<number>\d{{1,2}})(?P=mark)(?P<year>{_ANY_YEAR})(?!\d)"
    ),
)
_LONE_YEAR = re.compile(rf"(?<![\d,.]){YEAR}(?![\d,.]*\d)")
_WRITTEN_YEAR = re.compile(rf"(?<![\d.,])({_ANY_YEAR})(?![\d,]|\.\d)")


@dataclass(frozen=True)
class Date:
    """A date at [start, end); what it leaves out is 0."""

    year: int
    month: int
    day: int
    start: int
    end: int

    @property
    def text(self) -> str:
        """Written out: "19 April 2007"."""
        return " ".join(filter(None, (str(self.day or ""), MONTHS[self.month - 1], str(self.year or ""))))


def dates(text: str) -> list[Date]:
    """Dates with a month in reading order; "4 and 5 May" is two, and "3/4/2007" is read both ways."""
    return list(_dates(text))


@lru_cache(maxsize=8192)  # several checks ask for those of the same sentences
def _dates(text: str) -> tuple[Date, ...]:
    found: list[Date] = []
    for form in _FORMS:
        for match in form.finditer(text):
            if not any(match.start() < other.end and other.start < match.end() for other in found):
                found += _read(match)
    return tuple(sorted(found, key=lambda date: (date.start, date.day)))


def _read(match: re.Match[str]) -> Iterator[Date]:
    parts = match.groupdict()
    year = int(parts.get("year") or 0)
    days = [int(day) for day in re.findall(r"\d+", parts.get("days") or "")] or [0]
    if month := parts.get("month"):
        months = [_MONTH_OF[month.lower().rstrip(".")]]
        yield from (Date(year, month, day, *match.span()) for month in months for day in days if day <= 31)
        return
    day, number = days[0], int(parts["number"] or 0)
    if 1 <= number <= 12 and 1 <= day <= 31:
        yield Date(year, number, day, *match.span())
    is_american = parts.get("mark") == "/" and match.start("days") < match.start("year")
    if is_american and number != day and 1 <= number <= 31 and 1 <= day <= 12:
        yield Date(year, day, number, *match.span())


def carries(stated: Collection[Date], said: Date, years: Collection[int]) -> bool:
    """Whether the evidence states a date: with its day and month together, and its year there or among `years`."""
    return any(
        other.month == said.month
        and (not said.day or other.day == said.day)
        and (not said.year or other.year == said.year or (not other.year and said.year in years))
        for other in stated
    )


def unsupported_dates(said: Sequence[Date], evidence: str) -> list[Date]:
    """Dates that the evidence does not state; of one that is read two ways, either will do."""
    stated = dates(evidence)
    years = {int(year) for year in _WRITTEN_YEAR.findall(evidence)}
    carried = {date.start for date in said if len({one.text for one in said if one.start == date.start}) > 1
               and not _is_list(date, said) and carries(stated, date, years)}  # fmt: skip
    return [date for date in said if date.start not in carried and not carries(stated, date, years)]


def _is_list(date: Date, said: Sequence[Date]) -> bool:
    """Whether the dates at one place are days of one month, not two readings."""
    return len({one.month for one in said if one.start == date.start}) == 1


def without_days(text: str) -> str:
    """The text with the year alone in the place of each date, so that what is left of its numbers counts something."""
    for date in reversed(dates(text)):
        year = str(date.year) if date.year else ""
        text = f"{text[: date.start]}{year.ljust(date.end - date.start)}{text[date.end :]}"
    return text


def covered(text: str) -> str:
    """The text with zeros in the place of its dates: no month is a name there, and all else stands where it stood."""
    for date in dates(text):
        text = f"{text[: date.start]}{'0' * (date.end - date.start)}{text[date.end :]}"
    return text


def moments(text: str) -> list[tuple[int, ...]]:
    """Dates with a year and years alone, as (year,), (year, month) or (year, month, day)."""
    found = [tuple(part for part in (date.year, date.month, date.day) if part) for date in dates(text) if date.year]
    return found + [(int(year),) for year in _LONE_YEAR.findall(covered(text))]
