"""Passages of like information: windows of equal bits, snapped to sentence ends.

Dense paragraphs get short passages, boiler-plate long ones. Sections, pages and records keep the rights that they have
in `retrieval.chunking`. Knows bits by place; must not know which model they come from.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from prompts.sentences import sentence_spans
from retrieval.chunking import PassageSpan, Span, passages_by
from retrieval.information import Information
from retrieval.parsing.wire import ChunkedDocument
from retrieval.surprisal_cache import SurprisalCache
from retrieval.types import Section

_TOLERANCE = 0.15
_WHOLE_UP_TO = 1.5  # windows of a text that is not cut: two would have three quarters each


def chunk_by_information(
    text: str,
    sections: Sequence[Section],
    page_starts: Sequence[int] | None,
    *,
    information: Information,
    bits: float = 600.0,
    max_chars: int = 1400,
    unit_starts: Sequence[int] | None = None,
) -> list[PassageSpan]:
    """Cut a text into passages of about `bits` bits each; how many one has, `information.between` says.

    The text between two borders (of sections, groups of short ones, pages) is shared out evenly: each cut aims at an
    equal part of what is left, so that no remainder is left at the end.

    Args:
        text: of a document.
        sections: as for `retrieval.chunking.chunk`, like the other arguments and the result.
        page_starts: the same.
        information: of this text.
        bits: size that windows aim at.
        max_chars: size that no passage exceeds; none is shorter than a sixth of it for its information.
        unit_starts: where each record begins, for tables: cuts are made there, not at sentence ends.

    Raises:
        ValueError: `bits` is not above 0, or `max_chars` below 12.
    """
    if not bits > 0.0 or max_chars < 12:
        raise ValueError(f"bits {bits} must be above 0 and max_chars {max_chars} at least 12")
    return passages_by(_Bits(text, information, bits, max_chars, unit_starts), text, sections, page_starts)


@dataclass(frozen=True)
class EqualInfoChunker:
    """Cuts parsed documents anew by their information (a `retrieval.ingest_types.Recutter`).

    Attributes:
        surprisals: of texts, measured or remembered.
        bits: as for `chunk_by_information`, like `max_chars`.
    """

    surprisals: SurprisalCache
    bits: float = 600.0
    max_chars: int = 1400

    @property
    def name(self) -> str:
        """With sizes and scorer."""
        return f"information:{self.bits:g}:{self.max_chars}:{self.surprisals.scorer_name}"

    def recut(self, chunked: ChunkedDocument, *, tell: Callable[[int], None]) -> ChunkedDocument:
        """The same document in passages of like information. Same errors as `SurprisalCache.information`."""
        document = chunked.document
        spans = chunk_by_information(
            document.text,
            document.sections,
            document.page_starts,
            information=self.surprisals.information(document.text, tell=tell),
            bits=self.bits,
            max_chars=self.max_chars,
            unit_starts=document.unit_starts,
        )
        return ChunkedDocument(document, spans)


@dataclass(frozen=True, slots=True)
class _Bits:
    """Passages of like information. What is long counts for more than its bits: `max_chars` for the `limit`."""

    text: str
    information: Information
    target: float
    max_chars: int
    unit_starts: Sequence[int] | None

    @property
    def limit(self) -> float:
        return _WHOLE_UP_TO * self.target

    def size(self, start: int, end: int) -> float:
        return max(self.information.between(start, end), (end - start) / self.max_chars * self.limit)

    def pack(self, start: int, end: int) -> Iterator[Span]:
        if self.unit_starts is None:
            stops = [start + left for left, _ in sentence_spans(self.text[start:end])]
        else:
            stops = [cut for cut in self.unit_starts if start < cut < end]
        sizes = (self.max_chars // 6, self.max_chars)
        return windows(self.text, start, end, self.information, bits=self.target, sizes=sizes, stops=stops)


def windows(
    text: str,
    start: int,
    end: int,
    information: Information,
    *,
    bits: float,
    sizes: tuple[int, int],
    stops: Sequence[int],
) -> Iterator[Span]:
    """Tile ``[start, end)`` with windows of about `bits` bits.

    Args:
        text: that is cut.
        start: where the first window begins.
        end: where the last one ends.
        information: of the text.
        bits: size that windows aim at.
        sizes: characters of the shortest and of the longest window, the second at least twice the first. A stretch
            that is shorter is one window.
        stops: rising; where it is best to cut.
    """
    while start < end:
        cut = _cut(text, start, end, information, bits=bits, sizes=sizes, stops=stops)
        yield start, cut
        start = cut


def _cut(
    text: str,
    start: int,
    end: int,
    information: Information,
    *,
    bits: float,
    sizes: tuple[int, int],
    stops: Sequence[int],
) -> int:
    """Where the window that begins at `start` ends: the stop nearest to its share, within 15 %, else a word's end.

    Of places that are as near, the last: a text that tells nothing has the longest windows.
    """
    shortest, longest = sizes
    left = information.between(start, end)
    n_least = -(-(end - start) // longest)
    n_left = max(n_least, min(round(left / bits), (end - start) // shortest))
    if n_left <= 1:
        return end
    first, last = start + shortest, min(start + longest, end - shortest)
    aim = min(max(information.at(start, left / n_left), first), last)
    share = information.between(start, aim)
    within = stops[bisect_left(stops, first) : bisect_right(stops, last)]
    near = [stop for stop in within if abs(information.between(start, stop) - share) <= _TOLERANCE * share]
    if not near:
        near = [place for place in range(first, last + 1) if text[place].isspace()]
    return min(near, key=lambda place: (abs(information.between(start, place) - share), -place), default=aim)
