"""What the unit store gives back: units with their standing, the gate's decisions, what forgetting removed.

Knows the shape of what is stored. Must not know tables, files or indexes.
"""

import re

from pydantic import Field

from lm.types import Frozen
from memory.units import Instant, MemoryUnit
from retrieval.lexical import without_accents

_BLANKS = re.compile(r"\s+")


class StoredUnit(Frozen):
    """A unit and how it stands to others.

    Attributes:
        unit: What was stored.
        id: Of the unit.
        archived_by: The abstract that stands for it; empty while it is active.
        contradicts: Units that say otherwise, older and newer ones.
        superseded_by: The newer unit that holds in its place; empty if it is current itself.
    """

    unit: MemoryUnit
    id: str
    archived_by: str = ""
    contradicts: tuple[str, ...] = ()
    superseded_by: str = ""


class WindowRecord(Frozen):
    """What the gate thought of one window of turns, with the parts of its score.

    Attributes:
        scope: Whose memory.
        session: The conversation.
        first_turn: Place of the window's first turn in the session, from 0.
        last_turn: Place of its last turn, inclusive.
        turn_ids: Of all its turns.
        at: When it was judged.
        kept: Whether units are drawn from it.
        form: The gate's ``terms``, ``names`` or ``bits``, ``none`` where it was off, ``explicit`` for a note by hand.
        h: The score, by either form.
        novelty: New entities for each turn.
        divergence: One minus the cosine to what was said before.
        new_entities: Names and terms that memory did not know, folded or as written.
        bits: Of the window given memory; None where they were not computed.
        threshold: What `h` had to reach.
        reason: In words.
    """

    scope: str
    session: str
    first_turn: int = Field(ge=0)
    last_turn: int = Field(ge=0)
    turn_ids: tuple[str, ...]
    at: Instant
    kept: bool
    form: str
    h: float
    novelty: float = 0.0
    divergence: float = 0.0
    new_entities: tuple[str, ...] = ()
    bits: float | None = None
    threshold: float
    reason: str = ""


def search_text(unit: MemoryUnit) -> str:
    """What is embedded and indexed of a unit: its text, with the reason of a rejected source or what is around it."""
    if unit.around:
        return unit.around
    return f"{unit.text} ({unit.reason})" if unit.reason else unit.text


def folded(name: str) -> str:
    """A name as memory compares it: without case, accents and doubled blanks."""
    return without_accents(_BLANKS.sub(" ", name).strip().casefold())
