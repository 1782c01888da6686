"""What goes into a compressor and what comes out: sources, what must survive, and a text whose every character is tied
to its place in a source.

Knows texts and spans; not documents, and not how anything is chosen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

ForcedKind = Literal["numbers", "negations", "names", "citations", "quotations", "addresses"]
TokenCounter = Callable[[str], int]
Span = tuple[int, int]

SOURCE_GAP = "\n"  # between the texts of two sources
SPAN_GAP = " "  # where something was left out within a source


class CannotCompress(Exception):
    """The model behind a compressor lacks what it needs; the message says what."""


class Source(Protocol):
    """A text with a name that citations go by, such as a passage."""

    @property
    def id(self) -> str:
        """Unique among the sources of one compression."""
        ...

    @property
    def text(self) -> str:
        """What is compressed."""
        ...


@dataclass(frozen=True)
class Chunk:
    """The plainest source."""

    id: str
    text: str


@dataclass(frozen=True)
class Force:
    """What survives wherever it stands, whatever the rate.

    Attributes:
        kinds: Kinds of things, as `prompts.compression.forced` finds them.
        strings: Texts, found letter by letter at the borders of words.
    """

    kinds: frozenset[ForcedKind] = frozenset()
    strings: tuple[str, ...] = ()


NOTHING_FORCED = Force()


@dataclass(frozen=True)
class KeptSpan:
    """The characters [start, end) of a source, and where they stand in the compressed text."""

    source_id: str
    start: int
    end: int
    at: int

    @property
    def at_end(self) -> int:
        """One past its last character in the compressed text."""
        return self.at + self.end - self.start


@dataclass(frozen=True)
class SourceSpan:
    """The characters [start, end) of a source."""

    source_id: str
    start: int
    end: int


@dataclass(frozen=True)
class CompressionResult:
    """A compressed text and the account of it. Tokens are the target model's.

    Attributes:
        text: What is left.
        kept: Where each of its characters comes from, in the order of the text; what stands between two spans is a gap
            of white space or, of a compressor that writes notes, a number or a note.
        original_tokens: Of the sources, one after the other.
        kept_tokens: Of `text`.
        requested_rate: The share of the tokens that was to be kept, in [0, 1].
        scorer: Who ranked what, with the fingerprint of its model.
        seconds: It took, by the clock on the wall.
        notes: Why something else came out than was asked for.
        cited: Of a text whose lines are numbered, what each number stands for: [1] for the first. A note's characters
            are in no source; its numbers are how it resolves.
    """

    text: str
    kept: tuple[KeptSpan, ...]
    original_tokens: int
    kept_tokens: int
    requested_rate: float
    scorer: str
    seconds: float
    notes: tuple[str, ...] = field(default=())
    cited: tuple[SourceSpan, ...] = field(default=())

    @property
    def actual_rate(self) -> float:
        """The share of the tokens that was kept; 1 of nothing."""
        return self.kept_tokens / self.original_tokens if self.original_tokens else 1.0

    def cited_as(self, number: int) -> SourceSpan:
        """What a number in the text stands for: how a citation that names it resolves.

        Raises:
            ValueError: the text has no such number.
        """
        if not 1 <= number <= len(self.cited):
            raise ValueError(f"no [{number}] in a compressed text of {len(self.cited)} numbers")
        return self.cited[number - 1]

    def origin(self, start: int, end: int) -> list[KeptSpan]:
        """The parts of sources behind [start, end) of the text, in its order: how a citation made on the compressed
        text resolves.

        Raises:
            ValueError: the span is empty or leaves the text.
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"no span [{start}, {end}) in a compressed text of {len(self.text)} characters")
        parts = []
        for span in self.kept:
            first, last = max(start, span.at), min(end, span.at_end)
            if first < last:
                shift = span.start - span.at
                parts.append(KeptSpan(span.source_id, first + shift, last + shift, first))
        return parts


class Compressor(Protocol):
    """Leaves the less useful part of a text out."""

    @property
    def name(self) -> str:
        """As settings and tables call it."""
        ...

    def compress(
        self,
        chunks: Sequence[Source],
        query: str = "",
        *,
        rate: float | None = None,
        target_tokens: int | None = None,
        force: Force = NOTHING_FORCED,
    ) -> CompressionResult:
        """Keep a share of the sources' tokens.

        Args:
            chunks: In the order in which they are shown, unless the compressor ranks them.
            query: What the reader wants to know; empty: nothing in particular.
            rate: The share of the tokens to keep, in (0, 1].
            target_tokens: The number of tokens to keep instead.
            force: What survives even where it takes more than the allowance.

        Raises:
            ValueError: neither or both of rate and target are given, one is out of range, or two chunks have one id.
            CannotCompress: the compressor's model lacks what it needs.
        """
        ...
