"""The sentence-level compressor: whole sentences, chosen without a language model. The default on a CPU.

Greedy by relevance times novelty. What is new in a sentence is the gain in spectral entropy of the chosen sentences'
vectors, held against the most that another sentence could bring (`Gains`), and it decides a part of the factor only: by
itself it favours what has nothing to do with the question, for sentences that support one answer share their subject
(`docs/log.md`).
"""

import math
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lm.embedding import Embedder, FloatArray
from prompts.compression.atoms import Atom, atoms_of
from prompts.compression.fitting import allowance, best_that_fit, rendered, result_of
from prompts.compression.relevance import Scores, relevance
from prompts.compression.sentences_of import Sentences, sentences_of
from prompts.compression.types import NOTHING_FORCED, CompressionResult, Force, Source, TokenCounter

# Chosen with the weights of `relevance`, on the same halves.
_NOVELTY = 0.3
# A sentence more alike than this to a taken one says the same again, and comes after all others.
_SAME = 0.97


@dataclass(frozen=True)
class Extractive:
    """Keeps the sentences that matter, in their order.

    Attributes:
        embedder: Relevance and novelty are measured in its space.
        count_tokens: The target model's.
        whole: Keep no part of a sentence: the size is then what whole sentences allow, never above the target.
        has_bridge: Whether sentences gain by speaking of what the best ones speak of.
        novelty: The share of the factor that novelty decides, in [0, 1]; 0 leaves it out.
    """

    embedder: Embedder
    count_tokens: TokenCounter
    whole: bool = False
    has_bridge: bool = True
    novelty: float = _NOVELTY
    name: str = "extractive"

    def compress(
        self,
        chunks: Sequence[Source],
        query: str = "",
        *,
        rate: float | None = None,
        target_tokens: int | None = None,
        force: Force = NOTHING_FORCED,
    ) -> CompressionResult:
        """See `Compressor`. A heading is kept with the first kept sentence of its source."""
        began = time.perf_counter()
        allowed = allowance(chunks, self.count_tokens, rate=rate, target_tokens=target_tokens)
        atoms = atoms_of(chunks, force)
        sentences = sentences_of(chunks)
        worth, vectors = relevance(chunks, sentences, query, self.embedder, has_bridge=self.has_bridge)
        order = ranked(worth, vectors, novelty=self.novelty)
        pieces = _Pieces(chunks, sentences, atoms, self.count_tokens)
        chosen = pieces.whole(order, allowed.target_tokens)
        if not self.whole:
            chosen = pieces.filled(chosen, order, allowed.target_tokens)
        scorer = f"relevance and spectral entropy, {self.embedder.fingerprint}"
        return result_of(chunks, chosen, allowed, count_tokens=self.count_tokens, scorer=scorer, began=began)


def ranked(worth: Scores, vectors: FloatArray, *, novelty: float) -> list[int]:
    """All sentences, the next best first, given those before.

    Args:
        worth: (n,) relevance.
        vectors: (n, dim) of length 1.
        novelty: See `Extractive`.
    """
    positive = worth - worth.min() + 1e-6 if len(worth) else worth
    gains = Gains(vectors)
    order: list[int] = []
    open_ = np.ones(len(worth), dtype=bool)
    while open_.any():
        value = positive * (1.0 - novelty + novelty * gains.shares()) * (gains.likeness <= (_SAME if novelty else 2.0))
        best = int(np.argmax(np.where(open_, value, -np.inf)))
        open_[best] = False
        order.append(best)
        gains.take(best)
    return order


class Gains:
    """What each sentence would add to the spectral entropy of those taken.

    The entropy is of order 2, −ln tr K̂², where the passages' (`lm.spectral`) is of order 1: both are 0 for equal and
    ln n for orthogonal vectors, and this one needs no eigenvalues for each candidate at each step.
    """

    def __init__(self, vectors: FloatArray) -> None:
        """Begin with nothing taken. Args: vectors: (n, dim) of length 1."""
        self._vectors = vectors
        self._squares = np.zeros(len(vectors))  # of the products with all that is taken, summed
        self._trace, self._n = 0.0, 0
        self.likeness = np.zeros(len(vectors))  # to the most alike of those taken

    def shares(self) -> Scores:
        """(n,) gain in entropy as a share of what a sentence unlike all taken would gain, in [0, 1]; 1 before any."""
        if not self._n:
            return np.ones(len(self._vectors))
        now = -math.log(self._trace / self._n**2)
        then = -np.log((self._trace + 2 * self._squares + 1) / (self._n + 1) ** 2)
        most = -math.log((self._trace + 1) / (self._n + 1) ** 2)
        return np.clip((then - now) / (most - now), 0.0, 1.0)

    def take(self, at: int) -> None:
        """Add one sentence."""
        self._trace += 2 * float(self._squares[at]) + 1
        products = (self._vectors @ self._vectors[at]).astype(np.float64)
        self._squares += products**2
        self.likeness = np.maximum(self.likeness, products)
        self._n += 1


class _Pieces:
    """Sentences as the atoms that are rendered."""

    def __init__(
        self, chunks: Sequence[Source], sentences: Sentences, atoms: Sequence[Atom], count_tokens: TokenCounter
    ) -> None:
        starts = [(atom.source, atom.start) for atom in atoms]
        ends = [(atom.source, atom.end) for atom in atoms]

        def within(source: int, start: int, end: int) -> range:
            return range(bisect_right(ends, (source, start)), bisect_left(starts, (source, end)))

        self._chunks, self._atoms, self._count = chunks, atoms, count_tokens
        self._own = [within(one.source, one.start, one.end) for one in sentences.all]
        self._source = [one.source for one in sentences.all]
        self._heading = [range(0) if span is None else within(at, *span) for at, span in enumerate(sentences.headings)]

    def whole(self, order: Sequence[int], target: int) -> list[Atom]:
        """The forced atoms, and the best whole sentences that there is room for; too long ones are passed over."""
        forced = {at for at, atom in enumerate(self._atoms) if atom.is_forced}
        used, chosen, with_heading = self._size(forced), list[range](), set[int]()
        for rank in order:
            source = self._source[rank]
            wanted = [self._own[rank]] + [self._heading[source]] * (source not in with_heading)
            # Each part stands in its own line, so to say: an upper bound but for a token here and there.
            n_tokens = sum(self._count(self._text(part)) + 1 for part in wanted if part)
            if used + n_tokens <= target:
                chosen += wanted
                with_heading.add(source)
                used += n_tokens
        while chosen and self._size(forced.union(*chosen)) > target:
            chosen.pop()
        return [self._atoms[at] for at in sorted(forced.union(*chosen))]

    def filled(self, chosen: Sequence[Atom], order: Sequence[int], target: int) -> list[Atom]:
        """What is chosen, and the beginning of the next best sentence, up to the target."""
        scores = [-math.inf] * len(self._atoms)
        for place, rank in enumerate(order):
            for at in (*self._own[rank], *self._heading[self._source[rank]]):
                scores[at] = max(scores[at], -float(place))
        taken = set(chosen)
        scores = [math.inf if atom in taken else score for atom, score in zip(self._atoms, scores, strict=True)]
        return best_that_fit(self._chunks, self._atoms, scores, target_tokens=target, count_tokens=self._count)

    def _text(self, part: range) -> str:
        first, last = self._atoms[part[0]], self._atoms[part[-1]]
        return self._chunks[first.source].text[first.start : last.end]

    def _size(self, chosen: set[int]) -> int:
        return self._count(rendered(self._chunks, [self._atoms[at] for at in sorted(chosen)])[0])
