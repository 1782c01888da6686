"""How much of a report's time is the program's own: wall time beside the time in models, by length and by jobs.

    python benchmarks/overhead.py [--words 300,1200,3000] [--jobs 1,2,8] [--latency 1.0] [--n 3] [--models-dir DIR]

JSON on stdout. A simulated endpoint answers each call in the same time, 16 at once; the program is warm (imported), its
corpus ingested and its vectors made, as for the second report of a batch. Each report is on a topic of its own, so that
no call is replayed. The figures are those of `wellread runs show --timeline`: time in models is that in which at least
one call was under way, overhead what is left of the wall time.
"""

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

import platformdirs
from scipy.stats import t as student_t

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.endurance.fault_sites import ROOT
from benchmarks.endurance.slots import SlotServer
from benchmarks.endurance.throughput import topics
from benchmarks.endurance.warm import Ended, WarmProgram, environment

_LIMIT_S = 1_200.0


def main() -> None:
    """Measure, with the options of the command line."""
    asked = _parser().parse_args()
    env = environment(asked.models_dir)
    found = []
    with tempfile.TemporaryDirectory(prefix="wellread-overhead-") as place:
        home = Path(place) / "home"
        with (
            WarmProgram(env, embedder_of=asked.models_dir) as program,
            closing(SlotServer(latency_s=asked.latency)) as server,
        ):
            bench = _Bench(program, env, home, server)
            bench.call("ingest", str(ROOT / "examples" / "corpus"))
            subjects = iter(topics(200))
            bench.write(next(subjects), 300, 2)  # embeds what all of them read
            for words, jobs in product(asked.words, asked.jobs):
                figures = [bench.write(next(subjects), words, jobs) for _ in range(asked.n)]
                found.append({"words": words, "jobs": jobs, "n": asked.n, **_middle(figures)})
                print(json.dumps(found[-1]), file=sys.stderr)
    print(json.dumps({"latency_s": asked.latency, "reports": found}, indent=1))


class _Bench:
    def __init__(self, program: WarmProgram, env: Mapping[str, str], home: Path, server: SlotServer) -> None:
        self._program, self._home = program, home
        self._env = dict(env) | {
            "WELLREAD_ROLES__WRITER__MODEL": "openai:echo",
            "WELLREAD_ROLES__WRITER__BASE_URL": server.url,
            "WELLREAD_WRITE__DRAFTING": "paragraph",
        }

    def call(self, *argv: str, env: Mapping[str, str] | None = None) -> Ended:
        """One call, which must end well."""
        command = [*argv, "--home", str(self._home), "--json", "--quiet"]
        ended = self._program.run(command, env=self._env | dict(env or {}), limit_s=_LIMIT_S)
        if ended.code:
            raise RuntimeError(f"{argv} ended with {ended.code}: {ended.stderr[-2000:]}")
        return ended

    def write(self, topic: str, words: int, jobs: int) -> dict[str, Any]:
        """One report's figures, with the sections that it has."""
        env = {"WELLREAD_WRITE__MAX_PARALLEL_BLOCKS": str(jobs)}
        sections = json.loads(self.call("write", topic, "--words", str(words), env=env).stdout)["figures"]["sections"]
        figures = json.loads(self.call("runs", "show", "last", "--timeline").stdout)["figures"]
        return {**figures, "sections": sections}


def _middle(figures: list[dict[str, Any]]) -> dict[str, float | list[float]]:
    """Medians; of the overhead the mean's 95 % interval (Student), too."""
    names = ("wall_s", "in_models_s", "own_s", "overhead", "calls", "sections")
    medians = {name: round(statistics.median(float(one[name]) for one in figures), 3) for name in names}
    shares = [float(one["overhead"]) for one in figures]
    if len(shares) < 2:
        return {**medians}
    half = float(student_t.ppf(0.975, len(shares) - 1)) * statistics.stdev(shares) / math.sqrt(len(shares))
    mean = statistics.fmean(shares)
    return {**medians, "overhead_mean": round(mean, 3), "interval": [round(mean - half, 3), round(mean + half, 3)]}


def _parser() -> argparse.ArgumentParser:
    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--words", type=numbers, default=[300, 1200, 3000])
    parser.add_argument("--jobs", type=numbers, default=[1, 2, 8], help="blocks written at once")
    parser.add_argument("--latency", type=float, default=1.0, help="seconds that a call takes")
    parser.add_argument("--n", type=int, default=3, help="reports of each kind; medians are told")
    default = os.environ.get("WELLREAD_MODELS") or Path(platformdirs.user_cache_dir("wellread")) / "models"
    parser.add_argument("--models-dir", type=Path, default=Path(default))
    return parser


if __name__ == "__main__":
    main()
