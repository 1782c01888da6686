"""How long it takes from a folder of documents to a finished report, with examples/corpus: JSON on stdout.

    python benchmarks/examples_report.py [--words 1200] [--model embedded:smollm2-135m] [--models-dir DIR] [--home DIR]

Models must be on this machine. Every command is a process of its own, as a user starts it. Run it alone: other work on
the machine shows in every number.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOPIC = (
    "The failure of the Ulver Barrage in November 2021: technical causes, ignored warnings, the money trail, "
    "responsibility, human consequences and reforms"
)


def main() -> None:
    """Measure, with the options of the command line."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="wellread-bench-") as folder:
        print(json.dumps(_measure(arguments, arguments.home or Path(folder)), indent=2))


def _measure(arguments: argparse.Namespace, home: Path) -> dict[str, Any]:
    env = dict(os.environ) | {"PYTHONPATH": str(ROOT), "WELLREAD_HOME": str(home)}
    if arguments.models_dir:
        env["WELLREAD_MODELS"] = str(arguments.models_dir)
    ingest_s, ingested = _timed(["ingest", str(ROOT / "examples" / "corpus")], env)
    options = ["--words", str(arguments.words), *(["--model", arguments.model] if arguments.model else [])]
    write_s, written = _timed(["write", TOPIC, *options], env)
    again_s, again = _timed(["write", TOPIC, *options], env)
    return {
        "ingest_s": round(ingest_s, 1),
        "write_s": round(write_s, 1),
        "total_s": round(ingest_s + write_s, 1),
        "write_again_s": round(again_s, 1),
        "is_same_again": _report(written) == _report(again),
        "documents": ingested["corpus"]["documents"],
        "characters": ingested["corpus"]["characters"],
        "figures": written["figures"],
    }


def _report(result: dict[str, Any]) -> bytes:
    return (Path(result["folder"]) / "report.md").read_bytes()


def _timed(argv: Sequence[str], env: dict[str, str]) -> tuple[float, dict[str, Any]]:
    """Seconds and result of one command."""
    began = time.monotonic()
    command = [sys.executable, "-m", "agent.main", *argv, "--json", "-q"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{argv[0]} ended with exit code {done.returncode}\n{done.stderr}")
    return time.monotonic() - began, json.loads(done.stdout)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--words", type=int, default=1200)
    parser.add_argument("--model", help="the writer; the default model if left out")
    parser.add_argument("--models-dir", type=Path, help="folder of model files; the user's cache if left out")
    parser.add_argument("--home", type=Path, help="keep everything here; a temporary folder if left out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
