"""The white-box scorer, opened from the settings."""

from agent.settings import Settings
from lm.catalog import SMOLLM2_SCORER
from lm.loading import load_verified
from lm.pull import locate
from lm.scoring import LogProbScorer


def open_scorer(settings: Settings) -> LogProbScorer:
    """The white-box scorer; loading it takes about a second.

    Raises:
        ModelMissing: its files are not on this machine, or damaged.
    """
    locate(SMOLLM2_SCORER, settings.models_dir)
    # Here and not above: torch takes seconds to import, and only this needs it.
    from lm.scorer import TransformersScorer

    return load_verified(SMOLLM2_SCORER, settings.models_dir, TransformersScorer)
