"""Conducting a batch: from its items to their rows. The one place where a batch's parts come together."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.admission import require_usable
from agent.batch.one import POT, spent_of
from agent.batch.plan import Work
from agent.batch.running import BatchRun, Options, StoppedBy, Watcher
from agent.batch.store import BatchStore, ItemRow
from agent.batch.summary import write_summary
from agent.chat_models import price_table, size_table
from agent.errors import RunBusy, UsageProblem
from agent.home import Home
from agent.pair.asked import resolved
from agent.services import Workshop, open_workshop, roles_needed
from agent.settings import Settings
from lm.limiting import LimiterState
from lm.lockfile import try_lock
from lm.metering import Budget, Meter
from lm.spending import Spend, together
from lm.stopping import Stop

Tell = Callable[[str], None]
# Given what will be run, the meter over all of it and how the endpoints' doors stand: opens who watches.
Watching = Callable[[Sequence[Work], Meter, Callable[[], Mapping[str, LimiterState]]], AbstractContextManager[Watcher]]


@dataclass(frozen=True)
class Conducted:
    """A batch after a sitting. `stopped_by` says what ended it early, `reason` says it in words."""

    name: str
    folder: Path
    rows: tuple[ItemRow, ...]
    stopped_by: StoppedBy
    reason: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Conductor:
    """Conducts one batch.

    Attributes:
        name: See `batch_name`.
        settings: Of the home and its models; each item has its own besides.
        budget: Of all items together, earlier sittings included.
        tell: Hears of long waits.
    """

    name: str
    settings: Settings
    budget: Budget
    options: Options
    tell: Tell

    def run(self, works: Sequence[Work], chosen: Sequence[Work], watching: Watching) -> Conducted:
        """Run those that are chosen and not done; write the summary of all.

        Raises:
            RunBusy: another process works on this batch.
            UsageProblem: items cannot be run as they are asked; all of them are told, and nothing was begun.
            CorpusEmpty, ModelMissing, LMError, ConfigError: see `agent.services.open_services`.
        """
        home = Home(self.settings.home).make()
        folder = home.batches / self.name
        folder.mkdir(parents=True, exist_ok=True)
        to_do = [work for work in chosen if work.standing != "done"]
        with try_lock(folder / "batch.lock", patience_s=0.2) as is_held, BatchStore(home.batch_items) as store:
            if not is_held:
                raise RunBusy(f"another process is working on the batch {self.name}", hint="wait for it, or stop it")
            _require_as_read(to_do, store.rows(self.name))
            stopped_by: StoppedBy = ""
            reason = ""
            if to_do:
                stopped_by, reason = self._sit(works, to_do, store, folder, watching)
            known = store.rows(self.name)
            rows = tuple(known.get(work.name, work.row) for work in works)
            files = write_summary(self.name, rows, folder, runs=home.runs)
        return Conducted(self.name, folder, rows, stopped_by, reason, files)

    def _sit(
        self, works: Sequence[Work], to_do: Sequence[Work], store: BatchStore, folder: Path, watching: Watching
    ) -> tuple[StoppedBy, str]:
        pot = Meter(
            self.budget,
            price_table(self.settings),
            time.monotonic,
            sizes=size_table(self.settings),
            already=_spent(works),
            name=POT,
        )
        with open_workshop(self.settings, tell=self.tell) as workshop:
            require_runnable(to_do, workshop, pot)
            for work in to_do:
                store.put(work.row)  # what a kill leaves unbegun is told as waiting
            with watching(to_do, pot, workshop.backends.traffic) as watcher:
                run = BatchRun(
                    workshop,
                    store,
                    pot,
                    self.options,
                    watcher,
                    folder=folder,
                    clock=lambda: datetime.now(UTC),
                    stop=Stop(),
                )
                return run.run(to_do)


def _require_as_read(works: Sequence[Work], rows: Mapping[str, ItemRow]) -> None:
    """Refuse rows that another process wrote after they were read and before the batch was locked: its work would be
    done again."""
    changed = [work.name for work in works if rows.get(work.name) != work.known]
    if changed:
        raise RunBusy(
            f"another process has just worked on {', '.join(changed[:3])}{' …' if len(changed) > 3 else ''}",
            hint="run the same command again: it goes on from there",
        )


def require_runnable(works: Sequence[Work], workshop: Workshop, pot: Meter) -> None:
    """Open the models of all items, and refuse what no run could follow, before anything is paid for."""
    faults: list[str] = []
    hints: list[str] = []
    for work in works:
        settings = resolved(work.settings)
        try:
            services = workshop.services(settings, need=roles_needed(settings, work.item.mode), above=pot)
            require_usable(work.item.asked, work.item.words, work.item.mode, services)
        except UsageProblem as error:
            faults.append(f"{work.name}: {error}")
            hints.append(error.hint)
    if faults:
        raise UsageProblem(
            "\n  ".join(["these items cannot be run:", *faults]), hint="; ".join(filter(None, dict.fromkeys(hints)))
        )


def _spent(works: Sequence[Work]) -> Spend:
    """What the runs of all items took so far, done or not."""
    found = [spent for work in works if (spent := spent_of(work.row, work.settings)) is not None]
    by_role = {
        role: together(spent.by_role[role] for spent in found if role in spent.by_role)
        for role in dict.fromkeys(role for spent in found for role in spent.by_role)
    }
    return Spend(by_role=by_role)
