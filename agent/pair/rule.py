"""The deterministic way: which statements to keep where no helper chooses, or where it fails.

Whole statements only. A compressor that cuts within sentences may say which ones matter; what it leaves of a quotation
is no quotation.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from lm.embedding import Embedder
from lm.errors import BudgetExceeded
from prompts.compression.types import Chunk, Compressor
from prompts.extractive import select
from prompts.statements import Statement

# Of some statements those that a question wants, as positions among them, in order.
Choose = Callable[[Sequence[Statement], str], list[int]]

_MIN_KEPT_SHARE = 0.5  # of a sentence's characters, for a compressor to count as having kept it


@dataclass(frozen=True)
class Extractive:
    """Keeps the most relevant, least redundant statements that make up a share of the words."""

    embedder: Embedder
    rate: float

    def __call__(self, statements: Sequence[Statement], question: str) -> list[int]:
        """See `Choose`. One statement at least, unless all are far from the question."""
        max_words = self.rate * sum(len(one.sentence.split()) for one in statements)
        chosen = select(statements, question, embedder=self.embedder, max_words=round(max_words))
        place = {statement.key: position for position, statement in enumerate(statements)}
        return sorted(place[one.statement.key] for one in chosen)


@dataclass(frozen=True)
class ByCompressor:
    """Keeps the statements of which any other compressor leaves the most.

    It reads all sources together, each under its title, so that one can lead it to another and the best takes most.

    Attributes:
        compressor: Asked.
        rate: The share of tokens that it is to leave.
        is_late: Whether the run's time is over.
        gate: Held while it works: not every compressor stands several threads.
    """

    compressor: Compressor
    rate: float
    is_late: Callable[[], bool] = lambda: False
    gate: AbstractContextManager[object] = field(default_factory=nullcontext)

    def __call__(self, statements: Sequence[Statement], question: str) -> list[int]:
        """See `Choose`.

        Raises:
            CannotCompress: the compressor's model lacks what it needs.
            BudgetExceeded: the time is over. A scorer takes seconds for each source, and no meter stands before it.
        """
        chunks, places = _under_titles(statements)
        with self.gate:
            if self.is_late():
                raise BudgetExceeded("the time is over before all sources are read", limit="max_seconds")
            result = self.compressor.compress(chunks, question, rate=self.rate)
        left = Counter[int]()
        for span in result.kept:
            for position, start, end in places[span.source_id]:
                left[position] += max(0, min(end, span.end) - max(start, span.start))
        return [at for at, one in enumerate(statements) if left[at] >= _MIN_KEPT_SHARE * max(1, len(one.sentence))]


def _under_titles(statements: Sequence[Statement]) -> tuple[list[Chunk], dict[str, list[tuple[int, int, int]]]]:
    """A text for each source, its title above its statements, and of each the positions of its statements with where
    they stand in it."""
    texts: dict[str, str] = {}
    places: dict[str, list[tuple[int, int, int]]] = {}
    for position, statement in enumerate(statements):
        text = texts.get(statement.doc_id, statement.title)
        start = len(text) + 1
        texts[statement.doc_id] = f"{text}\n{statement.sentence}"
        places.setdefault(statement.doc_id, []).append((position, start, start + len(statement.sentence)))
    return [Chunk(id_, text) for id_, text in texts.items()], places
