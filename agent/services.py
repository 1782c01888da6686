"""What commands work with: corpus, search, store and models, opened from the settings and closed together.

The one place where a setting becomes an object.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from agent.chat_models import Backends, ChatModels, price_table, size_table
from agent.claims.estimator import SupportEstimator
from agent.estimating import estimator_for_readers
from agent.home import Home
from agent.model_settings import ChatRole
from agent.pair.asked import asks_helper
from agent.reading import Reader
from agent.searching import Searching, Tell, open_searching, restricted
from agent.settings import Settings
from agent.state import Mode
from agent.stemming import english_stem
from agent.telemetry.opening import require_telemetry
from lm.caching import CachedEmbedder
from lm.catalog import SMOLLM2_SCORER
from lm.embedding import Embedder
from lm.metering import Budget, Meter
from lm.pull import locate
from lm.replay import CallCache
from lm.spending import Spend
from lm.turns import Turns
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
    reader: Reader
    open_estimator: Callable[[], SupportEstimator | None]
    turns: Turns = field(default_factory=Turns)  # at the processor, among runs side by side

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


class Workshop:
    """What runs side by side share: corpus, index, vectors, stores, the call cache, and what answers for the models."""

    def __init__(
        self, settings: Settings, searching: Searching, store: SqliteStore, cache: CallCache, backends: Backends
    ) -> None:
        """Args: settings: where models are."""
        self._settings, self._searching, self._store, self._cache = settings, searching, store, cache
        self.backends = backends
        self._lock = threading.Lock()
        self._reader: tuple[int, Reader] = (-1, Reader(searching.corpus))

    @cached_property
    def _estimator(self) -> SupportEstimator | None:
        return estimator_for_readers(self._settings, english_stem(), self._searching.static)

    def _open_estimator(self) -> SupportEstimator | None:
        with self._lock:
            return self._estimator

    def _reader_now(self) -> Reader:
        """The reader of the corpus as it stands: what it has read of another state is not told again."""
        generation = self._searching.corpus.generation
        with self._lock:
            if self._reader[0] != generation:
                self._reader = generation, Reader(self._searching.corpus)
            return self._reader[1]

    def _fine(self, fine: Embedder) -> Embedder:
        """With a memory of texts, of the run's own where it is the dense one: a vector of that may differ in the last
        bit by what stands beside its text, and a run is to come out as it does alone."""
        return fine if fine is self._searching.static else CachedEmbedder(fine)

    def services(
        self,
        settings: Settings,
        *,
        need: Collection[ChatRole],
        already: Spend | None = None,
        above: Meter | None = None,
    ) -> Services:
        """What one run works with, by settings of its own and on a meter of its own.

        Args:
            settings: the run's; home and models are those that the workshop was opened with.
            need, already: see `open_services`.
            above: the meter over all runs, if there is one.

        Raises:
            UsageProblem: `search.documents` names no document.
            ModelMissing, LMError, ConfigError: see `open_services`.
        """
        if settings.write.measure_style == "on":
            locate(SMOLLM2_SCORER, settings.models_dir)  # a run must not find out at its end
        meter = Meter(
            Budget(**settings.budget.model_dump()),
            price_table(settings),
            time.monotonic,
            sizes=size_table(settings),
            already=already,
            above=above,
        )
        searching = restricted(self._searching, settings.search.documents)
        opener = ChatModels(settings, self.backends, cache=self._cache, meter=meter)
        return Services(
            settings=settings,
            home=Home(settings.home),
            corpus=searching.corpus,
            searcher=searching.searcher,
            fine=self._fine(searching.fine),
            store=self._store,
            meter=meter,
            models={role: opener.open(role) for role in need},
            reader=self._reader_now(),
            open_estimator=self._open_estimator,
        )


@contextmanager
def open_workshop(
    settings: Settings, *, elsewhere: PassageIndex | None = None, tell: Tell | None = None
) -> Iterator[Workshop]:
    """What runs share; all of it is closed at the end, whatever happened.

    Arguments and errors are those of `open_services`; models are opened when a run needs them.
    """
    home = Home(settings.home)
    require_telemetry(settings)
    everything = settings.search.model_copy(update={"documents": ()})
    whole = settings.model_copy(update={"search": everything})
    with ExitStack() as stack:
        searching = stack.enter_context(open_searching(whole, elsewhere=elsewhere, tell=tell))
        cache = stack.enter_context(closing(CallCache(home.calls)))
        store = stack.enter_context(SqliteStore(home.memory))
        # Last, so that it is closed first: calls in flight must not find the cache gone.
        yield Workshop(settings, searching, store, cache, Backends(settings, stack))


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
    with open_workshop(settings, elsewhere=elsewhere, tell=tell) as workshop:
        yield workshop.services(settings, need=need, already=already)
