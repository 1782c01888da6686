"""Does the entropy of a writer's tokens tell its wrong answers? EPR and WEPR (arXiv:2509.04492) on questions.

    python benchmarks/writer_risk.py --data DIR --model MODEL [--n 100] [--half tuning] [--seed 1] [--temperature 0]
        [--home DIR] [--seconds S] [--save FILE] [--date YYYY-MM-DD]

DIR holds questions.jsonl (with answers and supporting_ids) and passages.jsonl. Each question is asked twice: from
memory, and with its supporting passages in view. Replies come with the 15 likeliest tokens of each position and are
kept in the call cache of --home, so the same command goes on where --seconds stopped it. An answer is right that holds
a gold answer as whole words.

Told, each with a 95 % interval over resampled questions: how well EPR, the largest token entropy, WEPR (five folds; no
question is in both of training and test) and length alone rank wrong answers above right ones (AUROC), from memory and
over both conditions; and how often a question's EPR is higher from memory than with its passages. Short answers have
few tokens, so that here none is left out; in reports the first of a sentence and its marks are. --save writes WEPR's
weights for both conditions: as wepr.json in a home they are the risk of `[verify] entropy`.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agent.chat_models import Backends, ChatModels, price_table
from agent.entropy.production import EntropyProduction, K, entropy_production, tops_of
from agent.entropy.wepr import WeprModel, rank_features
from agent.entropy.wepr_fitting import fit_weights, left_out_logits
from agent.home import Home
from agent.model_settings import Roles, RoleSettings
from agent.settings import Settings
from agent.version import program_version
from evals.conduct import drawn, half_of
from evals.datasets.dataset import read_passages
from evals.datasets.load import load
from evals.items import Item
from evals.metrics.answers import contains_answer
from evals.metrics.calibration import auroc
from evals.statistics import measure_ci95
from lm.errors import ContextOverflow
from lm.metering import Budget, Meter
from lm.replay import CallCache
from lm.types import ChatModel, ChatRequest
from prompts.templates import render

_ANSWER_TOKENS = 24
_N_RESAMPLES = 500


@dataclass(frozen=True)
class Answered:
    """An answer with the entropy of its tokens; `features` are those of WEPR. Questions of one `cluster` share a
    document, and are not held for independent."""

    question: str
    cluster: str
    has_evidence: bool
    is_wrong: bool
    n_characters: int
    produced: EntropyProduction
    features: tuple[float, ...]


def answered(item: Item, evidence: str, writer: ChatModel, *, seed: int, temperature: float) -> Answered | None:
    """The writer's answer, from memory where there is no evidence; None where it gave too few alternatives or said
    nothing.

    Raises:
        LMError: the call failed.
    """
    prompt = "short_answer" if evidence else "closed_book"
    values = {"question": item.text} | ({"evidence": evidence} if evidence else {})
    request = ChatRequest(
        messages=render(prompt, **values),
        max_tokens=_ANSWER_TOKENS,
        temperature=temperature,
        seed=seed,
        stop=("\n",),
        top_logprobs=K,
    )
    try:
        reply = writer.chat(request)
    except ContextOverflow:
        return None
    tops = tops_of([token for token in reply.log_probs or () if token.token.strip()])
    produced = entropy_production(tops)
    if produced is None or produced.k < K or not reply.text.strip():
        return None
    return Answered(
        question=item.id,
        cluster=item.cluster or item.id,
        has_evidence=bool(evidence),
        is_wrong=not contains_answer(reply.text, item.answers),
        n_characters=len(reply.text.strip()),
        produced=produced,
        features=tuple(rank_features(tops, K)),
    )


def table(answers: Sequence[Answered], seed: int) -> str:
    """AUROC of each score for wrong answers, in Markdown."""
    lines = ["| asked | n (wrong) | EPR | largest token | WEPR, left out | length |", "|---|---|---|---|---|---|"]
    for name, own in (("from memory", [one for one in answers if not one.has_evidence]), ("both ways", [*answers])):
        if not own:
            continue
        scores: dict[str, Sequence[float]] = {
            "epr": [one.produced.epr_bits for one in own],
            "max": [one.produced.max_bits for one in own],
            "wepr": _wepr(own),
            "length": [float(one.n_characters) for one in own],
        }
        cells = [_area(values, own, seed) if len(values) else "too few answers" for values in scores.values()]
        lines.append(f"| {name} | {len(own)} ({sum(one.is_wrong for one in own)}) | {' | '.join(cells)} |")
    return "\n".join(lines)


def paired(answers: Sequence[Answered], seed: int) -> str:
    """How often a question's EPR is higher from memory, ties half."""
    by_question: dict[tuple[str, str], dict[bool, float]] = {}
    for one in answers:
        by_question.setdefault((one.cluster, one.question), {})[one.has_evidence] = one.produced.epr_bits
    both_ways = {key: both for key, both in by_question.items() if len(both) == 2}
    gaps = [both[False] - both[True] for both in both_ways.values()]
    if not gaps:
        return "no question was answered both ways"
    shares = [0.5 * (1.0 + float(np.sign(gap))) for gap in gaps]
    interval = measure_ci95(
        lambda places: float(np.mean([shares[place] for place in places])),
        [cluster for cluster, _ in both_ways],
        np.random.default_rng(seed),
        n_resamples=_N_RESAMPLES,
    )
    within = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
    return f"EPR higher from memory than with the passages: {np.mean(shares):.3f}{within} of {len(gaps)} questions"


def wepr_of(answers: Sequence[Answered], arguments: argparse.Namespace, writer: str) -> WeprModel:
    """The weights of all answers, with how they did on questions left out."""
    rows = np.array([one.features for one in answers])
    found = fit_weights(rows, [one.is_wrong for one in answers])
    logits, truth = _wepr(answers), [float(one.is_wrong) for one in answers]
    interval = _interval(logits, answers, arguments.seed) if len(logits) else None
    return WeprModel(
        writer=writer,
        temperature=arguments.temperature,
        k=K,
        intercept=found.intercept,
        means=found.weights[:K],
        maxima=found.weights[K:],
        data=f"{arguments.data.name}, {arguments.half}",
        n=len(answers),
        n_wrong=sum(one.is_wrong for one in answers),
        seed=arguments.seed,
        fitted=arguments.date,
        version=program_version(),
        auroc=auroc(logits, truth) if len(logits) else None,
        auroc_ci95=interval,
    )


def _wepr(answers: Sequence[Answered]) -> list[float]:
    """Logits of questions left out; none where there are too few answers of either kind."""
    rows = np.array([one.features for one in answers])
    groups = [one.cluster for one in answers]
    try:
        return left_out_logits(rows, [one.is_wrong for one in answers], groups).tolist()
    except ValueError:
        return []


def _area(values: Sequence[float], answers: Sequence[Answered], seed: int) -> str:
    area = auroc(values, [float(one.is_wrong) for one in answers])
    interval = _interval(values, answers, seed)
    within = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
    return "none" if area is None else f"{area:.3f}{within}"


def _interval(values: Sequence[float], answers: Sequence[Answered], seed: int) -> tuple[float, float] | None:
    truth = [float(one.is_wrong) for one in answers]
    measure: Callable[[list[int]], float | None] = lambda places: auroc(  # noqa: E731
        [values[place] for place in places], [truth[place] for place in places]
    )
    clusters = [one.cluster for one in answers]
    return measure_ci95(measure, clusters, np.random.default_rng(seed), n_resamples=_N_RESAMPLES)


def ask_all(items: Sequence[tuple[Item, str]], writer: ChatModel, arguments: argparse.Namespace) -> list[Answered]:
    """Each question from memory and with its evidence, as far as the time allows."""
    began, found, n_left_out = time.monotonic(), [], 0
    for n, (item, evidence) in enumerate(items):
        if time.monotonic() - began > arguments.seconds:
            print(f"stopped after {n} of {len(items)} questions: run again to go on", file=sys.stderr)
            break
        for shown in ("", evidence):
            one = answered(item, shown, writer, seed=arguments.seed, temperature=arguments.temperature)
            found += [one] if one else []
            n_left_out += one is None
        if n % 10 == 0:
            print(f"{n + 1} of {len(items)} questions in {time.monotonic() - began:.0f} s", file=sys.stderr)
    if n_left_out:
        print(f"{n_left_out} replies without words, alternatives or room in the window", file=sys.stderr)
    return found


def items_of(folder: Path, *, half: str, n: int, seed: int) -> list[tuple[Item, str]]:
    """Questions of the half that have answers and supporting passages, with these passages."""
    texts = {read.row.id: f"({read.row.title}) {read.row.text}" for read in read_passages(folder / "passages.jsonl")}
    rows = map(json.loads, (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines())
    supporting = {str(row["id"]): [texts[i] for i in row.get("supporting_ids", ()) if i in texts] for row in rows}
    with tempfile.TemporaryDirectory(prefix="wellread-risk-") as workdir:
        items = load(folder, workdir=Path(workdir)).items
    wanted = [item for item in items if half_of(item.cluster or item.id) == half and item.answers]
    found = [(item, "\n".join(supporting.get(item.id, ()))) for item in drawn(wanted, n, seed=seed)]
    return [(item, evidence) for item, evidence in found if evidence]


def main() -> None:
    """Ask and tell, with the options of the command line."""
    arguments = _arguments()
    wanted = {
        "home": arguments.home,
        "models_dir": arguments.models_dir,
        "roles": Roles(writer=RoleSettings(model=arguments.model)),
    }
    settings = Settings.model_validate({key: value for key, value in wanted.items() if value is not None})
    items = items_of(arguments.data, half=arguments.half, n=arguments.n, seed=arguments.seed)
    with ExitStack() as stack:
        cache = stack.enter_context(closing(CallCache(Home(settings.home).calls)))
        meter = Meter(Budget(), price_table(settings), time.monotonic)
        writer = ChatModels(settings, Backends(settings, stack), cache=cache, meter=meter).open("writer")
        answers = ask_all(items, writer, arguments)
        name = writer.name
    if not answers:
        sys.exit(f"{name} gave no answer with log-probabilities")
    print(f"{table(answers, arguments.seed)}\n\n{paired(answers, arguments.seed)}")
    if arguments.save:
        model = wepr_of(answers, arguments, name)
        arguments.save.write_text(model.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True, help="a folder of questions and passages")
    parser.add_argument("--model", required=True, help="the writer, e.g. embedded:qwen2.5-coder-1.5b")
    parser.add_argument("--n", type=int, default=100, help="questions")
    parser.add_argument("--half", choices=["tuning", "reporting"], default="tuning")
    parser.add_argument("--seed", type=int, default=1, help="of the draw, the calls and the resampling")
    parser.add_argument("--temperature", type=float, default=0.0, help="of the answers; the paper's is 1")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="most time for asking")
    parser.add_argument("--save", type=Path, help="where WEPR's weights are written")
    parser.add_argument("--date", default="undated", help="written into the weights")
    parser.add_argument("--home", type=Path, help="whose call cache keeps the replies")
    parser.add_argument("--models-dir", type=Path, help="folder of model files; the user's cache if left out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
