"""The foraging diary: each visit of a run to a query, what it brought, and why it was left; read from the run's events.

Knows how foraging is told in `events.jsonl`, both ways. Must not know how it is shown.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

from pydantic import ValidationError

from agent.errors import UsageProblem
from agent.foraged import ForageGoal, ForageStep, Why
from agent.progress import Event
from agent.records import blocks_of
from agent.settings import Foraging, Granularity, SaturationSign
from agent.types import Outline
from lm.types import Frozen

_STEP, _BLOCK, _RUN = "forage_step", "foraged", "read"
_FIELDS = frozenset(Event.model_fields)


class Visit(Frozen):
    """One visit to a query. Characters; rates are new characters per character read.

    By the margin the rates are the controller's: of the last passages before it was left, and of all the block's
    foraging so far, both weighted by relevance, the second with the queries' cost. In rounds, where no rate decides,
    they are those of this visit and of all the block's visits so far. None: it read nothing, or was not told.
    `directions`: how much of what they could the last passages added to the directions, 0 to 1; None: not asked for.
    """

    number: int
    query: str
    depth: int
    new_passages: int
    read: int | None
    gain: int
    unique: int
    rate: float | None
    environment_rate: float | None
    why: Why | Literal["unsaid"]
    reason: str
    directions: float | None = None


class HowForaged(Frozen):
    """The settings of `[write]` by which a run's blocks were foraged for."""

    foraging: Foraging
    granularity: Granularity
    saturation_sign: SaturationSign

    @property
    def told(self) -> str:
        """The settings and their values, for a reader."""
        return ", ".join(f"{name} {value}" for name, value in self.model_dump().items())


class BlockDiary(Frozen):
    """A block's visits in order, and its account; `passages` is None where its foraging was cut off."""

    id: str
    title: str = ""
    visits: tuple[Visit, ...]
    unique: int
    target: int | None
    passages: int | None = None
    stop_reason: str = ""


class RunAccount(Frozen):
    """What the whole run read: the first retrieval included, what several blocks read counted once."""

    unique: int
    raw: int
    target: int
    passages: int
    topped_up: int = 0


class Diary(Frozen):
    """The diary of a run. `by_margin`: leaving was decided by rates; else the queries were asked in rounds.

    `how` is None for a run of before it was told, `account` for one that did not come to the end of its reading;
    `remarks` say what is amiss.
    """

    run: str
    by_margin: bool
    blocks: tuple[BlockDiary, ...]
    account: RunAccount | None
    remarks: tuple[str, ...] = ()
    how: HowForaged | None = None

    @property
    def has_directions(self) -> bool:
        """Whether a visit says what it added to the directions."""
        return any(visit.directions is not None for visit in self.visits)

    @property
    def visits(self) -> list[Visit]:
        """Of all blocks, block by block."""
        return [visit for block in self.blocks for visit in block.visits]


def step_event(step: ForageStep, *, block: str, visit: int, goal: ForageGoal) -> Event:
    """How a visit is told.

    Args:
        step: The visit.
        block: Whose it was.
        visit: Its number in the block, from 1. A block that is foraged anew after a kill begins at 1 again.
        goal: How the block forages, and for how much.
    """
    numbers: dict[str, float] = {
        "visit": visit,
        "depth": step.depth,
        "new_passages": step.new_passages,
        "read": step.read,
        "gain": step.gain,
        "patch_rate": round(step.patch_rate, 4),
        "environment_rate": round(step.environment_rate, 4),
        "target": goal.target,
    }
    if step.directions is not None:
        numbers["directions"] = step.directions
    how = HowForaged(foraging=goal.way, granularity=goal.granularity, saturation_sign=goal.sign)
    words = {"query": step.query, "why": step.why, "reason": step.left_because, **how.model_dump()}
    message = f"{step.query}: {step.left_because}"
    return Event(name=_STEP, block=block, message=message, numbers=numbers, words=words)


def find_diary(folder: Path) -> Diary | None:
    """The diary of the run in this folder; None where its events tell of no foraging, or there are none."""
    try:
        lines = (folder / "events.jsonl").read_bytes().splitlines()
    except FileNotFoundError:
        return None
    events, damaged = _events(lines)
    told = _Told()
    for event in events:
        told.take(event)
    if not told.blocks:
        return None
    titles = _titles(folder)
    how = _how(step for steps in told.blocks.values() for step in steps)
    by_margin = how.foraging == "margin" if how else any(_is_by_margin(steps) for steps in told.blocks.values())
    blocks = [
        _block_diary(id_, steps, told.accounts.get(id_), title=titles.get(id_, ""), by_margin=by_margin)
        for id_, steps in sorted(told.blocks.items())
    ]
    return Diary(
        run=folder.name,
        by_margin=by_margin,
        blocks=tuple(blocks),
        account=told.account(),
        remarks=tuple(_remarks(damaged, blocks, is_whole=told.read is not None)),
        how=how,
    )


def read_diary(folder: Path) -> Diary:
    """As `find_diary`, for who must have one.

    Raises:
        UsageProblem: there is none.
    """
    found = find_diary(folder)
    if found is None:
        raise UsageProblem(
            f"the events of {folder.name} tell of no foraging",
            hint="it ended before it, or its events.jsonl is gone; `wellread runs show` says how it ended",
        )
    return found


@dataclass
class _Told:
    """Events by what they are about; what a later sitting tells anew replaces what the one before told."""

    blocks: dict[str, list[Event]] = field(default_factory=dict)
    accounts: dict[str, Event] = field(default_factory=dict)
    top_up: Event | None = None
    read: Event | None = None

    def take(self, event: Event) -> None:
        if event.name == _STEP:
            if event.numbers.get("visit") == 1 or event.block in self.accounts:
                self.blocks[event.block] = []
                self.accounts.pop(event.block, None)
            self.blocks.setdefault(event.block, []).append(event)
        elif event.name == _BLOCK:
            self.blocks.setdefault(event.block, [])
            self.accounts[event.block] = event
        elif event.name == "preview":  # A run that begins anew plans anew.
            self.blocks, self.accounts, self.top_up, self.read = {}, {}, None, None
        elif event.name == "top_up":
            self.top_up = event
        elif event.name == _RUN:
            self.read = event

    def account(self) -> RunAccount | None:
        if self.read is None:
            return None
        counts = {name: int(self.read.numbers[name]) for name in ("unique", "raw", "target", "passages")}
        return RunAccount(**counts, topped_up=int(self.top_up.numbers["passages"]) if self.top_up else 0)


def _events(lines: Iterable[bytes]) -> tuple[list[Event], list[int]]:
    """The events, and the numbers of the lines that are none, from 1."""
    events, damaged = [], []
    for number, line in enumerate(lines, start=1):
        try:
            event = Event.model_validate({key: value for key, value in json.loads(line).items() if key in _FIELDS})
            _check(event)
        except (ValueError, ValidationError, AttributeError, KeyError):
            damaged.append(number)
        else:
            events.append(event)
    return events, damaged


def _check(event: Event) -> None:
    """Raises KeyError for an event of foraging that lacks a number."""
    needed = {
        _STEP: ("depth", "new_passages", "gain"),
        _BLOCK: ("unique", "target", "passages"),
        _RUN: ("unique", "raw", "target", "passages"),
        "top_up": ("passages",),
    }
    for name in needed.get(event.name, ()):
        event.numbers[name]


def _how(steps: Iterable[Event]) -> HowForaged | None:
    """One setting holds for all blocks of a run, so the first visit that tells it tells it for all."""
    for step in steps:
        try:
            return HowForaged.model_validate({name: step.words.get(name) for name in HowForaged.model_fields})
        except ValidationError:
            continue
    return None


def _is_by_margin(steps: Iterable[Event]) -> bool:
    return any(step.numbers.get("environment_rate") for step in steps)


def _block_diary(id_: str, steps: Sequence[Event], account: Event | None, *, title: str, by_margin: bool) -> BlockDiary:
    visits = tuple(_visits(steps, by_margin=by_margin))
    told = account.numbers if account is not None else {}
    target = told.get("target", steps[-1].numbers.get("target") if steps else None)
    return BlockDiary(
        id=id_,
        title=title,
        visits=visits,
        unique=int(told.get("unique", visits[-1].unique if visits else 0)),
        target=None if target is None else int(target),
        passages=int(told["passages"]) if told else None,
        stop_reason=account.message if account is not None else "",
    )


def _visits(steps: Sequence[Event], *, by_margin: bool) -> Iterator[Visit]:
    unique = read_in_all = 0
    for number, step in enumerate(steps, start=1):
        gain, read = int(step.numbers["gain"]), step.numbers.get("read")
        unique += gain
        rate: float | None
        environment: float | None
        if by_margin:
            rate, environment = step.numbers.get("patch_rate"), step.numbers.get("environment_rate")
        else:
            read_in_all += int(read or 0)
            rate = gain / read if read else None
            environment = unique / read_in_all if read is not None and read_in_all else None
        why = step.words.get("why", "unsaid")
        yield Visit(
            number=number,
            query=step.words.get("query", step.message),
            depth=int(step.numbers["depth"]),
            new_passages=int(step.numbers["new_passages"]),
            read=None if read is None else int(read),
            gain=gain,
            unique=unique,
            rate=rate,
            environment_rate=environment,
            why=cast(Why, why) if why in get_args(Why) else "unsaid",
            reason=step.words.get("reason", "not told"),
            directions=step.numbers.get("directions"),
        )


def _titles(folder: Path) -> dict[str, str]:
    """The sections that blocks belong to; a run that is not finished has no plan to read them from."""
    try:
        outline = Outline.model_validate_json((folder / "plan.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return {block.id: section.title for section, block in blocks_of(outline)}


def _remarks(damaged: Sequence[int], blocks: Iterable[BlockDiary], *, is_whole: bool) -> Iterator[str]:
    if damaged:
        lines = ", ".join(map(str, damaged[:5])) + (", …" if len(damaged) > 5 else "")
        yield f"{len(damaged)} of the lines of events.jsonl cannot be read and are left out: {lines}"
    for block in blocks:
        if block.passages is None:
            yield f"{block.id}: its foraging was cut off, or still goes on"
        elif sum(visit.gain for visit in block.visits) != block.unique:
            gained = sum(visit.gain for visit in block.visits)
            yield f"{block.id}: its visits gained {gained:,} characters, its account says {block.unique:,}"
    if not is_whole:
        yield "the run did not come to the end of its reading"
