"""What a general reader can be expected to follow, as far as code can see: the length of sentences.

Whether terms are explained, or the tone is right, no count of words tells; the ledger says what was looked at.
"""

import re
from collections.abc import Sequence

MAX_WORDS = 40  # of a sentence for a general reader
MAX_MEAN_WORDS = 25.0
_MAX_LONG_SHARE = 0.1
_GENERAL = re.compile(
    r"\b(?:general|wider|lay|laypeople|lay people|beginners?|young|children|everyone|everybody|anyone|"
    r"non-?\s?(?:technical|specialists?|experts?))\b",
    re.IGNORECASE,
)


def is_general(audience: str) -> bool:
    """Whether the audience is one without special knowledge, so that code has something to look at."""
    return bool(_GENERAL.search(audience))


def reads_easily(sentence: str) -> bool:
    """Whether a sentence is no longer than a general reader should have to follow."""
    return len(sentence.split()) <= MAX_WORDS


def sentence_lengths(sentences: Sequence[str]) -> tuple[float, float]:
    """The mean length of the sentences in words, and the share of those that are too long."""
    lengths = [len(sentence.split()) for sentence in sentences]
    if not lengths:
        return 0.0, 0.0
    return sum(lengths) / len(lengths), sum(not reads_easily(one) for one in sentences) / len(sentences)


def suits_general(sentences: Sequence[str]) -> bool:
    """Whether sentences of this length suit a general reader: short on the average, and few long ones."""
    mean, too_long = sentence_lengths(sentences)
    return mean <= MAX_MEAN_WORDS and too_long <= _MAX_LONG_SHARE
