"""How much each atom of a text tells, by a causal model's surprisal.

`surprisal`: −ln p of its tokens after what was kept of the text before (LLMLingua, Jiang et al., 2023,
arXiv:2310.05736).
`contrastive`: how much likelier the question makes them (LongLLMLingua, arXiv:2310.06839): −ln p(x|before) +
ln p(x|question, before). Both are means over the atom's tokens, in nats.

A text is scored in segments, and what was kept of the earlier ones is their context, up to a length: one plain forward
pass each, where the papers' code carries a cache on, of whatever length.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from lm.embedding import FloatArray
from lm.scoring import LogProbScorer, ScoredText, Unavailable
from prompts.compression.atoms import mean_over_atoms
from prompts.compression.types import SPAN_GAP, CannotCompress, Span

# About 200 tokens, the papers' segment, and twice as many before it.
_SEGMENT_CHARS, _TAIL_CHARS = 850, 1_700


class AtomScorer(Protocol):
    """Scores the atoms of one text."""

    @property
    def fingerprint(self) -> str:
        """Method and model."""
        ...

    def score(self, text: str, spans: Sequence[Span], query: str, *, rate: float) -> FloatArray:
        """(n_atoms,) higher tells more.

        Args:
            text: What is scored.
            spans: Its atoms.
            query: What the reader wants to know.
            rate: About how much of the text will be kept: what later segments find before them.

        Raises:
            CannotCompress: the model does not score given text.
        """
        ...


@dataclass(frozen=True)
class Surprisal:
    """Atoms by their surprisal; the question plays no part."""

    scorer: LogProbScorer
    name: str

    @property
    def fingerprint(self) -> str:
        """Method and model."""
        return f"surprisal, {self.name}"

    def score(self, text: str, spans: Sequence[Span], query: str, *, rate: float) -> FloatArray:
        """See `AtomScorer`."""
        return _in_segments(text, spans, rate, lambda segment, tail: _surprisals(self.scorer, segment, tail))


@dataclass(frozen=True)
class Contrastive:
    """Atoms by how much likelier the question makes them. Without a question they are scored by surprisal."""

    scorer: LogProbScorer
    name: str

    @property
    def fingerprint(self) -> str:
        """Method and model."""
        return f"contrastive surprisal, {self.name}"

    def score(self, text: str, spans: Sequence[Span], query: str, *, rate: float) -> FloatArray:
        """See `AtomScorer`."""

        def gain(segment: str, tail: str) -> tuple[ScoredText, FloatArray]:
            scored, alone = _surprisals(self.scorer, segment, tail)
            if not query.strip():
                return scored, alone
            _, asked = _surprisals(self.scorer, segment, f"{query}\n{tail}")
            return scored, alone - asked

        return _in_segments(text, spans, rate, gain)


class _Score(Protocol):
    def __call__(self, segment: str, tail: str, /) -> tuple[ScoredText, FloatArray]: ...


def _surprisals(scorer: LogProbScorer, segment: str, context: str) -> tuple[ScoredText, FloatArray]:
    scored = scorer.score(segment, context=context)
    if isinstance(scored, Unavailable):
        raise CannotCompress(scored.reason)
    return scored, (-scored.log_probs_nats).astype(np.float32)


def _in_segments(text: str, spans: Sequence[Span], rate: float, score: _Score) -> FloatArray:
    parts: list[FloatArray] = []
    tail = ""
    for low, high in _segments(spans):
        start, end = spans[low][0], spans[high - 1][1]
        scored, values = score(text[start:end], tail)
        local = [(first - start, last - start) for first, last in spans[low:high]]
        atoms = mean_over_atoms(local, scored, values)
        parts.append(atoms)
        kept = sorted(np.argsort(-atoms, kind="stable")[: max(1, round(rate * len(atoms)))].tolist())
        words = SPAN_GAP.join(text[slice(*spans[low + at])] for at in kept)
        tail = (tail + words + SPAN_GAP)[-_TAIL_CHARS:]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)


def _segments(spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """(low, high) of the atoms of each segment."""
    cuts = [0]
    for at, (_, end) in enumerate(spans):
        if end - spans[cuts[-1]][0] > _SEGMENT_CHARS and at > cuts[-1]:
            cuts.append(at)
    yield from pairwise([*cuts, len(spans)] if spans else [])
