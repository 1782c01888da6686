"""What the first retrieval is worth to the first plan, and whether any text would do: four arms at one budget.

    python benchmarks/early_alignment.py --data DIR [--data DIR] [--n 30] [--model embedded:NAME] [--out FILE]

For each question a model writes two queries, shown no passages, what the question finds (P0), what another question
finds (shuffled), or passages drawn at random: all else is equal. If P0 works because of what it says, the true one
helps and the others do not; if any text in the prompt would do, they help alike (Early Knowledge Alignment, arXiv
2512.20144, says the first). The queries are searched, and their ranks joined; P0 itself is counted in no arm.

A table on stdout; `--out` takes the figures, queries included, as JSON. Replies are kept in the home: a killed run goes
on where it was, and the same seed gives the same figures.
"""

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field, ValidationError

from agent.chat_models import Backends, ChatModels, price_table
from agent.embedders import Embedders, open_embedders
from agent.entropy.steps import token_entropy
from agent.home import Home
from agent.pursuit.questioner import evidence_line
from agent.settings import Settings
from evals.conduct import chosen
from evals.corpora import OpenCorpus, open_corpus
from evals.datasets.load import load
from evals.items import Item
from evals.metrics.ranking import recall_at_k
from evals.run_record import Options
from evals.statistics import Difference, paired_difference
from lm.json_reply import schema_of
from lm.json_text import extract_json
from lm.metering import Budget, Meter
from lm.replay import CallCache
from lm.types import ChatModel, ChatRequest, Frozen, TokenLogProb
from prompts.templates import render
from retrieval.fusion import reciprocal_rank_fusion
from retrieval.types import Hit

ARMS = ("none", "true", "shuffled", "random")
AGAINST = (("none", "true"), ("none", "shuffled"), ("none", "random"), ("shuffled", "true"))
DEPTH = 10
P0_PASSAGES, P0_CHARS = 3, 240
_TOP_LOGPROBS = 20  # the most that endpoints give
_PLAN_TOKENS = 120

Ranking = Sequence[str]
Search = Callable[[str], Ranking]


class FirstPlan(Frozen):
    """The first two queries."""

    queries: list[Annotated[str, Field(min_length=3, max_length=160)]] = Field(min_length=2, max_length=2)


@dataclass(frozen=True)
class Plan:
    """Queries, and how unsure the model was of them; none where the reply was no plan.

    Attributes:
        queries: Two, or none.
        bits: Mean entropy of the tokens of their words; None from an endpoint without log-probabilities.
    """

    queries: tuple[str, ...]
    bits: float | None


@dataclass(frozen=True)
class Trial:
    """One question in one arm. `scores` has no entry for what is not defined."""

    data: str
    item: str
    cluster: str
    arm: str
    queries: tuple[str, ...]
    scores: Mapping[str, float]


def main() -> None:
    """Measure, with the options of the command line."""
    arguments = _arguments()
    trials = _measured(arguments)
    if not trials:
        sys.exit("error: no question was done\n  fix: raise --max-seconds")
    result = {"model": arguments.model, "seed": arguments.seed, "half": arguments.half, **summary(trials)}
    if arguments.out:
        arguments.out.write_text(json.dumps({**result, "trials": [asdict(trial) for trial in trials]}, indent=1) + "\n")
    print(table(result))


def _measured(arguments: argparse.Namespace) -> list[Trial]:
    role = {"model": arguments.model, "n_threads": arguments.threads, "n_parallel": 1}
    wanted = {"home": arguments.home, "offline": True, "roles": {"writer": role}, "models_dir": arguments.models_dir}
    settings = Settings.model_validate({key: value for key, value in wanted.items() if value is not None})
    trials: list[Trial] = []
    with ExitStack() as stack:
        embedders = open_embedders(settings.models_dir)
        writer = _open_writer(settings, stack)
        jobs = [_jobs(path, settings, arguments, embedders, writer, stack) for path in arguments.data]
        began = time.monotonic()
        # By turns: where the time ends the run, the sets have lost alike.
        for job in (job for turn in zip_longest(*jobs) for job in turn if job):
            if time.monotonic() - began > arguments.max_seconds:
                break
            trials += job()
            print(f"{len(trials) // len(ARMS)} questions, {time.monotonic() - began:.0f} s", file=sys.stderr)
    return trials


def derangement(groups: Sequence[Hashable], rng: np.random.Generator) -> list[int]:
    """For each place another one, each once, and none of its own group.

    Raises:
        ValueError: none was found, as where one group has more than half of the places.
    """
    for _ in range(1000):
        drawn = rng.permutation(len(groups)).tolist()
        if all(groups[here] != groups[there] for here, there in enumerate(drawn)):
            return [int(there) for there in drawn]
    raise ValueError(f"{len(groups)} places in {len(set(groups))} groups: no order puts each at another group's place")


def shown_in_arms(
    items: Sequence[Item], found: Sequence[Sequence[Hit]], everything: Sequence[Hit], seed: int
) -> list[dict[str, Sequence[Hit]]]:
    """What the model is shown for each item in each arm; but for the arm without, so many passages as it has found."""
    rng = np.random.default_rng(seed)
    donors = derangement([item.cluster or item.id for item in items], rng)
    draws = [rng.choice(len(everything), size=len(own), replace=False).tolist() for own in found]
    return [
        {"none": (), "true": own, "shuffled": found[donor], "random": [everything[row] for row in draw]}
        for own, donor, draw in zip(found, donors, draws, strict=True)
    ]


def write_plan(question: str, shown: Sequence[Hit], *, writer: ChatModel, seed: int) -> Plan:
    """The model's first two queries, by one call: asking again for a reply in form would give some arms more."""
    lines = [f"- {evidence_line(hit)[:P0_CHARS]}" for hit in shown]
    request = ChatRequest(
        messages=render("first_queries", question=question, evidence="\n".join(lines)),
        max_tokens=_PLAN_TOKENS,
        seed=seed,
        json_schema=schema_of(FirstPlan),
        top_logprobs=_TOP_LOGPROBS,
    )
    reply = writer.chat(request)
    try:
        queries = FirstPlan.model_validate_json(extract_json(reply.text) or reply.text).queries
    except ValidationError:
        queries = []
    return Plan(tuple(query for query in queries if query.strip()), plan_bits(reply.log_probs or ()))


def plan_bits(steps: Sequence[TokenLogProb]) -> float | None:
    """Mean entropy, in bits, of the tokens that hold a letter or a digit, from the list's bracket on.

    The form's own tokens are given. Over the likeliest tokens that the endpoint told, brought to a sum of 1: an
    estimate that lacks the tail. None without log-probabilities.
    """
    start = next((place for place, step in enumerate(steps) if "[" in step.token), 0)
    words = [step for step in steps[start:] if step.top and any(map(str.isalnum, step.token))]
    nats = [token_entropy([log_prob for _, log_prob in step.top]) for step in words]
    return sum(nats) / len(nats) / math.log(2) if nats else None


def scores_of(item: Item, plan: Plan, shown: Sequence[Hit], own: Sequence[Hit], search: Search) -> dict[str, float]:
    """Recall of the supporting documents by the question's search, by the plan's two, and by all three.

    `lacking@10` is the recall of those alone that the question's P0 `own` lacks, whatever the arm; `p0` that of what
    was shown. Documents are so many in each arm and measure.
    """
    question, rankings = search(item.text), [search(query) for query in plan.queries]
    alone = _fused(rankings)
    ways = {"question": question, "plan": alone, "both": _fused([question, *rankings])}
    scores = {
        f"{way}@{k}": recall_at_k(ranked, item.supporting_ids, k) for way, ranked in ways.items() for k in (5, DEPTH)
    }
    scores["p0"] = recall_at_k([hit.passage.doc_id for hit in shown], item.supporting_ids, DEPTH)
    lacking = set(item.supporting_ids) - {hit.passage.doc_id for hit in own}
    if lacking:
        scores["lacking@10"] = recall_at_k(alone, lacking, DEPTH)
    if plan.bits is not None:
        scores["entropy, bits"] = plan.bits
    scores["no plan"] = float(not plan.queries)
    return scores


def _fused(rankings: Sequence[Ranking]) -> list[str]:
    return [id_ for id_, _ in reciprocal_rank_fusion(rankings)][:DEPTH]


def summary(trials: Sequence[Trial]) -> dict[str, Any]:
    """Means by arm, and paired differences with their intervals, for each data set and for all together."""
    names = list(dict.fromkeys(trial.data for trial in trials))
    scopes = {name: [trial for trial in trials if trial.data == name] for name in names}
    if len(names) > 1:
        scopes["all"] = list(trials)
    return {"sets": {name: _scope(own) for name, own in scopes.items()}}


def _scope(trials: Sequence[Trial]) -> dict[str, Any]:
    measures = dict.fromkeys(measure for trial in trials for measure in trial.scores)
    return {"n": len(trials) // len(ARMS), "measures": {measure: _measure(trials, measure) for measure in measures}}


def _measure(trials: Sequence[Trial], measure: str) -> dict[str, Any]:
    """Over the questions for which the measure is defined in every arm."""
    by_item: dict[tuple[str, str], dict[str, Trial]] = {}
    for trial in trials:
        if measure in trial.scores:
            by_item.setdefault((trial.data, trial.item), {})[trial.arm] = trial
    whole = [arms for arms in by_item.values() if len(arms) == len(ARMS)]
    scores = {arm: [arms[arm].scores[measure] for arms in whole] for arm in ARMS}
    clusters = [(arms["none"].data, arms["none"].cluster) for arms in whole]
    differences: dict[str, Difference] = {
        f"{b} − {a}": paired_difference(scores[a], scores[b], np.random.default_rng(0), clusters=clusters)
        for a, b in AGAINST
        if whole
    }
    return {
        "n": len(whole),
        "means": {arm: sum(values) / len(values) for arm, values in scores.items() if values},
        "differences": {name: asdict(difference) for name, difference in differences.items()},
    }


def table(result: Mapping[str, Any]) -> str:
    """The figures as Markdown; in brackets behind an interval, how many units differ: of few it is too narrow."""
    pairs = [f"{b} − {a}" for a, b in AGAINST]
    head = ["set", "measure", "n", *ARMS, *pairs]
    rows = [head, ["---"] * len(head)]
    for name, scope in result["sets"].items():
        for measure, found in scope["measures"].items():
            if not found["n"]:
                continue
            means = [f"{found['means'][arm]:.3f}" for arm in ARMS]
            gaps = (found["differences"][pair] for pair in pairs)
            told = [f"{gap['mean']:+.3f} {_interval(gap)} ({gap['n_differing']})" for gap in gaps]
            rows.append([name, measure, str(found["n"]), *means, *told])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _interval(gap: Mapping[str, Any]) -> str:
    return "[–]" if gap["low"] is None else f"[{gap['low']:+.3f}, {gap['high']:+.3f}]"


def _open_writer(settings: Settings, stack: ExitStack) -> ChatModel:
    meter = Meter(Budget(), price_table(settings), time.monotonic)
    cache = stack.enter_context(closing(CallCache(Home(settings.home).calls)))
    # A reply must not hang on the prompts before it, or the order of the arms would be a part of them.
    return ChatModels(settings, Backends(settings, stack, reuse_prefix=False), cache=cache, meter=meter).open("writer")


def _jobs(
    path: Path,
    settings: Settings,
    arguments: argparse.Namespace,
    embedders: Embedders,
    writer: ChatModel,
    stack: ExitStack,
) -> list[Callable[[], list[Trial]]]:
    """For each chosen question of a set what measures it in every arm."""
    root = Home(settings.home).root / "evals"
    (root / "data" / path.name).mkdir(parents=True, exist_ok=True)
    dataset = load(path, workdir=root / "data" / path.name)
    items = chosen(dataset, Options(half=arguments.half, sample=arguments.n, seed=arguments.seed))
    # In an order of its own: a run that its time ends has not done the first ones of the file.
    random.Random(arguments.seed).shuffle(items)
    home = root / "corpora" / f"{dataset.name}-{dataset.sha256[:8]}"
    opened = stack.enter_context(open_corpus(dataset.corpus, home, embedders, mode="hybrid"))
    found = [opened.searcher.search_passages(item.text, P0_PASSAGES) for item in items]
    everything = [Hit(passage=row.passage, title=row.title, score=0.0) for row in opened.corpus.iter_passages()]
    arms = shown_in_arms(items, found, everything, arguments.seed)

    def job(place: int) -> list[Trial]:
        return _trials(dataset.name, items[place], arms[place], opened, writer, arguments.seed)

    return [partial(job, place) for place in range(len(items))]


def _trials(
    data: str, item: Item, arms: Mapping[str, Sequence[Hit]], opened: OpenCorpus, writer: ChatModel, seed: int
) -> list[Trial]:
    def search(query: str) -> list[str]:
        return [hit.document.id for hit in opened.searcher.search_documents(query, DEPTH)]

    trials = []
    for arm, shown in arms.items():
        plan = write_plan(item.text, shown, writer=writer, seed=seed)
        scores = scores_of(item, plan, shown, arms["true"], search)
        trials.append(Trial(data, item.id, item.cluster or item.id, arm, plan.queries, scores))
    return trials


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, action="append", required=True, help="folder of questions and passages")
    parser.add_argument("--n", type=int, default=30, help="questions of each set, drawn by the seed")
    parser.add_argument("--half", choices=("tuning", "reporting", "all"), default="reporting")
    parser.add_argument("--model", default="embedded:qwen2.5-coder-1.5b")
    parser.add_argument("--threads", type=int, help="of an embedded model; one for each usable core if left out")
    parser.add_argument("--home", type=Path, default=Path(".wellread"), help="where corpora and replies are kept")
    parser.add_argument("--models-dir", type=Path, help="folder of model files; the user's cache if left out")
    parser.add_argument("--max-seconds", type=float, default=math.inf, help="begin no question after so long")
    parser.add_argument("--out", type=Path, help="file for the figures as JSON")
    parser.add_argument("--seed", type=int, default=66)
    return parser.parse_args()


if __name__ == "__main__":
    main()
