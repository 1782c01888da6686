"""Do two units say otherwise about the same thing? The same words, but other figures, other dates or a negation.

Knows English words. It cannot tell that a thing changed from a thing that happened twice: "I ran 5 km" and "I ran 8
km" contradict one another too. So a contradiction takes nothing away: both units are kept and found, one is marked.
"""

import re
from dataclasses import dataclass

from memory.units import MemoryUnit
from memory.wording import FIGURE, NEGATION
from retrieval.dates import MONTHS, dates
from retrieval.lexical import Tokenizer

_KINDS = frozenset(["statement", "note", "fact"])
# A resolved time, a caption or the dates of an abstract: added by the program, or no statement.
_ASIDE = re.compile(r"\[[^\]]*\]|\((?:said|noted)[^)]*\)")
_SPEAKER = re.compile(r"^[^:\n]{1,40}:\s")
_REPLY = re.compile(r"^(?:no|yes|yeah|yep|nope|nah|oh|well)\b[\s,.!]+", re.IGNORECASE)
# "One" stands for people and things more often than for a number.
_COUNTS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty",
           "thirty", "forty", "fifty", "hundred", "thousand"]  # fmt: skip
_VALUES = dict(zip(_COUNTS, [*map(str, range(2, 13)), "20", "30", "40", "50", "100", "1000"], strict=True))
_FIGURE = re.compile(rf"{FIGURE.pattern}|\b(?:{'|'.join(_COUNTS)})\b", re.IGNORECASE)
# A month without its capital is a verb as often: may, march.
_DAY = re.compile(rf"\b(?:(?i:mon|tues|wednes|thurs|fri|satur|sun)day|{'|'.join(MONTHS)})\b")
_WORD = re.compile(r"[^\W\d_]+")
# They say that something changed, not what.
_NOW = re.compile(r"\b(?:now|still|already|just|actually|currently|anymore|any more|any longer)\b", re.IGNORECASE)
_ALIKE, _NEARLY = 0.6, 0.8  # shares of all words and of stems that must be common


@dataclass(frozen=True)
class Said:
    """A unit's words without speaker and asides: what it counts, when, whether it denies, and what else it says.

    `stems` are those of the words that bear meaning, in reading order.
    """

    words: frozenset[str]
    stems: tuple[str, ...]
    figures: frozenset[str]
    days: frozenset[str]
    is_negated: bool


class Contradictions:
    """Whether two units contradict one another; what a unit says is read once."""

    def __init__(self) -> None:
        self._tokenizer = Tokenizer()
        self._read: dict[str, Said] = {}

    def __call__(self, one: MemoryUnit, other: MemoryUnit) -> bool:
        """Whether the same speaker says the same with other figures, other dates, or once with a negation."""
        if one.kind not in _KINDS or other.kind not in _KINDS or speaker(one) != speaker(other):
            return False
        a, b = self.said(one.text), self.said(other.text)
        if _share(a.words, b.words) < _ALIKE or _share(frozenset(a.stems), frozenset(b.stems)) < _NEARLY:
            return False
        return a.is_negated != b.is_negated or _differ(a.figures, b.figures) or _differ(a.days, b.days)

    def said(self, text: str) -> Said:
        """What a unit's text says."""
        if text not in self._read:
            self._read[text] = self._said(text)
        return self._read[text]

    def _said(self, text: str) -> Said:
        plain = _REPLY.sub("", _SPEAKER.sub("", _ASIDE.sub(" ", text)).strip())
        days = {f"{date.day} {date.month} {date.year}" for date in dates(plain)}
        for date in reversed(dates(plain)):
            plain = plain[: date.start] + " " * (date.end - date.start) + plain[date.end :]
        days |= {match.group().lower() for match in _DAY.finditer(plain)}
        plain = _DAY.sub(" ", plain)
        figures = {_VALUES.get(match.group().lower(), match.group()) for match in _FIGURE.finditer(plain)}
        plain = _FIGURE.sub(" ", plain)
        is_negated = bool(NEGATION.search(plain))
        # "don't like" and "like" have the same words but for the negation, and what carries it.
        plain = re.sub(r"\b(?:do|does|did)(?:n[’']t| not)\b", " ", plain, flags=re.IGNORECASE)
        plain = _NOW.sub(" ", re.sub(r"n[’']t\b", " ", plain))
        words = frozenset(word.lower() for word in _WORD.findall(NEGATION.sub(" ", plain)))
        stems = tuple(self._tokenizer.words(NEGATION.sub(" ", plain)))
        return Said(words, stems, frozenset(figures), frozenset(days), is_negated)


def speaker(unit: MemoryUnit) -> str:
    """Who says a statement, in lower case; empty for what was written."""
    return unit.persons[0].casefold() if unit.persons and unit.kind == "statement" else ""


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    both = one | other
    return len(one & other) / len(both) if both else 0.0


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether each has something that the other has not: one who says less does not contradict."""
    return bool(one - other) and bool(other - one)
