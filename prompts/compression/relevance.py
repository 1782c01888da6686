"""How much a sentence has to do with a question, without a language model.

Three signs and a bridge. The sentence is near the question in an embedding space; it, and its source, share rare words
with the question; it opens its source, where sources say what they are about. (That its source is near the question was
tried, and says nothing more.) The bridge is for what a question does not name: the sentences that speak of what the
best ones speak of. "Which film's director died later?" names no director, so when he died is found only through the
sentence that names him.

The weights were chosen on the tuning halves of three sets of multi-hop questions, by the supporting sentences that
survive (`docs/log.md`).
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lm.embedding import Embedder, FloatArray
from prompts.compression.sentences_of import Sentences, names_of, words_of
from prompts.compression.types import Source

Scores = npt.NDArray[np.float64]

_RARE_WORDS, _SOURCE_RARE_WORDS, _OPENS = 1.25, 0.6, 0.2
_BRIDGE, _N_BRIDGEHEADS = 0.5, 8
_NAMES_BACK = 0.7  # a sentence that names the best one's source, against one whose source the best one names
_NAMES_FOR_SURE = 2.0  # so many names found nowhere else are as good as a title


class Rarity:
    """How much a word tells, by how few sources have it: 0 for one that all have."""

    def __init__(self, sources: Sequence[frozenset[str]]) -> None:
        """Count the words of the sources."""
        self._n = len(sources)
        self._counts = Counter(word for words in sources for word in words)

    def of(self, words: frozenset[str]) -> float:
        """The sum over some words, nats."""
        return sum(math.log(1 + self._n / max(self._counts[word], 0.5)) for word in words)

    @property
    def most(self) -> float:
        """Of a word that one source has, nats."""
        return math.log(1 + self._n)


def relevance(
    chunks: Sequence[Source], sentences: Sentences, query: str, embedder: Embedder, *, has_bridge: bool = True
) -> tuple[Scores, FloatArray]:
    """Relevance of each sentence (n,), about -0.5 to 3, and their vectors (n, dim).

    Without a query what is central to the sources is relevant: the mean of their vectors stands in its place.
    """
    vectors = embedder.encode([query, *_in_context(chunks, sentences)])
    own = vectors[1:]
    asked = vectors[0] if query.strip() or not len(own) else _direction(own.mean(axis=0))
    source = np.array([sentence.source for sentence in sentences.all], dtype=np.int64)
    rarity = Rarity(sentences.source_words)
    wanted = words_of(query)
    direct = (
        own @ asked
        + _RARE_WORDS * _shares(_words_with_heading(sentences), wanted, rarity)
        + _SOURCE_RARE_WORDS * _shares(sentences.source_words, wanted, rarity)[source]
        + _OPENS * np.array([sentence.opens for sentence in sentences.all])
    )
    if not has_bridge:
        return direct, own
    return direct + _BRIDGE * bridged(sentences, direct, names_of(query) | wanted, rarity), own


def bridged(sentences: Sentences, direct: Scores, asked: frozenset[str], rarity: Rarity) -> Scores:
    """(n,) what each sentence has from the best ones of other sources, by the names that they share.

    Args:
        sentences: All of them.
        direct: (n,) relevance without any bridge.
        asked: The question's own words: what is shared with these is no bridge.
        rarity: Of names among the sources.
    """
    gained = np.zeros(len(sentences.all))
    for head in np.argsort(-direct, kind="stable")[:_N_BRIDGEHEADS]:
        best = sentences.all[head]
        of_best = sentences.heading_words[best.source]
        for at, sentence in enumerate(sentences.all):
            if sentence.source != best.source:
                heading = sentences.heading_words[sentence.source]
                common = (best.names & (sentence.names | heading)) - asked
                tie = min(1.0, rarity.of(common) / (_NAMES_FOR_SURE * rarity.most)) if common else 0.0
                if heading and heading <= best.words:
                    tie = 1.0
                elif of_best and of_best <= sentence.words:
                    tie = max(tie, _NAMES_BACK)
                gained[at] = max(gained[at], tie * float(direct[head]))
    return gained


def _in_context(chunks: Sequence[Source], sentences: Sentences) -> list[str]:
    headings = [
        "" if span is None else f"{chunk.text[slice(*span)]}. "
        for chunk, span in zip(chunks, sentences.headings, strict=True)
    ]
    return [headings[sentence.source] + sentence.text for sentence in sentences.all]


def _words_with_heading(sentences: Sentences) -> list[frozenset[str]]:
    return [sentence.words | sentences.heading_words[sentence.source] for sentence in sentences.all]


def _shares(bags: Sequence[frozenset[str]], wanted: frozenset[str], rarity: Rarity) -> Scores:
    total = rarity.of(wanted) or 1.0
    return np.array([rarity.of(bag & wanted) / total for bag in bags], dtype=np.float64)


def _direction(vector: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector
