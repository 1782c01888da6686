"""Probabilities of support for a report's own sentences, for its reader: nothing is kept or dropped by them."""

import logging
from collections.abc import Callable, Collection, Mapping

from agent.claims.estimator import SupportEstimator
from agent.claims.probability import SupportModel, load_support_model
from agent.errors import UsageProblem
from agent.scorers import open_scorer
from agent.settings import Settings
from agent.settle import SettledBlock, SettledSentence
from agent.types import Doubt, Estimate, MeasuredOn
from lm.caching import CachedEmbedder
from lm.embedding import Embedder

logger = logging.getLogger(__name__)


def estimator_for_readers(settings: Settings, stem: Callable[[str], str], static: Embedder) -> SupportEstimator | None:
    """What tells a reader the probability of a sentence where there is no second opinion: the model without a scorer,
    which costs next to nothing. None where `static` is not what it was fitted with: a report is as good without."""
    try:
        model = load_support_model()
        cached = CachedEmbedder(static)
        model.require_made_for(embedder=cached.fingerprint)
    except UsageProblem as error:
        logger.info("no probabilities of support: %s", error)
        return None
    return SupportEstimator(model, cached, stem, lambda: open_scorer(settings))


def with_probabilities(
    settled: Mapping[str, SettledBlock], estimator: SupportEstimator, lexicon: Collection[str]
) -> dict[str, SettledBlock]:
    """The blocks in which each sentence that somebody wrote has a probability; one that a second opinion worked out
    stays, and a quotation needs none."""

    def estimated(sentence: SettledSentence) -> SettledSentence:
        if sentence.action == "quoted" or sentence.doubt is not None or not sentence.sources:
            return sentence
        probability = estimator.probability(sentence.text, sentence.sources, lexicon)
        return sentence.model_copy(update={"doubt": Doubt(probability=probability)})

    return {
        name: block.model_copy(update={"sentences": tuple(map(estimated, block.sentences))})
        for name, block in settled.items()
    }


def is_own_sentence_in(settled: Mapping[str, SettledBlock]) -> bool:
    """Whether any sentence is not a quotation."""
    return any(sentence.action != "quoted" for block in settled.values() for sentence in block.sentences)


def estimate_of(model: SupportModel, *, decides: bool) -> Estimate:
    """Where the probabilities come from; `decides`: a second opinion went by them."""
    return Estimate(
        fitted_on=tuple(one.name for one in model.fitted_on),
        n_fitted=sum(one.n for one in model.fitted_on),
        measured=tuple(MeasuredOn(name=m.name, n=m.n, auroc=m.auroc, ece=m.ece) for m in model.measured),
        decides=decides,
    )
