"""Forgetting from within a chat: units of long-term memory, and the exchanges in which they were said.

What is forgotten in memory must not stay in the transcript of the session that brought it there.
"""

import re
from dataclasses import dataclass
from typing import Any

from agent.chat.conversation import Conversation
from agent.chat.telling import note_line, notes_of
from agent.counting import counted
from agent.errors import UsageProblem
from agent.forgetting import forget_everywhere, summary
from memory.units import MemoryUnit
from memory.whole_words import HavingWords

_SUGGESTED = 3
_LABEL = re.compile(r"^\[?m(\d+)\]?$")
_ID = re.compile(r"^[0-9a-f]{6,32}$")


@dataclass(frozen=True)
class Told:
    """What was forgotten; `questions` are those that were blanked out of sessions."""

    text: str
    values: dict[str, Any]
    questions: tuple[str, ...] = ()


def forget(conversation: Conversation, what: str) -> Told:
    """Forget a quoted unit ("m1" of the last answer), one by its id or the beginning of it, or all that have the
    words, in units or in the log.

    Raises:
        UsageProblem: nothing is called that, or several are.
    """
    wanted = _called(conversation, what)
    units = wanted.units
    if not (units or wanted.turns):
        near = notes_of(conversation.memory.search(what, _SUGGESTED))
        listed = "\n".join(
            ["Nothing in memory has these words.", *(["Nearest:"] if near else []), *map(note_line, near)]
        )
        return Told(listed, {"forgotten": [], "nearest": [note.id for note in near]})
    gone = forget_everywhere(
        conversation.memory, conversation.sessions, [unit.id for unit in units], turns=wanted.turns
    )
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


def _called(conversation: Conversation, what: str) -> HavingWords:
    memory = conversation.memory
    if label := _LABEL.match(what):
        return HavingWords(n_words=1, units=(_quoted(conversation, int(label[1])),))
    # "decade" is a word, too.
    if _ID.match(what) and (unit := memory.named(what)):
        return HavingWords(n_words=1, units=(unit,))
    return memory.having_words(what)


def _quoted(conversation: Conversation, number: int) -> MemoryUnit:
    last = conversation.last()
    quote = next((one for one in last.answer.memories if one.number == number), None) if last and last.answer else None
    if quote is None:
        raise UsageProblem(f"the last answer has no [m{number}]", hint="/sources shows what it quotes")
    if (unit := conversation.memory.named(quote.unit)) is None:
        raise UsageProblem(f"memory has no unit {quote.unit[:12]} any more", hint="/memory QUERY shows what there is")
    return unit
