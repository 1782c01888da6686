"""Who condenses a block's sources: what `[compress]` says, and what was tuned for the home where it says "auto"."""

from agent.compression.choice import read_choice
from agent.home import Home
from agent.settings import CompressSettings, Settings


def resolved(settings: Settings) -> Settings:
    """The settings with what "auto" means in `[compress]`, as a run begins with them and keeps them.

    Raises:
        FileBroken: the home's choice is damaged.
    """
    own = settings.compress
    if "auto" not in (own.pair, own.compressor) or own.pair == "off":
        return settings
    choice = read_choice(Home(settings.home).compression)
    tuned = "helper" if choice is None or choice.chosen == "random" else choice.chosen
    update = {
        "pair": own.pair if own.pair != "auto" else "off" if choice is None else "on",
        "compressor": tuned if own.compressor == "auto" else own.compressor,
    }
    return settings.model_copy(update={"compress": own.model_copy(update=update)})


def asks_helper(settings: CompressSettings) -> bool:
    """Whether a report's run needs the helper's model; "auto" that nothing has resolved is the helper."""
    return settings.pair == "on" and settings.rate < 1.0 and settings.compressor in ("auto", "helper")
