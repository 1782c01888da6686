"""Batches over the affair, put together by hand: real runs, real stores, a scripted writer."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from agent.batch.items import BatchItem
from agent.batch.plan import Work, work_of
from agent.batch.running import BatchRun, Options
from agent.batch.store import BatchStore, ItemRow
from agent.home import Home
from agent.model_settings import Roles, RoleSettings
from agent.searching import Searching
from agent.services import Workshop
from agent.settings import Settings
from lm.metering import Budget, Meter, PriceTable
from lm.replay import CallCache
from lm.stopping import Stop
from memory.sqlite_store import SqliteStore
from tests.agent.affair import Affair
from tests.agent.run_services import settings_for
from tests.bag_embedder import BagEmbedder

BATCH = "affair"


@dataclass
class Seen:
    """A watcher that remembers."""

    began_: list[str] = field(default_factory=list)
    ended_: list[tuple[str, str, bool]] = field(default_factory=list)
    n_looks: int = 0

    def began(self, row: ItemRow) -> None:
        self.began_.append(row.item)

    def heard(self, item, event) -> None:
        pass

    def ended(self, row: ItemRow, *, is_tried_again: bool) -> None:
        self.ended_.append((row.item, row.status, is_tried_again))

    def look(self) -> None:
        self.n_looks += 1


class OneModel:
    """What answers for every role."""

    def __init__(self, model) -> None:
        self._model = model

    def find(self, chosen):
        return self._model

    def traffic(self):
        return {}


def items(*topics: str) -> list[BatchItem]:
    return [BatchItem(topic=topic, words=100, id=f"item{n}") for n, topic in enumerate(topics)]


def scripted_settings(home: Path) -> Settings:
    roles = Roles(writer=RoleSettings(model="scripted"))
    return settings_for(home, max_parallel_blocks=1, formats=("md",)).model_copy(update={"roles": roles})


def works_of(home: Path, asked: Sequence[BatchItem]) -> list[Work]:
    settings = scripted_settings(home)
    with BatchStore(Home(home).batch_items) as store:
        known = store.rows(BATCH)
    return [
        work_of(BATCH, n, item, settings.model_copy(update={}), known.get(item.name)) for n, item in enumerate(asked)
    ]


@contextmanager
def batch_run(
    affair: Affair, home: Path, writer, *, jobs: int = 2, budget: Budget | None = None, stop: Stop | None = None, **how
) -> Iterator[tuple[BatchRun, BatchStore, Seen, Meter]]:
    """A sitting that can be run, its store, what it showed, and the meter over it."""
    folder = Home(home).make().batches / BATCH
    folder.mkdir(parents=True, exist_ok=True)
    seen, pot = Seen(), Meter(budget or Budget(), PriceTable(), time.monotonic, name="batch")
    fine = BagEmbedder()
    searching = Searching(affair.corpus, affair.searcher._index, affair.searcher, fine, fine)
    with (
        closing(CallCache(Home(home).calls)) as cache,
        SqliteStore(Home(home).memory) as records,
        BatchStore(Home(home).batch_items) as store,
    ):
        workshop = Workshop(scripted_settings(home), searching, records, cache, OneModel(writer))
        run = BatchRun(
            workshop,
            store,
            pot,
            Options(jobs, **how),
            seen,
            folder=folder,
            clock=lambda: datetime.now(UTC),
            stop=stop or Stop(),
        )
        yield run, store, seen, pot
