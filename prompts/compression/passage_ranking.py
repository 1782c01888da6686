"""Which sources to keep at all: the first and larger step of compressing for a question.

By the question's likelihood given a source, as LongLLMLingua has it (Jiang et al., 2024, arXiv:2310.06839), or by its
likeness to the source. The direction matters: how likely a source makes the question says whether it is about it; how
likely the question makes a source says mostly how plain the source's own words are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lm.embedding import Embedder, FloatArray
from lm.scoring import LogProbScorer, Unavailable
from prompts.compression.types import CannotCompress, Source

# LongLLMLingua's own sentence: it ties the question to what stands before it.
_RESTRICTION = "We can get the answer to this question in the given documents."


class PassageRanker(Protocol):
    """Says how much each source has to do with a question."""

    @property
    def fingerprint(self) -> str:
        """Method and model."""
        ...

    def rank(self, chunks: Sequence[Source], query: str) -> FloatArray:
        """(n,) higher is better. Raises CannotCompress where the model lacks what it needs."""
        ...


@dataclass(frozen=True)
class QuestionLikelihood:
    """Mean log-probability of the question's tokens after each source, nats.

    `is_reversed` scores the source after the question instead: the control, which must rank worse.
    """

    scorer: LogProbScorer
    name: str
    is_reversed: bool = False

    @property
    def fingerprint(self) -> str:
        """Method and model."""
        return f"{'source' if self.is_reversed else 'question'} likelihood, {self.name}"

    def rank(self, chunks: Sequence[Source], query: str) -> FloatArray:
        """See `PassageRanker`."""
        asked = f"{query} {_RESTRICTION}"
        pairs = [(chunk.text, asked) if self.is_reversed else (asked, chunk.text) for chunk in chunks]
        return np.array([self._mean(text, context) for text, context in pairs], dtype=np.float32)

    def _mean(self, text: str, context: str) -> float:
        scored = self.scorer.score(text, context=context + "\n")
        if isinstance(scored, Unavailable):
            raise CannotCompress(scored.reason)
        return scored.total_nats / max(1, scored.n_tokens)


@dataclass(frozen=True)
class Likeness:
    """Cosine of question and source."""

    embedder: Embedder

    @property
    def fingerprint(self) -> str:
        """Method and model."""
        return f"cosine, {self.embedder.fingerprint}"

    def rank(self, chunks: Sequence[Source], query: str) -> FloatArray:
        """See `PassageRanker`."""
        vectors = self.embedder.encode([query, *(chunk.text for chunk in chunks)])
        return np.asarray(vectors[1:] @ vectors[0])
