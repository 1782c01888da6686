"""Part `disk`: every line of the program that writes meets a full, failing or read-only disk, or no free descriptor.

The write calls of each command are listed first, by the lines that ask for them. Then each line fails in each way that
fits it, in a forked process of its own; afterwards the fault is gone, and the command is gone on with.
"""

import json
import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.endurance.commands import ENTRIES, Entry
from benchmarks.endurance.faults import OPENING
from benchmarks.endurance.homes import Bench, Called, Desk
from benchmarks.endurance.outcomes import OF_MEMORY, differences
from benchmarks.endurance.part import Options, PartResult, Row
from benchmarks.endurance.recording import Recording, recorded

_THREADS = 2
_CODES = (0, 1, 2, 5)
_SURVIVES = (
    "the command ends with a documented exit code (0, 1, 2 or 5) and a message, without traceback or crash report; "
    "`wellread doctor --verify` finds nothing wrong then; where the exit code is 0, all is there that a run leaves "
    "which nothing disturbed, or it is said that the report is not remembered; where it is another, it is there when "
    "the fault is gone and the command is gone on with, which ends with exit code 0. A trial counts if the line was "
    "reached."
)
_NOT_REMEMBERED = "the report is not remembered"
_SQL = ("sql BEGIN IMMEDIATE", "sql COMMIT", "sql INSERT", "sql UPDATE", "sql DELETE", "sql CREATE", "sql REPLACE")


@dataclass(frozen=True)
class Fault:
    """One way to fail. `ops`: the kinds of calls that can fail so, none: all; `lasts`: every later one fails, too;
    `every`: of so many lines one is tried."""

    name: str
    how: str
    ops: tuple[str, ...] = ()
    lasts: bool = False
    every: int = 1


FAULTS: tuple[Fault, ...] = (
    Fault("ENOSPC, for good", "ENOSPC", lasts=True),
    Fault("EDQUOT, once", "EDQUOT", every=3),
    Fault("EIO, once", "EIO"),
    Fault("EROFS, for good", "EROFS", lasts=True),
    Fault("short write, then no room", "SHORT", ("write",), lasts=True),
    Fault("failed sync, for good", "EIO", ("fsync", "sql COMMIT"), lasts=True),
    Fault("failed rename, for good", "EIO", ("replace", "rename"), lasts=True),
    Fault("EMFILE, once", "EMFILE", OPENING),
    Fault("no descriptor left, by the kernel", "NOFILE", OPENING, lasts=True),
    Fault("no file may grow, by the kernel", "FSIZE", ("write", *_SQL), lasts=True, every=2),
)


@dataclass(frozen=True)
class Site:
    """A line that writes, the command that reaches it soonest, and how often it does."""

    op: str
    where: str
    entry: Entry
    times: int


@dataclass(frozen=True)
class Trial:
    """One line failing in one way, at one of the times that it is reached."""

    fault: Fault
    site: Site
    occurrence: int

    @property
    def name(self) -> str:
        """As a message names it."""
        return f"{self.fault.name}: {self.site.op} #{self.occurrence} at {self.site.where} in {self.site.entry.name}"


@dataclass
class Found:
    """What a trial came to; `has_struck`: the line was reached."""

    trial: Trial
    has_struck: bool = False
    code: int = 0
    said: str = ""
    problems: list[str] = field(default_factory=list)


def campaign(options: Options, entries: Sequence[Entry] = ENTRIES) -> PartResult:
    """Let every line that writes fail in every way that fits it."""
    began = time.monotonic()
    with Bench(options) as bench, ThreadPoolExecutor(_THREADS) as pool:
        known = dict(zip(entries, pool.map(lambda entry: recorded(bench, entry), entries), strict=True))
        sites = _sites(known)
        trials = list(_trials(sites, options))
        options.tell(f"{len(trials)} trials at {len(sites)} lines that write")
        found = list(pool.map(lambda numbered: _tried(bench, *numbered, known, options), enumerate(trials)))
    return PartResult(
        part="disk",
        survives=_SURVIVES,
        seed=options.seed,
        seconds=time.monotonic() - began,
        rows=tuple(_row(fault, [one for one in found if one.trial.fault is fault]) for fault in FAULTS),
        failures=tuple(f"{one.trial.name}: {'; '.join(one.problems)}" for one in found if one.problems)[:40],
    )


def _sites(known: dict[Entry, Recording]) -> list[Site]:
    """Each line once, in the command that is done soonest."""
    sites: dict[tuple[str, str], Site] = {}
    for entry, recording in sorted(known.items(), key=lambda item: item[1].seconds):
        for (op, where), times in Counter((call.op, call.site) for call in recording.calls).items():
            sites.setdefault((op, where), Site(op, where, entry, times))
    return [sites[key] for key in sorted(sites)]


def _trials(sites: Sequence[Site], options: Options) -> Iterator[Trial]:
    rng = random.Random(options.seed)
    for fault in FAULTS:
        fitting = [site for site in sites if not fault.ops or site.op in fault.ops]
        for site in rng.sample(fitting, min(len(fitting), options.scaled(-(-len(fitting) // fault.every)))):
            yield Trial(fault, site, rng.randint(1, site.times))


def _tried(bench: Bench, number: int, trial: Trial, known: dict[Entry, Recording], options: Options) -> Found:
    entry = trial.site.entry
    with bench.desk() as desk:
        home = desk.copy(entry, f"{number:04d}")
        found = _struck(desk, home, trial)
        if not found.has_struck and trial.occurrence > 1:  # threads do not always come by as often
            shutil.rmtree(home.parent)
            home = desk.copy(entry, f"{number:04d}")
            found = _struck(desk, home, Trial(trial.fault, trial.site, 1))
        if found.has_struck:
            found.problems += desk.verify(home)
            # Before anything could hide that something is missing. Memory is no part of a report, and is told of.
            if found.code == 0:
                lacking = _lacking(home, known[entry], but=OF_MEMORY if _NOT_REMEMBERED in found.said else ())
                found.problems += [f"exit code 0, and yet {name}" for name in lacking]
            found.problems += _gone_on(desk, home, known[entry])
    if found.problems:
        options.tell(f"not survived: {found.trial.name}: {'; '.join(found.problems)}")
    else:
        shutil.rmtree(home.parent)
    return found


def _struck(desk: Desk, home: Path, trial: Trial) -> Found:
    """Make the call with the fault under it."""
    fault, site = trial.fault, trial.site
    record = home.parent / "calls.json"
    plan = {
        "how": fault.how,
        "op": site.op,
        "site": site.where,
        "occurrence": trial.occurrence,
        "lasts": fault.lasts,
    }
    ended = desk.call(home, site.entry.begin, settings=site.entry.settings, plan=plan, record=str(record))
    # Without a record it was reached: nothing else ends a process before it can write one.
    has_struck = not record.is_file() or bool(json.loads(record.read_text(encoding="utf-8"))["has_struck"])
    said = ended.stdout + ended.stderr
    return Found(trial, has_struck, ended.code, said, _faults_of(ended, home) if has_struck else [])


def _faults_of(ended: Called, home: Path) -> list[str]:
    """What is wrong with how the call ended."""
    problems = []
    if ended.is_late:
        problems.append("it hung")
    if ended.code not in _CODES:
        problems.append(f"exit code {ended.code}: {ended.last_line}")
    if "Traceback" in ended.stderr or list(home.glob("crashes/*")):
        problems.append(f"a traceback: {ended.last_line}")
    if ended.code and not ended.stderr.strip():
        problems.append(f"exit code {ended.code} without a word")
    return problems


def _gone_on(desk: Desk, home: Path, known: Recording) -> list[str]:
    """What is wrong when the fault is gone and the command is gone on with."""
    entry = known.entry
    step = entry.go_on if entry.go_on is not None and entry.is_begun(home) else entry.begin
    ended = desk.call(home, step, settings=entry.settings)
    if ended.code:
        return [f"exit code {ended.code} when it was gone on with: {ended.last_line}"]
    return _lacking(home, known)


def _lacking(home: Path, known: Recording, *, but: Sequence[str] = ()) -> list[str]:
    """What is not as a run leaves it that nothing disturbed; `but` these may be otherwise."""
    try:
        kept = known.entry.kept(home)
    except (OSError, ValueError, sqlite3.Error) as error:
        return [f"what is left cannot be read: {error!r}"]
    return [f"{name} differs" for name in differences(known.kept, kept) if name not in but]


def _row(fault: Fault, found: Sequence[Found]) -> Row:
    struck = [one for one in found if one.has_struck]
    codes = ", ".join(f"{code}: {n}" for code, n in sorted(Counter(one.code for one in struck).items()))
    n_lines = len({(one.trial.site.op, one.trial.site.where) for one in struck})
    n_missed = len(found) - len(struck)
    return Row(
        what=fault.name,
        tried=len(struck),
        survived=sum(not one.problems for one in struck),
        note=f"{n_lines} lines{f', {n_missed} not reached' if n_missed else ''}; exit codes {codes}" if found else "",
    )
