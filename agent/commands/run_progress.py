"""What a person sees while a run goes on: a line that changes on a terminal, plain lines elsewhere. Stderr only."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.status import Status

from agent.commands.invocation import harmless
from agent.counting import counted
from agent.progress import Event
from lm.metering import Meter

STAGES = {
    "preview": "reading the request",
    "align": "first retrieval",
    "note_step": "taking notes",
    "noted": "noted",
    "gauged": "gauged",
    "pursue_step": "pursuing",
    "pursued": "pursued",
    "interviewed": "interviewing the documents",
    "conversed": "interviewing the documents",
    "plan": "planned",
    "foraged": "foraging",
    "top_up": "foraging",
    "read": "choosing evidence",
    "source_read": "reading sources for the writer",
    "asked_back": "reading sources for the writer",
    "condensed": "writing",
    "drafted": "writing",
    "verified": "verifying",
    "revised": "revising",
    "filed": "writing",
    "assembled": "assembled",
}
_TOLD = frozenset(
    [
        "note_step",
        "noted",
        "gauged",
        "pursue_step",
        "pursued",
        "conversed",
        "plan",
        "read",
        "budget",
        "draft_failed",
        "paced",
        "assembled",
        "contradiction",
    ]
)
_HEARTBEAT_S = 10.0
_MESSAGE_CHARS = 160


class RunProgress:
    """Listens to a run's events and keeps one line of figures up to date."""

    def __init__(self, console: Console, meter: Meter, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._meter = meter
        self._clock = clock
        self._began = self._last_line = clock()
        self._stage = "starting"
        self._is_whole = self._is_reading_done = False
        self._foraged: dict[str, int] = {}
        self._filed: set[str] = set()
        self._read = 0
        self._written = 0
        self._ratio = 0.0
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
        self._stage = STAGES.get(event.name, self._stage)
        self._count(event)
        if event.name in _TOLD:
            self._say(event.message)
        elif self._status:
            self._status.update(self._line())
        elif self._clock() - self._last_line > _HEARTBEAT_S:
            self._say("")

    def _count(self, event: Event) -> None:
        if event.name == "preview":
            self._is_whole = True  # The sitting began at the beginning, so every block's events come by here.
        elif event.name == "foraged":
            self._foraged[event.block] = int(event.numbers["unique"])
            self._read = max(self._read, sum(self._foraged.values()))
        elif event.name == "read":
            self._read = int(event.numbers["unique"])
            self._is_reading_done = True
        elif event.name == "filed":
            self._filed.add(event.block)
            self._written += int(event.numbers["characters"])
        elif event.name == "assembled":
            self._ratio = event.numbers.get("ratio", 0.0)
            # The report's own count: its frame is in it, what two sections said is in it once, and so are the blocks
            # that an earlier sitting wrote.
            self._written = int(event.numbers.get("characters", self._written))

    def _say(self, message: str) -> None:
        self._last_line = self._clock()
        self._console.print(harmless(self._line() + (f"  ({_cut(message)})" if message else "")), markup=False)

    def _line(self) -> str:
        """The stage and what is known by now; a figure that would be 0 is left out."""
        spent = self._meter.spent().total
        figures = (
            self._blocks(),
            f"{self._read:,} characters read" if self._read else "",
            f"{self._written:,} written" if self._written else "",
            f"ratio {self._ratio:.1f}:1" if self._ratio else "",
            f"{spent.tokens:,} tokens" if spent.tokens else "",
            f"${spent.usd:.4f}" if spent.usd else "",
            f"{self._clock() - self._began:.0f} s",
        )
        return f"{self._stage}: {', '.join(figure for figure in figures if figure)}"

    def _blocks(self) -> str:
        """How many blocks are done. Introduction and conclusion are not foraged for, and not counted."""
        if self._is_whole and self._is_reading_done and self._foraged:
            return f"{len(self._filed & self._foraged.keys())}/{len(self._foraged)} blocks"
        if self._filed:
            return f"{counted(len(self._filed), 'block')} written"
        return f"{counted(len(self._foraged), 'block')} read for" if self._foraged else ""


def _cut(message: str) -> str:
    """The message, or its first words."""
    if len(message) <= _MESSAGE_CHARS:
        return message
    head = message[:_MESSAGE_CHARS]
    return (head.rsplit(" ", 1)[0] if " " in head else head) + " …"
