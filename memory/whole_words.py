"""What a memory has on words, every bit of it: for forgetting, where the best twenty are not enough.

Knows units and turns. Must not know why somebody looks.
"""

from collections.abc import Sequence

from lm.types import Frozen
from memory.unit_records import search_text
from memory.unit_store import UnitStore
from memory.units import MemoryUnit
from retrieval.lexical import Tokenizer


class HavingWords(Frozen):
    """Units, archived ones too, and turns of the log by (scope, id); `n_words`: how many words were looked for."""

    n_words: int
    units: tuple[MemoryUnit, ...] = ()
    turns: tuple[tuple[str, str], ...] = ()


def having_words(
    store: UnitStore, query: str, scopes: Sequence[str], *, pending: Sequence[MemoryUnit] = ()
) -> HavingWords:
    """Units and turns that have all words of a query, by their stems, and the units that were drawn from such turns.

    A query of nothing but stop words has no word, and finds nothing. `pending` are units that the store does not hold
    yet: they are looked at like the others.
    """
    tokenizer = Tokenizer()
    words = set(tokenizer.words(query))
    if not words:
        return HavingWords(n_words=0)
    units, turns = dict[str, MemoryUnit](), list[tuple[str, str]]()
    for scope in scopes:
        stored = store.units(scope, include_archived=True)
        units |= {held.id: held.unit for held in stored if words <= set(tokenizer.words(search_text(held.unit)))}
        turns += [(scope, turn.id) for turn in store.turns(scope) if words <= set(tokenizer.words(turn.text))]
    said = {turn for _, turn in turns}
    for unit in pending:
        if not said.isdisjoint(unit.parents) or words <= set(tokenizer.words(search_text(unit))):
            units[unit.id] = unit
    drawn = [id_ for scope, turn in turns for id_ in store.children(scope, turn)]
    units |= {held.id: held.unit for held in store.get(drawn)}
    return HavingWords(n_words=len(words), units=tuple(units.values()), turns=tuple(turns))
