"""The words of an abstract: what several units say, said once.

Knows units that belong together. Must not know how they were found or where they are stored.
"""

from collections.abc import Sequence
from typing import Protocol

from pydantic import Field

from lm.errors import ContextOverflow, MalformedReply
from lm.json_reply import ask_for_json
from lm.types import ChatModel, ChatRequest, Frozen
from memory.calendar_spans import day_name
from memory.spoken_names import spoken_names
from memory.units import MemoryUnit
from memory.wording import FIGURE, NEGATION
from prompts.instructions import looks_like_instruction
from prompts.templates import render
from retrieval.dates import MONTHS
from retrieval.lexical import Tokenizer
from retrieval.names import words_of

_MAX_TOKENS = 400


class Abstractor(Protocol):
    """Anything that puts what several units say into one text."""

    def abstract(self, members: Sequence[MemoryUnit]) -> str:
        """The text of an abstract.

        Args:
            members: two or more units that are no abstracts, the newest first.
        """
        ...


class RuleAbstractor:
    """The newest unit's words, then each other unit that says more, verbatim, then when all of it was said."""

    def __init__(self) -> None:
        self._tokenizer = Tokenizer()

    def abstract(self, members: Sequence[MemoryUnit]) -> str:
        """See `Abstractor.abstract`. No word is new but "Also", "Earlier" and the dates."""
        kept = [members[0]]
        for unit in members[1:]:
            if not any(self._is_within(unit.text, other.text) for other in kept):
                kept.append(unit)
        texts = [members[0].text]
        for unit in kept[1:]:
            when = "Also" if unit.at.date() == members[0].at.date() else f"Earlier ({day_name(unit.at)})"
            texts.append(f"{when}: {unit.text}")
        return " ".join([*texts, said_when(members)])

    def _is_within(self, text: str, other: str) -> bool:
        """Whether the other says all words of meaning of the text in their order, and denies as much."""
        if len(NEGATION.findall(text)) != len(NEGATION.findall(other)):
            return False
        words = iter(self._tokenizer.words(other))
        return all(word in words for word in self._tokenizer.words(text))


class _Joined(Frozen):
    text: str = Field(min_length=1)


class ModelAbstractor:
    """The helper model's words, if they have every name and figure of the units and no other; else the rules'."""

    def __init__(self, helper: ChatModel, *, seed: int = 0) -> None:
        self._helper, self._seed, self._rules = helper, seed, RuleAbstractor()
        self.n_refused = 0

    def abstract(self, members: Sequence[MemoryUnit]) -> str:
        """See `Abstractor.abstract`.

        Raises:
            LMError: the call failed; a reply that cannot be used is counted in `n_refused`, and is no failure.
        """
        request = ChatRequest(
            messages=render("join_units", notes="\n".join(f"- {unit.text}" for unit in members)),
            max_tokens=_MAX_TOKENS,
            seed=self._seed,
        )
        try:
            text = " ".join(ask_for_json(self._helper, request, _Joined).text.split())
        except (MalformedReply, ContextOverflow):
            text = ""
        if not text or faults_of(text, members):
            self.n_refused += 1
            return self._rules.abstract(members)
        return f"{text} {said_when(members)}"


def faults_of(text: str, members: Sequence[MemoryUnit]) -> list[str]:
    """What makes a text unfit to stand for units; empty if nothing does. Every figure and name must be theirs, and all
    of theirs must be there."""
    said = "\n".join(unit.text for unit in members)
    faults = [f"figure {figure}" for figure in sorted(set(FIGURE.findall(text)) ^ set(FIGURE.findall(said)))]
    faults += [f"name {name}" for name in _names_beyond(text, said)]
    faults += [f"lost {name}" for name in _names_beyond(said, text)]
    if bool(NEGATION.search(text)) != bool(NEGATION.search(said)):
        faults.append("negation")
    if looks_like_instruction(text):
        faults.append("instruction")
    if len(text) > len(said):
        faults.append("longer than what it stands for")
    return faults


def _names_beyond(text: str, other: str) -> list[str]:
    """Names of a text with a word that the other has not."""
    known = {word.casefold() for word in words_of(other)}
    return [
        name for name in spoken_names(text, around=other) if not {word.casefold() for word in words_of(name)} <= known
    ]


def said_when(members: Sequence[MemoryUnit]) -> str:
    """How often and when: "(said on 2 dates, 3 to 12 May 2023)"."""
    verb = "said" if all(unit.kind == "statement" for unit in members) else "noted"
    dates = sorted({unit.at.date() for unit in members})
    first, last = min(unit.at for unit in members), max(unit.at for unit in members)
    if len(dates) == 1:
        return f"({verb} {len(members)} times on {day_name(last)})"
    if (first.year, first.month) == (last.year, last.month):
        begin = str(first.day)
    elif first.year == last.year:
        begin = f"{first.day} {MONTHS[first.month - 1]}"
    else:
        begin = day_name(first)
    return f"({verb} on {len(dates)} dates, {begin} to {day_name(last)})"
