"""What a person sees while a run goes on: a line that changes on a terminal, plain lines elsewhere. Stderr only."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.status import Status

from agent.progress import Event
from lm.metering import Meter

_STAGES = {
    "preview": "reading the request",
    "align": "first retrieval",
    "plan": "planned",
    "foraged": "foraging",
    "top_up": "foraging",
    "read": "choosing evidence",
    "drafted": "writing",
    "verified": "verifying",
    "revised": "revising",
    "filed": "writing",
    "assembled": "assembled",
}
_HEARTBEAT_S = 10.0


class RunProgress:
    """Listens to a run's events and keeps one line of figures up to date."""

    def __init__(self, console: Console, meter: Meter, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._meter = meter
        self._clock = clock
        self._began = self._last_line = clock()
        self._stage = "starting"
        self._blocks_foraged: dict[str, int] = {}
        self._blocks_filed = 0
        self._read = 0
        self._written = 0
        self._status: Status | None = console.status("starting") if console.is_terminal else None

    def __enter__(self) -> "RunProgress":
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def __call__(self, event: Event) -> None:
        """Take one event."""
        self._stage = _STAGES.get(event.name, self._stage)
        self._count(event)
        if event.name in ("plan", "read", "budget", "draft_failed", "assembled"):
            self._say(event.message)
        elif self._status:
            self._status.update(self._line())
        elif self._clock() - self._last_line > _HEARTBEAT_S:
            self._say("")

    def _count(self, event: Event) -> None:
        if event.name == "foraged":
            self._blocks_foraged[event.block] = int(event.numbers["unique"])
            self._read = max(self._read, sum(self._blocks_foraged.values()))
        elif event.name == "read":
            self._read = int(event.numbers["unique"])
        elif event.name == "filed":
            self._blocks_filed += 1
            self._written += int(event.numbers["characters"])

    def _say(self, message: str) -> None:
        self._last_line = self._clock()
        self._console.print(self._line() + (f"  ({message[:160]})" if message else ""), markup=False)

    def _line(self) -> str:
        spent = self._meter.spent().total
        ratio = f"{self._read / self._written:.1f}:1" if self._written else "-"
        return (
            f"{self._stage}: {self._blocks_filed}/{len(self._blocks_foraged)} blocks, "
            f"{self._read:,} characters read, {self._written:,} written, ratio {ratio}, "
            f"{spent.prompt_tokens + spent.completion_tokens:,} tokens, ${spent.usd:.4f}, "
            f"{self._clock() - self._began:.0f} s"
        )
