"""How many bits of a passage are kept in its first n words, and in n words drawn from it?

    python benchmarks/information.py PASSAGES [--questions FILE] [--pools 2] [--contexts 16] [--words 1 2 4 8]

PASSAGES is a `passages.jsonl` in the plain format (`docs/evaluation.md`). A question's pool is its gold passages and
those that share most rare words with it; the passages of a pool are each other's hard negatives, and the question is
part of the condition. A table on stdout: for each way and size the lower bound on the information in bits with its
95 % interval over passages, the raw value at temperature 1, the fitted temperatures, how often the own passage was
told, and bits for each kept token (by the scorer's tokenizer). The last row gives each text the next passage of its
pool for its own: it must say nothing.
"""

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agent import config
from agent.scorers import open_scorer
from lm.information_bound import estimate_from_matrix
from lm.information_result import MIResult
from lm.mutual_information import WindowedScorer, estimate_mi
from lm.scoring import LogProbScorer, Unavailable

WAYS = ("first", "random")
_MIN_WORDS, _MAX_WORDS = 40, 120


@dataclass(frozen=True)
class Pool:
    """A question and the passages that could be meant by it."""

    question: str
    passages: tuple[str, ...]


def main() -> None:
    """Measure, with the options of the command line."""
    arguments = _arguments()
    pools = pools_of(
        _rows(arguments.passages), _rows(arguments.questions), arguments.pools, arguments.contexts, arguments.seed
    )
    began = time.monotonic()
    found = measure(pools, arguments.words, open_scorer(config.load(flags={}).settings), arguments.seed)
    print(table(found))
    print(f"\n{len(pools)} pools of {arguments.contexts}; {time.monotonic() - began:.0f} s", flush=True)


def pools_of(
    passages: Sequence[dict[str, Any]], questions: Sequence[dict[str, Any]], n_pools: int, size: int, seed: int
) -> list[Pool]:
    """The pools of questions drawn by the seed.

    Raises:
        ValueError: there are too few passages of a fitting length, or too few questions.
    """
    texts = {row["id"]: row["text"] for row in passages}
    fitting = {name: text for name, text in texts.items() if _MIN_WORDS <= len(text.split()) <= _MAX_WORDS}
    if len(fitting) < size or len(questions) < n_pools:
        raise ValueError(f"{len(fitting)} passages of {_MIN_WORDS} to {_MAX_WORDS} words, {len(questions)} questions")
    words = {name: set(text.lower().split()) for name, text in fitting.items()}
    counts = Counter(word for of_text in words.values() for word in of_text)
    pools = []
    for at in np.random.default_rng(seed).permutation(len(questions))[:n_pools]:
        question, gold = questions[at]["question"], questions[at]["supporting_ids"]
        asked = set(question.lower().split())
        score = {
            name: sum(math.log(len(fitting) / counts[word]) for word in sorted(asked & of_text)) + 1e6 * (name in gold)
            for name, of_text in words.items()
        }
        nearest = sorted(score, key=lambda name: (-score[name], name))[:size]
        pools.append(Pool(question, tuple(fitting[name] for name in nearest)))
    return pools


def measure(
    pools: Sequence[Pool], sizes: Sequence[int], scorer: LogProbScorer, seed: int
) -> dict[tuple[str, int], MIResult]:
    """An estimate for each way and size, and for the longest openings under the next passage: ``("rotated", n)``."""
    rng = np.random.default_rng(seed)
    contexts = [passage for pool in pools for passage in pool.passages]
    queries = [pool.question for pool in pools for _ in pool.passages]
    ways = [(way, size) for way in WAYS for size in sizes]
    kept = [[_kept(passage.split(), way, size, rng) for way, size in ways] for passage in contexts]
    whole = estimate_mi(contexts, kept, scorer, queries, n_boot=0, progress=_tell)
    if isinstance(whole, Unavailable):
        sys.exit(whole.reason)
    matrix = whole.matrix
    n, found = len(contexts), {}
    for at, key in enumerate(ways):
        lengths = [_n_tokens(scorer, texts[at]) for texts in kept]
        rows = matrix[at :: len(ways)]
        found[key] = estimate_from_matrix(rows, range(n), groups=queries, kept_tokens=lengths, seed=seed)
    size = len(pools[0].passages)
    others = [at // size * size + (at + 1) % size for at in range(n)]
    last = len(sizes) - 1
    found["rotated", sizes[-1]] = estimate_from_matrix(matrix[last :: len(ways)], others, groups=queries, seed=seed)
    return found


def table(found: dict[tuple[str, int], MIResult]) -> str:
    """A line for each way and size."""
    lines = [
        "| kept | n | tokens | bits of at most | 95 % | raw, T = 1 | T | top-1 | bits a token |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (way, size), one in found.items():
        low, high = one.best.interval_bits or (math.nan, math.nan)
        tokens = "" if one.mean_tokens is None else f"{one.mean_tokens:.1f}"
        per_token = "" if one.bits_per_token is None else f"{one.bits_per_token:.3f}"
        heat = " / ".join(f"{t:.2g}" for t in one.temperatures or ())
        told = f"{one.best.clipped_bits:.2f} of {one.ceiling_bits:.2f}{' (saturated)' if one.is_saturated else ''}"
        lines.append(
            f"| {way} {size} words | {one.n_contexts} | {tokens} | {told} | [{low:.2f}, {high:.2f}] | "
            f"{one.plain.bits:.2f} | {heat} | {one.top1:.2f} | {per_token} |"
        )
    return "\n".join(lines)


def _kept(words: Sequence[str], way: str, size: int, rng: np.random.Generator) -> str:
    if way == "first":
        return " ".join(words[:size])
    return " ".join(words[at] for at in np.sort(rng.choice(len(words), size=min(size, len(words)), replace=False)))


def _n_tokens(scorer: LogProbScorer, text: str) -> int:
    return scorer.count_tokens(text) if isinstance(scorer, WindowedScorer) else len(text.split())


def _tell(done: int, total: int) -> None:
    print(f"{done}/{total} texts scored", file=sys.stderr)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Bits of a passage in what is kept of it.")
    parser.add_argument("passages", type=Path)
    parser.add_argument("--questions", type=Path, help="default: questions.jsonl beside the passages")
    parser.add_argument("--pools", type=int, default=2)
    parser.add_argument("--contexts", type=int, default=16, help="passages of a pool")
    parser.add_argument("--words", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    arguments.questions = arguments.questions or arguments.passages.with_name("questions.jsonl")
    return arguments


if __name__ == "__main__":
    main()
