"""What several drafts of a paragraph are worth, by where they come from: independent samples, a tree, or particles.

    python benchmarks/draft_sampling.py --home DIR [--corpus DIR] [--candidates 5] [--words 250] [--model M] [--topic T]

For each topic a report is written three times, with `[write] sampling` changed alone; plans and evidence are replayed
from the call cache, so that the blocks are the same. The worth of a draft is that by which one is chosen: the mean
support of its sentences times the share of the block's statements that they tell. The first draft, at temperature 0,
is what one would have without. A table on stdout: mean worths, and differences with 95 % intervals, blocks drawn by
topic. Tokens are those of the writer, replayed or paid.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evals.statistics import paired_difference

ROOT = Path(__file__).resolve().parent.parent
WAYS = ("independent", "tree", "particles")
TOPICS = (
    "The money trail of the Ulver Barrage",
    "Warnings before the failure of the Ulver Barrage",
    "The flood of November 2021 in Haldermouth and Brackwick",
    "Technical causes of the failure of gates 17, 18 and 16",
    "The inquiry and the trial after Storm Isolde",
    "Repair, compensation and reforms after the flood",
)


@dataclass(frozen=True)
class Written:
    """Of one report: the worth of the chosen and of the first draft by block, and the writer's tokens."""

    best: dict[str, float]
    first: dict[str, float]
    tokens: int


def main() -> None:
    """Measure, with the options of the command line."""
    arguments = _arguments()
    arguments.home.mkdir(parents=True, exist_ok=True)
    _wellread(["ingest", str(arguments.corpus)], arguments.home, {})
    written = {way: {topic: _write(topic, way, arguments) for topic in arguments.topic} for way in WAYS}
    print(table(written))


def _write(topic: str, way: str, arguments: argparse.Namespace) -> Written:
    settings = {"DRAFTING": "paragraph", "CANDIDATES": str(arguments.candidates), "SAMPLING": way}
    argv = ["write", topic, "--words", str(arguments.words), "--model", arguments.model]
    folder = Path(_wellread(argv, arguments.home, settings)["folder"])
    print(f"{way}: {topic}", file=sys.stderr)
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    return read(events, json.loads((folder / "usage.json").read_text()))


def read(events: Sequence[dict[str, Any]], usage: dict[str, Any]) -> Written:
    """What a run's events and its spending say of its drafts."""
    chosen = {event["block"]: event["numbers"] for event in events if event["name"] == "draft_chosen"}
    writer = usage["by_role"].get("writer", {})
    return Written(
        best={block: numbers["worth"] for block, numbers in chosen.items()},
        first={block: numbers["first"] for block, numbers in chosen.items()},
        tokens=sum(writer.get(kind, 0) for kind in ("prompt_tokens", "completion_tokens", "replayed_tokens")),
    )


def table(written: dict[str, dict[str, Written]]) -> str:
    """A line for each way, over the blocks that all ways have.

    Raises:
        ValueError: no block has several drafts in every way.
    """
    keys = sorted(
        set.intersection(
            *({(topic, block) for topic, one in of.items() for block in one.best} for of in written.values())
        )
    )
    if not keys:
        raise ValueError("no block has several drafts in every way: choose another model or more words")
    topics = [topic for topic, _ in keys]
    reference = _worths(written[WAYS[0]], keys)
    lines = [
        "| sampling | blocks | worth of the chosen draft | more than the first | than independent | tokens a report |",
        "|---|---|---|---|---|---|",
    ]
    for way in WAYS:
        own = _worths(written[way], keys)
        first = [written[way][topic].first[block] for topic, block in keys]
        tokens = sum(one.tokens for one in written[way].values()) / len(written[way])
        against = "–" if way == WAYS[0] else _told(reference, own, topics)
        lines.append(
            f"| {way} | {len(keys)} | {np.mean(own):.3f} | {_told(first, own, topics)} | {against} | {tokens:,.0f} |"
        )
    return "\n".join(lines)


def _worths(of: dict[str, Written], keys: Sequence[tuple[str, str]]) -> list[float]:
    return [of[topic].best[block] for topic, block in keys]


def _told(a: Sequence[float], b: Sequence[float], topics: Sequence[str]) -> str:
    found = paired_difference(a, b, rng=np.random.default_rng(66), clusters=topics)
    between = "no interval" if found.low is None else f"[{found.low:+.3f}, {found.high:+.3f}]"
    return f"{found.mean:+.3f} {between} ({sum(x != y for x, y in zip(a, b, strict=True))} differ)"


def _wellread(argv: Sequence[str], home: Path, write_settings: dict[str, str]) -> dict[str, Any]:
    """The JSON result of one command, in a process of its own."""
    env = dict(os.environ) | {f"WELLREAD_WRITE__{name}": value for name, value in write_settings.items()}
    env |= {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "agent.main", *argv, "--home", str(home), "--json"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"`wellread {' '.join(argv)}` ended with {done.returncode}:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare ways of drawing several drafts of a paragraph.")
    parser.add_argument("--home", type=Path, required=True, help="where corpus, runs and replies are kept")
    parser.add_argument("--corpus", type=Path, default=ROOT / "examples" / "corpus")
    parser.add_argument("--candidates", type=int, default=5, help="drafts of each paragraph")
    parser.add_argument("--words", type=int, default=250)
    parser.add_argument("--model", default="embedded:smollm2-135m")
    parser.add_argument("--topic", action="append", help="in place of six topics over the example corpus")
    arguments = parser.parse_args()
    arguments.topic = arguments.topic or list(TOPICS)
    return arguments


if __name__ == "__main__":
    main()
