"""How much information stands where in a text, by a model that scores given text.

Knows tokens' surprisals and characters. Must not know passages, or which model it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from lm.scoring import IntArray, LogProbScorer, NatsArray, Unavailable
from retrieval.errors import RetrievalError

_BLOCK_CHARS = 6_000  # some 1,400 tokens, which with their context go through a window of 2,048 at once
_CONTEXT_CHARS = 1_500
READING = f"{_BLOCK_CHARS}+{_CONTEXT_CHARS}"  # surprisals that were read otherwise do not compare


@dataclass(frozen=True, eq=False)
class Information:
    """How many bits there are up to each place in a text.

    A token counts where it ends, whole: it takes the space before its word along, and a cut may fall on either side
    of that.

    Attributes:
        ends: (n,) one past the last character of each token, never falling.
        totals: (n + 1,) bits of the first 0, 1, … n tokens.
    """

    ends: IntArray
    totals: NatsArray

    @classmethod
    def of_tokens(cls, ends: IntArray, bits: NatsArray) -> "Information":
        """From each token's end and its surprisal in bits, in the order of the text.

        Raises:
            ValueError: the lengths differ, the ends fall, or a surprisal is below 0.
        """
        if len(ends) != len(bits):
            raise ValueError(f"{len(ends)} tokens but {len(bits)} surprisals")
        if np.any(np.diff(ends) < 0) or np.any(bits < 0):
            raise ValueError("tokens must be in the order of the text, and no surprisal below 0")
        return cls(ends, np.concatenate([[0.0], np.cumsum(bits, dtype=np.float64)]))

    def between(self, start: int, end: int) -> float:
        """Bits of the tokens that end in the characters ``[start, end)``."""
        return self._upto(end) - self._upto(start)

    def tokens_between(self, start: int, end: int) -> int:
        """How many tokens end in the characters ``[start, end)``."""
        return self._count(end) - self._count(start)

    def at(self, start: int, bits: float) -> int:
        """The end of the last token up to which there are at most so many bits from `start` on."""
        n_tokens = int(np.searchsorted(self.totals, self._upto(start) + bits, side="right")) - 1
        return max(start, int(self.ends[n_tokens - 1])) if n_tokens > 0 else start

    def _upto(self, place: int) -> float:
        return float(self.totals[self._count(place)])

    def _count(self, place: int) -> int:
        return int(np.searchsorted(self.ends, place, side="right"))


def token_bits(
    text: str, scorer: LogProbScorer, *, tell: Callable[[int], None] | None = None
) -> tuple[IntArray, NatsArray]:
    """Each token's end in `text` and its surprisal in bits, with a running context.

    The context is not reset: a text is scored in blocks of 6,000 characters, each after the 1,500 characters before
    it, so that each token is predicted from all of its block before it, and from those. Equal-info windows as they
    were published (Lester et al., 2024, arXiv:2404.03626) reset the model at each window: there a decoder starts anew.

    Args:
        text: of a document.
        scorer: that scores given text.
        tell: hears how many characters are done, after each block.

    Raises:
        RetrievalError: the scorer cannot score given text.
    """
    ends: list[IntArray] = [np.empty(0, dtype=np.int64)]
    bits: list[NatsArray] = [np.empty(0)]
    for start, end in _blocks(text):
        scored = scorer.score(text[start:end], context=text[max(0, start - _CONTEXT_CHARS) : start])
        if isinstance(scored, Unavailable):
            raise RetrievalError(f"the information of a text cannot be measured: {scored.reason}")
        ends.append(scored.ends + start)
        # A certain token may come out a rounding error below 0.
        bits.append(np.maximum(scored.surprisals_bits, 0.0))
        if tell is not None:
            tell(end)
    return np.concatenate(ends), np.concatenate(bits)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Stretches that tile the text, cut before white space: tokens take the space before a word along."""
    start = 0
    while start < len(text):
        end = start + _BLOCK_CHARS
        if end < len(text):
            gap = max(text.rfind(mark, start + _BLOCK_CHARS // 2, end) for mark in " \n\t")
            end = gap if gap > 0 else end
        yield start, min(end, len(text))
        start = end
