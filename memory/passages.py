"""The raw log in passages: each turn with its neighbours, in a scope of their own.

A sentence of a conversation is seldom found by its own words ("I took her from the shelter"): what it is about stands
in the turns around it. Units are therefore looked for by their turn's passage as well, and a turn that the gate left
without units is found by its passage alone.

Knows turns. Must not know how units are made or ranked.
"""

from collections.abc import Collection, Sequence

from memory.units import MemoryUnit, Turn

# Chosen on the first two conversations of LoCoMo: `docs/log.md`.
BEFORE, AFTER = 3, 2
_PREFIX = "log:"


def log_scope(scope: str) -> str:
    """The scope in which the passages of a scope's log are kept."""
    return f"{_PREFIX}{scope}"


def is_log_scope(scope: str) -> bool:
    """Whether a scope holds passages and no memory."""
    return scope.startswith(_PREFIX)


def scope_of_log(scope: str) -> str:
    """The scope whose log a scope of passages holds; any other scope as it is."""
    return scope.removeprefix(_PREFIX)


def passages(scope: str, turns: Sequence[Turn], *, wanted: Collection[str]) -> list[MemoryUnit]:
    """A passage of each wanted turn; its first parent is the turn itself, the others are its neighbours.

    Args:
        scope: Whose log.
        turns: Of one session, in order.
        wanted: Ids of turns.
    """
    made = []
    for place, turn in enumerate(turns):
        if turn.id not in wanted or not turn.own_text.strip():
            continue
        stretch = [one for one in turns[max(0, place - BEFORE) : place + AFTER + 1] if one.own_text.strip()]
        text = "\n".join(f"{one.speaker}: {one.own_text.strip()}" for one in stretch)
        parents = (turn.id, *(one.id for one in stretch if one.id != turn.id))
        made.append(MemoryUnit(scope=log_scope(scope), kind="passage", text=text, at=turn.at, parents=parents))
    return made
