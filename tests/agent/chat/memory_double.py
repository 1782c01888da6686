"""A small honest long-term memory for tests: keeps what the user states to the letter, and finds it by shared words."""

import re
from dataclasses import dataclass, field

from memory.forgetting import Forgotten
from memory.units import MemoryUnit
from memory.whole_words import HavingWords

_STATED = re.compile(r"[^.?!]+[.!]")


@dataclass(frozen=True)
class Found:
    unit: MemoryUnit
    score: float
    channels: dict
    superseded_on: object = None


@dataclass(frozen=True)
class Recollection:
    units: tuple = ()
    k: int = 3
    complexity: float = 0.25
    tokens: int = 7
    reason: str = "a simple question"


@dataclass(frozen=True)
class Decision:
    kept: bool
    h: float
    threshold: float = 0.35
    reason: str = "two new names"


@dataclass(frozen=True)
class Outcome:
    kept_windows: int
    dropped_windows: int
    units: tuple
    scores: tuple


@dataclass
class WordMemory:
    """What was handed over is in `turns`, in order."""

    units: dict = field(default_factory=dict)
    turns: list = field(default_factory=list)

    def recall(self, question, now):
        return Recollection(tuple(self.search(question, 3)))

    def remember(self, turns):
        self.turns += turns
        new = [unit for turn in turns if turn.speaker == "User" for unit in units_of(turn)]
        self.units |= {unit.id: unit for unit in new}
        return Outcome(1, 0, tuple(unit.id for unit in new), (Decision(True, 0.5),))

    def forget(self, ids, *, turns=()):
        gone = [self.units.pop(id_) for id_ in ids if id_ in self.units]
        said = [parent for unit in gone for parent in unit.parents]
        return Forgotten(units=tuple(unit.id for unit in gone), turns=tuple(said))

    def named(self, prefix):
        return next((unit for id_, unit in self.units.items() if id_.startswith(prefix)), None)

    def having_words(self, query):
        wanted = set(re.findall(r"\w+", query.lower()))
        found = [unit for unit in self.units.values() if wanted <= set(re.findall(r"\w+", unit.text.lower()))]
        return HavingWords(n_words=len(wanted), units=tuple(found))

    def search(self, query, k):
        wanted = set(re.findall(r"\w+", query.lower()))
        scored = [(len(wanted & set(re.findall(r"\w+", u.text.lower()))), u) for u in self.units.values()]
        best = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])[:k]
        return [Found(unit, n / (n + 1), {"words": float(n)}) for n, unit in best]


def units_of(turn):
    stated = _STATED.findall(turn.own_text)
    return [
        MemoryUnit(
            scope="user",
            kind="statement",
            text=f"{turn.speaker}: {sentence.strip()}",
            at=turn.at,
            parents=(turn.id,),
            persons=(turn.speaker,),
        )
        for sentence in stated
    ]
