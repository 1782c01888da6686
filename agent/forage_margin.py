"""Foraging by the margin: the query that promises most is gone to, and left when others promise more.

Scent, gain and rate are of one unit: relevant new characters per character read. A hit's relevance is its score as a
share of its query's best: the scores of different queries do not compare. (By the scores themselves the broadest query
promised most, and on reports over country profiles the narrow ones, which hold the facts, were never asked.) What is
new in a hit is known only once it is read, so the scent takes a passage that was not read for new.
"""

from collections.abc import Iterator, Sequence

from agent.foraged import DEPTHS, SPECIFIC, Basket, ForageStep, Land, Why, best_score
from agent.foraging import ForagingController
from retrieval.types import Passage

# Characters of reading that asking a query costs as much as: what keeps one from hopping after every passage.
TRAVEL_CHARACTERS = 600
_NEIGHBOUR_RELEVANCE = 0.5

Ranked = Iterator[tuple[Passage, float]]


class _Patch:
    """A ranking, read from the top; `ranked` is asked for deeper hits when those before them are read."""

    def __init__(self, query: str, ranked: Ranked, basket: Basket) -> None:
        self.query, self.position = query, 0
        self._ranked, self._basket = ranked, basket
        self._next: tuple[Passage, float] | None = None

    def peek(self) -> tuple[Passage, float] | None:
        """The next passage that is not read yet, with its relevance in [0, 1]; None when there is none."""
        while self._next is None or self._basket.has_read(self._next[0]):
            self._next = next(self._ranked, None)
            if self._next is None:
                return None
            self.position += 1
        return self._next

    @property
    def scent(self) -> float | None:
        """What going there promises: gain per cost of its next passage, the way included; None: it is exhausted."""
        found = self.peek()
        if found is None:
            return None
        passage, relevance = found
        return relevance * len(passage.text) / (len(passage.text) + TRAVEL_CHARACTERS)


def forage_by_margin(queries: Sequence[str], basket: Basket, land: Land) -> str:
    """Read until enough is read and nothing left promises more than the mean, all is read, or time is over.

    Returns:
        Why it stopped.
    """
    controller = ForagingController(travel_cost=float(TRAVEL_CHARACTERS))
    patches = [_Patch(query, _hits(query, land), basket) for query in queries]
    if land.specific is not None:
        patches.append(_Patch(SPECIFIC, land.specific(), basket))
    while True:
        promising = max(patches, key=lambda patch: patch.scent or 0.0)
        if promising.scent is None and not basket.is_full:
            promising = _Patch("neighbours", _beside(basket, land), basket)
            patches.append(promising)
        decision = controller.next(promising.scent, is_saturated=basket.is_full)
        if decision.action == "stop":
            return decision.reason
        if basket.is_overfull:
            return "as much as a block may read is read"
        if land.is_late() and basket.passages:
            return "time is over"
        land.tell(_visited(promising, basket, controller, land))


def _visited(patch: _Patch, basket: Basket, controller: ForagingController, land: Land) -> ForageStep:
    """Read in one patch until it is left."""
    controller.enter(patch.query)
    new = gained = 0
    before = basket.raw_characters
    decision = None
    while (found := patch.peek()) is not None:
        passage, relevance = found
        gain = basket.read(passage)
        new, gained = new + bool(gain), gained + gain
        decision = controller.take(relevance * gain, float(len(passage.text)))
        if decision.action == "leave" or land.is_late():
            break
        if basket.is_overfull:
            break
    why: Why = "empty"
    reason = "nothing is left to read there"
    if decision is not None and decision.action == "leave":
        why, reason = "poorer", decision.reason
    elif patch.peek() is not None:
        why, reason = ("late", "time is over") if land.is_late() else ("full", "enough is read")
    return ForageStep(
        query=patch.query,
        depth=patch.position,
        new_passages=new,
        read=basket.raw_characters - before,
        gain=gained,
        why=why,
        left_because=reason,
        patch_rate=decision.patch_rate if decision is not None else 0.0,
        environment_rate=controller.environment_rate,
    )


def _hits(query: str, land: Land) -> Ranked:
    n_seen = 0
    best = 0.0
    for depth in DEPTHS:
        hits = land.look(query, depth)
        # Of the first, shallow search: deeper ones are held against the same best.
        best = best or best_score(hits)
        for hit in hits[n_seen:]:
            yield hit.passage, min(1.0, max(0.0, hit.score / best))
        if len(hits) < depth:
            return
        n_seen = len(hits)


def _beside(basket: Basket, land: Land) -> Ranked:
    for passage in land.neighbours(list(basket.passages.values())):
        yield passage, _NEIGHBOUR_RELEVANCE
