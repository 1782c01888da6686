"""Numbers in running text, by a tokenizer of the audit's own.

Knows thousands separators, decimals, percent, clock times, codes such as "C6", scale words and spelled numbers from two
to ninety-nine. Must not know where the texts come from.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

_SPELLED_FROM_TWO = """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen"""
_SPELLED = {word: n for n, word in enumerate(_SPELLED_FROM_TWO.split(), start=2)}
_TENS_FROM_TWENTY = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = {word: 10 * n for n, word in enumerate(_TENS_FROM_TWENTY.split(), start=2)}
_DIGITS = {"one": 1} | {word: n for word, n in _SPELLED.items() if n < 10}
_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "mn": 6, "bn": 9, "tn": 12}

_TOKEN = re.compile(
    rf"""
    (?P<code>(?<!\w)[^\W\d_]+\d\w*)
    | (?P<time>(?<![\w.:])\d{{1,2}}:\d\d(?::\d\d)?(?![\w:]))
    | (?P<dotted>(?<![\w.])\d+(?:\.\d+){{2,}})
    | (?P<number>(?:(?<![\w)\]])-)?(?<![\w.])(?:\d{{1,3}}(?:[,']\d{{3}})+(?!\d)|\d+)(?:\.\d+)?)
    | (?P<tens>\b(?:{"|".join(_TENS)})(?:[-\s](?:{"|".join(_DIGITS)}))?\b)
    | (?P<word>\b(?:{"|".join(_SPELLED)})\b)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SCALE = re.compile(rf"[\s-]*({'|'.join(_SCALES)})\b", re.IGNORECASE)
_PERCENT = re.compile(r"\s*(?:%|percent\b|per cent\b)", re.IGNORECASE)
_UNIT_WORD = re.compile(r"[\s-]?([a-z]{1,20})\b")
_FUNCTION_WORDS = """a an and are as at but by est for from had has have in into is it its of on or out per st nd rd th
s than that the their then there they this to was were when which while who with"""
_NO_UNIT = frozenset(_FUNCTION_WORDS.split())
_HARD_UNIT = re.compile(
    r"\s?(?:k?m|sq|kg|km2|mw|kwh|tonnes?|metres?|meters?|miles?|people|years|births|deaths)\b", re.I
)
_FIRST_YEAR, _LAST_YEAR = 1500, 2100
_LONG = 100


@dataclass(frozen=True)
class Figure:
    """A number in a text: `key` is its value as plain digits, `scaled` that value times a scale word behind it.

    `start` counts characters of the folded text. `has_unit`: a unit or percent follows. `is_measure`: it has a unit, a
    scale, a currency, a decimal part or at least three digits, and is no year.
    """

    shown: str
    start: int
    key: str
    scaled: str
    has_unit: bool
    is_measure: bool

    def is_among(self, others: Iterable["Figure"]) -> bool:
        """Whether one of the others says the same.

        A scale word may stand elsewhere there ("2 and 3 million", a column of millions), but not another unit.
        """
        is_scaled = self.key != self.scaled
        return any(
            self.scaled == other.scaled or (is_scaled and self.key == other.key == other.scaled and not other.has_unit)
            for other in others
        )


def figures_in(text: str) -> list[Figure]:
    """The numbers of a folded text, from left to right."""
    return [_figure(text, match) for match in _TOKEN.finditer(text)]


def _figure(text: str, match: re.Match[str]) -> Figure:
    kind, shown, rest = match.lastgroup, match[0], text[match.end() :]
    if kind in ("code", "time", "dotted"):
        return Figure(shown, match.start(), shown.casefold(), shown.casefold(), has_unit=False, is_measure=False)
    key = _plain_digits(shown) if kind == "number" else str(_spelled(shown))
    power, end = 0, 0
    while scale := _SCALE.match(rest, end):
        power, end = power + _SCALES[scale[1].casefold()], scale.end()
    scaled = _plain_digits(f"{Decimal(key).scaleb(power):f}") if power else key
    is_year = shown.isdecimal() and len(shown) == 4 and _FIRST_YEAR <= int(shown) <= _LAST_YEAR
    has_unit = _has_unit(rest, is_year=is_year)
    is_price = text[: match.start()].endswith(("$", "€", "£", "¥"))
    is_long = "." in key or abs(int(key)) >= _LONG
    is_measure = power > 0 or has_unit or is_price or (is_long and not is_year)
    return Figure(shown + rest[:end], match.start(), key, scaled, has_unit, is_measure)


def _has_unit(rest: str, *, is_year: bool) -> bool:
    # Any noun can be a unit ("80 deaths"), but a year is followed by nouns too.
    if is_year or _PERCENT.match(rest) or _HARD_UNIT.match(rest):
        return bool(_PERCENT.match(rest) or _HARD_UNIT.match(rest))
    unit = _UNIT_WORD.match(rest)
    return unit is not None and unit[1] not in _NO_UNIT and unit[1] not in _SCALES


def _plain_digits(shown: str) -> str:
    """Without separators and leading zeros, and without a decimal part that is zero; "3.10" is not "3.1"."""
    sign = "-" if shown.startswith("-") else ""
    whole, _, decimals = shown.lstrip("-").replace(",", "").replace("'", "").partition(".")
    if not decimals.strip("0"):
        decimals = ""
    return sign + (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")


def _spelled(shown: str) -> int:
    tens, *ones = re.split(r"[-\s]", shown.casefold())
    return _SPELLED[tens] if tens in _SPELLED else _TENS[tens] + sum(_DIGITS[word] for word in ones)
