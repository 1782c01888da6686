"""Does the evidence state an amount of the claim: as it is, in another unit, rounded, or as a bound?

An amount is a figure with its unit or currency and the words before it that qualify it ("about", "more than"). What is
said plainly must be stated as it is or convert exactly to the digits written; what is said "about" may be rounded; what
is said "more than" must be less than what is stated. Currencies are never converted.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal

from agent.grounding.numbers import Figure, figures
from agent.grounding.units import Unit, currency_of, unit_behind
from retrieval.dates import dates, without_days

Bound = Literal["", "about", "more", "less"]

_ABOUT = re.compile(
    r"(?:\b(?:about|around|approximately|approx\.?|roughly|some|circa|ca?\.|nearly|almost|close to|just (?:over|under)|"
    r"an estimated|estimated at)|[~≈])\s*[$€£¥]?$",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"(?:\b(?:more than|greater than|at least|no (?:fewer|less) than|not less than|over|above|upwards of|in excess of|"
    r"exceed(?:s|ed|ing)?|a minimum of|minimum of)|[>≥])\s*[$€£¥]?$",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"(?:\b(?:less than|fewer than|at most|no more than|not more than|under|below|up to|a maximum of|maximum of|"
    r"short of)|[<≤])\s*[$€£¥]?$",
    re.IGNORECASE,
)
# What is qualified in the source must not be said plainly; "over" and "under" have other meanings there.
_SURE_BOUND = re.compile(
    r"\b(?:more|less|fewer|greater|least|most) ?(?:than)?\s*[$€£¥]?$|[<>≤≥]\s*[$€£¥]?$", re.IGNORECASE
)
_INCLUSIVE = re.compile(
    r"(?:\b(?:at least|at most|no (?:fewer|less|more) than|not (?:less|more) than|up to|(?:minimum|maximum) of)|[≤≥])"
    r"\s*[$€£¥]?$",
    re.IGNORECASE,
)
_LOOK_BACK = 26
_ROUGHLY = Decimal("0.05")  # "about" is no further off than this share
_BOUND_REACH = Decimal("1.25")  # "more than 12" says nothing false of 100, and misleads


@dataclass(frozen=True)
class Amount:
    """A figure, what it counts where a unit or currency stands at it, and how it is qualified."""

    figure: Figure
    unit: Unit | None = None
    currency: str = ""
    bound: Bound = ""
    is_sure_bound: bool = False
    is_inclusive: bool = False

    @property
    def value(self) -> Decimal | None:
        """The plain value; None for "3.7.1" and "thousands"."""
        try:
            return Decimal(self.figure.amount.rstrip("%"))
        except InvalidOperation:
            return None

    @property
    def is_share(self) -> bool:
        """Whether it is a percentage."""
        return self.figure.value.endswith("%")

    def written(self, text: str) -> str:
        """As the text says it, with its unit's or currency's name."""
        return " ".join(
            filter(None, (text[self.figure.start : self.figure.end], self.unit.name if self.unit else self.currency))
        )


def amounts(text: str) -> list[Amount]:
    """The amounts of a text in reading order."""
    return list(_amounts(text))


# Several checks ask for those of one claim and of the same quotations.
@lru_cache(maxsize=8192)
def _amounts(text: str) -> tuple[Amount, ...]:
    found = []
    for figure in figures(text):
        before = text[max(0, figure.start - _LOOK_BACK) : figure.start]
        currency = currency_of(text, figure.start, figure.end)
        unit = None if currency or figure.value.endswith("%") else unit_behind(text, figure.end)
        qualified = _bound(before, unit), bool(_SURE_BOUND.search(before)), bool(_INCLUSIVE.search(before))
        found.append(Amount(figure, unit, currency, *qualified))
    return tuple(found)


def _bound(before: str, unit: Unit | None) -> Bound:
    if re.search(r"\b(?:over|under)\s*$", before) and unit is not None and unit.dimension in ("time", "months"):
        return ""  # "over five years" is within them as often as more
    if _ABOUT.search(before):
        return "about"
    if _MORE.search(before):
        return "more"
    return "less" if _LESS.search(before) else ""


def amounts_beside_dates(text: str) -> list[Amount]:
    """The amounts that are no part of a date."""
    spans = [(date.start, date.end) for date in dates(text)]
    return [one for one in amounts(text) if not any(start <= one.figure.start < end for start, end in spans)]


def carries(stated: Amount, said: Amount) -> bool:
    """Whether what is stated makes what is said true."""
    if stated.currency and said.currency and stated.currency != said.currency:
        return False
    if said.figure.says_same_as(stated.figure):
        return _has_same_unit(stated, said) and _is_so_bound(stated, said)
    value = _in_unit_of(stated, said)
    if value is None or said.value is None or stated.is_share != said.is_share:
        return False
    is_converted = stated.unit is not None and said.unit is not None and stated.unit.name != said.unit.name
    if said.bound in ("more", "less"):
        return _is_beyond(value, said)
    if said.bound == "about":
        return abs(value - said.value) <= max(_step(said, rough=True) / 2, Decimal(0)) and _is_near(value, said.value)
    return is_converted and abs(value - said.value) <= _step(said, rough=False) / 2 and _is_near(value, said.value)


def _has_same_unit(stated: Amount, said: Amount) -> bool:
    """Whether the same number counts the same: no unit on one side leaves that to the check of words."""
    if said.unit is None or (stated.unit is None and not stated.currency):
        return True
    return stated.unit is not None and said.unit.name == stated.unit.name


def _is_so_bound(stated: Amount, said: Amount) -> bool:
    """Whether the same number is qualified alike: "more than 12" is not carried by "12", nor "12" by "more than 12"."""
    if said.bound in ("more", "less"):
        return stated.bound == said.bound or (said.is_inclusive and not stated.is_sure_bound)
    return not (stated.is_sure_bound and stated.bound in ("more", "less"))


def _in_unit_of(stated: Amount, said: Amount) -> Decimal | None:
    if stated.value is None:
        return None
    if stated.unit is None or said.unit is None:
        return stated.value if stated.unit is said.unit or said.unit is None or stated.unit is None else None
    return stated.unit.in_unit(stated.value, said.unit)


def _is_beyond(value: Decimal, said: Amount) -> bool:
    limit = said.value or Decimal(0)
    low, high = sorted((limit, value))
    is_on_side = value > limit if said.bound == "more" else value < limit
    return is_on_side and (low > 0 and high <= low * _BOUND_REACH)


def _is_near(value: Decimal, said: Decimal) -> bool:
    return abs(value - said) <= _ROUGHLY * max(abs(value), abs(said))


def _step(said: Amount, *, rough: bool) -> Decimal:
    """What one more in the last digit would add; roughly, last zeros of a whole number are no digits."""
    value = said.value or Decimal(0)
    plain = re.findall(r"[\d.]+", said.figure.value)
    written = Decimal(plain[0]) if plain and plain[0].count(".") < 2 else Decimal(1)
    scale = abs(value) / written if written else Decimal(1)
    digits = plain[0] if plain else "1"
    if "." in digits:
        return scale * Decimal(1).scaleb(-len(digits.split(".")[1]))
    zeros = len(digits) - len(digits.rstrip("0")) if rough else 0
    return scale * Decimal(1).scaleb(zeros)


def amount_problems(claim: str, evidence: str) -> list[str]:
    """What is wrong with the amounts of a claim, in words; empty where the evidence carries them all.

    Dates apart: a day of the evidence is no count ("19 April" does not carry "19 votes"), its year is a number.
    """
    said = amounts_beside_dates(claim)
    evidence = without_days(evidence)
    stated = amounts(evidence)
    return [
        _problem(amount, stated, claim, evidence)
        for amount in said
        if not any(carries(other, amount) for other in stated)
    ]


def _problem(said: Amount, stated: Sequence[Amount], claim: str, evidence: str) -> str:
    same = [other for other in stated if said.figure.says_same_as(other.figure)]
    if not same and said.bound in ("more", "less") and (wrong := [other for other in stated if _is_close(other, said)]):
        return f"it says {said.bound} than {said.figure.value} where the evidence says {wrong[0].figure.value}"
    if not same:
        return f"the number {said.figure.value} is not in the evidence"
    other = same[0]
    if said.currency and other.currency != said.currency and other.currency:
        return f"the evidence says {other.written(evidence)}, not {said.written(claim)}; currencies are not converted"
    if not _has_same_unit(other, said):
        return f"the evidence says {other.written(evidence)}, not {said.written(claim)}"
    bound = said.bound if said.bound in ("more", "less") else ""
    known = f"{other.bound} than {other.figure.value}" if other.bound in ("more", "less") else other.figure.value
    return f"it says {f'{bound} than ' if bound else ''}{said.figure.value} where the evidence says {known}"


def _is_close(stated: Amount, said: Amount) -> bool:
    value = _in_unit_of(stated, said)
    return (
        value is not None
        and said.value is not None
        and _is_near(value, said.value)
        and stated.is_share == said.is_share
    )
