"""Does a source say what a sentence says? By the fitted probability of support, at one half.

Its name stands in every figure that it gave. It is what the writer's second opinion begins with (`agent.cascade`), so
it is no independent judge of reports that were written with one; read `judge_agreement` before believing it.
"""

from functools import lru_cache
from pathlib import Path

from agent.claims.features import ReadEvidence, read_evidence, support_features
from agent.claims.probability import SupportModel, load_support_model
from agent.embedders import open_embedders
from agent.stemming import english_stem
from lm.caching import CachedEmbedder
from lm.embedding import Embedder
from retrieval.names import common_words

NAME = "probability"
MIN_PROBABILITY = 0.5
_N_READ = 256  # premises that are kept as they were read; those of one statement come again and again


class ProbableEntailment:
    """A judge for `evals.metrics.citations`: calls of it with the same texts give the same."""

    def __init__(self, model: SupportModel, embedder: Embedder) -> None:
        """Args: model: without a scorer's features. embedder: the one that it was fitted with.

        Raises:
            UsageProblem: it was fitted with another, or wants a scorer.
        """
        model.require_made_for(embedder=embedder.fingerprint)
        self._model, self._embedder, self._stem = model, CachedEmbedder(embedder), english_stem()
        self._read = lru_cache(maxsize=_N_READ)(self._read_anew)

    def __call__(self, premise: str, hypothesis: str) -> bool:
        """Whether the premise probably supports the hypothesis."""
        return self._model.probability(support_features(hypothesis, self._read(premise))) >= MIN_PROBABILITY

    def _read_anew(self, premise: str) -> ReadEvidence:
        return read_evidence(premise, embedder=self._embedder, stem=self._stem, lexicon=common_words(premise))


@lru_cache(maxsize=2)
def shipped_entailment(models_dir: Path) -> ProbableEntailment:
    """By the shipped model; the static vectors are loaded at its first use.

    Raises:
        ModelMissing: the static vectors are not on this machine.
    """
    return ProbableEntailment(load_support_model(), open_embedders(models_dir, with_dense=False).static)
