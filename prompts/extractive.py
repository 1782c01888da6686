"""Sentence-level extractive selection: the statements that a window, or a paragraph, has room for.

The first compressor: relevance to the question by embedding and by rare words, novelty by maximal marginal relevance
(Carbonell & Goldstein, 1998). It selects and never rewrites, so every choice can be quoted.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lm.embedding import Embedder, FloatArray
from prompts.statements import Statement

MAX_SENTENCE_WORDS = 48  # a longer sentence of prose is hardly ever told
_TOKEN = re.compile(r"[^\W_]{3,}")


@dataclass(frozen=True)
class Selected:
    """A chosen statement, its relevance to the question and its score after the discount for redundancy."""

    statement: Statement
    relevance: float
    score: float


def _rare_word_overlap(texts: Sequence[str], query: str) -> FloatArray:
    """(n,) share of the query's words in each text, weighted by rarity among the texts, in [0, 1]."""
    bags = [set(_TOKEN.findall(text.lower())) for text in texts]
    counts = Counter(word for bag in bags for word in bag)
    words = set(_TOKEN.findall(query.lower()))
    weights = {word: math.log(1 + len(texts) / (1 + counts[word])) for word in words}
    total = sum(weights.values()) or 1.0
    return np.array([sum(weights[word] for word in words & bag) / total for bag in bags], dtype=np.float32)


def contextual_text(statement: Statement) -> str:
    """What is embedded for a statement: its sentence behind the title and heading that situate it."""
    return f"{statement.title}. {statement.leaf}. {statement.sentence}"


def substance(sentence: str) -> float:
    """How much a sentence says in itself, in [0, 1]: names and numbers in it, against "The delay was a problem."."""
    words = sentence.split()
    marks = sum(any(c.isdigit() for c in word) or (i > 0 and word[:1].isupper()) for i, word in enumerate(words))
    # "The request was refused in 2018": a definite thing without a name is known only to who read what came before.
    is_vague = bool(re.match(r"^The [a-z]", sentence)) and not any(word[:1].isupper() for word in words[1:6])
    return min(1.0, marks / 4) * min(1.0, len(words) / 12) * (0.4 if is_vague else 1.0)


def relevance(
    statements: Sequence[Statement], query: str, embedder: Embedder
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Worth of each statement for the query (n,), its bare cosine (n,), and the statements' vectors (n, dim).

    Cosine and rare words say that it is on the question, centrality (Radev et al., 2004) that others say it too,
    substance that it says something. The weights are a choice, looked at on the example corpus only.
    """
    texts = [contextual_text(statement) for statement in statements]
    vectors = embedder.encode([query, *texts])
    cosine = vectors[1:] @ vectors[0]
    central = vectors[1:] @ vectors[1:].mean(axis=0)
    full = np.array([substance(statement.sentence) for statement in statements], dtype=np.float32)
    worth = 0.55 * cosine + 0.15 * _rare_word_overlap(texts, query) + 0.15 * central + 0.15 * full
    return worth, cosine, vectors[1:]


def select(
    statements: Sequence[Statement],
    query: str,
    *,
    embedder: Embedder,
    max_words: int,
    prior: Sequence[float] | None = None,
    diversity: float = 0.35,
    min_cosine: float = 0.12,
    max_similarity: float = 0.9,
) -> list[Selected]:
    """Statements worth `max_words` words, best first, by maximal marginal relevance.

    Args:
        statements: Candidates.
        query: The question that they should answer.
        embedder: Relevance and redundancy are measured in its space.
        prior: Added to each candidate's relevance: what is known of it beyond this question.
        max_words: Selection stops at the statement that reaches it.
        diversity: Weight in [0, 1] of the discount for likeness to what is already selected.
        min_cosine: Nothing further from the query is selected, however much room is left.
        max_similarity: A candidate more alike than this to a selected one says the same again and is passed over.
    """
    if not statements:
        return []
    scores, cosine, vectors = relevance(statements, query, embedder)
    if prior is not None:
        scores = scores + np.array(prior, dtype=np.float32)
    redundancy = np.zeros(len(statements), dtype=np.float32)
    open_ = cosine >= min_cosine
    chosen: list[Selected] = []
    words = 0
    while open_.any() and words < max_words:
        marginal = np.where(open_, (1 - diversity) * scores - diversity * redundancy, -np.inf)
        best = int(np.argmax(marginal))
        open_[best] = False
        if redundancy[best] > max_similarity:
            continue
        chosen.append(Selected(statements[best], float(scores[best]), float(marginal[best])))
        words += len(statements[best].sentence.split())
        redundancy = np.maximum(redundancy, vectors @ vectors[best])
    return chosen
