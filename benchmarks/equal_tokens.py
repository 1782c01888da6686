"""Another compressor at exactly the tokens that a finished run kept: for compressors that miss their rate.

    python benchmarks/equal_tokens.py RUN --data DIR [--home DIR] [--models-dir DIR] [--compressor NAME] [--seed 66]

RUN is the folder of an `eval run compression` of, say, `longllmlingua`, which keeps less than it is asked for. For each
of its items and rates the other compressor makes the same documents shorter, to as many tokens of the same model as RUN
had left; the scores are the suite's. JSON on stdout: means of both and the paired difference with its interval.
"""

import argparse
import json
import sys
import time
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path

import numpy as np

from agent.chat_models import Backends, ChatModels, price_table
from agent.compression.names import COMPRESSORS
from agent.compression.opening import Compressors
from agent.embedders import open_embedders
from agent.home import Home
from agent.settings import Settings
from evals.bench import Bench
from evals.corpora import open_corpus
from evals.datasets.dataset import Dataset
from evals.datasets.load import load
from evals.items import Item, Outcome, Result
from evals.programs.compression import RATES, account, pool
from evals.run_record import EvalRun
from evals.statistics import paired_difference
from evals.suites.compression import SUITE
from lm.metering import Budget, Meter
from lm.replay import CallCache
from prompts.compression.types import Compressor

Scores = dict[str, float]


def main() -> None:
    """Measure, with the options of the command line."""
    arguments = _arguments()
    run = EvalRun(arguments.run)
    manifest = run.manifest()
    wanted = {
        "home": arguments.home,
        "models_dir": arguments.models_dir,
        "roles": {"writer": {"model": manifest.model}},
    }
    settings = Settings.model_validate({key: value for key, value in wanted.items() if value is not None})
    workdir = Home(settings.home).root / "evals" / "data" / "equal-tokens"
    workdir.mkdir(parents=True, exist_ok=True)
    dataset = load(arguments.data, workdir=workdir)
    items = {item.id: item for item in dataset.items}
    done = [result for result in run.results() if result.scores and result.outcome]
    with ExitStack() as stack:
        bench = _bench(settings, dataset, arguments.seed, stack)
        compressor = Compressors(settings, bench.writer.count_tokens).open(arguments.compressor)
        pairs = [(result, _scores(items[result.item], result, compressor, bench)) for result in done]
    print(json.dumps(_summary(manifest.program, arguments, pairs), indent=1))


def _bench(settings: Settings, dataset: Dataset, seed: int, stack: ExitStack) -> Bench:
    meter = Meter(Budget(), price_table(settings), time.monotonic)
    cache = stack.enter_context(closing(CallCache(Home(settings.home).make().calls)))
    folder = Home(settings.home).root / "evals" / "corpora" / f"{dataset.name}-{dataset.sha256[:8]}"
    opened = stack.enter_context(open_corpus(dataset.corpus, folder, open_embedders(settings.models_dir)))
    writer = ChatModels(settings, Backends(settings, stack), cache=cache, meter=meter).open("writer")
    return Bench(
        settings=settings,
        evidence_tokens=0,
        seed=seed,
        corpus_=opened.corpus,
        searcher_=opened.searcher,
        embedder_=opened.fine,
        writer_=writer,
    )


def _scores(item: Item, result: Result, compressor: Compressor, bench: Bench) -> Scores:
    """The suite's scores of the same documents at the same tokens."""
    assert result.outcome is not None
    rates = result.outcome.details["rates"]
    assert isinstance(rates, dict)
    chunks = pool(item, bench)
    accounts = {}
    for rate in RATES:
        theirs = rates[f"{rate:g}"]
        assert isinstance(theirs, dict) and isinstance(theirs["kept_tokens"], int)
        own = compressor.compress(chunks, item.text, target_tokens=max(1, theirs["kept_tokens"]))
        accounts[f"{rate:g}"] = account(own)
    print(f"{item.id}", file=sys.stderr)
    outcome = Outcome(text="", details={"rates": accounts})
    found = {one.name: one.score(item, outcome, bench) for one in SUITE.metrics if one.is_compared}  # type: ignore[call-arg]
    return {name: score for name, score in found.items() if score is not None}


def _summary(program: str, arguments: argparse.Namespace, pairs: list[tuple[Result, Scores]]) -> dict[str, object]:
    rng = np.random.default_rng(arguments.seed)
    shown: dict[str, object] = {"a": program, "b": arguments.compressor, "run": arguments.run.name}
    for metric in (one.name for one in SUITE.metrics if one.is_compared):
        both = [
            (a.scores[metric], b[metric], a.cluster or a.item) for a, b in pairs if metric in a.scores and metric in b
        ]
        if both:
            a, b, clusters = zip(*both, strict=True)
            difference = paired_difference(a, b, rng, clusters=clusters)
            means = {"a": float(np.mean(a)), "b": float(np.mean(b))}
            shown[metric] = {**means, **asdict(difference), "b_is": difference.verdict}
    return shown


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Another compressor at the tokens that a run kept.")
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--models-dir", type=Path)
    parser.add_argument("--compressor", choices=COMPRESSORS, default="extractive")
    parser.add_argument("--seed", type=int, default=66)
    return parser.parse_args()


if __name__ == "__main__":
    main()
