"""What commands work with: corpus, search, store and models, opened from the settings and closed together.

The one place where a setting becomes an object.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from agent.chat_models import ChatModels, price_table
from agent.embedders import Embedders, open_embedders
from agent.home import Home
from agent.settings import ChatRole, Settings
from lm.catalog import SMOLLM2_SCORER
from lm.metering import Budget, Meter, Spend
from lm.pull import locate
from lm.replay import CallCache
from lm.scoring import LogProbScorer
from lm.types import ChatModel
from memory.store import SqliteStore
from retrieval.corpus import Corpus
from retrieval.dense_cache import DenseCache
from retrieval.errors import CorpusEmpty
from retrieval.index import Index
from retrieval.search import Searcher

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Searching:
    """A corpus with its index, open for reading."""

    corpus: Corpus
    index: Index
    searcher: Searcher
    embedders: Embedders


@dataclass(frozen=True)
class Services:
    """What a run works with. `clock` is Unix time in seconds; `seed` is that of the settings."""

    settings: Settings
    home: Home
    corpus: Corpus
    searcher: Searcher
    embedders: Embedders
    store: SqliteStore
    meter: Meter
    models: Mapping[ChatRole, ChatModel]
    clock: Callable[[], float]
    seed: int

    @property
    def writer(self) -> ChatModel:
        """Plans and drafts. Must have been asked for when the services were opened."""
        return self.models["writer"]

    @property
    def helper(self) -> ChatModel:
        """Compresses, and asks. Must have been asked for when the services were opened."""
        return self.models["helper"]

    @property
    def judge(self) -> ChatModel:
        """Judges support. Must have been asked for when the services were opened."""
        return self.models["judge"]


@contextmanager
def open_services(
    settings: Settings,
    *,
    need: Collection[ChatRole],
    already: Spend | None = None,
    tell: Tell | None = None,
) -> Iterator[Services]:
    """Everything that a run works with; all of it is closed at the end, whatever happened.

    Args:
        settings: what to open.
        need: roles whose models are opened; roles set alike share a server.
        already: what earlier sittings of the same run spent; it counts against the budget.
        tell: hears of long waits.

    Raises:
        CorpusEmpty: there is nothing to write from.
        ModelMissing: files of a model are not on this machine.
        LMError: an endpoint does not answer, or refuses.
        ConfigError: a setting cannot be followed.
    """
    home = Home(settings.home)
    with ExitStack() as stack:
        searching = stack.enter_context(open_searching(settings, tell=tell))
        meter = Meter(Budget(**settings.budget.model_dump()), price_table(settings), time.monotonic, already=already)
        cache = stack.enter_context(closing(CallCache(home.calls)))
        opener = ChatModels(settings, stack, cache=cache, meter=meter)
        yield Services(
            settings=settings,
            home=home,
            corpus=searching.corpus,
            searcher=searching.searcher,
            embedders=searching.embedders,
            store=stack.enter_context(SqliteStore(home.memory)),
            meter=meter,
            models={role: opener.open(role) for role in need},
            clock=time.time,
            seed=settings.write.seed,
        )


def open_home_corpus(settings: Settings) -> Corpus:
    """The corpus of the home; it must exist.

    Raises:
        CorpusEmpty: nothing was ever ingested. No file is made.
    """
    home = Home(settings.home)
    if not home.corpus.is_file():
        raise CorpusEmpty(f"there is no corpus in {home.root}", hint="wellread ingest PATH, or another --home")
    return Corpus.open(home.corpus)


@contextmanager
def open_searching(settings: Settings, *, with_dense: bool = True, tell: Tell | None = None) -> Iterator[Searching]:
    """The corpus and its index, which is brought up to date first if the corpus has changed.

    Raises:
        CorpusEmpty: there is nothing to search.
        ModelMissing: an embedder's files are not on this machine.
    """
    home = Home(settings.home)
    with ExitStack() as stack:
        corpus = stack.enter_context(open_home_corpus(settings))
        if corpus.passage_count() == 0:
            raise CorpusEmpty(f"the corpus in {home.root} holds no document", hint="wellread ingest PATH")
        wants_dense = with_dense and settings.roles.embedder.model == "embedded:minilm"
        embedders = open_embedders(settings.models_dir, with_dense=wants_dense)
        index = Index.open(corpus, home.index, embedders.static, progress=_index_progress(tell))
        dense = None
        if embedders.has_dense:
            dense = stack.enter_context(closing(DenseCache(home.vectors, embedders.dense)))
        yield Searching(corpus, index, Searcher(corpus, index, dense), embedders)


def refresh_index(settings: Settings, corpus: Corpus, *, tell: Tell | None = None) -> str:
    """Bring the index up to date with the corpus; says in words what it holds."""
    if corpus.passage_count() == 0:
        return "empty"
    embedders = open_embedders(settings.models_dir, with_dense=False)
    index = Index.open(corpus, Home(settings.home).index, embedders.static, progress=_index_progress(tell))
    return f"{len(index)} passages"


def _index_progress(tell: Tell | None) -> Callable[[int, int], None] | None:
    if tell is None:
        return None
    began = last = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > 2.0:
            last = now
            tell(f"indexing: {done}/{total} passages, {now - began:.0f} s")

    return progress


def open_scorer(settings: Settings) -> LogProbScorer:
    """The white-box scorer; loading it takes about a second.

    Raises:
        ModelMissing: its files are not on this machine.
    """
    folder = locate(SMOLLM2_SCORER, settings.models_dir)
    # Here and not above: torch takes seconds to import, and only this needs it.
    from lm.scorer import TransformersScorer

    return TransformersScorer(folder)
