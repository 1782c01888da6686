"""Foraging for a block: from query to query until its share of the saturation target is read, nothing new comes, or
time is over.

Two ways, by `[write] foraging`: `margin` (`forage_margin.py`), and `rounds` (`forage_rounds.py`), which asks each query
in turn and is what the other is measured against. Each visit is an event with its gain and its reason.
"""

from collections.abc import Callable, Sequence

from agent.forage_margin import forage_by_margin
from agent.forage_rounds import forage_in_rounds
from agent.foraged import Basket, Foraged, ForageStep, Land
from agent.settings import Foraging
from agent.types import AtomicBlock
from retrieval.corpus import Corpus
from retrieval.search import Searcher
from retrieval.types import Passage

CHARS_PER_WORD = 6.6  # English prose with its spaces, and the citation marks that a sentence gets
_MAX_QUERY_CHARS = 400


def target_characters(block: AtomicBlock, ratio: float) -> int:
    """Unique characters to read for a block: `ratio` times what it may write."""
    return round(ratio * block.target_words * CHARS_PER_WORD)


def forage(
    block: AtomicBlock,
    *,
    searcher: Searcher,
    corpus: Corpus,
    ratio: float,
    topic: str,
    on_step: Callable[[ForageStep], None],
    is_late: Callable[[], bool] = lambda: False,
    way: Foraging = "rounds",
) -> Foraged:
    """Read for a block until `ratio` times its planned characters are read, or neither queries nor neighbours bring
    more.

    Args:
        block: What to read for.
        searcher: Where to search.
        corpus: Where the passages stand.
        ratio: Unique characters to read for each character planned.
        topic: The last query.
        on_step: Hears of each visit to a query.
        is_late: Whether time is over; the first query is asked all the same, for there is nothing to say without.
        way: How to choose among the queries.
    """
    basket = Basket(target_characters(block, ratio))
    steps: list[ForageStep] = []

    def tell(step: ForageStep) -> None:
        steps.append(step)
        on_step(step)

    asked = (query[:_MAX_QUERY_CHARS] for query in (*block.queries, block.question, topic) if query.strip())
    queries = list(dict.fromkeys(asked))
    doc_ids = block.subject_ids or None
    land = Land(
        look=lambda query, depth: searcher.search_passages(query, depth, doc_ids=doc_ids),
        neighbours=lambda passages: _neighbours(corpus, passages),
        is_late=is_late,
        tell=tell,
    )
    why = ""
    if way == "margin":
        why = forage_by_margin(queries, basket, land)
    else:
        forage_in_rounds(queries, basket, land)
    is_cut_short = not basket.is_full and is_late()
    if basket.is_full:
        reason = "saturated: the block's share of evidence is read"
    elif is_cut_short:
        reason = "out of time: the run's seconds are over"
    else:
        reason = "nothing new: neither queries nor neighbouring passages bring more"
    return Foraged(
        block=block.id,
        passages=tuple(basket.passages),
        unique_characters=basket.unique_characters,
        target_characters=basket.target,
        steps=tuple(steps),
        stop_reason=f"{reason}; {why}" if why else reason,
        is_cut_short=is_cut_short,
    )


def _neighbours(corpus: Corpus, passages: Sequence[Passage]) -> list[Passage]:
    """Passages that stand next to those given, nearest of the best first."""
    found: dict[str, Passage] = {}
    for passage in passages:
        siblings = corpus.passages_of(passage.doc_id)
        for sibling in siblings[max(0, passage.ordinal - 1) : passage.ordinal + 2]:
            found.setdefault(sibling.id, sibling)
    return list(found.values())
