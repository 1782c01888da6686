"""How far a quotation carries a sentence: token and embedding overlap.

A first form. It cannot tell "rose" from "fell"; numbers, names, subjects and negations are checked apart and exactly.
"""

import re
from collections.abc import Callable, Collection
from functools import lru_cache

import numpy as np

from lm.embedding import Embedder

Stem = Callable[[str], str]

_TOKEN = re.compile(r"[^\W_]+")
_STOP = frozenset(
    ["a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "because", "been", "before",
    "being", "between", "both", "but", "by", "can", "could", "did", "do", "does", "during", "each", "for", "from",
    "further", "had", "has", "have", "he", "her", "here", "him", "his", "how", "i", "if", "in", "into", "is", "it",
    "its", "itself", "just", "may", "might", "more", "most", "must", "no", "nor", "not", "of", "off", "on", "once",
    "only", "or", "other", "our", "out", "over", "own", "per", "same", "she", "should", "so", "some", "such", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "through", "to", "too", "under",
    "until", "up", "upon", "was", "we", "were", "what", "when", "where", "which", "while", "who", "whom", "whose",
    "why", "will", "with", "within", "without", "would", "you", "your", "according", "said", "says"]
)  # fmt: skip
_NEGATIONS = frozenset(
    [
        "no",
        "not",
        "never",
        "none",
        "nobody",
        "nothing",
        "neither",
        "nor",
        "without",
        "cannot",
        "n't",
        "unable",
        "fails",
        "failed",
    ]
)


def content_words(text: str, stem: Stem) -> list[str]:
    """Stemmed content words in reading order; numbers count as words."""
    return list(_content_words(text, stem))


@lru_cache(maxsize=8192)  # several checks ask for those of the same sentences
def _content_words(text: str, stem: Stem) -> tuple[str, ...]:
    return tuple(stem(word) for word in _TOKEN.findall(text.lower()) if word not in _STOP)


def negates(text: str) -> bool:
    """Whether the text has a negation word; "n't" counts."""
    lowered = text.lower().replace("’", "'")
    return "n't" in lowered or bool(_NEGATIONS & set(_TOKEN.findall(lowered)))


def new_words(claim: str, evidence: str, stem: Stem) -> list[str]:
    """Content words of the claim that the evidence does not contain in any form, as the claim has them, in order.

    A clause made up and hung on a true sentence barely moves a mean overlap; the words it brings cannot hide.
    """
    known = set(content_words(evidence, stem))
    said: dict[str, str] = {}
    for word in _TOKEN.findall(claim.lower()):
        if word not in _STOP:
            said.setdefault(stem(word), word)
    return [word for stemmed, word in said.items() if stemmed not in known]


def token_support(claim: str, evidence: str, stem: Stem) -> float:
    """Share of the claim's content words that the evidence contains, in [0, 1]; 0 where it has none."""
    words = set(content_words(claim, stem))
    if not words:
        return 0.0
    return len(words & set(content_words(evidence, stem))) / len(words)


def embedding_support(claim: str, evidence: str, embedder: Embedder) -> float:
    """Cosine of claim and evidence, clipped to [0, 1]."""
    vectors = embedder.encode([claim, evidence])
    return float(np.clip(vectors[0] @ vectors[1], 0.0, 1.0))


def support_score(
    claim: str, quote: str, context: str, *, embedder: Embedder, stem: Stem, titles: Collection[str] = ()
) -> float:
    """Support in [0, 1]: the mean of token support (against quote and context) and cosine (against the quote).

    A claim and a quote of opposite polarity score at most 0.3: overlap is blind to "not".
    What a source's title denies ("why gates failed") is not what a claim says that names it: `titles` are left out.
    """
    tokens = token_support(claim, f"{context} {quote}", stem)
    cosine = embedding_support(claim, quote, embedder)
    score = 0.5 * tokens + 0.5 * cosine
    said = claim
    for title in filter(None, titles):
        said = said.replace(title, " ")
    return min(score, 0.3) if negates(said) != negates(quote) else score
