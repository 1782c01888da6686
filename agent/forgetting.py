"""Forgetting wherever something is kept: in long-term memory, and in the chats where it was said or quoted.

Knows both places. Must not know who asks, or how it was called.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.chat.records import Exchange
from agent.chat.sessions import ChatStore
from agent.counting import counted
from memory.forgetting import Forgotten


class Forgets(Protocol):
    """A memory that forgets: a store, or a chat's."""

    def forget(self, ids: Sequence[str], *, turns: Sequence[tuple[str, str]] = ()) -> Forgotten:
        """Remove units and the text of turns, (scope, id)."""
        ...


@dataclass(frozen=True)
class Gone:
    """What memory says that it removed, and the exchanges of chats that were blanked out with it."""

    removed: Forgotten
    exchanges: tuple[Exchange, ...] = ()


def forget_everywhere(
    memory: Forgets, chats: ChatStore | None, ids: Sequence[str], *, turns: Sequence[tuple[str, str]] = ()
) -> Gone:
    """Forget units and turns in memory, then the exchanges of chats that said or quoted what is gone.

    Args:
        memory: Where the units are.
        chats: The home's; None where there are none.
        ids: Of units.
        turns: (scope, id) of logged turns.
    """
    removed = memory.forget(ids, turns=turns)
    if chats is None:
        return Gone(removed)
    blanked = chats.forget(removed.turns, [*removed.units, *removed.abstracts])
    scopes = {session.id: session.scope for session in chats.sessions()}
    # The log has the answers, too, with what they quoted.
    quoting = [(scopes[one.session], turn) for one in blanked for turn in (one.question_id, one.answer_id)]
    if quoting:
        removed = _together(removed, memory.forget((), turns=quoting))
    return Gone(removed, tuple(blanked))


def summary(forgotten: Forgotten) -> str:
    """How much was removed, in words."""
    parts = [counted(len(forgotten.units), "unit")]
    parts += [counted(len(forgotten.abstracts), "abstract")] if forgotten.abstracts else []
    parts += [f"the text of {counted(len(forgotten.turns), 'turn')}"] if forgotten.turns else []
    parts += [counted(forgotten.vectors, "vector")]
    parts += [f"{counted(len(forgotten.names), 'name')} of the gate"] if forgotten.names else []
    restored = f"; active again: {counted(len(forgotten.restored), 'unit')}" if forgotten.restored else ""
    return ", ".join(parts) + restored


def _together(first: Forgotten, second: Forgotten) -> Forgotten:
    return Forgotten(
        units=(*first.units, *second.units),
        abstracts=(*first.abstracts, *second.abstracts),
        restored=(*first.restored, *second.restored),
        turns=(*first.turns, *second.turns),
        names=tuple(sorted({*first.names, *second.names})),
        vectors=first.vectors + second.vectors,
    )
