"""Numbers in prose, in a form in which "1,765", "1765" and "1 765.0" are one and "5%" and "5" are two.

Knows notation only: not what a number measures, nor of whom (see `subjects`).
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_SCALES = {"thousand": "k", "million": "m", "billion": "bn", "trillion": "tn", "bn": "bn"}
_WORDS = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_VALUE_OF = {word: str(value) for value, word in enumerate(_WORDS, start=2)} | {
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
    "dozen": "12", "hundred": "100", "hundreds": "100", "thousands": "k", "millions": "m", "billions": "bn",
}  # fmt: skip
_SPELLED = re.compile(r"\b(?:" + "|".join(sorted(_VALUE_OF, key=len, reverse=True)) + r")\b", re.IGNORECASE)
_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?![,\d])(?:\.\d+)?|\d+(?:\.\d+)*")
_AFTER = re.compile(r"\s?(%|per\s?cent\b|percent\b|(?:thousand|million|billion|trillion|bn)\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Figure:
    """A number as written at [start, end); `value` is its canonical form, with scale and per-cent sign."""

    value: str
    start: int
    end: int
    is_spelled: bool = False


def _canonical(digits: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        digits = digits.replace(",", "")
    try:
        value = Decimal(digits)
    except InvalidOperation:  # "3.7.1": a version, compared as written
        return digits
    return format(value.normalize(), "f")


def figures(text: str) -> list[Figure]:
    """Numbers of `text` in reading order, written in digits or (from two on) in words.

    "One" is left out: it is a pronoun more often than a count.
    """
    found = []
    for match in _DIGITS.finditer(text):
        value, end = _canonical(match.group()), match.end()
        if after := _AFTER.match(text, end):
            unit = after.group(1).lower()
            value += _SCALES.get(unit, "%")
            end = after.end()
        found.append(Figure(value, match.start(), end))
    found += [
        Figure(_VALUE_OF[m.group().lower()], m.start(), m.end(), is_spelled=True) for m in _SPELLED.finditer(text)
    ]
    return sorted(found, key=lambda figure: figure.start)


def unsupported_figures(claim: str, evidence: str) -> list[str]:
    """Canonical numbers of `claim` that `evidence` does not state, in reading order.

    A number written in digits supports the same number in words and the reverse; "5%" is not supported by "5".
    """
    stated = {figure.value for figure in figures(evidence)}
    return [figure.value for figure in figures(claim) if figure.value not in stated]
