"""Numbers that are part of a name: "PEP 563", "Gate 17", "sections 3 and 4", "Windows 11". They measure nothing.

Behind what comes numbered, a short list, a bare number is sure to be one. Behind any other name it may be either
("Windows 11 runs on it", "In 2019 Arlen 412 households"): there it is part of the name only if a source writes it so.
Knows text; which source states what is for `subjects` to say.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from agent.grounding.amounts import Amount, amounts, amounts_beside_dates
from retrieval.dates import YEAR
from retrieval.names import Name

# What comes numbered, and is no verb that may stand before a count ("to train 12 pilots").
_KINDS = (
    "pep rfc section subsection chapter article paragraph clause appendix annex page column row line table figure part "
    "volume item footnote version episode season gate caisson pier room floor lane highway motorway flight terminal "
    "runway berth building tower hangar turbine engine reactor boiler valve tank sector zone district region tier "
    "phase level category class type grade group cohort patient layer channel port protocol"
)
# These are, so only a capital shows that they name something.
_KINDS_WITH_CAPITAL = (
    "Act Amendment Block Directive Exhibit Form Issue Law Lock Map Mark Model Order Plot Platform Question Regulation "
    "Resolution Route Rule Sample Schedule Stage Station Step Test Track Train Unit Ward"
)
_KIND = (
    rf"(?<![\w-])(?:(?P<kind>(?i:{_KINDS.replace(' ', '|')})|{_KINDS_WITH_CAPITAL.replace(' ', '|')})"
    r"(?P<plural>(?i:e?s))?)"
)
_GAP = r"[ \u00a0](?:[Nn]os?\.?[ \u00a0]?|#)?"
# A source may write "Gate: 17" in a table, or "pep:`563`".
_LOOSE_GAP = rf"(?:{_GAP}|:[ \u00a0`])"
_BEFORE = re.compile(rf"{_KIND}{_GAP}$")
_LOOSELY_BEFORE = re.compile(rf"{_KIND}{_LOOSE_GAP}$")
_LISTED = re.compile(r",? (?:and|or|to) |, |[-–—]|/")
_YEAR = re.compile(YEAR)
# "Windows 11 has": a count would be many, and have a plural.
_IS_ONE = re.compile(r"[ \u00a0](?:is|was|has|does)\b|['’]s\b")
_LOOK_BACK = 32


@dataclass(frozen=True)
class NameNumber:
    """A number at [start, end) behind what it numbers, which begins at `name_start`.

    `key` is alike for "Gate 17", "gates 17 and 18" and "gate No. 17". `is_sure`: it cannot be a count.
    """

    key: str
    name_start: int
    start: int
    end: int
    is_sure: bool

    @property
    def kind(self) -> str:
        """What is numbered: "gate"."""
        return kind_of(self.key)


def kind_of(key: str) -> str:
    """What a key numbers."""
    return key.rpartition(" ")[0]


def name_numbers(text: str, names: Sequence[Name] = (), *, known: Collection[str] = ()) -> list[NameNumber]:
    """Numbers of a text that are part of a name, or may be, in reading order.

    Args:
        text: Prose.
        names: Its names; without them only what is sure to come numbered is found.
        known: Keys that are names wherever they stand, as those of titles are.
    """
    return list(_found(text, names, known, _BEFORE, re.compile(_GAP)))


def keys_in(text: str, names: Sequence[Name]) -> set[str]:
    """Every name with its number that a source's text can be read to have."""
    return {number.key for number in _found(text, names, (), _LOOSELY_BEFORE, re.compile(_LOOSE_GAP))}


def measured_amounts(text: str) -> list[Amount]:
    """The amounts of a text that are no part of a date, nor of what comes numbered."""
    taken = {number.start for number in name_numbers(text) if number.is_sure}
    return [amount for amount in amounts_beside_dates(text) if amount.figure.start not in taken]


def is_year(amount: Amount, text: str) -> bool:
    """Whether a number is written as a year is, four digits and no separator ("1765", not "1,765"), and counts
    nothing: no unit, money or per cent ("1500 MW")."""
    is_bare = amount.unit is None and not amount.currency
    return is_bare and _YEAR.fullmatch(text[amount.figure.start : amount.figure.end]) is not None


def _found(
    text: str, names: Sequence[Name], known: Collection[str], before: re.Pattern[str], gap: re.Pattern[str]
) -> Iterator[NameNumber]:
    ends = {name.end: name for name in names}
    last: NameNumber | None = None
    takes_more = False  # "gates 17, 18 and 16"
    for amount in amounts(text):
        start, value = amount.figure.start, amount.figure.value
        if not _is_bare(amount, text):
            continue
        if name := next((name for name in names if name.start < start < name.end), None):  # "COVID-19"
            word = re.search(r"\S*$", text[name.start : start])
            key = f"{word[0].casefold() if word else ''} {value}"
            yield NameNumber(key, name.start, start, amount.figure.end, is_sure=True)
            continue
        kind = before.search(text, max(0, start - _LOOK_BACK), start)
        number: NameNumber | None = None
        if kind:
            number = NameNumber(
                f"{kind['kind'].casefold()} {value}", kind.start("kind"), start, amount.figure.end, is_sure=True
            )
            takes_more = bool(kind["plural"])
        elif last and takes_more and _LISTED.fullmatch(text, last.end, start):
            number = NameNumber(f"{last.kind} {value}", last.name_start, start, amount.figure.end, is_sure=True)
        elif name := _name_before(text, start, ends, gap):
            number = _behind_name(text, name, amount, known)
            takes_more = False
        if number:
            yield number
        last = number


def _is_bare(amount: Amount, text: str) -> bool:
    """Whether it is digits alone: no unit, money, per cent or sign, and no comma between thousands."""
    figure = amount.figure
    is_plain = re.fullmatch(r"\d+(?:\.\d+)*", text[figure.start : figure.end])
    return bool(is_plain) and not (figure.is_quantity or amount.unit or amount.currency)


def _name_before(text: str, start: int, ends: dict[int, Name], gap: re.Pattern[str]) -> Name | None:
    for end in range(start - 1, max(-1, start - 8), -1):
        if end in ends and gap.fullmatch(text, end, start) and not re.search(r"[’']s?$", text[:end]):
            return ends[end]
    return None


def _behind_name(text: str, name: Name, amount: Amount, known: Collection[str]) -> NameNumber | None:
    figure = amount.figure
    if is_year(amount, text):
        return None
    key = f"{name.words[-1].casefold()} {figure.value}"
    is_sure = key in known or bool(_IS_ONE.match(text, figure.end))
    return NameNumber(key, name.start, figure.start, figure.end, is_sure)
