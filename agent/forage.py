"""Foraging for a block: query after query until its share of the saturation target is read, nothing new comes, or time
is over.

First form: fixed queries, deeper on each pass, then the neighbours of the best hits. Each step is an event with its
gain, so that a controller of the marginal value can take the loop over without changing what surrounds it.
"""

from collections.abc import Callable, Sequence

from agent.types import AtomicBlock
from lm.types import Frozen
from retrieval.corpus import Corpus
from retrieval.near_duplicates import UniqueReading
from retrieval.search import Searcher
from retrieval.types import Passage

_DEPTHS = (10, 25, 60, 150)
CHARS_PER_WORD = 6.6  # English prose with its spaces, and the citation marks that a sentence gets


class ForageStep(Frozen):
    """One query at one depth: what it brought. `gain` is unique characters."""

    query: str
    depth: int
    new_passages: int
    gain: int


class Foraged(Frozen):
    """What was read for a block: passages in order of reading, the steps, and why it stopped."""

    block: str
    passages: tuple[str, ...]
    unique_characters: int
    target_characters: int
    steps: tuple[ForageStep, ...]
    stop_reason: str
    is_cut_short: bool = False


def target_characters(block: AtomicBlock, ratio: float) -> int:
    """Unique characters to read for a block: `ratio` times what it may write."""
    return round(ratio * block.target_words * CHARS_PER_WORD)


class _Basket:
    def __init__(self, target: int) -> None:
        self.reading = UniqueReading()
        self.passages: dict[str, Passage] = {}
        self.target = target

    @property
    def is_full(self) -> bool:
        return self.reading.unique_characters >= self.target

    def add(self, passages: Sequence[Passage]) -> tuple[int, int]:
        """Read until full; returns how many passages brought something new, and the characters gained."""
        new, gained = 0, 0
        for passage in passages:
            if self.is_full:
                break
            if passage.id in self.passages:
                continue
            gain = self.reading.read(passage)
            if gain:
                self.passages[passage.id] = passage
                new, gained = new + 1, gained + gain
        return new, gained


def _neighbours(corpus: Corpus, passages: Sequence[Passage]) -> list[Passage]:
    """Passages that stand next to those given, nearest of the best first."""
    found: dict[str, Passage] = {}
    for passage in passages:
        siblings = corpus.passages_of(passage.doc_id)
        for sibling in siblings[max(0, passage.ordinal - 1) : passage.ordinal + 2]:
            found.setdefault(sibling.id, sibling)
    return list(found.values())


def forage(
    block: AtomicBlock,
    *,
    searcher: Searcher,
    corpus: Corpus,
    ratio: float,
    topic: str,
    on_step: Callable[[ForageStep], None],
    is_late: Callable[[], bool] = lambda: False,
) -> Foraged:
    """Read for a block until `ratio` times its planned characters are read, or neither queries nor neighbours bring
    more.

    Args:
        block: What to read for.
        searcher: Where to search.
        corpus: Where the passages stand.
        ratio: Unique characters to read for each character planned.
        topic: The last query of each pass.
        on_step: Hears of each query.
        is_late: Whether time is over; the first query is asked all the same, for there is nothing to say without.
    """
    basket = _Basket(target_characters(block, ratio))
    steps: list[ForageStep] = []

    def take(query: str, depth: int, passages: Sequence[Passage]) -> None:
        new, gained = basket.add(passages)
        step = ForageStep(query=query, depth=depth, new_passages=new, gain=gained)
        steps.append(step)
        on_step(step)

    queries = list(dict.fromkeys(query for query in (*block.queries, block.question, topic) if query.strip()))
    doc_ids = block.subject_ids or None
    for depth in _DEPTHS:
        gained_before = basket.reading.unique_characters
        for query in queries:
            if not basket.is_full and not (steps and is_late()):
                hits = searcher.search_passages(query[:400], depth, doc_ids=doc_ids)
                take(query[:400], depth, [hit.passage for hit in hits])
        if not basket.is_full and not is_late():
            best = list(basket.passages.values())[:depth]
            take("neighbours", depth, _neighbours(corpus, best))
        if basket.is_full or is_late() or (basket.reading.unique_characters == gained_before and depth > _DEPTHS[1]):
            break
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
        unique_characters=basket.reading.unique_characters,
        target_characters=basket.target,
        steps=tuple(steps),
        stop_reason=reason,
        is_cut_short=is_cut_short,
    )
