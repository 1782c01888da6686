"""Part `concurrency`: processes that all work on one home at once; nothing may be lost, doubled or refused.

A crowd of 1, 2, 4 and 8, each in a fresh home: every member ingests, runs, remembers and talks as `crowd.DEEDS` says,
and begins each call when its own last one has ended. Then the home is counted.
"""

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.endurance import crowd_home
from benchmarks.endurance.crowd import DEEDS, Deed, Member, expected, lay_out
from benchmarks.endurance.echo import Echo
from benchmarks.endurance.part import Options, PartResult, Row
from benchmarks.endurance.warm import Ended, WarmProgram, environment

CROWDS = (1, 2, 4, 8)
_LIMIT_S = 300.0
_DELAY_S = 0.02
# What the commands import when they are called.
_PRELOADED = ("agent.long_term", "agent.chat.sessions", "agent.chat.conversation", "agent.commands.memory_changes")
_REFUSED = re.compile(r"\blocked\b|\bbusy\b|Traceback", re.IGNORECASE)
_SURVIVES = (
    "each call ends with exit code 0 and without a word of locks; afterwards documents, runs, reports, notes and turns "
    "are exactly as many as were made, no row is there twice, every paid reply is kept, each run's events tell all of "
    "its calls, and `wellread doctor --verify` finds nothing wrong."
)


@dataclass(frozen=True)
class Made:
    """A call of a member, and what is wrong with how it ended."""

    deed: Deed
    told: str
    ended: Ended

    @property
    def problem(self) -> str:
        """Empty where it ended well."""
        if self.ended.is_late:
            return f"{self.told}: no end after {_LIMIT_S:.0f} s"
        if self.ended.code:
            return f"{self.told}: exit code {self.ended.code}: {self.ended.last_line}"
        said = _REFUSED.search(self.ended.stderr)
        return f"{self.told}: says {said[0]!r}: {self.ended.last_line}" if said else ""


@dataclass(frozen=True)
class Crowd:
    """What a crowd of some size did, how long it took, and what is wrong with the home."""

    size: int
    made: tuple[Made, ...]
    seconds: float
    problems: Mapping[str, tuple[str, ...]]  # by what was looked at
    n_paid_twice: int

    @property
    def failures(self) -> Iterator[str]:
        """What was not survived, and how it can be seen again."""
        yield from (one.problem for one in self.made if one.problem)
        yield from (f"{self.size} processes, {what}: {said}" for what, all_ in self.problems.items() for said in all_)


def campaign(options: Options, crowds: Sequence[int] = CROWDS, deeds: Sequence[Deed] = DEEDS) -> PartResult:
    """Every crowd, one after the other, each in a home of its own."""
    began = time.monotonic()
    sizes = [size for size in crowds if size <= max(2, options.scaled(max(crowds)))]
    found = []
    env = environment(options.models_dir)
    with WarmProgram(env, preload=_PRELOADED) as program:
        for size in sizes:
            found.append(_crowd(Caller(program, env), deeds, size, options.place / f"crowd-{size}"))
            n_wrong = len(list(found[-1].failures))
            options.tell(f"{size} processes: {len(found[-1].made)} calls in {found[-1].seconds:.0f} s, {n_wrong} wrong")
    return PartResult(
        part="concurrency",
        survives=_SURVIVES,
        seed=options.seed,
        seconds=time.monotonic() - began,
        rows=tuple(row for one in found for row in _rows(one)),
        failures=tuple(told for one in found for told in one.failures)[:20],
    )


@dataclass(frozen=True)
class Caller:
    """Makes calls of the program."""

    program: WarmProgram
    env: Mapping[str, str]

    def call(self, argv: Sequence[str], home: Path, echo: Echo, typed: bytes = b"") -> Ended:
        """A call that has ended."""
        own = {"WELLREAD_ROLES__WRITER__MODEL": "openai:echo", "WELLREAD_ROLES__WRITER__BASE_URL": echo.url}
        argv = [*argv, "--home", str(home)]
        return self.program.run(argv, limit_s=_LIMIT_S, env={**self.env, **own}, stdin=typed)


def _crowd(caller: Caller, deeds: Sequence[Deed], size: int, place: Path) -> Crowd:
    lay_out(place / "files", size)
    home, echo = place / "home", Echo(_DELAY_S)
    try:
        began = time.monotonic()
        with ThreadPoolExecutor(size) as pool:
            members = [Member(number, place / "files") for number in range(size)]
            made = [
                one
                for all_ in pool.map(
                    lambda member: _lived(caller, member.calls(deeds), member.number, home, echo), members
                )
                for one in all_
            ]
        seconds = time.monotonic() - began
        verified = caller.call(["doctor", "--verify"], home, echo)
        asked = list(echo.asked)
    finally:
        echo.close()
    return Crowd(
        size,
        tuple(made),
        seconds,
        _problems(home, expected(size, deeds), asked, verified),
        len(asked) - len(set(asked)),
    )


def _lived(
    caller: Caller, calls: Iterable[tuple[Deed, list[str], bytes]], number: int, home: Path, echo: Echo
) -> list[Made]:
    """A member's calls, one after another."""
    return [
        Made(deed, f"process {number}, {' '.join(argv)[:80]}", caller.call(argv, home, echo, typed))
        for deed, argv, typed in calls
    ]


def _problems(
    home: Path, wanted: Mapping[str, int], asked: Sequence[str], verified: Ended
) -> dict[str, tuple[str, ...]]:
    there = crowd_home.counted(home)
    wrong = [f"{there[what]} of {what}, {n} were made" for what, n in wanted.items() if there[what] != n]
    twice = [f"{n} {what} are there twice" for what, n in crowd_home.doubled(home).items() if n]
    lines = verified.stdout.splitlines() if verified.code else []
    return {
        "counts": tuple(wrong),
        "doubled rows": tuple(twice),
        "calls, folders and events": tuple(crowd_home.losses(home, asked)),
        "doctor --verify": tuple(line for line in lines if line.startswith("fail")) or tuple(lines[-1:]),
    }


def _rows(crowd: Crowd) -> Iterator[Row]:
    n_processes = f"{crowd.size} process{'es' if crowd.size > 1 else ''}"
    by_kind = Counter(one.deed.kind for one in crowd.made)
    well = Counter(one.deed.kind for one in crowd.made if not one.problem)
    for kind in by_kind:
        seconds = sorted(one.ended.seconds for one in crowd.made if one.deed.kind == kind)
        note = f"median {seconds[len(seconds) // 2]:.1f} s, longest {seconds[-1]:.1f} s"
        yield Row(what=f"{n_processes}: {kind}", tried=by_kind[kind], survived=well[kind], note=note)
    whole = f"{len(crowd.made)} calls in {crowd.seconds:.0f} s, {len(crowd.made) / crowd.seconds:.2f} a second"
    if crowd.n_paid_twice:
        whole += f"; {crowd.n_paid_twice} requests asked by two processes at once"
    survived = sum(not said for said in crowd.problems.values())
    yield Row(what=f"{n_processes}: the home afterwards", tried=len(crowd.problems), survived=survived, note=whole)
