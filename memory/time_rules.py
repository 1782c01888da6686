"""The time expressions that are known, as patterns, and for each what it means to who speaks on a given day.

Knows words and the calendar. Must not know what the intervals are for. Written dates are read in `time_words`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from memory.calendar_spans import (
    SEASONS,
    WEEKDAYS,
    Part,
    Unit,
    around,
    bounds,
    hull,
    months,
    moved,
    part_of,
    season,
    span,
    weekday_beside,
)
from memory.units import Interval
from retrieval.dates import MONTHS

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
# How many are meant at least and at most. Our reading: "a few years ago" may be two years and may be six.
_QUANTITIES = {word: (n, n) for n, word in enumerate(_SMALL)} | {
    "a": (1, 1), "an": (1, 1), "couple": (2, 3), "few": (2, 6), "several": (3, 8), "many": (5, 20),
}  # fmt: skip
_UNITS: dict[str, Unit] = {
    "day": "day", "night": "day", "week": "week", "weekend": "weekend", "month": "month", "year": "year",
    "decade": "decade",
}  # fmt: skip
_PARTS: dict[str, Part] = {
    "early": "early", "beginning": "early", "start": "early", "first": "early",
    "mid": "mid", "middle": "mid", "late": "late", "end": "late",
}  # fmt: skip
_DAY_WORDS = {
    "before yesterday": -2, "after tomorrow": 2, "yesterday": -1, "last night": -1, "last evening": -1, "tomorrow": 1,
}  # fmt: skip
_OTHER_DAYS, _OTHER_WEEKS = 14, 6  # how far back "the other day" and "the other week" reach

N = rf"(?:\d{{1,3}}|(?:a )?couple(?: of)?|(?:a )?few|several|many|an?|{'|'.join(_SMALL[1:])})"
_UNIT = r"(?P<unit>day|night|week|weekend|month|year|decade)s?"
COUNT = (
    r"(?<!-)(?:about |around |roughly |almost |nearly |over |maybe |like |just )?"
    rf"(?P<n>{N})(?: (?:or|to) (?P<m>{N}))? {_UNIT}"
)
PART = (
    r"(?P<part>early|mid|late|earlier|later|(?:the )?(?:very )?(?:beginning|start|first half|middle|end) of)"
    r"(?: in)?(?: |-)"
)
_HOUR = r"(?: (?:early )?(?:morning|afternoon|evening|night))?"
_WHICH = r"(?P<which>(?:this )?(?:last|past|previous|coming)|this|next)"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d|[.,]\d|%)"
# Behind these a month, a year or a weekday is one and no modal verb, name or number. They are no part of the phrase.
_LEAD = (
    r"(?P<lead>\b(?:in|during|since|from|by|until|till|of|on|for|over|to|and|or|between|around|about|before|after"
    r"|year) )"
)

# "Plan", "prepare" and the like look ahead; what was done before a time expression is told in the past.
_FUTURE = re.compile(
    r"\b(?:will|won't|shall|going to|gonna|plan(?:s|ning)?|hop(?:e|ing)|hopefully|wants? to|wanna|looking forward|"
    r"can't wait|let's|(?:how|what) about|upcoming|coming up|see you|should|would (?:like|love) to|next|tomorrow|"
    r"soon|until|till|prepar\w+|gearing up|schedul\w+|deadline|works? for|free on|are you free|due)\b|['’]ll\b|"
    r"\b(?:is|are) (?:on |in |at |by )?$|(?:\b(?:am|are)|['’](?:m|re)) (?:\w+ )?\w+ing\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|had|did|didn't|has|have|been|went|got|took|made|saw|met|gave|found|came|said|told|bought|lost|won|"
    r"became|began|left|felt|spent|held|ran|ate|taught|wrote|read|drove|flew|last|ago|yesterday|"
    r"(?!need|feed|speed|seed|indeed|red\b|bed\b|shed\b)\w{2,}ed)\b|['’]ve\b",
    re.IGNORECASE,
)
# To have done until now, in the same clause.
_PERFECT = re.compile(r"(?:\b(?:have|has)\b|['’]ve\b|['’]s been\b)[^.!?;\n]*$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?\n]+(?:\s|$)")
_NAME_FOLLOWS = re.compile(r" [A-Z][a-z]")
_DATE_FOLLOWS = re.compile(rf",? (?:the )?(?:\d{{1,2}}\b(?!:| ?[ap]m)|(?:{'|'.join(MONTHS)}) \d)")


class Reading:
    """A text read at a moment."""

    def __init__(self, text: str, at: datetime) -> None:
        self.text, self.at, self.day = text, at, at.date()

    def is_ahead(self, start: int, end: int) -> bool:
        """Whether the words at [start, end) look ahead: the nearest word of past or future before them, or else the
        first behind them in their sentence, is one of the future."""
        opens = max((match.end() for match in _SENTENCE_END.finditer(self.text, 0, start)), default=0)
        close = _SENTENCE_END.search(self.text, end)
        before, behind = self.text[opens:start], self.text[end : close.end() if close else len(self.text)]
        last = [max((match.start() for match in form.finditer(before)), default=-1) for form in (_FUTURE, _PAST)]
        if max(last) >= 0:
            return last[0] > last[1]
        first = [found.start() if (found := form.search(behind)) else len(behind) for form in (_FUTURE, _PAST)]
        return first[0] < first[1]


@dataclass(frozen=True)
class Rule:
    """A form of words and what it means; None where the match means no time after all."""

    form: re.Pattern[str]
    means: Callable[[Reading, re.Match[str]], Interval | None]
    is_relative: bool = True
    lasts: bool = False

    def place(self, match: re.Match[str]) -> tuple[int, int]:
        """Where the phrase is, without the preposition before it."""
        return _place(match)


def _place(match: re.Match[str]) -> tuple[int, int]:
    has_lead = bool(match.groupdict().get("lead"))
    return (match.end("lead") if has_lead else match.start()), match.end()


def how_many(words: str) -> tuple[int, int]:
    """At least and at most: "a couple of" is two or three."""
    words = words.lower()
    if words.isdigit():
        return int(words), int(words)
    return _QUANTITIES[[word for word in words.split() if word in _QUANTITIES][-1]]


def counted(day: date, match: re.Match[str], sign: int) -> Interval:
    """The whole unit so many before (-1) or after (1) the day; of "a decade ago" the year, since a day that far off
    is no better known."""
    parts = match.groupdict()
    low, high = how_many(parts["n"])
    if parts.get("m"):
        high = how_many(parts["m"])[1]
    unit = _UNITS[parts["unit"].lower()]
    whole: Unit = "year" if unit == "decade" else unit
    return hull(around(moved(day, unit, sign * low), whole), around(moved(day, unit, sign * high), whole))


def only_part(interval: Interval, words: str | None, day: date) -> Interval:
    """What a word like "early" leaves of an interval; "earlier" and "later" cut it at the day itself."""
    if not words:
        return interval
    start, end = bounds(interval)
    if words.lower() == "earlier":
        return span(start, max(start, min(end, day)))
    if words.lower() == "later":
        return span(min(end, max(start, day)), end)
    return part_of(interval, next(_PARTS[word] for word in words.lower().split() if word in _PARTS))


def _step(which: str) -> int:
    word = which.lower().split()[-1]
    return -1 if word in ("last", "past", "previous") else 1 if word in ("next", "coming") else 0


def _ago(reading: Reading, match: re.Match[str]) -> Interval:
    return counted(reading.day, match, -1)


def _from_now(reading: Reading, match: re.Match[str]) -> Interval:
    return counted(reading.day, match, 1)


def _in_future(reading: Reading, match: re.Match[str]) -> Interval | None:
    # "In two weeks" is also how long something took.
    return counted(reading.day, match, 1) if reading.is_ahead(*match.span()) else None


def _hours_ago(reading: Reading, match: re.Match[str]) -> Interval:
    low, high = how_many(match["n"])
    hours = timedelta(hours=1) if match["unit"].lower() == "hour" else timedelta(minutes=1)
    return span((reading.at - high * hours).date(), (reading.at - low * hours).date())


def _half_ago(reading: Reading, match: re.Match[str]) -> Interval:
    return around(moved(reading.day, "month", -6 if match["half"] else -18), "month")


def _day_word(reading: Reading, match: re.Match[str]) -> Interval:
    words = " ".join(match.group().lower().split())
    n = next((n for part, n in _DAY_WORDS.items() if part in words), 0)
    return around(moved(reading.day, "day", n), "day")


def _other_day(reading: Reading, match: re.Match[str]) -> Interval:
    n = _OTHER_WEEKS * 7 if match["unit"].lower().startswith("week") else _OTHER_DAYS
    return span(moved(reading.day, "day", -n), moved(reading.day, "day", -1))


def _two_away(reading: Reading, match: re.Match[str]) -> Interval:
    unit = _UNITS[match["unit"].lower()]
    return around(moved(reading.day, unit, 2 * _step(match["which"])), unit)


def _unit_beside(reading: Reading, match: re.Match[str]) -> Interval:
    """Last, this or next week, weekend, month, year or decade."""
    unit, step = _UNITS[match["unit"].lower()], _step(match["which"])
    if unit == "weekend" and step == 0 and reading.day.weekday() < 3 and not reading.is_ahead(*_place(match)):
        step = -1  # on a Monday to Wednesday, what was done "this weekend" was done on the last
    if unit == "weekend" and match["which"].lower().endswith("coming"):
        step = 0
    return only_part(around(moved(reading.day, unit, step), unit), match["part"], reading.day)


def _rolling(reading: Reading, match: re.Match[str]) -> Interval:
    """ "The last three weeks" are counted back from the day itself, "the next few days" forward."""
    parts = match.groupdict()
    n = how_many(parts["n"])[1] if parts.get("n") else 1 if _step(match["which"]) < 0 else 3
    other = moved(reading.day, _UNITS[match["unit"].lower()], n * _step(match["which"]))
    return span(*sorted((reading.day, other)))


def _lasting(reading: Reading, match: re.Match[str]) -> Interval | None:
    """ "For three years now" or "have … for three years": from the year, month, week or day in which it began."""
    if not match["now"] and not _PERFECT.search(reading.text, max(0, match.start() - 60), match.start()):
        return None
    return hull(counted(reading.day, match, -1), around(reading.day, "day"))


def _named_day(reading: Reading, match: re.Match[str]) -> Interval | None:
    """ "Last Tuesday" is the one before the day, "next Tuesday" the one after it, "this Tuesday" that of the week."""
    which, place = (match["which"] or "").lower(), _place(match)
    if (
        match["every"]
        or _DATE_FOLLOWS.match(reading.text, place[1])
        or (not which and not match["lead"] and _is_part_of_name(reading.text, *place))
    ):
        return None
    weekday = WEEKDAYS.index(match["day"].capitalize())
    if which == "this":
        return around(reading.day + timedelta(days=weekday - reading.day.weekday()), "day")
    is_after = _step(which) > 0 if which else reading.is_ahead(*place)
    return around(weekday_beside(reading.day, weekday, after=is_after), "day")


def _is_part_of_name(text: str, start: int, end: int) -> bool:
    """Black Friday, the Sunday Times."""
    before = text[:start].split()[-1:]
    is_named = bool(before) and len(before[0]) > 1 and before[0][0].isupper() and before[0][-1].isalpha()
    return is_named or bool(_NAME_FOLLOWS.match(text, end))


def _named_month(reading: Reading, match: re.Match[str]) -> Interval | None:
    month, which, day = MONTHS.index(match["month"].capitalize()) + 1, (match["which"] or "").lower()[-4:], reading.day
    if not (which or match["lead"] or match["part"]):
        return None
    if which == "this":
        year = day.year
    elif which == "last" or (which != "next" and not reading.is_ahead(*_place(match))):
        year = day.year - (month >= day.month if which == "last" else month > day.month)
    else:
        year = day.year + (month <= day.month if which == "next" else month < day.month)
    return only_part(months(year, month, 1), match["part"], day)


def _named_season(reading: Reading, match: re.Match[str]) -> Interval:
    """ "Last summer" is over and "next summer" has not begun; "this summer" is that of the year."""
    name, which, today = match["season"].lower(), match["which"].lower().split()[-1], f"{reading.day:%Y-%m-%d}"
    near = [season(name, reading.day.year + n) for n in range(-2, 3)]
    if which in ("last", "past"):
        interval = [one for one in near if one.end < today][-1]
    elif which in ("next", "coming"):
        interval = next(one for one in near if one.start > today)
    elif which == "this" or reading.is_ahead(*match.span()):
        interval = next(one for one in near if one.end[:4] == today[:4] or one.end >= today)
    else:
        interval = [one for one in near if one.start <= today][-1]
    return only_part(interval, match["part"], reading.day)


def _dated_season(reading: Reading, match: re.Match[str]) -> Interval:
    return only_part(season(match["season"].lower(), int(match["year"])), match["part"], reading.day)


def _lone_year(reading: Reading, match: re.Match[str]) -> Interval | None:
    lead = (match["lead"] or "").lower().strip()
    if not (lead or match["part"]) or lead in ("for", "over", "on", "about", "around"):
        return None
    return only_part(around(date(int(match["year"]), 1, 1), "year"), match["part"], reading.day)


def _lone_decade(_reading: Reading, match: re.Match[str]) -> Interval:
    return around(date(int(match["year"] or "19" + match["tens"]), 1, 1), "decade")


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE)


_MONTH = "|".join(MONTHS)
_SEASON = "|".join(SEASONS)
RULES = (
    Rule(_form(rf"\b{COUNT} (?:ago|back)\b"), _ago),
    Rule(_form(rf"\b{COUNT} from (?:now|today)\b"), _from_now),
    Rule(_form(rf"\b(?:in|within) {COUNT}(?:['’] time)?\b(?! (?:or|of|ago|back|from)\b)"), _in_future),
    Rule(_form(rf"\b(?P<n>{N}) (?P<unit>hour|minute)s? ago\b"), _hours_ago),
    Rule(_form(r"\b(?:(?P<half>half an? year)|an? year and a half) ago\b"), _half_ago),
    Rule(_form(rf"\b(?:the day before )?yesterday\b{_HOUR}|\blast (?:night|evening)\b"), _day_word),
    Rule(_form(rf"\b(?:the day after )?tomorrow\b{_HOUR}"), _day_word),
    Rule(_form(r"\b(?:(?:earlier|later) )?today\b|\btonight\b|\bthis (?:morning|afternoon|evening)\b"), _day_word),
    Rule(_form(r"\bthe other (?P<unit>day|night|evening|morning|week|weekend)\b"), _other_day),
    Rule(_form(r"\b(?:the )?(?P<unit>week|weekend|month|year) (?:before|after) (?P<which>last|next)\b"), _two_away),
    Rule(
        _form(
            rf"(?<!\bthe\s)(?<!\bevery\s)\b(?:{PART})?{_WHICH} (?P<unit>week|weekend|month|year|decade)\b"
            r"(?! of\b)"
        ),
        _unit_beside,
    ),
    Rule(_form(rf"\b(?:the |these )?(?P<which>last|past|next|coming) (?P<n>{N}) {_UNIT}\b"), _rolling),
    Rule(_form(rf"\bthe (?P<which>last|past|coming) {_UNIT}\b(?! of\b)"), _rolling),
    Rule(_form(rf"\bfor {COUNT}(?P<now> now)?\b(?! (?:ago|back)\b)"), _lasting, lasts=True),
    Rule(
        _form(rf"(?P<every>\b(?:every|each|most) )?{_LEAD}?\b(?:{_WHICH} )?(?P<day>{'|'.join(WEEKDAYS)})\b{_HOUR}"),
        _named_day,
    ),
    Rule(
        _form(
            rf"{_LEAD}?\b(?:{PART})?(?:(?P<which>last|next|this|this past) )?(?P<month>{_MONTH})\b"
            r"(?!,? (?:of )?\d)"
        ),
        _named_month,
    ),
    Rule(
        _form(
            rf"\b(?:{PART})?(?P<which>(?:this )?(?:last|past|coming)|this|next|(?:in|over|during)(?: the)?) "
            rf"(?P<season>{_SEASON})\b(?! \d| (?:of|break|camp|in|into|apart|for)\b)"
        ),
        _named_season,
    ),
    Rule(_form(rf"\b(?:{PART})?(?:the )?(?P<season>{_SEASON}) (?:of )?{_YEAR}"), _dated_season, is_relative=False),
    Rule(
        _form(
            rf"{_LEAD}?\b(?:{PART})?(?:the year )?{_YEAR}"
            r"(?! (?:words|people|dollars|times|miles|steps|euros|met(?:re|er)s|km)\b)"
        ),
        _lone_year,
        is_relative=False,
    ),
    Rule(_form(r"\bthe (?:(?P<year>(?:18|19|20)\d0)|['’]?(?P<tens>[2-9]0))['’]?s\b"), _lone_decade, is_relative=False),
)
