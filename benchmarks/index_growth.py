"""How corpus and index grow with what is ingested, and what a warm search then takes: JSON, and a table on stderr.

    python benchmarks/index_growth.py --large-dir DIR --questions FILE [--questions FILE ...] [--dense-cache FILE]

The passages of `--large-dir` (`*.jsonl` or `*.jsonl.gz` of {id, title, text}) are shuffled, so that every size is the
same mixture, and ingested in steps into one home. "Warm": each question was asked once before in each mode, so that
what it visits has its dense vectors and the files lie in the page cache; a first visit costs up to 50 ms a passage.
`--dense-cache` is copied, and saves such visits. Every time is given as it passed and in seconds of the processor, of
child processes too: other work on the machine shows in the former alone.
"""

import argparse
import gzip
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import cast

import numpy as np

from agent.embedders import Embedders, open_embedders
from retrieval.corpus import Corpus
from retrieval.dense_cache import DenseCache
from retrieval.index import Index
from retrieval.ingest import ingest
from retrieval.ingest_types import IngestOptions
from retrieval.search import Searcher
from retrieval.types import SearchMode

_K = 10
_COLUMNS = (
    "passages",
    "corpus_mb",
    "index_mb",
    "bytes_a_character",
    "ingest_s",
    "ingest_cpu_s",
    "index_s",
    "index_cpu_s",
)


def main() -> None:
    """Measure, with the options of the command line."""
    arguments = _arguments()
    lines = list(_lines(arguments.large_dir))
    np.random.default_rng(arguments.seed).shuffle(lines)
    questions = [text for path in arguments.questions for text in _questions(path, arguments.n_questions)]
    embedders = open_embedders(arguments.models_dir, with_dense=not arguments.no_dense)
    with tempfile.TemporaryDirectory(prefix="wellread-growth-") as folder:
        home = Path(folder)
        if arguments.dense_cache:
            shutil.copyfile(arguments.dense_cache, home / "dense.sqlite")
        steps = []
        with Corpus.open(home / "corpus.sqlite") as corpus:
            for start, end in zip([0, *arguments.sizes], [*arguments.sizes, len(lines)], strict=True):
                step = _grown(corpus, home, lines[start:end], embedders)
                for mode in arguments.modes:
                    step[f"{mode}_ms"] = _search(corpus, home, embedders, questions, mode)
                steps.append(step)
                print(_row(step), file=sys.stderr, flush=True)
    conditions = {"n_questions": len(questions), "dense": embedders.has_dense, "seed": arguments.seed}
    print(json.dumps({**conditions, "steps": steps}, indent=2))


def _lines(folder: Path) -> Iterator[bytes]:
    files = sorted(path for path in folder.iterdir() if ".jsonl" in path.suffixes)
    if not files:
        sys.exit(f"error: no .jsonl or .jsonl.gz file in {folder}\n  fix: name another --large-dir")
    for path in files:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield from (line.rstrip(b"\n") + b"\n" for line in file)


def _questions(path: Path, n: int) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [str(json.loads(line)["question"]) for line in lines[:n]]


def _grown(corpus: Corpus, home: Path, lines: Sequence[bytes], embedders: Embedders) -> dict[str, object]:
    """Ingest these lines and bring the index up to date; what is there then, and what that took."""
    path = home / f"passages-{corpus.passage_count()}.jsonl"
    path.write_bytes(b"".join(lines))
    embedders.static.encode(["load the model before the clock starts"])
    ingest_s = _timed(lambda: ingest([path], corpus, options=IngestOptions()))
    index_s = _timed(lambda: Index.open(corpus, home / "index", embedders.static))
    corpus_bytes = sum(file.stat().st_size for file in home.glob("corpus.sqlite*"))
    index_bytes = sum(file.stat().st_size for file in (home / "index").rglob("*") if file.is_file())
    return {
        "documents": corpus.stats().documents,
        "passages": corpus.passage_count(),
        "characters": corpus.stats().characters,
        "corpus_mb": round(corpus_bytes / 1e6, 1),
        "index_mb": round(index_bytes / 1e6, 1),
        "bytes_a_character": round((corpus_bytes + index_bytes) / corpus.stats().characters, 2),
        "ingest_s": ingest_s["passed"],
        "ingest_cpu_s": ingest_s["cpu"],
        "index_s": index_s["passed"],
        "index_cpu_s": index_s["cpu"],
    }


def _timed(action: Callable[[], object]) -> dict[str, float]:
    """Seconds that an action took: as they passed, and of the processor."""
    passed, cpu = time.perf_counter(), sum(os.times()[:4])
    action()
    return {"passed": round(time.perf_counter() - passed, 4), "cpu": round(sum(os.times()[:4]) - cpu, 4)}


def _search(
    corpus: Corpus, home: Path, embedders: Embedders, questions: Sequence[str], mode: SearchMode
) -> dict[str, float]:
    """p50 and p95 of a warm search, in milliseconds as they passed and of the processor."""
    index = Index.open(corpus, home / "index", embedders.static)
    times: dict[str, list[float]] = {"passed": [], "cpu": []}
    with ExitStack() as stack:
        cache = None
        if embedders.has_dense:
            cache = stack.enter_context(closing(DenseCache(home / "dense.sqlite", embedders.dense)))
        searcher = Searcher(corpus, index, cache, mode=mode)
        for question in questions:
            searcher.search_passages(question, _K)
        for question in questions:
            passed, cpu = time.perf_counter(), time.process_time()
            searcher.search_passages(question, _K)
            times["passed"].append(1000 * (time.perf_counter() - passed))
            times["cpu"].append(1000 * (time.process_time() - cpu))
    return {
        f"{name}_{kind}": round(float(np.quantile(values, q)), 1)
        for kind, values in times.items()
        for name, q in (("p50", 0.5), ("p95", 0.95))
    }


def _row(step: dict[str, object]) -> str:
    """One line of the table: size, bytes and seconds, then p50/p95 by mode."""
    cells = [f"{name} {step[name]}" for name in _COLUMNS]
    for name, value in step.items():
        if name.endswith("_ms"):
            times = cast(dict[str, float], value)
            cells += [f"{name} {kind} {times[f'p50_{kind}']}/{times[f'p95_{kind}']}" for kind in ("passed", "cpu")]
    return "| " + " | ".join(cells) + " |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--large-dir", type=Path, required=True, help="folder of passage files")
    parser.add_argument("--questions", type=Path, action="append", required=True, help="JSON lines with a `question`")
    parser.add_argument("--n-questions", type=int, default=20, help="of each file")
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 30_000], help="steps before the whole")
    parser.add_argument("--modes", nargs="+", default=["hybrid", "linked", "pagerank"])
    parser.add_argument("--dense-cache", type=Path, help="a dense.sqlite to begin with")
    parser.add_argument("--no-dense", action="store_true", help="leave the dense encoder out")
    parser.add_argument("--models-dir", type=Path, help="folder of model files; the user's cache if left out")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
