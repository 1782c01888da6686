"""The timeline of a run from the lines of its `events.jsonl`, and from nothing else."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from agent.errors import UsageProblem
from agent.progress import Event
from agent.sitting import SITTING_BEGAN, SITTING_ENDED
from agent.stages import CALL_NAMES, STAGE_BEGAN, STAGE_ENDED, STOPS_JOINT
from agent.timeline.records import Call, Sitting, Stage, Timeline, Try

_SENT, _FAILED, _CALLED = CALL_NAMES["sent"], CALL_NAMES["failed"], CALL_NAMES["ended"]


def read_timeline(folder: Path, *, is_alive: bool = False) -> Timeline:
    """The timeline of the run in this folder. `is_alive`: a process is working on it.

    Raises:
        UsageProblem: there are no events, or none that tells of stages.
    """
    try:
        lines = (folder / "events.jsonl").read_bytes().splitlines()
    except FileNotFoundError:
        lines = []
    drawn = timeline_of(folder.name, lines, is_alive=is_alive)
    if not any(sitting.stages for sitting in drawn.sittings):
        raise UsageProblem(
            f"the events of {folder.name} tell of no stages",
            hint="it ended before its first one, was written by an older release, or its events.jsonl is gone; "
            "`wellread runs show` says how it ended",
        )
    return drawn


def timeline_of(run: str, lines: Iterable[bytes], *, is_alive: bool = False) -> Timeline:
    """The timeline that these lines tell."""
    sittings, damaged = [_Sitting()], 0
    for line in lines:
        try:
            at, event = _event(line)
            if event.name == SITTING_BEGAN and sittings[-1].began is not None:
                sittings.append(_Sitting())
            sittings[-1].take(at, event)
        except (ValueError, ValidationError, KeyError, TypeError, AttributeError):
            damaged += 1
    told = [sitting for sitting in sittings if sitting.began is not None]
    remarks = [f"{damaged} of the lines of events.jsonl cannot be read and are left out"] if damaged else []
    drawn = [
        sitting.drawn(number, left="running" if is_alive and sitting is told[-1] else "cut off")
        for number, sitting in enumerate(told, start=1)
    ]
    remarks += [f"sitting {one.number} was cut off: its last seconds are not told" for one in drawn if _is_cut(one)]
    return Timeline(run=run, sittings=tuple(drawn), remarks=tuple(remarks))


def _is_cut(sitting: Sitting) -> bool:
    return sitting.status == "cut off"


def _event(line: bytes) -> tuple[datetime, Event]:
    told = json.loads(line)
    known = {key: value for key, value in told.items() if key in Event.model_fields}
    return datetime.fromisoformat(told["at"]), Event.model_validate(known)


@dataclass
class _Open:
    """A call that was sent and has not ended."""

    sent: Event
    tries: list[Try]
    last_sent_s: float


@dataclass
class _Sitting:
    """One sitting while its events are read."""

    began: datetime | None = None
    last: datetime | None = None
    version: str = ""
    ended: Event | None = None
    stages: list[Stage] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    at_work: dict[tuple[str, str], float] = field(default_factory=dict)
    asked: dict[int, _Open] = field(default_factory=dict)

    def take(self, at: datetime, event: Event) -> None:
        self.began = self.began or at
        now = (at - self.began).total_seconds()
        match event.name:
            case name if name == SITTING_BEGAN:
                self.version = event.words.get("version", "")
            case name if name == SITTING_ENDED:
                self.ended = event
            case name if name == STAGE_BEGAN:
                self.at_work[event.words["stage"], event.block] = now
            case name if name == STAGE_ENDED:
                self._end_stage(now, event)
            case name if name == _SENT:
                number = int(event.numbers["call"])
                self.asked.setdefault(number, _Open(event, [], now)).last_sent_s = now
            case name if name == _FAILED:
                self._end_try(event)
            case name if name == _CALLED:
                self._end_call(now, event)
        self.last = at

    def _end_stage(self, now: float, event: Event) -> None:
        name, seconds = event.words["stage"], event.numbers["seconds"]
        self.at_work.pop((name, event.block), None)
        self.stages.append(
            Stage(
                name=name,
                block=event.block,
                began_s=_before(now, seconds),
                seconds=seconds,
                error=event.words.get("error", ""),
                stops=tuple(filter(None, event.words.get("stops", "").split(STOPS_JOINT))),
            )
        )

    def _end_try(self, event: Event) -> None:
        call = self.asked[int(event.numbers["call"])]
        failed = Try(began_s=call.last_sent_s, seconds=event.numbers["seconds"], error=event.words.get("error", ""))
        call.tries.append(failed)

    def _end_call(self, now: float, event: Event) -> None:
        seconds, in_model_s = event.numbers["seconds"], event.numbers["in_model_s"]
        call = self.asked.pop(int(event.numbers["call"]), _Open(event, [], now))
        tries = call.tries
        if len(tries) < event.numbers["attempt"]:  # the last one was answered
            answered_s = max(0.0, in_model_s - sum(one.seconds for one in tries))
            tries = [*tries, Try(began_s=call.last_sent_s, seconds=round(answered_s, 4))]
        self.calls.append(
            _call(
                event,
                began_s=_before(now, seconds),
                seconds=seconds,
                tries=tuple(tries),
                prompt_tokens=int(event.numbers["prompt_tokens"]),
                completion_tokens=int(event.numbers["completion_tokens"]),
                is_replayed=bool(event.numbers.get("replayed")),
            )
        )

    def drawn(self, number: int, *, left: str) -> Sitting:
        """As far as it is told; `left` is the status of one whose end is not."""
        began, last = self.began, self.last
        if began is None or last is None:
            raise ValueError("a sitting without events")
        end = (last - began).total_seconds()
        return Sitting(
            number=number,
            began_at=began.isoformat(timespec="milliseconds"),
            seconds=end,
            status=self.ended.words["status"] if self.ended else left,
            exit_code=int(self.ended.numbers["exit_code"]) if self.ended else None,
            version=self.version,
            stages=tuple(sorted([*self.stages, *self._cut_stages(end)], key=lambda one: (one.began_s, one.seconds))),
            calls=tuple(sorted([*self.calls, *self._cut_calls(end)], key=lambda one: (one.began_s, one.number))),
        )

    def _cut_stages(self, end: float) -> Iterator[Stage]:
        for (name, block), began_s in self.at_work.items():
            yield Stage(name=name, block=block, began_s=began_s, seconds=_before(end, began_s), is_cut=True)

    def _cut_calls(self, end: float) -> Iterator[Call]:
        for call in self.asked.values():
            began_s = call.tries[0].began_s if call.tries else call.last_sent_s
            tries = list(call.tries)
            if not tries or tries[-1].began_s < call.last_sent_s:
                tries.append(Try(began_s=call.last_sent_s, seconds=_before(end, call.last_sent_s)))
            yield _call(call.sent, began_s=began_s, seconds=_before(end, began_s), tries=tuple(tries), is_cut=True)


def _before(now: float, seconds: float) -> float:
    """`seconds` earlier; the clock of an event may have been set back meanwhile."""
    return round(max(0.0, now - seconds), 4)


def _call(event: Event, **told: object) -> Call:
    known = {name: event.words.get(name, "") for name in ("role", "model", "stage", "finish", "error")}
    return Call.model_validate({"number": int(event.numbers["call"]), "block": event.block, **known, **told})
