"""The compressor that reads a block's sources in a run, where no helper does."""

from agent.compression.opening import Compressors
from agent.settings import Settings
from prompts.compression.types import Compressor, TokenCounter


def condenser_of(settings: Settings, count_tokens: TokenCounter) -> Compressor | None:
    """What `[compress]` names, once "auto" is resolved; None: the helper, with selection of sentences behind it.

    Raises:
        ModelMissing: the files of its model are not on this machine.
        ConfigError: it wants a classifier, and none is set.
    """
    own = settings.compress
    if own.pair != "on" or own.compressor == "auto" or own.compressor == "helper":
        return None
    return Compressors(settings, count_tokens).open(own.compressor)
