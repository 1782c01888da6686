"""A clock that stands still, in a forked child: what a run writes then differs only where the run did.

Time and identity come into the program by few doors: `datetime.now`, `uuid4` and the meter's clock. Each child is told
what they say, so that a run in another home, or one that was killed and resumed, can be compared byte by byte. Waits,
deadlines and file times go by the real clock.
"""

import sys
from datetime import datetime, tzinfo
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from benchmarks.endurance import faults
from lm import metering, openai_chat

_FLOORS = ("agent.", "evals.", "memory.")
NOON = "2026-11-22T12:00:00"


def prepare(*, identity: int = 1, plan: dict[str, Any] | None = None, record: str = "", is_still: bool = True) -> None:
    """What `WarmProgram` calls in a child: stop the clock, and put a fault under it where one is planned.

    Args:
        identity: What ids of runs and sessions end in; two runs in one home need two.
        plan: As `faults.Plan`; None: nothing goes wrong.
        record: Where a list of write calls is left; empty: nowhere.
        is_still: False leaves the clock alone.
    """
    if is_still:
        stop_clocks(identity)
    if plan is not None or record:
        faults.strike(plan or {}, record)


def stop_clocks(identity: int) -> None:
    """Let the time be noon for everything that asks for it by a name that can be replaced."""
    for name, module in list(sys.modules.items()):
        if not name.startswith(_FLOORS):
            continue
        if getattr(module, "datetime", None) is datetime:
            module.datetime = _Still  # type: ignore[attr-defined]
        if hasattr(module, "uuid4"):
            module.uuid4 = lambda: UUID(int=identity << 96)  # type: ignore[attr-defined]
    # A run's seconds, and those of each of its calls.
    start_meter = metering.Meter.__init__

    def started(self: metering.Meter, budget: Any, prices: Any, _: Any, **options: Any) -> None:
        start_meter(self, budget, prices, lambda: 0.0, **options)

    metering.Meter.__init__ = started  # type: ignore[method-assign]
    openai_chat.time = SimpleNamespace(perf_counter=lambda: 0.0)  # type: ignore[assignment]


class _AnyTime(type):
    """Any real time is an instance of what stands in for the class."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


class _Still(datetime, metaclass=_AnyTime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """Noon."""
        return datetime.fromisoformat(NOON).replace(tzinfo=tz)
