"""The items of a batch side by side: taken in their order, tried again where that can help, stopped for a reason.

Where an item ends, whatever it raised is recorded in its row and in its run's folder, and the others go on.
"""

import logging
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from agent.batch.one import begun, broken_off, ended, failed, run_one
from agent.batch.plan import Work
from agent.batch.store import BatchStore, ItemRow
from agent.counting import counted
from agent.exit_codes import failure_of
from agent.progress import Event
from agent.redacting import redactor
from agent.services import Workshop
from lm.errors import EndpointRefused, EndpointUnreachable, QuotaExhausted
from lm.files import write_atomically
from lm.metering import Meter
from lm.stopping import Stop
from lm.turns import Turns

logger = logging.getLogger(__name__)

# So many tries in a row, of whichever items, that found nobody there: the endpoint is gone.
_GONE_AFTER = 3
_LOOK_S = 0.2
_AT_WORK = 1  # items that compute at a time: two cores made 40 reports in 37 s by one, in 43 s by two
StoppedBy = Literal["", "user", "budget", "failures", "endpoint"]


class Watcher(Protocol):
    """Sees a batch go on. Called from the items' threads, one call at a time."""

    def began(self, row: ItemRow) -> None:
        """An item has begun, or goes on."""
        ...

    def heard(self, item: str, event: Event) -> None:
        """Something happened in its run."""
        ...

    def ended(self, row: ItemRow, *, is_tried_again: bool) -> None:
        """It ended, this time."""
        ...

    def look(self) -> None:
        """A moment has passed."""
        ...


@dataclass(frozen=True)
class Options:
    """How a batch is run. `most_failed`: stop when more have failed; None: never."""

    jobs: int
    retries: int = 1
    most_failed: int | None = None


@dataclass
class _Standing:
    """What the threads share, under one lock."""

    waiting: deque[Work]
    tries: Counter[str] = field(default_factory=Counter)
    n_failed: int = 0
    n_unreached: int = 0
    stopped_by: StoppedBy = ""
    reason: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)


class BatchRun:
    """One sitting of a batch."""

    def __init__(
        self,
        workshop: Workshop,
        store: BatchStore,
        pot: Meter,
        options: Options,
        watcher: Watcher,
        *,
        folder: Path,
        clock: Callable[[], datetime],
        stop: Stop,
    ) -> None:
        """Args: pot: the meter over all items. folder: the batch's, for traces of bugs. stop: told to stop all."""
        self._workshop, self._store, self._pot, self._options = workshop, store, pot, options
        self._watcher, self._folder, self._clock, self._stop = watcher, folder, clock, stop
        self._turns = Turns(_AT_WORK)

    def run(self, works: Sequence[Work]) -> tuple[StoppedBy, str]:
        """See all of them through; why it ended before that, if it did, and in words.

        Ctrl-C lets calls under way end, so that what is paid is kept.

        Raises:
            KeyboardInterrupt: a second Ctrl-C; threads still wait for their calls, and the caller ends the process.
        """
        standing = _Standing(deque(works))
        pool = ThreadPoolExecutor(self._options.jobs, thread_name_prefix="item")
        futures = [pool.submit(self._work, standing) for _ in range(min(self._options.jobs, len(works)))]
        try:
            while not all(future.done() for future in futures):
                self._look(standing)
        except KeyboardInterrupt:
            with standing.lock:
                self._halt(standing, "user", "stopped by the user")
            while not all(future.done() for future in futures):
                self._look(standing)
        finally:
            pool.shutdown(wait=False)
        for future in futures:
            future.result()  # a fault of this program's own, not of an item
        return standing.stopped_by, standing.reason

    def _look(self, standing: _Standing) -> None:
        time.sleep(_LOOK_S)
        with standing.lock:
            self._watcher.look()

    def _halt(self, standing: _Standing, why: StoppedBy, reason: str) -> None:
        """Let no further item begin. The lock is held, so that none is put back afterwards."""
        standing.stopped_by = standing.stopped_by or why
        standing.reason = standing.reason or reason
        standing.waiting.clear()
        if why in ("user", "endpoint"):
            self._stop.now()

    def _work(self, standing: _Standing) -> None:
        while True:
            with standing.lock:
                if not standing.waiting:
                    return
                work = standing.waiting.popleft()
            self._see_through(work, standing)

    def _see_through(self, work: Work, standing: _Standing) -> None:
        row = begun(work.row, work.settings, self._clock())
        self._store.put(row)
        with standing.lock:
            self._watcher.began(row)
        started = time.monotonic()

        def listen(event: Event) -> None:
            with standing.lock:
                self._watcher.heard(row.item, event)

        error: BaseException | None = None
        try:
            result = run_one(
                work,
                row,
                self._workshop,
                pot=self._pot,
                stop=self._stop,
                turns=self._turns.ranked(row.ordinal),
                listener=listen,
                clock=self._clock,
            )
            row = ended(row, result, self._clock(), time.monotonic() - started)
        except KeyboardInterrupt as stopped:
            error = stopped
            row = broken_off(row, work.settings, self._clock(), time.monotonic() - started)
        except Exception as raised:  # noqa: BLE001 - where an item ends: it is recorded, and the others go on
            error = raised
            row = failed(row, raised, work.settings, self._clock(), time.monotonic() - started)
            self._keep_trace(work, row, raised)
        self._store.put(row)
        self._settle(work, row, error, standing)

    def _settle(self, work: Work, row: ItemRow, error: BaseException | None, standing: _Standing) -> None:
        can_help = bool(getattr(error, "retryable", False))
        with standing.lock:
            standing.tries[row.item] += 1
            # Not by `stop`: a budget or too many failures end a batch, too, and let calls under way go on.
            is_again = can_help and not standing.stopped_by and standing.tries[row.item] <= self._options.retries
            standing.n_unreached = standing.n_unreached + 1 if isinstance(error, EndpointUnreachable) else 0
            if is_again:
                standing.waiting.append(_again(work, row))
            elif row.status == "failed":
                standing.n_failed += 1
            self._watcher.ended(row, is_tried_again=is_again)
            why = self._reason_to_stop(row, error, standing)
            if why is not None:
                self._halt(standing, *why)

    def _reason_to_stop(
        self, row: ItemRow, error: BaseException | None, standing: _Standing
    ) -> tuple[StoppedBy, str] | None:
        if isinstance(error, EndpointRefused | QuotaExhausted):
            return "endpoint", row.message
        if standing.n_unreached >= _GONE_AFTER:
            return "endpoint", f"{standing.n_unreached} tries in a row found nobody there: {row.message}"
        if row.by_batch:
            return "budget", f"{row.message} is reached"
        most = self._options.most_failed
        if most is not None and standing.n_failed > most:
            return "failures", f"{counted(standing.n_failed, 'item')} failed, and --fail-on lets no more than {most}"
        return None

    def _keep_trace(self, work: Work, row: ItemRow, error: Exception) -> None:
        if failure_of(error) is None:
            text = redactor(work.settings).text("".join(traceback.format_exception(error)))
            write_atomically(self._folder / f"bug-{row.item}.txt", text)
        logger.info("failed item=%s run=%s error=%s", row.item, row.run_id, type(error).__name__)


def _again(work: Work, row: ItemRow) -> Work:
    """The item as it is put back: its run goes on where it was, and its tries are counted on."""
    return Work(work.item, work.settings, row, "goes on")
