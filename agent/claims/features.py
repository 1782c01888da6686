"""What can be counted between a claim and its evidence, without a language model: the inputs of a support probability.

Shares are 1 where there is nothing to carry: a claim without a name has no name wrong. `information_gain` and what
follows it are slots for who has a scorer (`token_gains`); a model that was fitted without them does not ask.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from agent.claims.token_gains import GainFeatures
from agent.grounding.amounts import Amount, amounts, amounts_beside_dates
from agent.grounding.amounts import carries as carries_amount
from agent.grounding.polarity import turned_verbs
from agent.grounding.support import Stem, content_words, negates
from lm.embedding import Embedder, FloatArray
from lm.types import Frozen
from prompts.sentences import sentence_spans
from retrieval.dates import covered, dates, unsupported_dates, without_days
from retrieval.names import proper_names, unsupported_names

_LONGEST_WINDOW = 3  # sentences that a claim may draw on together


class SupportFeatures(Frozen):
    """Counts and shares of one claim against its evidence; shares in [0, 1].

    Attributes:
        number_share: amounts and dates of the claim that the evidence carries.
        name_share: names of it that the evidence has.
        coverage: content words of it that the best few sentences of the evidence have.
        coverage_all: the same against all of the evidence.
        embedding_coverage: mean over its content words of the likeness of the nearest word of the evidence.
        cosine: likeness of the claim and the best sentences, as static vectors.
        pair_coverage: neighbouring pairs of its content words that stand as neighbours in the evidence.
        negation_mismatch: 1 where the claim negates and its best sentences do not, or the reverse.
        turned_verbs: 1 where a verb lost or gained a "not", a doubt or a plan.
        log_words: natural logarithm of 1 + its words.
        information_gain, gain_share, idle_share, loss_bits, worst_loss_bits: as in `GainFeatures`; None without a
            scorer.
    """

    number_share: float
    name_share: float
    coverage: float
    coverage_all: float
    embedding_coverage: float
    cosine: float
    pair_coverage: float
    negation_mismatch: float
    turned_verbs: float
    log_words: float
    information_gain: float | None = None
    gain_share: float | None = None
    idle_share: float | None = None
    loss_bits: float | None = None
    worst_loss_bits: float | None = None

    def with_gains(self, gains: GainFeatures) -> "SupportFeatures":
        """The same with what a scorer says."""
        return self.model_copy(update=gains.model_dump())


@dataclass(frozen=True)
class ReadEvidence:
    """A text as it is compared: read once by `read_evidence`, however many claims are held against it."""

    text: str
    sentences: tuple[str, ...]
    words: tuple[frozenset[str], ...]  # of each sentence
    pairs: frozenset[tuple[str, str]]
    amounts: tuple[Amount, ...]
    vectors: FloatArray  # of its content words as they are written
    embedder: Embedder
    stem: Stem
    lexicon: Collection[str]

    @property
    def all_words(self) -> frozenset[str]:
        """Stems of its content words."""
        return frozenset().union(*self.words)


def read_evidence(text: str, *, embedder: Embedder, stem: Stem, lexicon: Collection[str] = frozenset()) -> ReadEvidence:
    """A text to hold claims against.

    Args:
        text: sentences or whole passages.
        embedder: static vectors do; it is asked for single words.
        stem: folds word forms.
        lexicon: lower-case words known to be common, as for `proper_names`.
    """
    sentences = tuple(text[start:end] for start, end in sentence_spans(text)) or (text,)
    return ReadEvidence(
        text=text,
        sentences=sentences,
        words=tuple(frozenset(content_words(sentence, stem)) for sentence in sentences),
        pairs=frozenset(pairwise(content_words(text, stem))),
        amounts=tuple(amounts(without_days(text))),
        vectors=embedder.encode(sorted(set(content_words(text, str)))),
        embedder=embedder,
        stem=stem,
        lexicon=lexicon,
    )


def support_features(claim: str, evidence: ReadEvidence) -> SupportFeatures:
    """Features of a sentence or short answer against a text; the same for the same texts."""
    stems = content_words(claim, evidence.stem)
    words, pairs = frozenset(stems), frozenset(pairwise(stems))
    coverage, best = _best_window(words, evidence)
    vectors = evidence.embedder.encode([claim, best])
    return SupportFeatures(
        number_share=_number_share(claim, evidence),
        name_share=_name_share(claim, evidence),
        coverage=coverage,
        coverage_all=_share(words, evidence.all_words),
        embedding_coverage=_embedding_coverage(claim, evidence),
        cosine=float(np.clip(vectors[0] @ vectors[1], 0.0, 1.0)),
        pair_coverage=len(pairs & evidence.pairs) / len(pairs) if pairs else 1.0,
        negation_mismatch=float(negates(claim) != negates(best)),
        turned_verbs=float(bool(turned_verbs(claim, [best], evidence.stem))),
        log_words=float(np.log1p(len(claim.split()))),
    )


def _share(words: frozenset[str], known: frozenset[str]) -> float:
    return len(words & known) / len(words) if words else 0.0


def _best_window(words: frozenset[str], known: ReadEvidence) -> tuple[float, str]:
    """The greatest share of the claim's words that up to three sentences in a row have, and these; first of equals."""
    best, span = -1.0, (0, 1)
    for length in range(1, _LONGEST_WINDOW + 1):
        for start in range(max(1, len(known.sentences) - length + 1)):
            share = _share(words, frozenset().union(*known.words[start : start + length]))
            if share > best:
                best, span = share, (start, start + length)
    return best, " ".join(known.sentences[slice(*span)])


def _number_share(claim: str, known: ReadEvidence) -> float:
    said_dates, said = dates(claim), amounts_beside_dates(claim)
    if not said and not said_dates:
        return 1.0
    n_carried = sum(any(carries_amount(other, one) for other in known.amounts) for one in said)
    n_carried += len(said_dates) - len(unsupported_dates(said_dates, known.text))
    return n_carried / (len(said) + len(said_dates))


def _name_share(claim: str, known: ReadEvidence) -> float:
    names = proper_names(covered(claim), lexicon=known.lexicon)
    lost = unsupported_names(covered(claim), known.text, lexicon=known.lexicon)
    return 1.0 - len(lost) / len(names) if names else 1.0


def _embedding_coverage(claim: str, known: ReadEvidence) -> float:
    words = sorted(set(content_words(claim, str)))
    if not words or not len(known.vectors):
        return 0.0
    return float(np.clip((known.embedder.encode(words) @ known.vectors.T).max(axis=1), 0.0, 1.0).mean())
