"""One sitting of a run, from its start or resumption to its end: what ledger and folder keep of it."""

from collections.abc import Callable
from datetime import datetime

from agent.ledger import Ledger, RunRow, Status
from agent.progress import Event
from agent.run_folder import RunFolder
from lm.metering import Meter


class Sitting:
    """Records events and outcomes as they come. `clock` gives the time in UTC."""

    def __init__(
        self, row: RunRow, folder: RunFolder, ledger: Ledger, meter: Meter, clock: Callable[[], datetime]
    ) -> None:
        self._row = row
        self._folder = folder
        self._ledger = ledger
        self._meter = meter
        self._clock = clock
        self._began = clock()
        self._saved = meter.spent()

    def begin(self) -> None:
        """Enter the run as running; one that is finished stays so."""
        if self._row.status != "finished":
            self._ledger.update(self._row.model_copy(update={"status": "running", "exit_code": None, "message": ""}))

    def record(self, event: Event) -> None:
        """Keep an event. After a kill, what was paid since the last one is all that the figures lack."""
        self._folder.append_event(self._clock().isoformat(timespec="milliseconds"), event)
        if (spent := self._meter.spent()) != self._saved:
            self._folder.write_usage(spent)
            self._saved = spent

    def outcome(self, status: Status, exit_code: int, message: str = "", report_id: str | None = None) -> RunRow:
        """The run's row as it would stand now; nothing is entered yet."""
        spent = self._meter.spent().total
        changes: dict[str, object] = {
            "status": status,
            "exit_code": exit_code,
            "message": message,
            "updated_at": self._clock().isoformat(timespec="seconds"),
            "report_id": report_id or self._row.report_id,
            "tokens": spent.prompt_tokens + spent.completion_tokens,
            "usd": spent.usd,
            "seconds": self._row.seconds + (self._clock() - self._began).total_seconds(),
        }
        return self._row.model_copy(update=changes)

    def enter(self, outcome: RunRow) -> None:
        """Write the spending and the row down."""
        self._folder.write_usage(self._meter.spent())
        self._ledger.update(outcome)
