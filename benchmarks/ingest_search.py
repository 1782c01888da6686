"""How fast a large corpus is ingested, indexed and searched, and in how much memory: JSON on stdout.

    python benchmarks/ingest_search.py [--large-dir DIR] [--models-dir DIR] [--questions FILE]

`--large-dir` holds passage files (`*.jsonl` or `*.jsonl.gz` of {id, title, text}); without it a corpus of
made-up words is drawn. Run it alone: other work on the machine shows in every number.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from agent.embedders import Embedders, open_embedders
from retrieval.corpus import Corpus
from retrieval.dense_cache import DenseCache
from retrieval.index import Index
from retrieval.ingest import ingest
from retrieval.ingest_types import IngestOptions
from retrieval.search import Searcher

_K = 10


def main() -> None:
    """Measure, with the options of the command line."""
    arguments = _arguments()
    embedders = open_embedders(arguments.models_dir, with_dense=not arguments.no_dense)
    with tempfile.TemporaryDirectory(prefix="wellread-bench-") as folder:
        home = arguments.home or Path(folder)
        files = _files(arguments.large_dir) if arguments.large_dir else [_made_up(Path(folder), arguments.seed)]
        with Corpus.open(home / "corpus.sqlite") as corpus:
            result = _fill(corpus, files, home, embedders, n_workers=arguments.workers)
            rng = np.random.default_rng(arguments.seed)
            queries = {"passages": _queries(corpus, arguments.n_queries, rng)}
            if arguments.questions:
                queries["questions"] = _questions(arguments.questions, arguments.n_queries)
            for name, texts in queries.items():
                result[f"search_ms_{name}"] = _search(corpus, home, embedders, texts)
    print(json.dumps({**result, **_memory(), "seed": arguments.seed}, indent=2))


def _files(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.iterdir() if ".jsonl" in path.suffixes)
    if not files:
        sys.exit(f"error: no .jsonl or .jsonl.gz file in {folder}\n  fix: name another --large-dir")
    return files


def _made_up(folder: Path, seed: int) -> Path:
    """20,000 passages of about 90 made-up words, as frequent as Zipf's law has it."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnoprstuvwyz"))
    words = np.array(["".join(rng.choice(letters, size=n)) for n in rng.integers(3, 11, size=50_000)])
    frequency = 1 / np.arange(1, len(words) + 1)
    path = folder / "made_up.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(20_000):
            drawn = rng.choice(words, size=90, p=frequency / frequency.sum())
            row = {"id": f"p{number}", "title": " ".join(drawn[:3]), "text": " ".join(drawn[3:]) + "."}
            file.write(json.dumps(row) + "\n")
    return path


def _fill(
    corpus: Corpus, files: Sequence[Path], home: Path, embedders: Embedders, *, n_workers: int
) -> dict[str, object]:
    embedders.static.encode(["load the model before the clock starts"])
    started = time.perf_counter()
    ingest(files, corpus, options=IngestOptions(n_workers=n_workers))
    ingested = time.perf_counter()
    after_ingest = _memory()
    Index.open(corpus, home / "index", embedders.static)
    indexed = time.perf_counter()
    n_passages = corpus.passage_count()
    opened = time.perf_counter()
    Index.open(corpus, home / "index", embedders.static)
    return {
        "files": [path.name for path in files],
        "documents": corpus.stats().documents,
        "passages": n_passages,
        "ingest_s": round(ingested - started, 2),
        "index_s": round(indexed - ingested, 2),
        "passages_per_s": round(n_passages / max(indexed - started, 1e-9), 1),
        "reopen_s": round(time.perf_counter() - opened, 3),
        "after_ingest": after_ingest,
        "after_index": _memory(),
    }


def _search(corpus: Corpus, home: Path, embedders: Embedders, queries: Sequence[str]) -> dict[str, object]:
    index = Index.open(corpus, home / "index", embedders.static)
    words_only = Searcher(corpus, index, None)
    words_only.search_passages("load", _K)
    found: dict[str, object] = {
        "n": len(queries),
        "bm25_index": _quantiles(queries, lambda query: index.lexical.search(query, _K)),
        "bm25": _quantiles(queries, lambda query: words_only.search_passages(query, _K, mode="bm25")),
        "static": _quantiles(queries, lambda query: words_only.search_passages(query, _K, mode="static")),
        "linked_without_dense": _quantiles(queries, lambda query: words_only.search_passages(query, _K)),
    }
    if embedders.has_dense:
        embedders.dense.encode(["load the model before the clock starts"])
        with closing(DenseCache(home / "dense.sqlite", embedders.dense)) as cache:
            searcher = Searcher(corpus, index, cache)
            for name in ("linked_cold", "linked_warm"):
                found[name] = _quantiles(queries, lambda query: searcher.search_passages(query, _K))
    return found


def _quantiles(queries: Sequence[str], search: Callable[[str], object]) -> dict[str, float]:
    """p50 and p95 of one search, in milliseconds."""
    times = []
    for query in queries:
        started = time.perf_counter()
        search(query)
        times.append(1000 * (time.perf_counter() - started))
    return {"p50": round(float(np.quantile(times, 0.5)), 2), "p95": round(float(np.quantile(times, 0.95)), 2)}


def _queries(corpus: Corpus, n: int, rng: np.random.Generator) -> list[str]:
    """By turns the title and the first sentence of passages drawn at random."""
    chosen = set(rng.choice(corpus.passage_count(), size=min(n, corpus.passage_count()), replace=False).tolist())
    drawn = [row for number, row in enumerate(corpus.iter_passages()) if number in chosen]
    texts = [row.title if number % 2 else row.passage.text.split(". ")[0][:300] for number, row in enumerate(drawn)]
    return [text for text in texts if text.strip()]


def _questions(path: Path, n: int) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [str(json.loads(line)["question"]) for line in lines[:n]]


def _memory() -> dict[str, float]:
    """Peak resident memory so far, in MB: of this process, and of the largest of its children."""
    kilobytes = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    own, child = (round(value / 1024, 1) for value in kilobytes)
    return {"peak_rss_mb": own, "peak_rss_child_mb": child, "peak_rss_sum_mb": round(own + child, 1)}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--large-dir", type=Path, help="folder of passage files")
    parser.add_argument("--models-dir", type=Path, help="folder of model files; the user's cache if left out")
    parser.add_argument("--home", type=Path, help="keep corpus and index here; a temporary folder if left out")
    parser.add_argument("--questions", type=Path, help="also search for the questions of this file")
    parser.add_argument("--n-queries", type=int, default=200)
    parser.add_argument("--workers", type=int, default=1, help="files parsed at once")
    parser.add_argument("--no-dense", action="store_true", help="leave the dense encoder out")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
