"""What is lost when a run is killed: `wellread write` is killed at random moments and resumed; JSON on stdout.

    python benchmarks/kill_resume.py [--n 10] [--words 500] [--models-dir DIR] [--writer embedded:smollm2-135m]

Each trial starts `wellread write` in a fresh home with examples/corpus, sends SIGKILL at a moment drawn evenly between
the making of the run's folder and the time that an uninterrupted run takes, then calls `wellread runs resume last`.
The writer is an endpoint in this process that echoes its prompt and counts what it is asked; with `--writer` it is
another model, and calls are not counted.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from endurance.echo import Echo

ROOT = Path(__file__).resolve().parent.parent
TOPIC = (
    "The failure of the Ulver Barrage in November 2021: technical causes, ignored warnings, the money trail, "
    "responsibility, human consequences and reforms"
)
_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Bench:
    """What all trials share."""

    env: dict[str, str]
    words: int

    def command(self, home: Path, *argv: str) -> list[str]:
        """The command line of one call, in one home."""
        return [sys.executable, "-m", "agent.main", *argv, "--home", str(home), "--json", "-q"]

    def run(self, home: Path, *argv: str) -> tuple[int, dict[str, Any]]:
        """Call to the end; exit code and result."""
        done = subprocess.run(
            self.command(home, *argv),
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        if done.returncode not in (0, 3):
            print(done.stderr, file=sys.stderr)
        return done.returncode, json.loads(done.stdout) if done.stdout else {}

    def write(self, home: Path) -> "subprocess.Popen[bytes]":
        """Start `wellread write`, in a process group of its own."""
        command = self.command(home, "write", TOPIC, "--words", str(self.words), "--format", "md")
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=quiet, stderr=quiet, start_new_session=True)


def run_folder(home: Path) -> Path | None:
    """The folder of the home's only run, once its manifest is there."""
    return next((path.parent for path in home.glob("runs/*/run.json")), None)


def await_run(home: Path, process: "subprocess.Popen[bytes]") -> None:
    """Return when the run's folder is made."""
    deadline = time.monotonic() + _TIMEOUT_S
    while run_folder(home) is None:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"no run was begun; exit code {process.poll()}")
        time.sleep(0.005)


@contextmanager
def killed_at_the_end(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Leave no process behind, whatever happens."""
    try:
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def calls_stored(home: Path) -> int:
    """Replies in the home's call cache."""
    if not (home / "calls.sqlite").is_file():
        return 0
    with closing(sqlite3.connect(home / "calls.sqlite")) as db:
        return int(db.execute("SELECT count(*) FROM calls").fetchone()[0])


def calls_counted(home: Path) -> int:
    """Paid calls by the account of the home's only run."""
    usage = next(home.glob("runs/*/usage.json"), None)
    return sum(role["calls"] for role in json.loads(usage.read_text())["by_role"].values()) if usage else 0


def ledger_status(home: Path) -> str:
    """How the ledger says the only run stands."""
    with closing(sqlite3.connect(home / "ledger.sqlite")) as db:
        row = db.execute("SELECT status FROM runs").fetchone()
    return str(row[0]) if row else "not entered"


def uninterrupted(bench: Bench, home: Path) -> tuple[bytes, float]:
    """The report of a run that nobody kills, and the seconds from its folder to its end."""
    process = bench.write(home)
    with killed_at_the_end(process):
        await_run(home, process)
        began = time.monotonic()
        if process.wait(_TIMEOUT_S) != 0:
            raise RuntimeError(f"the uninterrupted run ended with exit code {process.returncode}")
        seconds = time.monotonic() - began
    folder = run_folder(home)
    assert folder is not None
    return (folder / "report.md").read_bytes(), seconds


def trial(bench: Bench, home: Path, *, wait_s: float, expected: bytes, echo: Echo) -> dict[str, Any]:
    """Kill one run after `wait_s`, resume it, and compare."""
    first = len(echo.asked)
    process = bench.write(home)
    with killed_at_the_end(process):
        await_run(home, process)
        time.sleep(wait_s)
        was_alive = process.poll() is None
    before = set(echo.asked[first:])
    stored, status, counted = calls_stored(home), ledger_status(home), calls_counted(home)
    exit_code, result = bench.run(home, "runs", "resume", "last")
    asked = Counter(echo.asked[first:])
    folder = run_folder(home)
    report = folder / "report.md" if folder else None
    return {
        "killed_after_s": round(wait_s, 2),
        "was_alive": was_alive,
        "status_after_kill": status,
        "exit_code": exit_code,
        "is_finished": exit_code == 0 and ledger_status(home) == "finished",
        "is_report_equal": bool(report and report.is_file() and report.read_bytes() == expected),
        "calls": sum(asked.values()),
        "distinct_calls": len(asked),
        "calls_stored": calls_stored(home),
        # A call that is under way when the power fails was asked, and its answer never came: it alone is asked again.
        "lost_in_flight": len(before) - stored,
        # Of the calls whose answer came before the kill.
        "uncounted_after_kill": stored - counted,
        "uncounted": calls_stored(home) - calls_counted(home),
        "asked_twice": sum(asked.values()) - len(asked),
        "tokens_counted": result.get("figures", {}).get("tokens"),
    }


def _prepared(bench: Bench, base: Path, place: Path) -> Path:
    """A home with corpus, index and vectors of `base` and nothing else."""
    home = place / "home"
    home.mkdir(parents=True)
    for path in base.iterdir():
        if path.name.startswith(("corpus.sqlite", "vectors.sqlite", "index")):
            (shutil.copytree if path.is_dir() else shutil.copy2)(path, home / path.name)
    return home


def measure(arguments: argparse.Namespace, place: Path, echo: Echo) -> dict[str, Any]:
    """Ingest, run once without interruption, then `n` times with one."""
    bench = Bench(_environment(arguments, echo), arguments.words)
    base = place / "base"
    code, _ = bench.run(base, "ingest", str(ROOT / "examples" / "corpus"))
    if code:
        raise RuntimeError(f"ingest ended with exit code {code}")
    bench.run(base, "ask", TOPIC)  # a first run embeds the passages; the runs compared start from the same vectors
    whole = _prepared(bench, base, place / "whole")
    first = len(echo.asked)
    expected, seconds = uninterrupted(bench, whole)
    whole_calls = echo.asked[first:]
    rng = random.Random(arguments.seed)
    trials = []
    for number in range(arguments.n):
        home = _prepared(bench, base, place / f"trial{number:02d}")
        wait_s = rng.uniform(0.0, 1.0) * seconds
        trials.append(trial(bench, home, wait_s=wait_s, expected=expected, echo=echo))
        shutil.rmtree(home.parent)
    return {
        **_summary(trials, whole_calls, seconds),
        "seed": arguments.seed,
        "words": arguments.words,
        "trials": trials,
    }


def _summary(trials: Sequence[dict[str, Any]], whole_calls: Sequence[str], seconds: float) -> dict[str, Any]:
    def total(key: str) -> int:
        return sum(int(found[key]) for found in trials)

    return {
        "n": len(trials),
        "killed_alive": total("was_alive"),
        "finished": total("is_finished"),
        "reports_equal": total("is_report_equal"),
        "calls": total("calls"),
        "distinct_calls": total("distinct_calls"),
        "calls_stored": total("calls_stored"),
        "asked_twice": total("asked_twice"),
        "lost_in_flight": total("lost_in_flight"),
        "uncounted_after_kill": total("uncounted_after_kill"),
        "uncounted": total("uncounted"),
        "paid_twice": sum(max(0, found["asked_twice"] - found["lost_in_flight"]) for found in trials),
        "uninterrupted": {"calls": len(whole_calls), "distinct": len(set(whole_calls)), "seconds": round(seconds, 1)},
    }


def _environment(arguments: argparse.Namespace, echo: Echo) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("WELLREAD_")}
    env |= {"PYTHONPATH": str(ROOT), "WELLREAD_MODELS": str(arguments.models_dir)} if arguments.models_dir else {}
    if arguments.writer:
        return env | {"WELLREAD_ROLES__WRITER__MODEL": arguments.writer}
    return env | {"WELLREAD_ROLES__WRITER__MODEL": "openai:echo", "WELLREAD_ROLES__WRITER__BASE_URL": echo.url}


def main() -> None:
    """Measure, with the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--n", type=int, default=10, help="runs to kill")
    parser.add_argument("--words", type=int, default=500)
    parser.add_argument("--seed", type=int, default=66, help="of the moments")
    parser.add_argument("--delay", type=float, default=0.3, help="seconds that the echo takes for a call")
    parser.add_argument("--models-dir", type=Path, help="folder of model files; the user's cache if left out")
    parser.add_argument("--writer", help="a model in the echo's place; calls are not counted then")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wellread-kill-") as folder, closing(Echo(arguments.delay)) as echo:
        print(json.dumps(measure(arguments, Path(folder), echo), indent=2))


if __name__ == "__main__":
    main()
