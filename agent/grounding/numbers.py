"""Numbers in prose, in a form in which "1,765", "1765" and "1 765.0" are one and "5%" and "5" are two.

Knows notation only: not what a number measures, nor of whom (see `subjects`). Groups of three are parted by a comma, an
apostrophe, a thin or a no-break space; a plain space parts two numbers. "1.234,5", "12,5 %" and "1,00,000" are read as
they are meant where nothing else can be meant; "3,4" stays two numbers, and "1.234.567" a version. "-5", "−5" and
"minus five" are one number and "5" another, so "fell by 5%" does not stand on "-5%"; the hyphen of "3-5" or "COVID-19"
is no sign.

A last zero behind the point is precision in a quantity and a name elsewhere: "$4.30" is "$4.3" and "3.10 km" is "3.1
km", but Python 3.10 is not Python 3.1. What has no sign of money, per cent, scale or known unit is taken for a name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "bn": 9, "trillion": 12}
_SCALES_OF_MONEY = {"k": 3, "m": 6, "mn": 6, "mln": 6, "b": 9, "tn": 12}
_SUFFIXES = {3: "k", 6: "m", 9: "bn", 12: "tn"}
_VAGUE = {"hundreds": "hundreds", "thousands": "k", "millions": "m", "billions": "bn"}

_ONES = {w: n for n, w in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], start=1)}
_ORDINALS = {
    w: n
    for n, w in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"], start=1
    )
}
_TEENS = {
    w: n
    for n, w in enumerate(
        ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"],
        start=10,
    )
}
_TENS = {
    w: 10 * n
    for n, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2)
}
_SPELLED = {**_ONES, **_TEENS, **_TENS}
_ROUND = frozenset(["hundred", "thousand", "million", "billion", "trillion"])
_NUMBER_WORD = re.compile(
    r"\b(?:" + "|".join([*_SPELLED, *_ORDINALS, *_ROUND, *_VAGUE, "dozen", "half"]) + r")\b", re.IGNORECASE
)
_GAP = re.compile(r"[‐‑-]|\s+|\s+(?:and|a|and\s+a)\s+", re.IGNORECASE)
_ROUND_AHEAD = re.compile(
    rf"(?:[\s-](?:{'|'.join(_ONES)}))?[\s-](hundred|thousand|million|billion|trillion)\b", re.IGNORECASE
)
_NO_COUNT = re.compile(r"\b(?:several|few|many)\s$", re.IGNORECASE)
_ARTICLE = re.compile(r"\ban?[\s-]$", re.IGNORECASE)
_FRACTION = re.compile(r"\b(?:thirds?|quarters?|fifths?|tenths?|half|halves)\s+of\s+a\s$", re.IGNORECASE)

_FRACTIONS = {"½": "5", "¼": "25", "¾": "75", "⅛": "125", "⅜": "375", "⅝": "625", "⅞": "875"}
_DIGITS = re.compile(
    r"\d{1,3}(?:\.\d{3})+,\d{1,2}(?!\d)"
    r"|(?<![\d,])\d{1,2}(?:,\d{2})+,\d{3}(?!,?\d)(?:\.\d+)?"
    r"|(?<![\d.,])\d{1,3},\d{1,2}(?!,?\d)(?=\s?[%€£$°]|[\s-]?per\s?cent\b|[\s-]?(?:million|billion|trillion|bn)\b"
    r"|\s?(?:EUR|euros?|km|cm|mm|kg|ha|m|g|t|l)\b)|(?<=[€£$])\d+,\d{1,2}(?!,?\d)"
    r"|\d+[½¼¾⅓⅔⅛⅜⅝⅞]"
    r"|\d{1,3}(?P<mark>[,'’\u00a0\u2007\u2009\u202f])\d{3}(?:(?P=mark)\d{3})*(?!(?P=mark)?\d)(?:\.\d+)?"
    r"|\d+(?:\.\d+)*|(?<![\w.])\.\d+"
)
_SIGN = re.compile(
    r"""(?:^|(?<=[\s(\[{“‘«,;:=<>|~≈≤≥*$€£¥])|(?<=[^\d]["'])|^["'])[-−–‐‑‒﹣－](?:[A-Z]{0,3}[$€£¥])?$"""
    r"|(?<!\d\s)(?<!\bor\s)\b(?:minus|negative)\s$",
    re.IGNORECASE,
)
_SCALE_OF_MONEY = re.compile(r"\s?(k|mn|mln|m|b|tn)(?!\w)", re.IGNORECASE)
_SCALE = re.compile(r"[\s-]?(hundred|thousand|million|billion|trillion|bn)\b", re.IGNORECASE)
_PERCENT = re.compile(r"\s?%|[\s-]?per\s?cent\b", re.IGNORECASE)
_MONEY_BEFORE = re.compile(r"(?:[$€£¥]|\b(?:USD|EUR|GBP|JPY|CHF|CNY|INR)\s?)[-−]?$")
# Only what cannot be taken for what a version or a chapter does: "Python 3.10 times out", "section 3.10 points to".
_UNIT = re.compile(
    r"[\s-]?(?:°|(?:dollars?|cents?|euros?|pounds?|francs?|crowns?|kronor|rupees?|yuan|yen|roubles?|USD|EUR|GBP|JPY"
    r"|CHF|CNY|INR|sq|km[²2]?|[mcnkµ]?m|mi|miles?|(?:kilo|centi|milli)?met(?:re|er)s?|feet|foot|ft|inch(?:es)?|yards?|ha"
    r"|hectares?|acres?|[mkµ]?g|(?:kilo)?grams?|tonnes?|tons?|lbs?|lit(?:re|er)s?|[kMGT]?Wh?|[kMGT]?Hz|[kMGT]B|k?V|k?Pa|bar"
    r"|degrees?|m?s|seconds?|min|minutes?|h|hours?|days?|weeks?|months?|years?|people|persons?|inhabitants|births|deaths"
    r"|migrants?)\b)"
)
_LOOK_BACK = 24


@dataclass(frozen=True)
class Figure:
    """A number as written at [start, end), with its sign, scale and per-cent sign.

    `value` is its canonical form as written ("1.6bn", "3.10"); `amount` the same in plain digits without last zeros
    ("1600000000", "3.1"), empty for "3.7.1" and "thousands". `is_quantity`: it counts money, per cent or a unit.
    """

    value: str
    start: int
    end: int
    amount: str = ""
    is_spelled: bool = False
    is_quantity: bool = False

    def says_same_as(self, other: "Figure") -> bool:
        """Whether both are one number; only quantities may differ in the zeros at the end of a decimal part."""
        if self.value == other.value:
            return True
        is_exact = "." not in self.amount or (self.is_quantity and other.is_quantity)
        return bool(self.amount) and self.amount == other.amount and is_exact

    def may_round(self, other: "Figure") -> bool:
        """Whether one can be the other rounded to the last digit that it writes: "1.3 million" and "1,312,000".

        Last zeros of a whole number count as written: 1,300,000 is no rounding of 1,312,000.
        """
        if self.says_same_as(other):
            return True
        if not (self.amount and other.amount) or self.value.endswith("%") != other.value.endswith("%"):
            return False
        apart = abs(Decimal(self.amount.rstrip("%")) - Decimal(other.amount.rstrip("%")))
        return 2 * apart <= max(self._last_digit, other._last_digit)

    @property
    def _last_digit(self) -> Decimal:
        """What one more in the last digit written would add: 0.1 for "5.0", 100000 for "1.3 million"."""
        written, amount = Decimal(re.findall(r"[\d.]+", self.value)[0]), Decimal(self.amount.rstrip("%"))
        scale = abs(amount) / written if written else Decimal(1)
        return scale * Decimal(1).scaleb(int(written.as_tuple().exponent))


@dataclass(frozen=True)
class _Words:
    """A number in words, as far as it was read: `group` stands before the next scale word, `total` behind the last."""

    start: int
    end: int
    last: str
    group: Decimal
    total: Decimal = Decimal(0)
    scale: int = 99

    @property
    def amount(self) -> Decimal:
        return self.total + self.group


def figures(text: str) -> list[Figure]:
    """Numbers of `text` in reading order, written in digits or in words.

    "One" and "half" by themselves are left out: they are pronouns more often than counts. "One per cent", "twenty-one"
    and "half a million" are numbers.
    """
    found = [_in_digits(text, match) for match in _DIGITS.finditer(text)]
    taken = {position for figure in found for position in range(figure.start, figure.end)}
    found += [figure for figure in _in_words(text) if figure.start not in taken]
    return sorted(found, key=lambda figure: figure.start)


def unsupported_figures(claim: str, evidence: str) -> list[str]:
    """Canonical numbers of `claim` that `evidence` does not state, in reading order.

    A number written in digits supports the same number in words and the reverse; "5%" is not supported by "5".
    """
    stated = figures(evidence)
    return [figure.value for figure in figures(claim) if not any(figure.says_same_as(other) for other in stated)]


def _in_digits(text: str, match: re.Match[str]) -> Figure:
    digits = re.sub(r"\d", lambda digit: str(int(digit[0])), _with_point(match[0]))
    if digits.count(".") > 1 or not digits.isascii():  # "3.7.1", a version, and "3⅓": compared as written
        return Figure(digits, match.start(), match.end())
    end, power, n_scales = _scaled_by(text, *match.span())
    whole, _, decimals = digits.partition(".")
    amount = _plain(whole + decimals[:power].ljust(power, "0"), decimals[power:].rstrip("0"))
    value = _plain(whole, decimals if decimals.strip("0") else "")
    if n_scales:
        value = _plain(whole, decimals.rstrip("0")) + _SUFFIXES[power] if _is_suffixed(power, n_scales) else amount
    return _finished(Figure(value, match.start(), end, amount, is_quantity=n_scales > 0), text)


def _with_point(written: str) -> str:
    """Digits with a point for decimals and no marks between thousands."""
    if re.search(r",\d{1,2}$", written):
        written = written.replace(".", "").replace(",", ".")
    if fraction := _FRACTIONS.get(written[-1]):
        written = f"{written[:-1]}.{fraction}"
    return re.sub(r"[^\d.⅓⅔]", "", written)


def _scaled_by(text: str, start: int, end: int) -> tuple[int, int, int]:
    """Where the scale words behind digits end, the power of ten that they make, and how many they are."""
    power, n_scales = 0, 0
    while scale := _SCALE.match(text, end):
        end, power, n_scales = scale.end(), power + _SCALES[scale[1].lower()], n_scales + 1
    is_money = not n_scales and _MONEY_BEFORE.search(text, max(0, start - _LOOK_BACK), start)
    if is_money and (scale := _SCALE_OF_MONEY.match(text, end)):
        return scale.end(), _SCALES_OF_MONEY[scale[1].lower()], 1
    return end, power, n_scales


def _is_suffixed(power: int, n_scales: int) -> bool:
    return n_scales == 1 and power in _SUFFIXES


def _plain(whole: str, decimals: str) -> str:
    return (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")


def _finished(figure: Figure, text: str) -> Figure:
    """The figure with the sign before it and the per-cent sign behind it."""
    value, amount, start, end = figure.value, figure.amount, figure.start, figure.end
    is_quantity = figure.is_quantity or bool(_UNIT.match(text, end))
    is_quantity = is_quantity or bool(_MONEY_BEFORE.search(text, max(0, start - _LOOK_BACK), start))
    if percent := _PERCENT.match(text, end):
        value, amount, end, is_quantity = f"{value}%", f"{amount}%", percent.end(), True
    sign = _SIGN.search(text, max(0, start - _LOOK_BACK), start)
    if sign and amount.strip("0.%"):
        value, amount, start = f"-{value}", f"-{amount}", sign.start()
    return replace(figure, value=value, amount=amount, start=start, end=end, is_quantity=is_quantity)


def _in_words(text: str) -> Iterator[Figure]:
    number: _Words | None = None
    for match in _NUMBER_WORD.finditer(text):
        longer = _joined(number, match, text) if number else None
        if number and not longer:
            yield from _figure(number, text)
        number = longer or _begun(match, text)
        if match[0].lower() in _VAGUE:
            yield Figure(_VAGUE[match[0].lower()], match.start(), match.end(), is_spelled=True)
    if number:
        yield from _figure(number, text)


def _figure(number: _Words, text: str) -> Iterator[Figure]:
    plain = format(number.amount, "f")
    amount = plain.rstrip("0").rstrip(".") if "." in plain else plain
    figure = _finished(Figure(amount, number.start, number.end, amount, is_spelled=True), text)
    is_alone = text[number.start : number.end].lower() in ("one", "half")
    if not is_alone or figure.value.endswith("%"):
        yield figure


def _begun(match: re.Match[str], text: str) -> _Words | None:
    """A number that begins with this word; None where the word alone is none ("million", "third")."""
    word, span = match[0].lower(), match.span()
    before = max(0, span[0] - _LOOK_BACK), span[0]
    if word in _SPELLED or word == "half":
        return _Words(*span, word, Decimal(_SPELLED.get(word, "0.5")))
    if word == "dozen" and not _NO_COUNT.search(text, *before):
        return _Words(*span, word, Decimal(12))
    if word == "hundred" and not _NO_COUNT.search(text, *before):
        return _Words(*span, word, Decimal(100))
    if word in _ROUND and _ARTICLE.search(text, *before) and not _FRACTION.search(text, *before):
        return _Words(*span, word, Decimal(0), Decimal(10) ** _SCALES[word], _SCALES[word])
    return None


def _joined(number: _Words, match: re.Match[str], text: str) -> _Words | None:
    """The number with one word more; None where that word begins another number."""
    word, gap = match[0].lower(), text[number.end : match.start()]
    if not _GAP.fullmatch(gap) or word in _VAGUE or number.last in _ORDINALS:
        return None
    joint = " ".join(gap.lower().split()).strip("-‐‑")
    longer = replace(number, end=match.end(), last=word)
    if word == "half":
        return _and_a_half(number, longer) if joint == "and a" else None
    if word in _ROUND or word == "dozen":
        return _scaled(number, longer) if not joint or (joint == "a" and number.last == "half") else None
    is_joint_of_words = joint in ("", "and") and number.last != "half"
    return _extended(number, longer, gap, text) if is_joint_of_words else None


def _and_a_half(number: _Words, longer: _Words) -> _Words:
    is_behind_scale = number.last in _ROUND and not number.group  # "a million and a half"
    return replace(longer, group=number.group + (Decimal(10) ** number.scale if is_behind_scale else 1) / Decimal(2))


def _scaled(number: _Words, longer: _Words) -> _Words | None:
    """With "dozen", "hundred" or a larger scale word."""
    word, group, scale = longer.last, number.group, _SCALES.get(longer.last, 0)
    if word == "dozen":
        return replace(longer, group=group * 12) if group and number.last not in _ROUND else None
    if word == "hundred":
        return replace(longer, group=group * 100) if 0 < group < 100 else None
    if group and scale < number.scale:
        return replace(longer, total=number.total + group * Decimal(10) ** scale, group=Decimal(0), scale=scale)
    is_of_scale = not group and number.last in _ROUND  # "a thousand million"
    return replace(longer, total=number.total * Decimal(10) ** scale, scale=scale) if is_of_scale else None


def _extended(number: _Words, longer: _Words, gap: str, text: str) -> _Words | None:
    """With a word below a hundred, or its ordinal."""
    word, has_gap = longer.last, gap.isspace()
    ones = _ONES.get(word) or _ORDINALS.get(word)
    is_behind_tens = number.last in _TENS and ones is not None and "and" not in gap.lower()
    if not is_behind_tens and number.last not in _ROUND:
        return None
    if has_gap and (word in _ORDINALS or (word not in _TENS and text.startswith("-", longer.end))):
        return None  # "twenty second delays", "twenty one-day trips"
    if ahead := _ROUND_AHEAD.match(text, longer.end):  # "between one hundred and two hundred"
        scale = _SCALES[ahead[1].lower()]
        if scale >= number.scale or (scale == _SCALES["hundred"] and number.group):
            return None
    return replace(longer, group=number.group + (ones or _SPELLED.get(word, 0)))
