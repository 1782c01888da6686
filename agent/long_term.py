"""Long-term memory opened from the settings: which gate, who draws units, how much is recalled.

The one place where a setting of `[memory]` becomes an object.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime

from agent.chat_models import Backends, ChatModels, price_table, size_table
from agent.embedders import LateEmbedder, open_embedders
from agent.home import Home
from agent.scorers import open_scorer
from agent.settings import MemorySettings, Settings
from lm.embedding import Embedder
from lm.errors import LMError
from lm.metering import Budget, Meter
from lm.replay import CallCache
from lm.types import ChatModel
from memory.abstracting import Abstractor, RuleAbstractor
from memory.consolidating import Affinity, Consolidation, consolidate
from memory.errors import MemoryFloorError
from memory.gate import THRESHOLD, Gate, WindowGate
from memory.gate_bits import BITS_PER_TURN, BitsGate
from memory.long_term import LongTermMemory
from memory.recall import Recaller
from memory.unit_model import ModelExtractor
from memory.unit_rules import RuleExtractor, UnitExtractor
from memory.unit_store import UnitStore

logger = logging.getLogger(__name__)

USER, PROJECT = "user", "project"


@contextmanager
def open_unit_store(settings: Settings, embedder: Embedder) -> Iterator[UnitStore]:
    """The home's long-term memory; the file is made at the first use.

    Raises:
        UsageProblem: the home folder cannot be made.
        StoreBroken: the file cannot be opened or is not a memory.
    """
    with UnitStore(Home(settings.home).make().long_term, embedder) as store:
        yield store


@contextmanager
def open_long_term(
    settings: Settings, embedder: Embedder, scope: str, *, helper: ChatModel | None = None
) -> Iterator[LongTermMemory]:
    """One scope of the home's memory, for writing and reading.

    Args:
        settings: Of the home, and `[memory]`.
        embedder: Of the units' vectors.
        scope: Whose memory is written.
        helper: Draws units where the settings want a model; without one the rules do.

    Raises:
        StoreBroken: the file cannot be opened or is not a memory.
        ModelMissing: the gate in bits needs the scorer, whose files are not here.
    """
    own = settings.memory
    with open_unit_store(settings, embedder) as store:
        yield LongTermMemory(
            store=store,
            scope=scope,
            gate=gate_of(settings, embedder),
            extractor=extractor_of(own, helper, seed=settings.write.seed),
            recaller=Recaller(store, embedder, k_base=own.k_base, k_gain=own.k_gain),
            size=own.window,
            stride=min(own.stride, own.window),
        )


@contextmanager
def open_kept(settings: Settings) -> Iterator[UnitStore]:
    """The home's long-term memory to look at and to change by hand; where there is none yet, an empty one that leaves
    no file.

    Models are loaded when something has to be embedded, and not before.

    Raises:
        StoreBroken: the file cannot be opened or is not a memory.
    """
    path = Home(settings.home).long_term
    with UnitStore(path if path.is_file() else ":memory:", embedder_of(settings)) as store:
        yield store


def embedder_of(settings: Settings) -> Embedder:
    """The finest embedder that the settings want, found and loaded at its first use."""
    return LateEmbedder(lambda: open_embedders(settings.models_dir, with_dense=settings.roles.embedder.is_dense).dense)


@contextmanager
def open_helper(settings: Settings) -> Iterator[ChatModel]:
    """The helper model alone, without a corpus.

    Raises:
        ModelMissing: files of a model are not on this machine.
        LMError: an endpoint does not answer, or refuses.
        ConfigError: a setting cannot be followed.
    """
    budget = Budget(**settings.budget.model_dump())
    meter = Meter(budget, price_table(settings), time.monotonic, sizes=size_table(settings))
    with ExitStack() as stack:
        cache = stack.enter_context(closing(CallCache(Home(settings.home).make().calls)))
        yield ChatModels(settings, Backends(settings, stack), cache=cache, meter=meter).open("helper")


def gate_of(settings: Settings, embedder: Embedder) -> WindowGate | None:
    """The gate that the settings want; None where it is off."""
    own = settings.memory
    if own.gate == "off":
        return None
    if own.gate_form == "bits":
        threshold = BITS_PER_TURN if own.gate_threshold is None else own.gate_threshold
        return BitsGate(open_scorer(settings), threshold=threshold)
    threshold = THRESHOLD if own.gate_threshold is None else own.gate_threshold
    return Gate(embedder, form=own.gate_form, alpha=own.gate_weight, threshold=threshold)


def extractor_of(own: MemorySettings, helper: ChatModel | None, *, seed: int) -> UnitExtractor:
    """Who draws units."""
    rules = RuleExtractor()
    return ModelExtractor(helper, rules, seed=seed) if own.extraction == "model" and helper else rules


def consolidate_scope(
    store: UnitStore, scope: str, own: MemorySettings, *, abstractor: Abstractor | None = None
) -> Consolidation:
    """Join what says the same in a scope, and mark what says otherwise."""
    return consolidate(
        store,
        scope,
        now=datetime.now(UTC),
        abstractor=abstractor or RuleAbstractor(),
        constants=Affinity(beta=own.affinity_weight, decay=own.decay_per_day, threshold=own.cluster_threshold),
    )


def consolidate_in_background(settings: Settings, embedder: Embedder, scope: str) -> threading.Thread | None:
    """Begin to consolidate a scope, where the settings want it; the program may end before it has: what is done is
    whole, and the rest is done the next time."""
    if settings.memory.consolidate == "off":
        return None

    def work() -> None:
        try:
            with open_unit_store(settings, embedder) as store:
                done = consolidate_scope(store, scope, settings.memory)
            logger.info("consolidated scope=%s clusters=%d archived=%d", scope, done.clusters, done.archived)
        except (MemoryFloorError, LMError, OSError) as error:
            logger.warning("not consolidated scope=%s error=%s", scope, error)

    thread = threading.Thread(target=work, name="consolidate", daemon=True)
    thread.start()
    return thread
