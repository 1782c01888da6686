"""How much of a text was copied from its sources, word for word?

Knows words. Must not know documents. Copied text passes every check of citations, so this stands beside them.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

_FOLDED = {ord(c): "'" for c in "‘’‚‛′ʼ"} | {ord(c): '"' for c in "“”„‟″«»"} | {ord(c): "-" for c in "‐‑‒–—―−﹣"}
_GROUP_SPACE = re.compile("(?<=\\d)[\u00a0\u2009\u202f](?=\\d{3}(?!\\d))")


def folded(text: str) -> str:
    """NFKC, plain quotation marks and dashes, single spaces; case is kept."""
    text = _GROUP_SPACE.sub(",", text)
    return " ".join(unicodedata.normalize("NFKC", text.translate(_FOLDED)).translate(_FOLDED).split())


def words_of(text: str) -> list[str]:
    """Words of a text in lower case; a number with its separators is one word."""
    return re.findall(r"[^\W_]+(?:[.,'-][^\W_]+)*", folded(text).casefold())


def copy_rate(texts: Sequence[str], sources: Sequence[str], n: int = 8) -> float | None:
    """Share of the texts' words that are part of a run of n words or more in a source, 0 to 1; None without words.

    A run ends where a text or a source does. Texts shorter than n words count as not copied: give a report whole, or by
    paragraphs, not by sentences. Not the share of n-grams (`copied_ngrams`): one word changed breaks n of those.

    Raises:
        ValueError: n is below 1.
    """
    copied, n_words = _grams_of(sources, n), 0
    n_copied = 0
    for text in texts:
        words = words_of(text)
        end = 0  # of what is counted already
        for start, gram in enumerate(_grams(words, n)):
            if gram in copied:
                n_copied += start + n - max(end, start)
                end = start + n
        n_words += len(words)
    return n_copied / n_words if n_words else None


def copied_ngrams(texts: Sequence[str], sources: Sequence[str], n: int = 8) -> float | None:
    """Share of the texts' word n-grams that occur in a source, 0 to 1; None without any n-gram.

    Raises:
        ValueError: n is below 1.
    """
    copied = _grams_of(sources, n)
    is_copied = [gram in copied for text in texts for gram in _grams(words_of(text), n)]
    return sum(is_copied) / len(is_copied) if is_copied else None


def _grams_of(sources: Sequence[str], n: int) -> set[tuple[str, ...]]:
    if n < 1:
        raise ValueError(f"n is {n}, must be at least 1")
    return {gram for source in sources for gram in _grams(words_of(source), n)}


def _grams(words: Sequence[str], n: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[i : i + n]) for i in range(len(words) - n + 1))
