"""Labelled claims with the features of a probability of support, and the order in which a scorer reads them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from agent.claims.features import ReadEvidence, SupportFeatures, read_evidence, support_features
from agent.claims.token_gains import gain_features
from agent.stemming import english_stem
from evals.support.gain_cache import GainCache
from evals.support.labelled import LabelledClaim
from lm.embedding import Embedder
from retrieval.names import common_words


@dataclass(frozen=True)
class Labelled:
    """One claim of a set with its features and its label."""

    set_name: str
    sha256: str
    cluster: str
    half: str
    features: SupportFeatures
    is_supported: bool


def with_features(
    claims: Sequence[LabelledClaim], embedder: Embedder, gains: GainCache | None = None
) -> list[Labelled]:
    """The claims with their features; with `gains` only those that were scored, and what the scorer says."""
    stem, read = english_stem(), dict[str, ReadEvidence]()
    found = []
    for claim in claims:
        scored = gains.find(claim.text, claim.evidence) if gains else None
        if gains and scored is None:
            continue
        if claim.evidence not in read:
            lexicon = common_words(claim.evidence)
            read[claim.evidence] = read_evidence(claim.evidence, embedder=embedder, stem=stem, lexicon=lexicon)
        features = support_features(claim.text, read[claim.evidence])
        if scored is not None:
            features = features.with_gains(gain_features(scored))
        found.append(Labelled(claim.set_name, claim.sha256, claim.cluster, claim.half, features, claim.is_supported))
    return found


def in_order_of_scoring(claims: Sequence[LabelledClaim], seed: int) -> Iterator[tuple[str, str]]:
    """Claim and evidence, the tuning halves first, and sets mixed: what is stopped early has some of each."""
    rng = np.random.default_rng(seed)
    for half in ("tuning", "reporting"):
        evidence = sorted({claim.evidence for claim in claims if claim.half == half})
        for row in rng.permutation(len(evidence)):
            yield from ((claim.text, claim.evidence) for claim in claims
                        if claim.evidence == evidence[row] and claim.half == half)  # fmt: skip
