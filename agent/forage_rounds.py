"""Foraging in rounds: every query in turn, deeper on each pass, then the neighbours of what was found."""

from collections.abc import Sequence

from agent.foraged import SPECIFIC, Basket, ForageStep, Land
from retrieval.types import Passage

_DEPTHS = (10, 25, 60, 150)


def forage_in_rounds(queries: Sequence[str], basket: Basket, land: Land) -> None:
    """Read until the basket is full, a pass brings nothing, or time is over; the first query is asked all the same."""
    is_first = True

    def take(query: str, depth: int, passages: Sequence[Passage]) -> None:
        new, gained = 0, 0
        for passage in passages:
            if basket.is_full:
                break
            gain = basket.read(passage)
            new, gained = new + bool(gain), gained + gain
        land.tell(ForageStep(query=query, depth=depth, new_passages=new, gain=gained))

    for depth in _DEPTHS:
        before = basket.unique_characters
        for query in queries:
            if not basket.is_full and (is_first or not land.is_late()):
                is_first = False
                take(query, depth, [hit.passage for hit in land.look(query, depth)])
        if land.specific is not None and depth == _DEPTHS[0] and not basket.is_full and not land.is_late():
            take(SPECIFIC, depth, [passage for passage, _ in land.specific()])
        if not basket.is_full and not land.is_late():
            take("neighbours", depth, land.neighbours(list(basket.passages.values())[:depth]))
        if basket.is_full or land.is_late() or (basket.unique_characters == before and depth > _DEPTHS[1]):
            return
