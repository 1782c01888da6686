"""What a small scorer says of compressed evidence, on questions with known answers: three measurements, JSON on stdout.

    python benchmarks/compressed_evidence.py bits    --data DIR [--n 12] [--rivals 6] [--answers RUN …] [common]
    python benchmarks/compressed_evidence.py answers --data DIR [--n 50] [common]
    python benchmarks/compressed_evidence.py ranking --data DIR [--n 20] [common]
    common: [--compressor NAME …] [--rate 0.25] [--home DIR] [--models-dir DIR] [--half reporting] [--seed 66]

`bits`: how many bits of its passage each compressor keeps, among passages that a search finds for the same question;
with the folders of `eval run compressed`, the rank correlation with the reader's F1 (arXiv:2512.21720 has the first
predict the second). `answers`: how likely the gold answer is after what each compressor leaves of twenty documents,
against `random`, paired. `ranking`: which share of the supporting documents is among the first five by the question's
likelihood after a document, by a document's after the question (the control), and by likeness of static vectors.
Tokens are the scorer's own.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from agent.compression.names import COMPRESSORS, WANTING, MeasuredName
from agent.compression.opening import Compressors
from agent.compression.tuning import Bench as TuningBench
from agent.compression.tuning import Probe
from agent.embedders import open_embedders
from agent.home import Home
from agent.scorers import open_scorer
from agent.settings import Settings
from evals.bench import Bench
from evals.conduct import chosen
from evals.corpora import open_corpus
from evals.datasets.load import load
from evals.items import Item
from evals.metrics.ranking import recall_at_k
from evals.programs.compression import pool
from evals.run_record import EvalRun, Options
from evals.statistics import mean_ci95, paired_difference
from lm.scorer import TransformersScorer
from prompts.compression.passage_ranking import Likeness, PassageRanker, QuestionLikelihood
from prompts.compression.types import Chunk

_LOT: MeasuredName = "random"
_TOP = 5


def main() -> None:
    """Measure, with the options of the command line."""
    arguments = _arguments()
    wanted = {"home": arguments.home, "models_dir": arguments.models_dir}
    settings = Settings.model_validate({key: value for key, value in wanted.items() if value is not None})
    workdir = Home(settings.home).root / "evals" / "data" / "compressed-evidence"
    workdir.mkdir(parents=True, exist_ok=True)
    dataset = load(arguments.data, workdir=workdir)
    items = chosen(dataset, Options(half=arguments.half, sample=arguments.n, seed=arguments.seed, evidence_tokens=16))
    scorer = open_scorer(settings)
    assert isinstance(scorer, TransformersScorer)
    with ExitStack() as stack:
        folder = Home(settings.home).root / "evals" / "corpora" / f"{dataset.name}-{dataset.sha256[:8]}"
        opened = stack.enter_context(open_corpus(dataset.corpus, folder, open_embedders(settings.models_dir)))
        bench = Bench(
            settings=settings,
            evidence_tokens=0,
            seed=arguments.seed,
            corpus_=opened.corpus,
            searcher_=opened.searcher,
            embedder_=opened.fine,
        )
        pools = [(item, pool(item, bench)) for item in items]
        measure: dict[str, Callable[..., dict[str, object]]] = {
            "bits": _bits,
            "answers": _answers,
            "ranking": _ranking,
        }
        found = measure[arguments.what](pools, scorer, settings, arguments)
        print(json.dumps({"n": len(pools), "rate": arguments.rate, **found}, indent=1))


Pools = Sequence[tuple[Item, Sequence[Chunk]]]


def _bits(
    pools: Pools, scorer: TransformersScorer, settings: Settings, arguments: argparse.Namespace
) -> dict[str, object]:
    probes = [Probe(item.text, _rivals(item, chunks, arguments.rivals)) for item, chunks in pools]
    bench = TuningBench(probes, scorer, _told, lambda: 0.0)
    opened = Compressors(settings, scorer.count_tokens)
    rows = {name: bench.measure(name, opened.open(name), arguments.rate) for name in arguments.compressor}
    shown: dict[str, object] = {name: row.model_dump() for name, row in rows.items()}
    f1 = {}
    for path in arguments.answers:
        run = EvalRun(path)
        f1[run.manifest().program] = float(np.mean([r.scores["f1"] for r in run.results() if "f1" in r.scores]))
    both = [name for name in rows if name in f1]
    if len(both) > 2:
        rho = spearmanr([rows[name].bits for name in both], [f1[name] for name in both])
        shown["f1"] = {name: f1[name] for name in both}
        shown["rank_correlation"] = {"rho": float(rho.statistic), "p": float(rho.pvalue), "n": len(both)}
    return shown


def _rivals(item: Item, chunks: Sequence[Chunk], n: int) -> tuple[Chunk, ...]:
    """The supporting documents first, then the others, as many as are wanted."""
    return tuple(sorted(chunks, key=lambda chunk: chunk.id not in item.supporting_ids)[:n])


def _answers(
    pools: Pools, scorer: TransformersScorer, settings: Settings, arguments: argparse.Namespace
) -> dict[str, object]:
    opened = Compressors(settings, scorer.count_tokens)
    names = [*(name for name in arguments.compressor if name != _LOT), _LOT]
    nats: dict[str, list[float]] = {}
    for name in names:
        compressor = opened.open(name)
        nats[name] = []
        for item, chunks in pools:
            left = compressor.compress(chunks, item.text, rate=arguments.rate)
            context = f"{left.text}\n\nQuestion: {item.text}\nAnswer:"
            nats[name].append(scorer.score(f" {item.answers[0]}", context=context).total_nats)
            _told(f"{name} {item.id} {nats[name][-1]:.2f}")
    rng, clusters = np.random.default_rng(arguments.seed), [item.cluster or item.id for item, _ in pools]
    return {
        name: {
            "mean_nats": float(np.mean(own)),
            **({} if name == _LOT else asdict(paired_difference(nats[_LOT], own, rng, clusters=clusters))),
        }
        for name, own in nats.items()
    }


def _ranking(
    pools: Pools, scorer: TransformersScorer, settings: Settings, arguments: argparse.Namespace
) -> dict[str, object]:
    static = open_embedders(settings.models_dir, with_dense=False).static
    rankers: dict[str, PassageRanker] = {
        "question likelihood": QuestionLikelihood(scorer, "scorer"),
        "reversed": QuestionLikelihood(scorer, "scorer", is_reversed=True),
        "likeness": Likeness(static),
    }
    recalls: dict[str, list[float]] = {name: [] for name in rankers}
    for item, chunks in pools:
        for name, ranker in rankers.items():
            order = np.argsort(-ranker.rank(chunks, item.text), kind="stable")
            ranked = [chunks[at].id for at in order]
            recalls[name].append(recall_at_k(ranked, frozenset(item.supporting_ids), _TOP))
        _told(f"{item.id} " + " ".join(f"{name} {own[-1]:.2f}" for name, own in recalls.items()))
    rng, clusters = np.random.default_rng(arguments.seed), [item.cluster or item.id for item, _ in pools]
    first = recalls["question likelihood"]
    return {
        f"recall@{_TOP} {name}": {
            "mean": float(np.mean(own)),
            "ci95": mean_ci95(own, clusters, rng),
            **(
                {}
                if own is first
                else {"question likelihood minus this": asdict(paired_difference(own, first, rng, clusters=clusters))}
            ),
        }
        for name, own in recalls.items()
    }


def _told(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a small scorer says of compressed evidence.")
    parser.add_argument("what", choices=["bits", "answers", "ranking"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--n", type=int, default=20)
    parser.add_argument("--rivals", type=int, default=6)
    parser.add_argument("--answers", type=Path, action="append", default=[])
    parser.add_argument("--compressor", action="append", choices=COMPRESSORS)
    parser.add_argument("--rate", type=float, default=0.25)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--models-dir", type=Path)
    parser.add_argument("--half", choices=["all", "tuning", "reporting"], default="reporting")
    parser.add_argument("--seed", type=int, default=66)
    arguments = parser.parse_args()
    arguments.compressor = arguments.compressor or [name for name in COMPRESSORS if name not in WANTING]
    return arguments


if __name__ == "__main__":
    main()
