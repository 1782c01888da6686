"""One sitting of a run, from its start or resumption to its end: what ledger and folder keep of it.

A sitting may be killed at any moment and must be counted all the same, so `usage.json` is written with every call that
was paid and with every second that passed, as a whole each time: the next sitting begins with its sums.
"""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Self

from agent.ledger import Ledger, RunRow, Status
from agent.progress import Event, Tee
from agent.run_folder import RunFolder
from agent.stages import call_event
from agent.version import program_version
from lm.metering import Meter

logger = logging.getLogger(__name__)

SITTING_BEGAN, SITTING_ENDED = "sitting_began", "sitting_ended"
_HEARTBEAT_S = 1.0


class Sitting:
    """Records events, spending and outcomes as they come, from its entering to its end."""

    def __init__(
        self,
        row: RunRow,
        folder: RunFolder,
        ledger: Ledger,
        meter: Meter,
        clock: Callable[[], datetime],
        *,
        listeners: Sequence[Callable[[Event], None]] = (),
        heartbeat_s: float = _HEARTBEAT_S,
    ) -> None:
        """Begin nothing yet.

        Args:
            row: The run, as it stands in the ledger.
            folder: The run's.
            ledger: Where it stands.
            meter: Counts what it spends, earlier sittings' spending included.
            clock: The time in UTC.
            listeners: Hear of every event, after it was kept.
            heartbeat_s: After a kill, at most so much of its time is not counted.
        """
        self._row = row
        self._folder = folder
        self._ledger = ledger
        self._meter = meter
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self.progress = Tee([self.record, *listeners])
        self._has_ended = threading.Event()
        self._saving = threading.Lock()
        self._heart = threading.Thread(target=self._beat, name="usage", daemon=True)

    def __enter__(self) -> Self:
        self._meter.tell_of_payments(self._save_usage)
        self._meter.calls.tell_of_calls(lambda step: self.progress.tell(call_event(step)))
        self._heart.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._has_ended.set()
        self._heart.join()
        self._meter.calls.tell_of_calls(None)
        self._meter.tell_of_payments(lambda: None)

    def _save_usage(self) -> None:
        with self._saving:  # of two threads the one with less on its bill must not write last
            self._folder.write_usage(self._meter.spent())

    def _beat(self) -> None:
        while not self._has_ended.wait(self._heartbeat_s):
            try:
                self._save_usage()
            except OSError as error:  # whoever pays next meets it, and can stop the run
                logger.warning("usage not written error=%s", error)

    def begin(self) -> None:
        """Enter the run as running; one that is finished stays so."""
        numbers = self._spent_so_far() | {"pid": os.getpid()}
        self.progress.tell(Event(name=SITTING_BEGAN, numbers=numbers, words={"version": program_version()}))
        if self._row.status != "finished":
            self._ledger.update(self._row.model_copy(update={"status": "running", "exit_code": None, "message": ""}))

    def record(self, event: Event) -> None:
        """Keep an event."""
        self._folder.append_event(self._clock().isoformat(timespec="milliseconds"), event)

    def outcome(self, status: Status, exit_code: int, message: str = "", report_id: str | None = None) -> RunRow:
        """The run's row as it would stand now; nothing is entered yet."""
        spent = self._meter.spent()
        total = spent.total
        changes: dict[str, object] = {
            "status": status,
            "exit_code": exit_code,
            "message": message,
            "updated_at": self._clock().isoformat(timespec="seconds"),
            "report_id": report_id or self._row.report_id,
            "tokens": total.tokens,
            "usd": total.usd,
            "seconds": spent.seconds,
        }
        return self._row.model_copy(update=changes)

    def enter(self, outcome: RunRow) -> None:
        """Write the spending and the row down, and that the sitting is over."""
        try:
            self._save_usage()
            numbers = self._spent_so_far() | {"exit_code": outcome.exit_code or 0}
            self.progress.tell(Event(name=SITTING_ENDED, numbers=numbers, words={"status": outcome.status}))
        finally:
            self._ledger.update(outcome)

    def _spent_so_far(self) -> dict[str, float]:
        """Of all sittings until now; between two that were not killed the difference is what one took."""
        spent = self._meter.spent()
        return {"spent_s": spent.seconds, "tokens": spent.total.tokens}
