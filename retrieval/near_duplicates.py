"""Near-duplicate text: how many characters of what was read are new.

Shingles of words, as in Broder (1997), exact rather than sketched: a run reads thousands of passages, not millions.
"""

import re
from collections.abc import Sequence
from hashlib import blake2b

from retrieval.types import Passage

_WORD = re.compile(r"\w+")
SHINGLE_WORDS = 6


def shingles(text: str) -> set[int]:
    """64-bit hashes of the text's word 6-grams, case and punctuation folded; a shorter text is one shingle."""
    words = _WORD.findall(text.lower())
    spans = [words[i : i + SHINGLE_WORDS] for i in range(max(1, len(words) - SHINGLE_WORDS + 1))]
    return {int.from_bytes(blake2b(" ".join(span).encode(), digest_size=8).digest()) for span in spans if span}


class UniqueReading:
    """Passages read so far, without repetition: a passage counts by the share of its shingles that are new.

    A share under `min_new` counts as nothing new: a reprint with a few words changed brings no evidence. A
    passage that was read before is known by its id, so that reading it twice never counts twice.
    """

    def __init__(self, *, min_new: float = 0.2) -> None:
        self._seen: set[int] = set()
        self._passages: set[str] = set()
        self._min_new = min_new
        self.raw_characters = 0
        self.unique_characters = 0

    def has_read(self, passage: Passage) -> bool:
        """Whether the passage was read, be it in vain."""
        return passage.id in self._passages

    def read(self, passage: Passage) -> int:
        """Read a passage; returns the unique characters that it added."""
        if self.has_read(passage):
            return 0
        self._passages.add(passage.id)
        self.raw_characters += len(passage.text)
        own = shingles(passage.text)
        share = len(own - self._seen) / len(own) if own else 0.0
        self._seen |= own
        gained = round(len(passage.text) * share) if share >= self._min_new else 0
        self.unique_characters += gained
        return gained


def unique_characters(passages: Sequence[Passage]) -> int:
    """Characters of the passages with near-duplicates counted once."""
    reading = UniqueReading()
    for passage in passages:
        reading.read(passage)
    return reading.unique_characters
