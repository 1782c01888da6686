"""Do two texts give a number the same value, unit, sign and year?

Knows the wording of figures: "5.79 deaths/1,000 population (2025 est.)" and how prose says it. Must not know reports.
"""

import re
from dataclasses import dataclass

from evals.report_figures import Figure, figures_in
from lm.copying import folded

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_YEARS = re.compile(r"(?<![\d.,$€£¥])(1[5-9]\d\d|20\d\d)(?:[-/](\d\d(?:\d\d)?))?(?!\d|[.,]\d)")
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_CLAUSE_END = re.compile(r"[;(]|,(?!\d)|\b(?:and|against|but|versus|while)\b")
_PER_CENT = re.compile(r"\bper ?cent\b")
_WATT_HOURS = re.compile(r"\bkilowatt[- ]hours?\b")
_WORD = re.compile(r"[a-z][a-z0-9]*|%")
_MONEY = {"$": "$", "usd": "$", "dollar": "$", "€": "€", "eur": "€", "euro": "€", "£": "£", "¥": "¥"}
_MONEY_BEFORE = re.compile(r"([$€£¥]|\b(?:usd|eur))\s?$", re.IGNORECASE)
_MINUS_BEFORE = re.compile(r"(?<![\w)])-(?:us)?[$€£¥]\s?$", re.IGNORECASE)
_SAYS_LESS = re.compile(
    r"\b(?:minus|negative|below|deficit|loss|losing|lost|outflow|declin\w+|decreas\w+|fell|fall\w*|shr[aiu]nk\w*|"
    r"contract\w+|emigra\w+)\b",
    re.IGNORECASE,
)
_SAME_UNIT = {
    "barrel": "bbl", "gigawatt": "gw", "kilometer": "km", "kilometre": "km", "kiloton": "kt", "kilotonne": "kt",
    "kilowatt": "kw", "litre": "liter", "megawatt": "mw", "meter": "m", "metre": "m", "square": "sq", "tonne": "ton",
}  # fmt: skip
_FUNCTION_WORDS = """a an as at by est for from in is of on or per than the to was were with"""
_NO_UNIT = frozenset(_FUNCTION_WORDS.split())
_ADJECTIVES = frozenset({"cubic", "metric", "sq"})  # "sq miles" are no "sq km"
_REACH = 6  # words behind a figure among which its unit is looked for


@dataclass(frozen=True)
class Quantity:
    """A figure where it stands; `text` is folded."""

    text: str
    figure: Figure

    @property
    def is_negative(self) -> bool:
        """Whether a minus stands before the number, or before its currency."""
        before = self.text[: self.figure.start]
        return self.figure.scaled.startswith("-") or bool(_MINUS_BEFORE.search(before))

    @property
    def money(self) -> str:
        """The sign of its currency; empty for none."""
        before = _MONEY_BEFORE.search(self.text[: self.figure.start])
        words = [before[1].casefold()] if before else self.unit[:2]
        return next((_MONEY[word] for word in words if word in _MONEY), "")

    @property
    def unit(self) -> list[str]:
        """Up to six words behind the figure within its clause, singular, function words left out; "%" is one."""
        behind = self.text[self.figure.start + len(self.figure.shown) :]
        return _unit_words(_CLAUSE_END.split(behind, maxsplit=1)[0])[:_REACH]


def value_of(figure: Figure) -> float | None:
    """The value without its sign, to twelve digits; None for a code, a time or a version."""
    return rounded(float(figure.scaled)) if _NUMBER.fullmatch(figure.scaled) else None


def rounded(number: float) -> float:
    """Without its sign, to twelve digits: 2144000000.0000002 is 2144000000."""
    return float(f"{abs(number):.12g}")


def quantity_in(text: str, number: float) -> Quantity | None:
    """The first figure of a text with this value, sign aside; None where there is none."""
    text = folded(text)
    wanted = rounded(number)
    return next((Quantity(text, figure) for figure in figures_in(text) if value_of(figure) == wanted), None)


def has_same_unit(gold: Quantity, said: Quantity) -> bool:
    """Whether the unit of `gold` is said: the same currency; percent for percent; else one word of the unit.

    The word is looked for behind the figure and, when no noun is there ("a death rate of 5.79"), in all of the text. A
    gold figure without a unit takes any but percent and currencies.
    """
    if gold.money or said.money:
        return gold.money == said.money
    behind = said.unit
    if "%" in (*gold.unit[:1], *behind[:1]):
        return gold.unit[:1] == behind[:1]
    wanted = set(gold.unit) - _ADJECTIVES
    if not wanted or not wanted.isdisjoint(behind):
        return True
    return not said.figure.has_unit and not wanted.isdisjoint(_unit_words(said.text))


def has_same_sign(gold: Quantity, said: Quantity) -> bool:
    """Whether both are negative, or neither; "a deficit of 13" says −13."""
    if gold.is_negative:
        return said.is_negative or bool(_SAYS_LESS.search(said.text))
    return not said.is_negative


def has_same_year(gold: Quantity, said: Quantity) -> bool:
    """Whether they share a year, when `gold` gives one in brackets and the text of `said` gives any.

    Both ends of "2020-25" count. A text with several years and figures may swap them unnoticed.
    """
    wanted = {year for inside in _IN_BRACKETS.findall(gold.text) for year in years_in(inside)}
    given = years_in(said.text)
    return not wanted or not given or not wanted.isdisjoint(given)


def years_in(text: str) -> set[int]:
    """Years from 1500 to 2099, with the ends of spans such as 2020-25 and 2019/20."""
    years = set()
    for first, last in _YEARS.findall(text):
        years.add(int(first))
        if last:
            years.add(int(first[: 4 - len(last)] + last))
    return years


def _unit_words(text: str) -> list[str]:
    text = _WATT_HOURS.sub("kwh", _PER_CENT.sub("%", text.casefold()))
    words = [word[:-1] if len(word) > 3 and word.endswith("s") else word for word in _WORD.findall(text)]
    return [_SAME_UNIT.get(word, word) for word in words if word not in _NO_UNIT]
