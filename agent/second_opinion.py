"""From settings to a second opinion: which model of support, whose judgement, and what the writer is asked for."""

import logging
from collections.abc import Callable
from pathlib import Path

from agent.cascade import Cascade
from agent.claims.estimator import SupportEstimator
from agent.claims.probability import SHIPPED, SHIPPED_SCORED, SupportModel, load_support_model
from agent.claims.window import window_around
from agent.config_value import ConfigError
from agent.embedders import open_embedders
from agent.entropy.asking import NOTHING, Asked
from agent.entropy.production import K
from agent.entropy.wepr import load_wepr
from agent.home import Home
from agent.scorers import open_scorer
from agent.services import Services
from agent.settings import Settings
from lm.caching import CachedEmbedder
from lm.catalog import SMOLLM2_SCORER
from lm.pull import is_present
from lm.types import ChatModel

logger = logging.getLogger(__name__)


def cascade_of(services: Services, stem: Callable[[str], str]) -> Cascade | None:
    """The cascade that the settings ask for, with the judge of the run; None for none. Raises as `cascade_over`."""
    settings = services.settings
    if not settings.has_cascade:
        return None
    return cascade_over(settings, services.model_of("judge"), stem, seed=settings.write.seed)


def cascade_over(settings: Settings, judge: ChatModel, stem: Callable[[str], str], *, seed: int) -> Cascade:
    """A cascade as `[verify]` describes it.

    Raises:
        ConfigError: the shipped model cannot say how large a window is.
        UsageProblem: the shipped model is damaged, or was fitted for other vectors.
        ModelMissing: the static vectors are not on this machine.
    """
    model, verify = best_support_model(settings), settings.verify
    if not model.quantiles:
        raise ConfigError(
            "the model of support does not say how probabilities spread, so no window can be set",
            hint="set verify.cascade to off, or fit it again with benchmarks/fit_support.py",
        )
    static = CachedEmbedder(open_embedders(settings.models_dir, with_dense=False).static)
    model.require_made_for(embedder=static.fingerprint, scorer=model.scorer)
    return Cascade(
        estimator=SupportEstimator(model, static, stem, lambda: open_scorer(settings)),
        judge=judge,
        window=window_around(verify.boundary, verify.window, model.quantiles),
        budget=verify.budget,
        seed=seed,
    )


def best_support_model(settings: Settings, *, plain: Path = SHIPPED, scored: Path = SHIPPED_SCORED) -> SupportModel:
    """The shipped model with a scorer's features where there is one and the scorer is installed, else that without.

    Raises:
        UsageProblem: it is damaged.
    """
    has_scorer = scored.is_file() and is_present(SMOLLM2_SCORER, settings.models_dir)
    return load_support_model(scored if has_scorer else plain)


def asked_of(services: Services) -> Asked:
    """What is asked of the writer's log-probabilities.

    Raises:
        UsageProblem: the home holds weights of another writer's risk, or damaged ones.
    """
    if services.settings.verify.entropy == "off":
        return NOTHING
    wepr = load_wepr(Home(services.settings.home).wepr, writer=services.writer.name)
    return Asked(top_logprobs=K, wepr=wepr)
