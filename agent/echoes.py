"""Do two sentences give the same figure of the same thing? Then a report has room for one, and both sources carry it.

"The design level of the Ulver Barrage was 5.55 m, with a return period of 1,000 years" and "The Ulver Barrage was
designed for a water level of 5.55 metres" are one fact in two documents. Compared are amounts, dates, names, signs and
the words around them. Whatever one has and the other has otherwise keeps them apart: that is how contradictions look.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from agent.grounding.amounts import Amount, amounts
from agent.grounding.contrast import certainty_faults, opposites
from agent.grounding.numbered import is_year, keys_in, measured_amounts
from agent.grounding.support import Stem, content_words, negates
from prompts.extractive import MAX_SENTENCE_WORDS
from prompts.plain_text import plain
from prompts.statements import Statement
from retrieval.dates import MONTHS, covered, dates
from retrieval.names import common_words, proper_names

_MIN_SHARED = 0.65  # of the content words of the one that has fewer, figures and units apart
_NAME_BEFORE = re.compile(r"[A-Z][\w-]* $")
_NAME_BEHIND = re.compile(r" [A-Z]")
_DATUM = re.compile(r"\b(?:above|below) (?:the )?$")


@dataclass(frozen=True)
class _Read:
    """A statement, read once: its amounts in base units, those of them that tell facts apart, its days and words."""

    statement: Statement
    text: str
    amounts: frozenset[str]
    telling: frozenset[str]
    days: frozenset[str]
    names: frozenset[str]
    in_order: tuple[str, ...]
    words: frozenset[str]

    @property
    def worth(self) -> tuple[bool, bool, int, int]:
        """What makes it the one to keep of two that say the same."""
        n_words = len(self.text.split())
        # A longer sentence is hardly ever told: it is not the one to keep.
        is_short = n_words <= MAX_SENTENCE_WORDS
        return (self.statement.stands_alone, is_short, len(self.amounts), len(self.words) + len(self.days))


@dataclass
class _Kept:
    read: _Read
    echoes: list[Statement] = field(default_factory=list)


def without_echoes(statements: Sequence[Statement], stem: Stem) -> list[Statement]:
    """The statements in their order, of those that say the same the fullest, with the others as its `echoes`."""
    lexicon = common_words(" ".join(one.sentence for one in statements))
    read = {i: found for i, one in enumerate(statements) if (found := _read(one, stem, lexicon))}
    by_value: dict[str, list[_Kept]] = defaultdict(list)
    kept: dict[int, _Kept] = {}
    dropped: set[int] = set()
    for i in sorted(read, key=lambda at: read[at].worth, reverse=True):
        near = {id(one): one for key in read[i].telling for one in by_value[key]}
        same = next((one for one in near.values() if _say_the_same(one.read, read[i], stem)), None)
        if same is not None:
            same.echoes.append(statements[i])
            dropped.add(i)
            continue
        kept[i] = _Kept(read[i])
        for key in read[i].telling:
            by_value[key].append(kept[i])
    return [
        one.model_copy(update={"echoes": tuple(kept[i].echoes)}) if i in kept and kept[i].echoes else one
        for i, one in enumerate(statements)
        if i not in dropped
    ]


def _read(statement: Statement, stem: Stem, lexicon: Collection[str]) -> _Read | None:
    """None for what measures nothing, or is a line or row: those are told by label and heading."""
    text = plain(statement.quote)
    if statement.kind != "prose" or not any(map(str.isdigit, text)):
        return None
    found = [one for one in measured_amounts(text) if not is_year(one, text)]
    if not found:
        return None
    # "Above Tessmark Datum" says from where is measured; whoever leaves it out says nothing else.
    names = [one for one in proper_names(covered(text), lexicon=lexicon) if not _DATUM.search(text[: one.start])]
    in_order = [word for name in names for word in name.words if word not in MONTHS]
    words = set(content_words(text, stem)) - set(content_words(" ".join(_units(found, text)), stem))
    days = {f"{date.year}-{date.month}-{date.day}" for date in dates(text)}
    return _Read(
        statement=statement,
        text=text,
        amounts=frozenset(map(_in_base_units, found)),
        telling=frozenset(_in_base_units(one) for one in found if _is_telling(one, text)),
        days=frozenset(days | {one.figure.value for one in amounts(text) if is_year(one, text)}),
        names=frozenset(in_order) | keys_in(text, names),
        in_order=tuple(dict.fromkeys(in_order)),
        words=frozenset(word for word in words if not any(map(str.isdigit, word))),
    )


def _units(found: Sequence[Amount], text: str) -> list[str]:
    """What stands behind the figures that have a unit: "m" and "metres" are no likeness and no difference."""
    behind = [text[one.figure.end :].split(maxsplit=1)[:1] for one in found if one.unit]
    return [word for words in behind for word in words]


def _in_base_units(amount: Amount) -> str:
    """What two spellings of an amount have in common, whatever unit each uses: "5.55 m" is "555 cm"."""
    if amount.unit is None or amount.value is None:
        return f"{amount.bound} {amount.figure.amount} {amount.currency}"
    base = amount.value * amount.unit.factor + amount.unit.zero
    return f"{amount.bound} {base.normalize()} {amount.unit.dimension}"


def _is_telling(amount: Amount, text: str) -> bool:
    """Whether hardly another fact has the amount: one with a unit, or a count of more than a few, and no version."""
    if amount.unit or amount.currency or amount.is_share:
        return True
    digits = text[amount.figure.start : amount.figure.end]
    is_of_name = bool(_NAME_BEFORE.search(text[: amount.figure.start]) or _NAME_BEHIND.match(text, amount.figure.end))
    return not amount.figure.is_spelled and sum(map(str.isdigit, digits)) > 1 and not is_of_name


def _share_a_thing(full: _Read, other: _Read) -> bool:
    """Whether a name is in both; where neither has any, a whole date must be: "on 8 May 2020 the alarm was reset"."""
    if full.names or other.names:
        return bool(full.names & other.names)
    return any(not day.endswith("-0") and "-" in day for day in full.days & other.days)


def _say_the_same(full: _Read, other: _Read, stem: Stem) -> bool:
    """Whether the fuller one says all that the other does: no amount, day, name, sign or mood of its own is left to the
    other, and names that both have stand in one order."""
    if not other.amounts <= full.amounts or not other.telling & full.telling:
        return False
    # A figure of several years is not of none: "46 in 2016 and 19 in 2021" does not say what "46 people" says.
    if other.days - full.days or (not other.days and len(full.days) > 1):
        return False
    if other.names - full.names or not _share_a_thing(full, other):
        return False
    # "Orme paid 12 million to Vesk" and "Vesk paid 12 million to Orme".
    if [name for name in full.in_order if name in other.names] != [one for one in other.in_order if one in full.names]:
        return False
    least = min(len(full.words), len(other.words))
    if len(full.words & other.words) < _MIN_SHARED * least or negates(full.text) != negates(other.text):
        return False
    is_turned = opposites(other.text, full.text, stem) or certainty_faults(other.text, [full.text])
    return not is_turned and not certainty_faults(full.text, [other.text])
