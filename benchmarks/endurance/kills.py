"""Part `kills`: commands die by SIGKILL at random instants and are gone on with; what they leave must be the same.

Half of the instants are drawn over the time that the command takes when nothing disturbs it, half are just before or
just behind one of its write calls, where what is on the disk changes. Every fourth trial kills the resumption, too.
"""

import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.endurance.commands import ENTRIES, Entry, Step
from benchmarks.endurance.homes import Bench, Called, Desk, calls_stored
from benchmarks.endurance.outcomes import Outcome, differences
from benchmarks.endurance.part import Options, PartResult, Row
from benchmarks.endurance.recording import Recording, recorded

_THREADS = 2
_SURVIVES = (
    "what was begun is gone on with and ends with exit code 0; reports, evidence, claims, plans, units, rows and "
    "results are byte for byte those of an uninterrupted run by the same clock (the page without its table of "
    "spending, the PDF by its text, and in files for paper without the count of replayed calls); no call is paid twice "
    "but those that were under way when it was killed; `wellread doctor --verify` finds nothing wrong. A trial counts "
    "if a kill met the process alive."
)


@dataclass(frozen=True)
class Instant:
    """When a process is killed: after `fraction` of its usual time, or at a write call, before or behind it."""

    fraction: float = 0.0
    number: int = 0
    is_behind: bool = False

    @property
    def told(self) -> str:
        """In words, for who wants to see it again."""
        if not self.number:
            return f"after {self.fraction:.3f} of its time"
        return f"{'behind' if self.is_behind else 'before'} write call {self.number}"


@dataclass(frozen=True)
class Trial:
    """One command to be killed, once or twice."""

    entry: Entry
    number: int
    instants: tuple[Instant, ...]


@dataclass
class Found:
    """What a trial came to; no problems: it was survived."""

    trial: Trial
    n_killed: int = 0
    n_paid_twice: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def told(self) -> str:
        """What went wrong, and how it can be seen again."""
        instants = ", then ".join(instant.told for instant in self.trial.instants)
        return f"{self.trial.entry.name} #{self.trial.number}, killed {instants}: {'; '.join(self.problems)}"


def campaign(options: Options, entries: Sequence[Entry] = ENTRIES) -> PartResult:
    """Kill every command of the table as often as it says."""
    began = time.monotonic()
    with Bench(options) as bench, ThreadPoolExecutor(_THREADS) as pool:
        known = dict(zip(entries, pool.map(lambda entry: recorded(bench, entry), entries), strict=True))
        trials = [trial for entry in entries for trial in _trials(entry, known[entry], options)]
        options.tell(f"{len(trials)} trials of {len(entries)} commands")
        found = list(pool.map(lambda trial: _tried(bench, trial, known[trial.entry], options), trials))
    return PartResult(
        part="kills",
        survives=_SURVIVES,
        seed=options.seed,
        seconds=time.monotonic() - began,
        rows=tuple(_row(entry, [one for one in found if one.trial.entry is entry], known[entry]) for entry in entries),
        failures=tuple(one.told for one in found if one.problems)[:20],
    )


def _trials(entry: Entry, known: Recording, options: Options) -> Iterator[Trial]:
    rng = random.Random(f"{options.seed}:{entry.name}")
    for number in range(options.scaled(entry.kills)):
        n_lives = 2 if number % 4 == 3 else 1
        yield Trial(entry, number, tuple(_instant(rng, known, is_timed=number % 2 == 0) for _ in range(n_lives)))


def _instant(rng: random.Random, known: Recording, *, is_timed: bool) -> Instant:
    if is_timed and not known.entry.until_first_call:
        return Instant(fraction=rng.uniform(0.0, 1.0))
    return Instant(number=rng.randint(1, known.n_calls), is_behind=rng.random() < 0.5)


def _tried(bench: Bench, trial: Trial, known: Recording, options: Options) -> Found:
    """One trial, in a home of its own which is removed if all was well."""
    with bench.desk() as desk:
        home = desk.copy(trial.entry, f"{trial.entry.name.replace(' ', '-').replace(',', '')}-{trial.number}")
        found = Found(trial)
        step = trial.entry.begin
        n_lost = 0
        for instant in trial.instants:
            n_before = len(desk.echo.asked)
            stored_before = calls_stored(home)
            found.n_killed += _killed(desk, home, step, instant, known)
            # By life: what the first one lost is asked again, and kept, in the second.
            n_lost += len(set(desk.echo.asked[n_before:])) - (calls_stored(home) - stored_before)
            step = _next_step(trial.entry, home)
        ended = desk.call(home, step, settings=trial.entry.settings)
        asked = Counter(desk.echo.asked)
        found.n_paid_twice = max(0, sum(asked.values()) - len(asked) - n_lost)
        found.problems = _problems(desk, home, trial.entry, ended, known.kept, found.n_paid_twice)
    if found.problems:
        options.tell(f"not survived: {found.told}")
    else:
        shutil.rmtree(home.parent)
    return found


def _killed(desk: Desk, home: Path, step: Step, instant: Instant, known: Recording) -> bool:
    """Run a step into its death; False where it ended before."""
    prepared: dict[str, Any] = {}
    if instant.number:
        prepared["plan"] = {"how": "KILL_AFTER" if instant.is_behind else "KILL", "number": instant.number}
    started = desk.start(home, step, settings=known.entry.settings, **prepared)
    if not instant.number:
        time.sleep(instant.fraction * known.seconds)
        started.kill()
    return started.wait(60.0).code == -signal.SIGKILL


def _next_step(entry: Entry, home: Path) -> Step:
    return entry.go_on if entry.go_on is not None and entry.is_begun(home) else entry.begin


def _problems(desk: Desk, home: Path, entry: Entry, ended: Called, wanted: Outcome, n_paid_twice: int) -> list[str]:
    if ended.code:
        return [f"exit code {ended.code} when it was gone on with: {ended.last_line}"]
    problems = [f"{n_paid_twice} calls were paid twice"] if n_paid_twice else []
    problems += [f"{name} differs" for name in differences(wanted, entry.kept(home))]
    return problems + desk.verify(home)


def _row(entry: Entry, found: Sequence[Found], known: Recording) -> Row:
    met = [one for one in found if one.n_killed or one.problems]
    n_late = len(found) - len(met)
    late = f", {n_late} came too late" if n_late else ""
    n_killed = sum(one.n_killed for one in found)
    n_twice = sum(one.n_paid_twice for one in found)
    return Row(
        what=entry.name,
        tried=len(met),
        survived=sum(not one.problems for one in met),
        note=f"{n_killed} kills met it alive{late}; {n_twice} calls paid twice; "
        f"{known.seconds:.1f} s undisturbed, {known.n_calls} write calls",
    )
