"""Two compressors, one after the other: the first keeps more than is wanted, the second cuts that down.

What the second keeps of what the first kept is told in places of the sources, as if it had been done at once.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from prompts.compression.fitting import allowance
from prompts.compression.forced import find_forced
from prompts.compression.types import (
    NOTHING_FORCED,
    Chunk,
    CompressionResult,
    Compressor,
    Force,
    KeptSpan,
    Source,
    TokenCounter,
)

_SLACK = 1.6
# A line's end, over which no name, number or quotation reaches: two pieces must not make one.
_PIECE_GAP = "\n"


@dataclass(frozen=True)
class Cascade:
    """The cheap and coarse one first: it leaves the dear and fine one less to read.

    Attributes:
        name: See `Compressor`.
        first: Best one that ranks sources or keeps whole sentences.
        second: Cuts out of what is left.
        count_tokens: The target model's.
        slack: The first keeps so many times the target, above 1.
    """

    name: str
    first: Compressor
    second: Compressor
    count_tokens: TokenCounter
    slack: float = _SLACK

    def compress(
        self,
        chunks: Sequence[Source],
        query: str = "",
        *,
        rate: float | None = None,
        target_tokens: int | None = None,
        force: Force = NOTHING_FORCED,
    ) -> CompressionResult:
        """See `Compressor`."""
        began = time.perf_counter()
        allowed = allowance(chunks, self.count_tokens, rate=rate, target_tokens=target_tokens)
        if not allowed.target_tokens:
            return self.second.compress(chunks, query, rate=rate, target_tokens=target_tokens, force=force)
        coarse_tokens = round(self.slack * allowed.target_tokens)
        coarse = self.first.compress(chunks, query, target_tokens=coarse_tokens, force=force)
        left = _left(chunks, coarse)
        # By their own letters, too: a name is told by what stands around it, and that may be gone.
        forced = sorted({chunk.text[start:end] for chunk in chunks for start, end in find_forced(chunk.text, force)})
        fine = self.second.compress(
            left.chunks, query, target_tokens=allowed.target_tokens, force=Force(force.kinds, tuple(forced))
        )
        return CompressionResult(
            text=fine.text,
            kept=tuple(part for span in fine.kept for part in left.origins(span)),
            original_tokens=allowed.original_tokens,
            kept_tokens=fine.kept_tokens,
            requested_rate=allowed.requested_rate,
            scorer=f"{coarse.scorer}; then {fine.scorer}",
            seconds=time.perf_counter() - began,
            notes=(*coarse.notes, *fine.notes),
        )


@dataclass(frozen=True)
class _Left:
    """What a first compressor left of each source, and where its pieces come from."""

    chunks: list[Chunk]
    pieces: dict[str, list[KeptSpan]]  # `at` is here the place in the source's remaining text

    def origins(self, span: KeptSpan) -> list[KeptSpan]:
        """The parts of the source behind a span of its remaining text."""
        parts = []
        for piece in self.pieces[span.source_id]:
            first, last = max(span.start, piece.at), min(span.end, piece.at_end)
            if first < last:
                shift = piece.start - piece.at
                parts.append(KeptSpan(span.source_id, first + shift, last + shift, span.at + first - span.start))
        return parts


def _left(chunks: Sequence[Source], coarse: CompressionResult) -> _Left:
    by_source: dict[str, list[KeptSpan]] = defaultdict(list)
    for span in coarse.kept:
        by_source[span.source_id].append(span)
    texts = {chunk.id: chunk.text for chunk in chunks}
    left, pieces = [], {}
    for source_id, spans in by_source.items():
        placed: list[KeptSpan] = []
        at = 0
        for span in spans:
            placed.append(KeptSpan(source_id, span.start, span.end, at))
            at += span.end - span.start + len(_PIECE_GAP)
        pieces[source_id] = placed
        left.append(Chunk(source_id, _PIECE_GAP.join(texts[source_id][span.start : span.end] for span in spans)))
    return _Left(left, pieces)
