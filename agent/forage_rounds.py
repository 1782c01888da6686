"""Foraging in rounds: every query in turn, deeper on each pass, then the neighbours of what was found."""

from collections.abc import Sequence

from agent.foraged import DEPTHS, SPECIFIC, Basket, ForageStep, Land, Why
from retrieval.types import Passage

_GLANCE, _SPECIFIC_PASSAGES = 3, 5  # of the first query, and then of the best sections, where they are swept
_FULL: tuple[Why, str] = ("full", "enough is read")
_EXHAUSTED: tuple[Why, str] = ("empty", "nothing is left to read there")
_BESIDE: tuple[Why, str] = ("depth", "what stands beside the best passages is read")


def forage_in_rounds(queries: Sequence[str], basket: Basket, land: Land) -> None:
    """Read until the basket is full, a pass brings nothing, or time is over; the first query is asked all the same."""
    is_first = True

    def take(query: str, depth: int, passages: Sequence[Passage], left: tuple[Why, str]) -> None:
        new, gained, before = 0, 0, basket.raw_characters
        for passage in passages:
            if basket.is_full:
                break
            gain = basket.read(passage)
            new, gained = new + bool(gain), gained + gain
        why, reason = _FULL if basket.is_full else left
        read = basket.raw_characters - before
        land.tell(
            ForageStep(query=query, depth=depth, new_passages=new, read=read, gain=gained, why=why, left_because=reason)
        )

    if land.specific is not None:
        # Before the rounds, which would fill the basket with what speaks like the question.
        is_first = False
        take(queries[0], _GLANCE, [hit.passage for hit in land.look(queries[0], _GLANCE)], _left(_GLANCE, _GLANCE))
        if not basket.is_full and not land.is_late():
            specific = [passage for passage, _ in land.specific()][:_SPECIFIC_PASSAGES]
            take(SPECIFIC, len(specific), specific, ("depth", "its most specific passages are read"))
    for depth in DEPTHS:
        before = basket.unique_characters
        for query in queries:
            if not basket.is_full and (is_first or not land.is_late()):
                is_first = False
                hits = land.look(query, depth)
                take(query, depth, [hit.passage for hit in hits], _left(depth, len(hits)))
        if not basket.is_full and not land.is_late():
            take("neighbours", depth, land.neighbours(list(basket.passages.values())[:depth]), _BESIDE)
        if basket.is_full or land.is_late() or (basket.unique_characters == before and depth > DEPTHS[1]):
            return


def _left(depth: int, n_hits: int) -> tuple[Why, str]:
    if n_hits < depth:
        return _EXHAUSTED
    return "depth", f"its best {depth} passages are read"
