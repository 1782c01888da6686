"""The probability that a sentence's quotations support it: the fitted model, and what its features are made with."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.claims.features import SupportFeatures, read_evidence, support_features
from agent.claims.probability import SupportModel
from agent.claims.token_gains import gain_features, token_gains
from lm.caching import CachedScorer
from lm.embedding import Embedder
from lm.scoring import LogProbScorer, Unavailable
from prompts.statements import Statement


@dataclass(frozen=True)
class SupportEstimator:
    """Estimates for the sentences of one run.

    Attributes:
        model: Says the probability.
        embedder: Static vectors, as the model was fitted with.
        stem: Folds word forms.
        open_scorer: Loads the scorer, for a model that asks for one.
    """

    model: SupportModel
    embedder: Embedder
    stem: Callable[[str], str]
    open_scorer: Callable[[], LogProbScorer]

    def probability(self, sentence: str, sources: Sequence[Statement], lexicon: Collection[str]) -> float:
        """How likely its sources support a sentence, in (0, 1), calibrated."""
        evidence = shown_evidence(sources)
        read = read_evidence(evidence, embedder=self.embedder, stem=self.stem, lexicon=lexicon)
        features = support_features(sentence, read)
        if self.model.needs_scorer:
            features = self._with_gains(features, sentence, evidence)
        return round(self.model.probability(features), 4)

    def _with_gains(self, features: SupportFeatures, sentence: str, evidence: str) -> SupportFeatures:
        found = token_gains([sentence], evidence, self._scorer)
        if isinstance(found, Unavailable):
            return features
        self.model.require_made_for(embedder=self.embedder.fingerprint, scorer=found[0].scorer)
        return features.with_gains(gain_features(found[0]))

    @cached_property
    def _scorer(self) -> LogProbScorer:
        return CachedScorer(self.open_scorer())


def shown_evidence(sources: Sequence[Statement]) -> str:
    """What a sentence cites, as a reader sees it: whose it is, under which heading, and the quotation."""
    return "\n".join(
        f"{' › '.join(dict.fromkeys((s.title, *s.heading_path)))}: {' '.join(s.sentence.split())}" for s in sources
    )
