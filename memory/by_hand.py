"""Notes that somebody adds by hand: no gate asks whether they are worth it.

Knows how a note stands in the log beside what was said. Must not know who types it.
"""

from datetime import datetime

from lm.types import Frozen
from memory.passages import passages
from memory.people import Circle
from memory.time_words import resolve_times, with_meanings
from memory.unit_records import WindowRecord
from memory.unit_store import UnitStore
from memory.units import MemoryUnit, Turn

EXPLICIT = "explicit"  # the gate's form in the record of a note


class Noted(Frozen):
    """The unit of a note, and whether it is new."""

    unit: MemoryUnit
    is_new: bool


def note_by_hand(store: UnitStore, scope: str, text: str, at: datetime, *, speaker: str = "user") -> Noted:
    """Log a note as a session of its own and store it as a unit, with the times that it names written out.

    What it says is not judged: whether it is an order to a program, say.

    Args:
        store: Where it is kept.
        scope: Whose memory.
        text: In one or more sentences.
        at: When it was noted; two notes of one microsecond are one.
        speaker: Who noted it.
    """
    said = f"cli:{at.isoformat()}"
    turn = Turn(id=said, session=said, speaker=speaker, text=text, at=at)
    unit = _unit(turn, scope)
    window = WindowRecord(
        scope=scope,
        session=turn.session,
        first_turn=0,
        last_turn=0,
        turn_ids=(turn.id,),
        at=at,
        kept=True,
        form=EXPLICIT,
        h=0.0,
        new_entities=unit.entities,
        threshold=0.0,
        reason="it was added by hand",
    )
    store.log_turns(scope, [turn])
    new = store.add([unit, *passages(scope, [turn], wanted=[turn.id])], window=window)
    return Noted(unit=unit, is_new=unit.id in new)


def _unit(turn: Turn, scope: str) -> MemoryUnit:
    circle, text = Circle.of([turn]), " ".join(turn.text.split())
    names = circle.names(text)
    return MemoryUnit(
        scope=scope,
        kind="note",
        text=with_meanings(text, turn.at),
        at=turn.at,
        parents=(turn.id,),
        times=tuple(phrase.interval for phrase in resolve_times(text, turn.at)),
        persons=circle.persons(text, turn.speaker, names),
        entities=names,
    )
