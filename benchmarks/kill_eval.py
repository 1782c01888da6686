"""What an evaluation loses when it is killed: `wellread eval run` is killed at random moments and resumed.

    python benchmarks/kill_eval.py [--n 10] [--suite qa] [--program single-shot] [--sample 12] [--data DIR]

JSON on stdout. One uninterrupted run gives the bytes to reach and the time that it takes. Then each trial starts the
same run in a copy of the home with its corpora but without its calls, sends SIGKILL at a moment drawn evenly between
the making of the run's folder and that time, calls `wellread eval resume last`, and compares `results.jsonl` byte by
byte.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_POLL_S = 0.02
_TIMEOUT_S = 1_800.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the trials; 0 when every one ended with the same bytes."""
    options = _parser().parse_args(argv)
    environment = dict(os.environ)
    if options.models_dir:
        environment["WELLREAD_MODELS_DIR"] = options.models_dir
    command = ["run", options.suite, "--program", options.program, "--sample", str(options.sample)]
    command += ["--data", options.data] if options.data else []
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="kill-eval-") as folder:
        whole = Path(folder) / "whole"
        for _ in range(2):  # the first time corpora and vectors are made
            _forget(whole)
            began = time.monotonic()
            code = _wellread(command, whole, environment)
            seconds = time.monotonic() - began
        wanted = _results(whole)
        if code or not wanted:
            print(f"the uninterrupted run ended with code {code} and {len(wanted)} bytes", file=sys.stderr)
            return 1
        trials = []
        for number in range(options.n):
            home = Path(folder) / f"trial{number}"
            shutil.copytree(whole, home)
            _forget(home)
            trials.append(_trial(command, home, environment, rng.uniform(0.0, seconds), wanted))
            shutil.rmtree(home)
            print(f"trial {number + 1} of {options.n}: {trials[-1]}", file=sys.stderr)
    n_equal = sum(bool(trial["is_equal"]) for trial in trials)
    found = {
        "n": options.n,
        "equal": n_equal,
        "killed_alive": sum(bool(trial["was_alive"]) for trial in trials),
        "items": wanted.count(b"\n"),
        "uninterrupted_s": round(seconds, 1),
        "trials": trials,
    }
    print(json.dumps(found, indent=2))
    return 0 if n_equal == options.n else 1


def _trial(
    command: Sequence[str], home: Path, environment: Mapping[str, str], after_s: float, wanted: bytes
) -> dict[str, object]:
    with subprocess.Popen(_argv(command, home), cwd=ROOT, env=environment, **_QUIET) as process:
        while not list(home.glob("evals/runs/*/eval.json")) and process.poll() is None:
            time.sleep(_POLL_S)
        time.sleep(after_s)
        was_alive = process.poll() is None
        process.send_signal(signal.SIGKILL)
    n_kept = _results(home).count(b"\n")
    code = _wellread(["resume", "last"], home, environment)
    return {
        "killed_after_s": round(after_s, 2),
        "was_alive": was_alive,
        "kept": n_kept,
        "exit_code": code,
        "is_equal": code == 0 and _results(home) == wanted,
    }


_QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def _argv(command: Sequence[str], home: Path) -> list[str]:
    return [sys.executable, "-m", "agent.main", "eval", *command, "--home", str(home), "--quiet"]


def _wellread(command: Sequence[str], home: Path, environment: Mapping[str, str]) -> int:
    done = subprocess.run(_argv(command, home), cwd=ROOT, env=environment, timeout=_TIMEOUT_S, check=False, **_QUIET)
    return done.returncode


def _results(home: Path) -> bytes:
    """The results of the newest evaluation; nothing where it has none yet."""
    found = sorted(home.glob("evals/runs/*/results.jsonl"))
    return found[-1].read_bytes() if found else b""


def _forget(home: Path) -> None:
    """Runs and calls go; corpora and vectors stay, so that a trial is about the evaluation."""
    shutil.rmtree(home / "evals" / "runs", ignore_errors=True)
    for path in home.glob("calls.sqlite*"):
        path.unlink()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--n", type=int, default=10)
    parser.add_argument("--suite", default="qa")
    parser.add_argument("--program", default="single-shot")
    parser.add_argument("--sample", type=int, default=12)
    parser.add_argument("--data")
    parser.add_argument("--models-dir")
    parser.add_argument("--seed", type=int, default=66)
    return parser


if __name__ == "__main__":
    sys.exit(main())
