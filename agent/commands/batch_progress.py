"""What a person sees while a batch goes on: a live table on a terminal, a line an item elsewhere. Stderr only."""

import time
from collections.abc import Callable, Mapping, Sequence

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from agent.batch.plan import Work
from agent.batch.store import ItemRow
from agent.commands.invocation import harmless
from agent.commands.run_progress import STAGES
from agent.counting import counted
from agent.progress import Event
from agent.render_spending import money_text
from lm.limiting import LimiterState
from lm.metering import Meter

_HEARTBEAT_S = 10.0
_MOST_ROWS = 16
_ASKED_CHARS = 48
_STAGE_WIDTH, _SECONDS_WIDTH = max(map(len, STAGES.values())), 5


class BatchProgress:
    """A `Watcher` with eyes."""

    def __init__(
        self,
        console: Console,
        works: Sequence[Work],
        pot: Meter,
        traffic: Callable[[], Mapping[str, LimiterState]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console, self._pot, self._traffic, self._clock = console, pot, traffic, clock
        self._n = len(works)
        self._began = self._last_line = clock()
        self._open: dict[str, tuple[ItemRow, float, str]] = {}
        self._over: dict[str, int] = {}
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None

    def __enter__(self) -> "BatchProgress":
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def began(self, row: ItemRow) -> None:
        """See `Watcher`."""
        self._open[row.item] = (row, self._clock(), "starting")

    def heard(self, item: str, event: Event) -> None:
        """See `Watcher`."""
        if item in self._open and event.name in STAGES:
            row, since, _ = self._open[item]
            self._open[item] = (row, since, STAGES[event.name])

    def ended(self, row: ItemRow, *, is_tried_again: bool) -> None:
        """See `Watcher`."""
        self._open.pop(row.item, None)
        state = "is tried again" if is_tried_again else row.status
        if not is_tried_again:
            self._over[row.status] = self._over.get(row.status, 0) + 1
        self._say(f"{state:<11} {row.item}  {row.seconds:.0f} s{_why(row)}")

    def look(self) -> None:
        """See `Watcher`."""
        if self._live:
            self._live.update(self._shown(), refresh=True)
        elif self._clock() - self._last_line > _HEARTBEAT_S:
            self._say(self._sums())

    def _say(self, line: str) -> None:
        self._last_line = self._clock()
        n = f"{sum(self._over.values()):>{len(str(self._n))}}"
        self._console.print(f"{n}/{self._n}  {harmless(line)}", markup=False, highlight=False)

    def _shown(self) -> Group:
        table = Table(box=None, pad_edge=False)
        # Where the terminal is narrow, names give way: the stage and the seconds are what changes.
        table.add_column("item", no_wrap=True)
        table.add_column("asked", no_wrap=True)
        table.add_column("stage", no_wrap=True, min_width=_STAGE_WIDTH)
        table.add_column("s", no_wrap=True, justify="right", min_width=_SECONDS_WIDTH)
        for row, since, stage in list(self._open.values())[:_MOST_ROWS]:
            seconds = f"{self._clock() - since:.0f}"
            table.add_row(*(Text(harmless(cell)) for cell in (row.item, row.asked[:_ASKED_CHARS], stage, seconds)))
        more = len(self._open) - _MOST_ROWS
        return Group(table, Text(f"and {more} more" if more > 0 else ""), Text(self._sums()))

    def _sums(self) -> str:
        spent = self._pot.spent().total
        over = ", ".join(f"{n} {status}" for status, n in self._over.items()) or "none done"
        parts = (
            f"{sum(self._over.values())} of {counted(self._n, 'item')}: {over}, {len(self._open)} open",
            f"{spent.tokens:,} tokens" if spent.tokens else "",
            money_text(spent.usd) if spent.usd else "",
            *(door for name, state in self._traffic().items() if (door := _door(name, state))),
            f"{self._clock() - self._began:.0f} s",
        )
        return ", ".join(part for part in parts if part)


def _door(name: str, state: LimiterState) -> str:
    """How an endpoint's door stands, where that is worth a word."""
    calls = f"{name}: {counted(state.in_flight, 'call')}"
    window = f" of {state.window:.0f}" if state.window is not None else ""
    waiting = f", {state.waiting} waiting" if state.waiting else ""
    held = f", held for {state.held_s:.0f} s" if state.held_s > 0 else ""
    return f"{calls}{window}{waiting}{held}" if state.in_flight or waiting or held else ""


def _why(row: ItemRow) -> str:
    """What a person would ask at once."""
    if row.status == "finished":
        return f"  {row.words:,} words, {counted(row.sources, 'source')}"
    return f"  {row.message.partition(chr(10))[0]}" if row.message else ""
