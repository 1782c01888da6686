"""Forgetting from within a chat: units of long-term memory, and the exchanges in which they were said.

What is forgotten in memory must not stay in the transcript of the session that brought it there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent.chat.conversation import Conversation
from agent.chat.memory import RecalledUnit
from agent.chat.telling import note_line, notes_of
from agent.counting import counted
from agent.errors import UsageProblem
from agent.forgetting import forget_everywhere, summary
from memory.units import MemoryUnit

_SEARCHED, _SUGGESTED = 20, 3
_LABEL = re.compile(r"^\[?m(\d+)\]?$")
_ID = re.compile(r"^[0-9a-f]{6,32}$")


@dataclass(frozen=True)
class Told:
    """What was forgotten; `questions` are those that were blanked out of sessions."""

    text: str
    values: dict[str, Any]
    questions: tuple[str, ...] = ()


def forget(conversation: Conversation, what: str) -> Told:
    """Forget a quoted unit ("m1" of the last answer), one by its id or the beginning of it, or all that have the words.

    Raises:
        UsageProblem: nothing is called that, or several are.
    """
    units = _called(conversation, what)
    if not units:
        near = notes_of(conversation.memory.search(what, _SUGGESTED))
        listed = "\n".join(
            ["Nothing in memory has these words.", *(["Nearest:"] if near else []), *map(note_line, near)]
        )
        return Told(listed, {"forgotten": [], "nearest": [note.id for note in near]})
    gone = forget_everywhere(conversation.memory, conversation.sessions, [unit.id for unit in units])
    removed = gone.removed
    lost = {*removed.units, *removed.abstracts}
    if not (lost or removed.turns):
        return Told("Nothing was forgotten: memory has it no more.", {"forgotten": [], "exchanges": 0})
    lines = [*(f"Forgotten: {unit.text}" for unit in units if unit.id in lost), f"In all {summary(removed)}."]
    if gone.exchanges:
        lines.append(f"{counted(len(gone.exchanges), 'exchange')} of past conversations blanked out with it.")
    return Told(
        "\n".join(lines),
        {
            "forgotten": [*removed.units, *removed.abstracts],
            "exchanges": len(gone.exchanges),
            "removed": removed.model_dump(mode="json"),
        },
        tuple(one.question for one in gone.exchanges),
    )


def _called(conversation: Conversation, what: str) -> list[MemoryUnit]:
    if label := _LABEL.match(what):
        return [_quoted(conversation, int(label[1]))]
    if _ID.match(what):
        return [_of_id(conversation, what)]
    folded = " ".join(what.casefold().split())
    found = conversation.memory.search(what, _SEARCHED)
    return [one.unit for one in found if folded in " ".join(one.unit.text.casefold().split())]


def _quoted(conversation: Conversation, number: int) -> MemoryUnit:
    last = conversation.last()
    quotes = last.answer.memories if last and last.answer else ()
    for quote in quotes:
        if quote.number == number:
            return _found(quote.unit, conversation.memory.search(quote.quote, _SEARCHED))
    raise UsageProblem(f"the last answer has no [m{number}]", hint="/sources shows what it quotes")


def _of_id(conversation: Conversation, prefix: str) -> MemoryUnit:
    """Among the units that this session has seen: memory is searched by words."""
    seen = {
        note.id: note.text
        for one in conversation.exchanges()
        if one.considered
        for note in one.considered.recalled
        if note.id.startswith(prefix)
    }
    if len(seen) != 1:
        problem = f"{len(seen)} units begin with {prefix}" if seen else f"no unit that was recalled here is {prefix}"
        raise UsageProblem(problem, hint=f"`wellread memory forget {prefix}` knows all of them")
    ((identity, text),) = seen.items()
    return _found(identity, conversation.memory.search(text, _SEARCHED))


def _found(identity: str, recalled: Sequence[RecalledUnit]) -> MemoryUnit:
    for one in recalled:
        if one.unit.id == identity:
            return one.unit
    raise UsageProblem(f"memory has no unit {identity[:12]} any more", hint="/memory QUERY shows what there is")
