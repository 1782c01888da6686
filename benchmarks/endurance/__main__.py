"""Do faults to the program and count what it outlives; results go to docs/endurance.json and docs/endurance.md.

    python -m benchmarks.endurance [--part kills ...] [--scale 1.0] [--models-dir DIR] [--keep]

Everything happens in a temporary folder and on 127.0.0.1. Exit code 1 where something was not survived.
"""

import argparse
import importlib
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from agent.version import program_version
from benchmarks.endurance.part import Options, PartResult
from benchmarks.endurance.table import Campaign, Measured, add_result, page_of
from lm.files import write_atomically

ROOT = Path(__file__).resolve().parents[2]
# Each is a module of this package with `campaign(options) -> PartResult`; imported when it is its turn.
PARTS = ("kills", "disk", "endpoint", "files", "text", "concurrency", "secrets", "determinism", "throughput")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the parts asked for, one after another; what one found is written before the next begins."""
    asked = _parser().parse_args(argv)
    n_lost = 0
    for name in asked.part or PARTS:
        result = _run(name, asked)
        measured = Measured(
            result=result,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            version=program_version(),
            machine=f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
            scale=asked.scale,
        )
        _write(add_result(asked.out / "endurance.json", measured), asked.out)
        n_lost += result.tried - result.survived
        _say(f"{name}: {result.survived} of {result.tried} survived in {result.seconds:.0f} s")
        for failure in result.failures:
            _say(f"  not survived: {failure}")
    return 1 if n_lost else 0


def _run(name: str, asked: argparse.Namespace) -> PartResult:
    module = importlib.import_module(f"benchmarks.endurance.{name}")
    began = time.monotonic()
    with _folder(name, is_kept=asked.keep) as place:
        options = Options(
            place=Path(place),
            models_dir=asked.models_dir,
            seed=asked.seed,
            scale=asked.scale,
            tell=lambda line: _say(f"{name}: {time.monotonic() - began:5.0f} s  {line}"),
        )
        result: PartResult = module.campaign(options)
    return result


@contextmanager
def _folder(name: str, *, is_kept: bool) -> Iterator[str]:
    """A folder for one part; the interpreter's own way to keep one came after 3.11."""
    place = tempfile.mkdtemp(prefix=f"wellread-{name}-")
    try:
        yield place
    finally:
        if not is_kept:
            shutil.rmtree(place, ignore_errors=True)


def _write(campaign: Campaign, out: Path) -> None:
    write_atomically(out / "endurance.md", page_of(campaign))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.endurance", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part; may be given again")
    parser.add_argument("--scale", type=float, default=1.0, help="1.0 is the whole campaign")
    parser.add_argument("--seed", type=int, default=66)
    parser.add_argument("--keep", action="store_true", help="leave the folders, to look at what failed")
    default = os.environ.get("WELLREAD_MODELS") or Path(platformdirs.user_cache_dir("wellread")) / "models"
    parser.add_argument("--models-dir", type=Path, default=Path(default))
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
