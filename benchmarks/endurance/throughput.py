"""Part `throughput`: a batch of short briefs against a simulated endpoint: steady, failing, and killed again and again.

Each brief is a report of 150 words whose paragraph is the best of so many drafts; the endpoint has 16 slots and answers
in one second. On two cores the endpoint itself takes a part of one.
"""

import json
import random
import resource
import shutil
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from benchmarks.endurance.fault_sites import ROOT
from benchmarks.endurance.part import Options, PartResult, Row
from benchmarks.endurance.slots import Fault, SlotServer
from benchmarks.endurance.warm import Ended, WarmProgram, environment

BRIEFS, KILLS, JOBS, DRAFTS = 200, 5, 64, 12
_AIM = 0.8
_LIMIT_S = 1_500.0
_FAULTS: Mapping[Fault, float] = {
    "429": 0.03, "429 with Retry-After": 0.02, "503": 0.02, "reset": 0.03, "stall": 0.005, "truncated": 0.02
}  # fmt: skip
_STALL_S, _TIMEOUT_S = 15.0, 10.0  # at 64 items a call waits for a slot for up to four seconds
_ON_ITS_WAY_S = 0.5  # from an answer's sending until it is kept; whoever is killed meanwhile may ask again
_MOST_TRIES = 12  # of one call: see `lm.retrying`
_SUBJECTS = (
    "the gates", "the divers", "the audit", "the granite", "the board", "the council", "the flood", "the repair",
    "the engineers", "the contractor", "the money", "the warnings", "the inquiry", "the families", "the reforms",
)  # fmt: skip
_SURVIVES = (
    "every brief has its report, no brief has two, and no call that was answered is asked again, but one whose answer "
    f"was on its way when its asker was killed; the endpoint's slots are busy for {_AIM:.0%} of the time from first "
    "call to last; what is killed ends with the same reports."
)


@dataclass(frozen=True)
class Found:
    """What a batch left: the reports by item, and the rows of its items."""

    reports: dict[str, bytes]
    rows: list[dict[str, object]]


class _Trial:
    """One home, one endpoint, one batch."""

    def __init__(
        self, program: WarmProgram, env: Mapping[str, str], home: Path, file: Path, server: SlotServer
    ) -> None:
        self._program, self._home, self._file, self.server = program, home, file, server
        self._env = dict(env) | {
            "WELLREAD_ROLES__WRITER__MODEL": "openai:echo",
            "WELLREAD_ROLES__WRITER__BASE_URL": server.url,
            "WELLREAD_ROLES__WRITER__TIMEOUT_S": str(_TIMEOUT_S),
            "WELLREAD_WRITE__DRAFTING": "paragraph",
            "WELLREAD_WRITE__CANDIDATES": str(DRAFTS),
        }

    @property
    def _argv(self) -> list[str]:
        return ["batch", str(self._file), "--jobs", str(JOBS), "--home", str(self._home), "--quiet", "--json"]

    def run(self) -> Ended:
        """To its end."""
        return self._program.run(self._argv, env=self._env, limit_s=_LIMIT_S)

    def run_and_kill(self, after_s: float) -> tuple[bool, Counter[str]]:
        """Kill it so many seconds after its first call; whether it was alive, and which answers were on their way."""
        n_before = sum(self.server.asked.values())
        started = self._program.start(self._argv, env=self._env)
        while sum(self.server.asked.values()) == n_before and not started.has_ended(0.05):
            pass
        time.sleep(after_s)
        killed_at = time.monotonic()
        started.kill()
        was_alive = started.wait(60.0).code == -signal.SIGKILL
        time.sleep(2 * self.server.latency_s)  # what was being answered is answered to nobody
        return was_alive, Counter(key for key, at in self.server.answered_at if at > killed_at - _ON_ITS_WAY_S)

    def found(self) -> Found:
        """What is there now."""
        with closing(sqlite3.connect(self._home / "batches.sqlite")) as db:
            rows = [json.loads(row) for (row,) in db.execute("SELECT row FROM items ORDER BY item")]
        paths = {str(row["item"]): self._home / "runs" / str(row["run_id"]) / "report.md" for row in rows}
        return Found({item: path.read_bytes() for item, path in paths.items() if path.is_file()}, rows)

    def n_runs(self) -> int:
        """Runs in the ledger."""
        with closing(sqlite3.connect(self._home / "ledger.sqlite")) as db:
            return int(db.execute("SELECT count(*) FROM runs").fetchone()[0])


def campaign(options: Options) -> PartResult:
    """Steady, failing, killed: the same briefs each time."""
    began = time.monotonic()
    n = options.scaled(BRIEFS)
    env = environment(options.models_dir)
    file = options.place / "briefs.jsonl"
    file.write_text("".join(json.dumps({"topic": topic, "words": 150}) + "\n" for topic in topics(n)), encoding="utf-8")
    failures: list[str] = []
    rows: list[Row] = []
    with WarmProgram(env, embedder_of=options.models_dir) as program:
        base = options.place / "base"
        _require(program.run(["ingest", str(ROOT / "examples" / "corpus"), "--home", str(base)], limit_s=_LIMIT_S))

        def trial(name: str, **server: object) -> _Trial:
            home = options.place / name
            shutil.copytree(base, home)
            return _Trial(program, env, home, file, SlotServer(seed=options.seed, **server))  # type: ignore[arg-type]

        steady = trial("steady")
        with closing(steady.server):
            rows += _steady(steady, n, failures, options)
            wanted = steady.found().reports
        failing = trial("failing", faults=dict(_FAULTS), stall_s=_STALL_S)
        with closing(failing.server):
            rows += _failing(failing, n, wanted, failures, options)
        killed = trial("killed")
        with closing(killed.server):
            rows += _killed(killed, n, wanted, failures, options)
    return PartResult(
        part="throughput",
        survives=_SURVIVES,
        seed=options.seed,
        seconds=time.monotonic() - began,
        rows=tuple(rows),
        failures=tuple(failures[:20]),
    )


def topics(n: int) -> list[str]:
    """So many topics, no two alike."""
    pairs = [(one, other) for one, other in product(_SUBJECTS, _SUBJECTS) if one != other]
    return [f"The Ulver Barrage: {one} and {other}" for one, other in pairs[:n]]


def _steady(trial: _Trial, n: int, failures: list[str], options: Options) -> list[Row]:
    began, used = time.monotonic(), _cpu_s()
    ended = trial.run()
    seconds, server = time.monotonic() - began, trial.server
    share, calls = server.busy_share(), sum(server.asked.values())
    whole = _counted("steady", ended, trial, n, None, failures)
    told = (
        f"{calls} calls in {seconds:.0f} s, {calls / n:.1f} a brief; {server.busy_s / seconds / server.n_slots:.1%} "
        f"busy over the whole command; {ended.cpu_s / n:.2f} s of processor a brief, "
        f"{(_cpu_s() - used) / max(calls, 1) * 1000:.0f} ms a call in the endpoint"
    )
    options.tell(f"steady: slots busy {share:.1%}; {told}")
    if share < _AIM:
        failures.append(f"steady: the slots were busy for {share:.1%} of the time, the aim is {_AIM:.0%}")
    return [
        Row(what=f"{n} briefs, steady endpoint", tried=n, survived=whole, note=told),
        Row(what="slots busy", tried=1, survived=int(share >= _AIM), note=f"{share:.1%} of {server.n_slots}"),
        Row(
            what="no call asked twice",
            tried=1,
            survived=int(all(count == 1 for count in server.asked.values())),
            note=f"{len(server.asked)} calls, by the hash of what was sent; {DRAFTS} drafts of each paragraph",
        ),
    ]


def _failing(trial: _Trial, n: int, wanted: Mapping[str, bytes], failures: list[str], options: Options) -> list[Row]:
    ended = trial.run()
    server = trial.server
    most, again = max(server.asked.values(), default=0), sum(count - 1 for count in server.answered.values())
    whole = _counted("failing", ended, trial, n, wanted, failures)
    told = ", ".join(f"{count} × {fault}" for fault, count in sorted(server.failed.items()))
    is_bounded = most <= _MOST_TRIES and not again
    if not is_bounded:
        failures.append(f"failing: one call was sent {most} times; {again} answered calls were asked again")
    tries = f"at most {most} tries of a call; {again} answered calls asked again"
    busy = f"busy {server.busy_share():.1%}"
    options.tell(f"failing: {told}; {tries}; {busy}")
    return [
        Row(
            what=f"{n} briefs, failing endpoint",
            tried=n,
            survived=whole,
            note=f"{told}; {busy}",
        ),
        Row(what="tries bounded, no answer paid twice", tried=1, survived=int(is_bounded), note=tries),
    ]


def _killed(trial: _Trial, n: int, wanted: Mapping[str, bytes], failures: list[str], options: Options) -> list[Row]:
    rng = random.Random(f"throughput-{options.seed}")
    n_alive, on_their_way = 0, Counter[str]()
    for _ in range(KILLS):
        was_alive, some = trial.run_and_kill(rng.uniform(0.5, max(4.0, 30.0 * n / BRIEFS)))
        n_alive += was_alive
        on_their_way += some
    ended = trial.run()
    server = trial.server
    again = server.answered - Counter(server.answered.keys())
    n_paid_twice = (again - on_their_way).total()
    whole = _counted("killed", ended, trial, n, wanted, failures)
    note = f"{sum(server.asked.values())} calls, {again.total()} asked again whose answer was on its way at a kill"
    note = f"{note}, {n_paid_twice} others"
    if n_paid_twice:
        failures.append(f"killed: {n_paid_twice} calls were answered again though their answer had come")
    options.tell(f"killed: {n_alive} of {KILLS} kills met it alive; {note}")
    return [
        Row(what=f"{n} briefs, killed {KILLS} times", tried=n, survived=whole),
        Row(what="kills that met it alive, calls begun", tried=KILLS, survived=n_alive),
        Row(what="no answer that was kept paid twice", tried=1, survived=int(not n_paid_twice), note=note),
    ]


def _counted(
    name: str, ended: Ended, trial: _Trial, n: int, wanted: Mapping[str, bytes] | None, failures: list[str]
) -> int:
    """Briefs that have the one report that they should have."""
    found = trial.found()
    if ended.code or ended.is_late:
        failures.append(f"{name}: exit code {ended.code}, late {ended.is_late}: {ended.last_line}")
        return 0
    if (n_runs := trial.n_runs()) != n:
        failures.append(f"{name}: {n_runs} runs of {n} briefs")
        return max(0, n - abs(n_runs - n))
    wrong = [item for item, report in found.reports.items() if wanted is not None and wanted.get(item) != report]
    failures += [f"{name}: the report of {item} differs from that of the steady endpoint" for item in wrong[:5]]
    return len(found.reports) - len(wrong)


def _require(ended: Ended) -> None:
    if ended.code:
        raise RuntimeError(f"a call that nothing disturbed ended with {ended.code}: {ended.stderr[-2000:]}")


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
