"""The raw log in passages: each turn with its neighbours, in a scope of their own.

A sentence of a conversation is seldom found by its own words ("I took her from the shelter"): what it is about stands
in the turns around it. Units are therefore looked for by their turn's passage as well, and a turn that the gate left
without units is found by its passage alone.

Knows turns. Must not know how units are made or ranked.
"""

from collections.abc import Collection, Sequence

from memory.errors import RecordRejected
from memory.orders import is_code, is_order
from memory.sayable import sayable
from memory.unit_rules import is_task
from memory.units import MemoryUnit, Turn
from prompts.sentences import sentence_spans

# Chosen on the first two conversations of LoCoMo: `docs/log.md`.
BEFORE, AFTER = 3, 2
_PREFIX = "log:"
_SHOWN_WORDS = 80


def log_scope(scope: str) -> str:
    """The scope in which the passages of a scope's log are kept."""
    return f"{_PREFIX}{scope}"


def scope_of_log(scope: str) -> str:
    """The scope whose log's passages these are; any other scope as it is."""
    return scope.removeprefix(_PREFIX)


def is_log_scope(scope: str) -> bool:
    """Whether a scope holds passages and no memory."""
    return scope.startswith(_PREFIX)


def check_scope(scope: str, kind: str = "") -> None:
    """See that what is written to a scope belongs there: passages to that of a log, and nothing else.

    Args:
        scope: Where it is to go.
        kind: Of the unit; empty of turns and the gate's decisions.

    Raises:
        RecordRejected: it does not.
    """
    if is_log_scope(scope) != (kind == "passage"):
        raise RecordRejected(
            f"scope {scope!r} is not for a {kind or 'conversation'}",
            hint=f"{_PREFIX!r} begins the scopes of the log's passages, which memory makes itself; take another name",
        )


def passages(scope: str, turns: Sequence[Turn], *, wanted: Collection[str]) -> list[MemoryUnit]:
    """A passage of each wanted turn: its own words, found by those around it too. Its first parent is the turn itself,
    the others are its neighbours. What a program said is a neighbour, and has none of its own.

    Args:
        scope: Whose log.
        turns: Of one session, in order.
        wanted: Ids of turns.
    """
    made = []
    for place, turn in enumerate(turns):
        if turn.id not in wanted or not (shown := _shown(turn)):
            continue
        stretch = [one for one in turns[max(0, place - BEFORE) : place + AFTER + 1] if one.own_text.strip()]
        around = "\n".join(map(_said, stretch))
        parents = (turn.id, *(one.id for one in stretch if one.id != turn.id))
        passage = MemoryUnit(
            scope=log_scope(scope),
            kind="passage",
            text=f"{turn.speaker}: {shown}",
            at=turn.at,
            parents=parents,
            persons=(turn.speaker,),
            around=around,
        )
        made.append(passage)
    return made


def _shown(turn: Turn) -> str:
    """What recall may show of a turn that has no unit: not what a program said, nor orders and questions, nor all that
    was pasted."""
    text = sayable(turn)
    sentences = [" ".join(text[start:end].split()) for start, end in sentence_spans(text)]
    if is_task(sentences):
        return ""
    told = [one for one in sentences if not one.endswith("?") and not is_order(one) and not is_code(one)]
    words = " ".join(told).split()
    return " ".join(words[:_SHOWN_WORDS]) + (" …" if len(words) > _SHOWN_WORDS else "")


def _said(turn: Turn) -> str:
    return f"{turn.speaker}: {' '.join(turn.own_text.split())}"
