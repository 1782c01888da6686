"""Stages of a run as events: when each began and ended, and in which of them a model was asked.

The stage at work is known by the thread, so that who asks a model need not say on whose behalf.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from agent.progress import Event, Progress
from lm.watching import CallStep

STAGE_BEGAN, STAGE_ENDED = "stage_began", "stage_ended"
CALL_NAMES = {"sent": "call_sent", "failed": "call_failed", "ended": "called"}
STOPS_JOINT = ", "  # between limits: "batch max_tokens" is one
_DIGITS = 4  # of seconds: a tenth of a millisecond


@dataclass(frozen=True)
class _Place:
    stage: str
    block: str


@dataclass
class Stops:
    """What a stage's work says of the budgets that it met."""

    names: tuple[str, ...] = ()


_NOWHERE = _Place("", "")
_PLACE: ContextVar[_Place] = ContextVar("place", default=_NOWHERE)


@contextmanager
def stage(
    name: str, progress: Progress, *, block: str = "", clock: Callable[[], float] = time.monotonic
) -> Iterator[Stops]:
    """Tell that a stage begins and, whatever happens in it, that it ended and after how many seconds."""
    began, token = clock(), _PLACE.set(_Place(name, block))
    words, stops = {"stage": name}, Stops()
    progress.tell(Event(name=STAGE_BEGAN, block=block, words=words))
    try:
        yield stops
    except BaseException as error:
        words = {**words, "error": type(error).__name__}
        raise
    finally:
        _PLACE.reset(token)
        if stops.names:
            words = {**words, "stops": STOPS_JOINT.join(dict.fromkeys(stops.names))}
        numbers = {"seconds": round(clock() - began, _DIGITS)}
        progress.tell(Event(name=STAGE_ENDED, block=block, numbers=numbers, words=words))


def stops_of(changes: object) -> tuple[str, ...]:
    """The budgets that a node met, by what it returns."""
    found = changes.get("stops") if isinstance(changes, Mapping) else None
    return tuple(map(str, found)) if isinstance(found, list) else ()


def call_event(step: CallStep) -> Event:
    """A step of a call that was made in the stage of this thread."""
    place = _PLACE.get()
    words = {"stage": place.stage, "role": step.role, "model": step.model}
    numbers: dict[str, float] = {"call": step.number, "attempt": step.attempt}
    if step.step != "sent":
        numbers |= {"seconds": round(step.seconds, _DIGITS)}
    if step.step == "ended":
        numbers |= {"in_model_s": round(step.in_model_s, _DIGITS)} | step.usage.model_dump()
        numbers |= {"replayed": 1} if step.is_replayed else {}
    if step.finish_reason:
        words["finish"] = step.finish_reason
    if step.error:
        words["error"] = step.error
    return Event(name=CALL_NAMES[step.step], block=place.block, numbers=numbers, words=words)
