"""Foraging for a block: from query to query until its share of the saturation target is read, nothing new comes, or
time is over.

Two ways, by `[write] foraging`: `margin` (`forage_margin.py`), and `rounds` (`forage_rounds.py`), which asks each query
in turn and is what the other is measured against. Each visit is an event with its gain and its reason.
"""

import re
from collections.abc import Callable, Sequence
from typing import Literal

from agent.directions import Directions
from agent.forage_margin import forage_by_margin
from agent.forage_rounds import forage_in_rounds
from agent.foraged import (
    DEPTHS,
    MOST_FOR_ALL,
    MOST_OVER_TARGET,
    Basket,
    Ending,
    Foraged,
    ForageGoal,
    ForageStep,
    Land,
)
from agent.sweep import specific_passages
from agent.types import AtomicBlock
from retrieval.corpus import Corpus
from retrieval.search import Searcher
from retrieval.types import Hit, Passage

_MAX_QUERY_CHARS = 400


def forage(
    block: AtomicBlock,
    *,
    searcher: Searcher,
    corpus: Corpus,
    goal: ForageGoal,
    topic: str,
    on_step: Callable[[ForageStep], None],
    is_late: Callable[[], bool] = lambda: False,
) -> Foraged:
    """Read for a block until enough is read, or neither queries nor neighbours bring more.

    Args:
        block: What to read for.
        searcher: Where to search.
        corpus: Where the passages stand.
        goal: How to choose among the queries, and when enough is read.
        topic: The last query.
        on_step: Hears of each visit to a query.
        is_late: Whether time is over; the first query is asked all the same, for there is nothing to say without.
    """
    directions = Directions(searcher.static_vectors) if goal.sign == "directions" else None
    basket = Basket(goal, directions)
    steps: list[ForageStep] = []

    def tell(step: ForageStep) -> None:
        if directions is not None:
            step = step.model_copy(update={"directions": round(directions.gain, 4)})
        steps.append(step)
        on_step(step)

    search = _Search(searcher, block.subject_ids)
    land = _land(block, topic, search=search, corpus=corpus, goal=goal, is_late=is_late, tell=tell)
    queries = _queries(block, topic)
    why = ""
    if goal.way == "margin":
        why = forage_by_margin(queries, basket, land)
    else:
        forage_in_rounds(queries, basket, land)
    ending: Ending = "most" if basket.is_full else "time" if is_late() else search.ending
    reason = _stop_reason(ending, goal, is_capped=basket.is_capped)
    return Foraged(
        block=block.id,
        passages=tuple(basket.passages),
        unique_characters=basket.unique_characters,
        target_characters=goal.target,
        steps=tuple(steps),
        stop_reason=f"{reason}; {why}" if why else reason,
        ending=ending,
    )


def _queries(block: AtomicBlock, topic: str) -> list[str]:
    """What a block asks, in order, each once; its question not beside a query that has all of it and says more."""
    asked = [query[:_MAX_QUERY_CHARS] for query in block.queries if query.strip()]
    is_asked = re.compile(rf"(?<![\w-]){re.escape(block.question)}(?![\w-])")
    own = [block.question] if not any(map(is_asked.search, asked)) else []
    return list(dict.fromkeys([*asked, *(query[:_MAX_QUERY_CHARS] for query in (*own, topic) if query.strip())]))


def _land(
    block: AtomicBlock,
    topic: str,
    *,
    search: "_Search",
    corpus: Corpus,
    goal: ForageGoal,
    is_late: Callable[[], bool],
    tell: Callable[[ForageStep], None],
) -> Land:
    """Where the block may forage: its subjects' documents, where it has subjects."""
    first = _queries(block, topic)[0]
    is_dual = goal.granularity == "dual"
    return Land(
        look=search,
        specific=(lambda: specific_passages(first, search.searcher, corpus, doc_ids=search.doc_ids))
        if is_dual
        else None,
        neighbours=_Neighbours(corpus),
        is_late=is_late,
        tell=tell,
    )


def _stop_reason(ending: Ending, goal: ForageGoal, *, is_capped: bool) -> str:
    if ending == "most" and goal.wants_all:
        return f"all is wanted, but {MOST_FOR_ALL:,} characters are the most that a block reads"
    if is_capped:
        return (
            f"capped: {MOST_OVER_TARGET:g} times the block's share of evidence is read, the most with directions, and "
            "its last passages still open new ones"
        )
    if ending == "most":
        return "saturated: the block's share of evidence is read"
    if ending == "time":
        return "out of time: the run's seconds are over"
    if goal.wants_all and ending == "depth":
        return f"all is wanted, but the best {DEPTHS[-1]} passages are the most that is read of a query"
    if goal.wants_all:
        return "all is wanted: whatever queries and neighbouring passages reach is read"
    return "nothing new: neither queries nor neighbouring passages bring more"


class _Search:
    """A search in a block's documents, which remembers whether a query had as many hits as are ever looked at."""

    def __init__(self, searcher: Searcher, subject_ids: Sequence[str]) -> None:
        self.searcher, self.doc_ids = searcher, subject_ids or None
        self.ending: Literal["depth", "nothing_new"] = "nothing_new"

    def __call__(self, query: str, depth: int) -> list[Hit]:
        hits = self.searcher.search_passages(query, depth, doc_ids=self.doc_ids)
        if len(hits) == depth == DEPTHS[-1]:
            self.ending = "depth"
        return hits


class _Neighbours:
    """Passages that stand next to those given, nearest of the best first; each document is opened once."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._documents: dict[str, list[Passage]] = {}

    def __call__(self, passages: Sequence[Passage]) -> list[Passage]:
        found: dict[str, Passage] = {}
        for passage in passages:
            if passage.doc_id not in self._documents:
                self._documents[passage.doc_id] = self._corpus.passages_of(passage.doc_id)
            siblings = self._documents[passage.doc_id]
            for sibling in siblings[max(0, passage.ordinal - 1) : passage.ordinal + 2]:
                found.setdefault(sibling.id, sibling)
        return list(found.values())
