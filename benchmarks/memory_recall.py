"""How fast long-term memory is searched as it grows, and in how much memory and disk: JSON on stdout.

    taskset -c 1 python benchmarks/memory_recall.py [--sizes 10000 30000 100000] [--dim 256] [--queries 300]

Units are made up from a seed: 12 words as frequent as those of prose are without its function words (Zipf's law behind
its 50 most frequent words: the first is in 4 % of the units), one of two speakers, names, days in three years, and
vectors of random directions (the time of the search does not hang on what they mean). A question is six words of the
same law and the names of a unit that is there. Beside each unit stands the passage of the log that it was drawn from:
six units' words. "all" is words, vectors, names and days of the units, and reading the best 20; "recall" is what a
question takes in earnest: units and passages by words and vectors, fused, and the lines that fit 800 tokens. The time
that a model takes to embed the question is in neither. `cpu_` is the
process's own time: on a machine with other work it is what the clock would show without.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lm.embedding import FloatArray
from memory.passages import AFTER, BEFORE, log_scope
from memory.recall import Recaller, Recollection
from memory.unit_records import StoredUnit
from memory.unit_store import UnitStore
from memory.units import Interval, MemoryUnit
from retrieval.fusion import reciprocal_rank_fusion

_BATCH = 1_000
_CHANNEL_K = 50
_READ = 20
_SCOPE = "user"
_START = datetime(2022, 1, 1, tzinfo=UTC)
_DAYS = 3 * 365
_N_SPEAKERS, _N_NAMES, _N_WORDS, _LEFT_OUT = 2, 5_000, 30_000, 50


class DrawnEmbedder:
    """Random directions in place of a model."""

    fingerprint = "drawn"

    def __init__(self, dim: int, seed: int) -> None:
        self.dim, self._rng = dim, np.random.default_rng(seed)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """(n, dim) unit rows, new ones each time."""
        rows = self._rng.standard_normal((len(texts), self.dim)).astype(np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


class MadeUp:
    """Words, names and units, by a seed."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        letters = np.array(list("abcdefghijklmnoprstuvwyz"))
        self.words = self._spelt(letters, _N_WORDS)
        self._names = [word.capitalize() for word in self._spelt(letters, _N_NAMES)]
        frequency = 1 / np.arange(_LEFT_OUT, _LEFT_OUT + _N_WORDS)
        self._p: npt.NDArray[np.float64] = frequency / frequency.sum()

    def _spelt(self, letters: npt.NDArray[np.str_], n: int) -> list[str]:
        return ["".join(self._rng.choice(letters, size=size)) for size in self._rng.integers(4, 11, size=n)]

    def drawn(self, n: int) -> list[str]:
        """Words as often as the law has it."""
        return [self.words[place] for place in self._rng.choice(_N_WORDS, size=n, p=self._p)]

    def units(self, first: int, n: int) -> list[MemoryUnit]:
        """Units number `first` and on."""
        speakers = self._rng.integers(_N_SPEAKERS, size=n)
        names = self._rng.integers(_N_NAMES, size=n)
        days = self._rng.integers(_DAYS, size=n)
        words = self.drawn(12 * n)
        return [
            self._unit(
                first + i, self._names[speakers[i]], self._names[names[i]], int(days[i]), words[12 * i : 12 * i + 12]
            )
            for i in range(n)
        ]

    def _unit(self, number: int, speaker: str, name: str, day: int, words: list[str]) -> MemoryUnit:
        at = _START + timedelta(days=day, seconds=number)
        when = (at - timedelta(days=number % 30)).date().isoformat()
        return MemoryUnit(
            scope=_SCOPE,
            kind="statement",
            text=f"{speaker}: {' '.join(words[:6])} {name} {' '.join(words[6:])}.",
            at=at,
            parents=(f"s{number // 20}:{number % 20}",),
            times=(Interval(start=when, end=when),) if number % 3 == 0 else (),
            persons=(speaker,),
            entities=(speaker, name),
        )


def main() -> None:
    """Measure, with the options of the command line."""
    arguments = _arguments()
    made, embedder = MadeUp(arguments.seed), DrawnEmbedder(arguments.dim, arguments.seed)
    with tempfile.TemporaryDirectory(prefix="wellread-bench-", dir=arguments.dir) as folder:
        path, steps, written = Path(folder) / "long_term.sqlite", [], 0
        for size in sorted(arguments.sizes):
            with UnitStore(path, embedder) as store:
                seconds = _write(store, made, written, size)
            steps.append(
                {"units": size, "writing_s": round(seconds, 2), **_measure(path, embedder, made, size, arguments)}
            )
            written = size
    print(json.dumps({"dim": arguments.dim, "seed": arguments.seed, "steps": steps}, indent=2))


def _write(store: UnitStore, made: MadeUp, written: int, size: int) -> float:
    started = time.perf_counter()
    for first in range(written, size, _BATCH):
        units = made.units(first, min(_BATCH, size - first))
        store.add([*units, *_passages(units)])
    return time.perf_counter() - started


def _passages(units: Sequence[MemoryUnit]) -> list[MemoryUnit]:
    """A passage of each unit's turn: itself with three before it and two behind."""
    made = []
    for place, unit in enumerate(units):
        around = "\n".join(one.text for one in units[max(0, place - BEFORE) : place + AFTER + 1])
        made.append(
            MemoryUnit(
                scope=log_scope(_SCOPE),
                kind="passage",
                text=unit.text,
                at=unit.at,
                parents=unit.parents,
                around=around,
            )
        )
    return made


def _measure(
    path: Path, embedder: DrawnEmbedder, made: MadeUp, size: int, arguments: argparse.Namespace
) -> dict[str, object]:
    started = time.perf_counter()
    with UnitStore(path, embedder) as store:
        store.search_vectors(_SCOPE, embedder.encode([""])[0], 1)
        first_s = time.perf_counter() - started
        asked = made.units(size, arguments.queries)
        timed = {name: _timed(search, asked) for name, search in _searches(store, embedder, made).items()}
        started = time.perf_counter(), time.process_time()
        store.forget([store.units(_SCOPE, limit=1)[0].id])
        forget = {"s": round(time.perf_counter() - started[0], 2), "cpu_s": round(time.process_time() - started[1], 2)}
    files = {file.name: round(file.stat().st_size / 1e6, 1) for file in sorted(path.parent.iterdir())}
    return {
        "first_search_s": round(first_s, 2),
        "ms": timed,
        "forget_one": forget,
        "files_mb": files,
        "peak_rss_mb": _rss_mb(),
    }


def _searches(store: UnitStore, embedder: DrawnEmbedder, made: MadeUp) -> dict[str, Callable[[MemoryUnit], object]]:
    def words(unit: MemoryUnit) -> list[str]:
        query = " ".join([*made.drawn(6), *unit.entities])
        return [found for found, _ in store.search_words(_SCOPE, query, _CHANNEL_K)]

    def vectors(unit: MemoryUnit) -> list[str]:
        return [found for found, _ in store.search_vectors(_SCOPE, embedder.encode([unit.text])[0], _CHANNEL_K)]

    def symbols(unit: MemoryUnit) -> list[str]:
        day = unit.at.date()
        month = Interval(start=day.replace(day=1).isoformat(), end=day.replace(day=28).isoformat())
        return store.search_symbols(
            _SCOPE, persons=unit.persons, entities=unit.entities, interval=month, limit=_CHANNEL_K
        )

    def everything(unit: MemoryUnit) -> list[StoredUnit]:
        best = reciprocal_rank_fusion([words(unit), vectors(unit), symbols(unit)])
        return store.get([found for found, _ in best[:_READ]])

    recaller = Recaller(store, embedder)

    def recall(unit: MemoryUnit) -> Recollection:
        question = " ".join([*made.drawn(6), *unit.entities])
        return recaller.recall(question, scopes=[_SCOPE], now=unit.at, budget_tokens=800, k=20)

    return {"words": words, "vectors": vectors, "symbols": symbols, "all": everything, "recall": recall}


def _timed(search: Callable[[MemoryUnit], object], asked: Sequence[MemoryUnit]) -> dict[str, float]:
    times = []
    for unit in asked:
        started = time.perf_counter(), time.process_time()
        search(unit)
        times.append((time.perf_counter() - started[0], time.process_time() - started[1]))
    wall, cpu = 1e3 * np.array(times).T
    shares = {"p50": 50, "p95": 95}
    return {
        **{name: round(float(np.percentile(wall, share)), 1) for name, share in shares.items()},
        **{f"cpu_{name}": round(float(np.percentile(cpu, share)), 1) for name, share in shares.items()},
    }


def _rss_mb() -> float:
    """Of this process at its highest; macOS counts in bytes, Linux in KiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 30_000, 100_000], help="units, rising")
    parser.add_argument("--dim", type=int, default=256, help="numbers of a vector")
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--dir", type=Path, default=None, help="where the file is made; the system's own by default")
    return parser.parse_args()


if __name__ == "__main__":
    main()
