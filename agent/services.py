"""What commands work with: corpus, search, store and models, opened from the settings and closed together.

The one place where a setting becomes an object.
"""

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from agent.chat_models import ChatModels, price_table, size_table
from agent.home import Home
from agent.pair.asked import asks_helper
from agent.searching import Tell, open_searching
from agent.settings import ChatRole, Settings
from agent.state import Mode
from agent.telemetry.opening import require_telemetry
from lm.catalog import SMOLLM2_SCORER
from lm.embedding import Embedder
from lm.loading import load_verified
from lm.metering import Budget, Meter
from lm.pull import locate
from lm.replay import CallCache
from lm.scoring import LogProbScorer
from lm.spending import Spend
from lm.types import ChatModel
from memory.sqlite_store import SqliteStore
from retrieval.corpus import Corpus
from retrieval.passage_index import PassageIndex
from retrieval.search import Searcher


@dataclass(frozen=True)
class Services:
    """What a run works with."""

    settings: Settings
    home: Home
    corpus: Corpus
    searcher: Searcher
    fine: Embedder
    store: SqliteStore
    meter: Meter
    models: Mapping[ChatRole, ChatModel]

    @property
    def writer(self) -> ChatModel:
        """Plans and drafts. Must have been asked for when the services were opened."""
        return self.models["writer"]

    def model_of(self, role: ChatRole) -> ChatModel:
        """The role's model; the writer where it was not asked for, as a run that needs it would have."""
        return self.models.get(role, self.writer)


def roles_needed(settings: Settings, mode: Mode) -> tuple[ChatRole, ...]:
    """The roles whose models a run asks."""
    asks_for_notes = mode == "answer" and settings.ask.notes == "on"
    reads_sources = settings.write.facts == "model" or asks_helper(settings.compress)
    wants: dict[ChatRole, bool] = {
        "writer": True,
        "helper": asks_for_notes or (mode == "report" and reads_sources),
        "judge": asks_for_notes or settings.has_cascade,
    }
    return tuple(role for role, is_wanted in wants.items() if is_wanted)


@contextmanager
def open_services(
    settings: Settings,
    *,
    need: Collection[ChatRole],
    already: Spend | None = None,
    elsewhere: PassageIndex | None = None,
    tell: Tell | None = None,
) -> Iterator[Services]:
    """Everything that a run works with; all of it is closed at the end, whatever happened.

    Args:
        settings: what to open.
        need: roles whose models are opened; roles set alike share a server.
        already: what earlier sittings of the same run spent; it counts against the budget.
        elsewhere: the dense index of searches, in place of the dense encoder.
        tell: hears of long waits.

    Raises:
        CorpusEmpty: there is nothing to write from.
        ModelMissing: files of a model are not on this machine.
        LMError: an endpoint does not answer, or refuses.
        ConfigError: a setting cannot be followed.
    """
    home = Home(settings.home)
    require_telemetry(settings)
    if settings.write.measure_style == "on":
        locate(SMOLLM2_SCORER, settings.models_dir)  # a run must not find out at its end
    with ExitStack() as stack:
        searching = stack.enter_context(open_searching(settings, elsewhere=elsewhere, tell=tell))
        meter = Meter(
            Budget(**settings.budget.model_dump()),
            price_table(settings),
            time.monotonic,
            sizes=size_table(settings),
            already=already,
        )
        cache = stack.enter_context(closing(CallCache(home.calls)))
        opener = ChatModels(settings, stack, cache=cache, meter=meter)
        yield Services(
            settings=settings,
            home=home,
            corpus=searching.corpus,
            searcher=searching.searcher,
            fine=searching.fine,
            store=stack.enter_context(SqliteStore(home.memory)),
            meter=meter,
            models={role: opener.open(role) for role in need},
        )


def open_scorer(settings: Settings) -> LogProbScorer:
    """The white-box scorer; loading it takes about a second.

    Raises:
        ModelMissing: its files are not on this machine, or damaged.
    """
    locate(SMOLLM2_SCORER, settings.models_dir)
    # Here and not above: torch takes seconds to import, and only this needs it.
    from lm.scorer import TransformersScorer

    return load_verified(SMOLLM2_SCORER, settings.models_dir, TransformersScorer)
