"""A command that nothing disturbs: what it writes and where, how long it takes, and what it leaves."""

import json
import shutil
from dataclasses import dataclass

from benchmarks.endurance.commands import Entry
from benchmarks.endurance.faults import Call
from benchmarks.endurance.homes import Bench
from benchmarks.endurance.outcomes import Outcome

_PAID = "lm/replay.py"


@dataclass(frozen=True)
class Recording:
    """The measure of every trial. `n_calls`: of its write calls, those that may be where it is killed."""

    entry: Entry
    seconds: float
    calls: tuple[Call, ...]
    n_calls: int
    kept: Outcome


def recorded(bench: Bench, entry: Entry) -> Recording:
    """Run the command twice: once to time it, once to list its write calls; both must leave the same."""
    name = f"recorded-{entry.name.replace(' ', '-').replace(',', '')}"
    with bench.desk() as desk:
        home = desk.copy(entry, name)
        timed = desk.call(home, entry.begin, settings=entry.settings)
        timed.require()
        kept = entry.kept(home)
        if problems := desk.verify(home):
            raise RuntimeError(f"{entry.name}, which nothing disturbed: {'; '.join(problems)}")
        shutil.rmtree(home.parent)
        home = desk.copy(entry, name)
        record = home.parent / "calls.json"
        desk.call(home, entry.begin, settings=entry.settings, record=str(record)).require()
        if entry.kept(home) != kept:
            raise RuntimeError(f"{entry.name}: two runs that nothing disturbed differ")
        calls = tuple(Call(*call) for call in json.loads(record.read_text(encoding="utf-8"))["calls"])
        shutil.rmtree(home.parent)
    paid = next((n for n, call in enumerate(calls) if _PAID in call.site and "INSERT" in call.op), len(calls))
    return Recording(entry, timed.seconds, calls, paid if entry.until_first_call else len(calls), kept)
