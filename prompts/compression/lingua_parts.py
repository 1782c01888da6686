"""What llmlingua's two families share on their way into the package and out of it. No model, no package."""

from collections.abc import Sequence
from dataclasses import dataclass

from prompts.compression.types import Span, TokenCounter


class CountingTokenizer:
    """Stands where the package expects OpenAI's tokenizer, of which it only takes the number of tokens."""

    def __init__(self, count_tokens: TokenCounter) -> None:
        self._count_tokens = count_tokens

    def encode(self, text: str) -> range:
        """Something as long as the text has tokens."""
        return range(self._count_tokens(text))


@dataclass(frozen=True)
class KeptCharacters:
    """What the package kept: texts in the order in which it shows them, and the spans kept of each, in order.

    Attributes:
        order: Positions of the texts that are shown.
        spans: For each of those, characters of that text; they may touch, and share a character of several tokens.
        n_lost: Words that the package kept and whose place in the texts was not found.
    """

    order: list[int]
    spans: list[list[Span]]
    n_lost: int = 0


def by_text(texts: Sequence[str], spans: Sequence[Span], *, gap: str, begin: int = 0) -> list[list[Span]]:
    """Spans of texts that are joined, as spans of each; what stands between texts is left out.

    Args:
        texts: In the order in which they are joined.
        spans: Characters of the joined text.
        gap: What stands between two texts.
        begin: Where the first of them begins.
    """
    found: list[list[Span]] = []
    for text in texts:
        inside = [(max(0, start - begin), min(len(text), end - begin)) for start, end in spans]
        found.append([(start, end) for start, end in inside if start < end])
        begin += len(text) + len(gap)
    return found
