"""What an evaluation loses when it is killed: one `wellread eval run` is killed again and again, and resumed.

    python benchmarks/kill_eval.py [--n 10] [--suite qa] [--program single-shot] [--sample 24] [--data DIR]

JSON on stdout. An uninterrupted run gives the bytes to reach. Then the same run starts in a copy of the home with its
corpora but without its calls. Each of its lives gets SIGKILL at a moment drawn anew: after none, one or two more items
and a part of the next. `wellread eval resume last` begins the next life; the one after the last kill may end, and its
`results.jsonl` is compared byte by byte.
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
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_POLL_S = 0.02
_MOST_ITEMS = 2  # of one life
_TIMEOUT_S = 1_800.0


def main(argv: Sequence[str] | None = None) -> int:
    """Kill and resume; 0 when the run ended with the same bytes."""
    options = _parser().parse_args(argv)
    environment = dict(os.environ)
    if options.models_dir:
        environment["WELLREAD_MODELS"] = options.models_dir
    command = ["run", options.suite, "--program", options.program, "--sample", str(options.sample)]
    command += ["--data", options.data] if options.data else []
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="kill-eval-") as folder:
        home = Path(folder)
        for _ in range(2):  # the first time corpora and vectors are made
            _forget(home)
            began = time.monotonic()
            code = _wellread(command, home, environment)
            seconds = time.monotonic() - began
        wanted = _results(home)
        if code or not wanted:
            print(f"the uninterrupted run ended with code {code} and {len(wanted)} bytes", file=sys.stderr)
            return 1
        _forget(home)
        lives = []
        while len(lives) < options.n:
            start = command if _n_results(home) is None else ["resume", "last"]
            n_more, then_s = rng.randint(0, _MOST_ITEMS), rng.uniform(0.0, seconds / options.sample)
            lives.append(_life(start, home, environment, n_more, then_s))
            print(f"life {len(lives)} of {options.n}: {lives[-1]}", file=sys.stderr)
        code = _wellread(["resume", "last"], home, environment)
        got = _results(home)
    is_equal = code == 0 and got == wanted
    for one, other in zip_longest(wanted.splitlines(), got.splitlines(), fillvalue=b""):
        if one != other:
            print(f"differs:\n  {one.decode()}\n  {other.decode()}", file=sys.stderr)
    found = {
        "kills": options.n,
        "killed_alive": sum(bool(life["was_alive"]) for life in lives),
        "items": wanted.count(b"\n"),
        "bytes": len(wanted),
        "is_equal": is_equal,
        "exit_code": code,
        "uninterrupted_s": round(seconds, 1),
        "lives": lives,
    }
    print(json.dumps(found, indent=2))
    return 0 if is_equal else 1


def _life(
    command: Sequence[str], home: Path, environment: Mapping[str, str], n_more: int, then_s: float
) -> dict[str, object]:
    """Run until so many more items are done and so many seconds have passed; then kill."""
    n_before = _n_results(home) or 0
    with subprocess.Popen(_argv(command, home), cwd=ROOT, env=environment, **_QUIET) as process:
        while ((n := _n_results(home)) is None or n < n_before + n_more) and process.poll() is None:
            time.sleep(_POLL_S)
        time.sleep(then_s)
        was_alive = process.poll() is None
        process.send_signal(signal.SIGKILL)
    return {"command": command[0], "was_alive": was_alive, "items_kept": _n_results(home)}


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


def _n_results(home: Path) -> int | None:
    """Items whose results are kept; None before the evaluation has its folder."""
    return _results(home).count(b"\n") if list(home.glob("evals/runs/*/eval.json")) else None


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
    parser.add_argument("--sample", type=int, default=24)
    parser.add_argument("--data")
    parser.add_argument("--models-dir")
    parser.add_argument("--seed", type=int, default=66)
    return parser


if __name__ == "__main__":
    sys.exit(main())
