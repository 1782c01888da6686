"""Is it worth asking a judge about doubtful claims only? A window cascade on labelled sets, against a random choice.

    python benchmarks/cascade.py --data DIR [--data DIR ...] --judge MODEL [--n 100] [--seed 1] [--half reporting]
        [--home DIR] [--seconds S] [--support FILE] [--gains FILE] [--boundary 0.5] [--windows 0.05,0.1,0.2,0.3,0.5]

DIR are the sets of `benchmarks/fit_support.py`; n claims are drawn of a half of each. The judge (such as
embedded:qwen2.5-coder-1.5b) is asked once about every claim, so that each way of choosing whom to ask is worked out
from the same answers; replies are kept in the call cache of --home, so --seconds may stop it and the same command goes
on. Documents over a few pages are cut as for the scorer: the judge reads their first 6,000 characters.
Stage one is the shipped model of support, or --support; one with a scorer's features wants --gains of `fit_support`.

For each window: the share of claims that the judge sees, the accuracy of the cascade, of asking as many at random (its
exact expectation), and of asking about the least supported first; the paired difference to random with its 95 %
interval over resampled documents; the same balanced over both labels; and tokens of the judge. By the judge's answer
alone (at .5), as verification does it, and by the mean of both probabilities, as in the paper (arXiv:2303.08010).
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agent.chat_models import Backends, ChatModels, price_table
from agent.claims.judge import opinion_in, support_request
from agent.claims.probability import SHIPPED, load_support_model
from agent.claims.token_gains import MAX_EVIDENCE_CHARS
from agent.claims.window import window_around
from agent.embedders import open_embedders
from agent.home import Home
from agent.model_settings import Roles, RoleSettings
from agent.settings import Settings
from evals.metrics.calibration import auroc
from evals.statistics import paired_difference
from evals.support.featured import with_features
from evals.support.gain_cache import GainCache
from evals.support.labelled import LabelledClaim, labelled_claims
from lm.errors import ContextOverflow
from lm.metering import Budget, Meter
from lm.replay import CallCache
from lm.types import ChatModel

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """A claim with stage one's probability and the judge's: where it has no opinion stage one's stands."""

    set_name: str
    cluster: str
    is_supported: bool
    first: float
    judge: float | None
    tokens: int


@dataclass(frozen=True)
class Arm:
    """Which claims the judge sees, as shares in [0, 1]: 0 or 1 of a choice, the same for all at random."""

    name: str
    asked: FloatArray


def rows_of(judged: Sequence[Judged], arm: Arm, *, boundary: float, by_mean: bool) -> FloatArray:
    """(n,) how likely each claim is decided rightly."""
    truth = np.array([one.is_supported for one in judged])
    first = np.array([one.first for one in judged])
    second = np.array([one.first if one.judge is None else one.judge for one in judged])
    alone = (first >= boundary) == truth
    cut = boundary if by_mean else np.where([one.judge is None for one in judged], boundary, 0.5)
    with_judge = ((first + second) / 2 if by_mean else second) >= cut
    result: FloatArray = (1.0 - arm.asked) * alone + arm.asked * (with_judge == truth)
    return result


def arms_of(judged: Sequence[Judged], near: npt.NDArray[np.bool_]) -> list[Arm]:
    """The window, as many at random, and as many of the least supported."""
    n = int(near.sum())
    least = np.zeros(len(judged))
    least[np.argsort([one.first for one in judged], kind="stable")[:n]] = 1.0
    return [
        Arm("window", near.astype(np.float64)),
        Arm("random", np.full(len(judged), n / len(judged))),
        Arm("least supported", least),
    ]


def balanced(right: FloatArray, judged: Sequence[Judged]) -> float:
    """Mean of the accuracies on supported and on unsupported claims."""
    truth = np.array([one.is_supported for one in judged])
    return float(np.mean([right[truth == label].mean() for label in (True, False) if (truth == label).any()]))


def table(
    judged: Sequence[Judged], windows: Sequence[float], quantiles: Sequence[float], *, boundary: float, seed: int
) -> str:
    """A row for each window and each way to decide, in Markdown."""
    first = np.array([one.first for one in judged])
    clusters = [f"{one.set_name}:{one.cluster}" for one in judged]
    tokens = np.array([one.tokens for one in judged])
    lines = [
        "| window | decided by | asked | accuracy | random | least supported | window less random | balanced "
        "| balanced, random | judge's tokens |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for share in (0.0, *windows, 1.0):
        window = window_around(boundary, share, quantiles)
        near = np.array([window.holds(p) for p in first])
        for by_mean in (False, True):
            arms = arms_of(judged, near)
            right = {arm.name: rows_of(judged, arm, boundary=boundary, by_mean=by_mean) for arm in arms}
            found = paired_difference(
                right["random"].tolist(), right["window"].tolist(), np.random.default_rng(seed), clusters=clusters
            )
            interval = "" if found.low is None else f" [{found.low:+.3f}, {found.high:+.3f}]"
            cells = [
                f"{share:g}",
                "mean" if by_mean else "judge",
                f"{near.mean():.3f}",
                *(f"{right[name].mean():.3f}" for name in ("window", "random", "least supported")),
                f"{found.mean:+.3f}{interval} {found.verdict}",
                f"{balanced(right['window'], judged):.3f}",
                f"{balanced(right['random'], judged):.3f}",
                f"{int(tokens[near].sum()):,}",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def judge_all(
    claims: Sequence[LabelledClaim], first: Sequence[float], judge: ChatModel, *, seed: int, seconds: float
) -> list[Judged]:
    """The claims that the judge could be asked about in time, sets mixed by a draw of the seed."""
    began, found = time.monotonic(), []
    for n, row in enumerate(np.random.default_rng(seed).permutation(len(claims)).tolist()):
        if time.monotonic() - began > seconds:
            print(f"stopped after {n} of {len(claims)} claims: run again to go on", file=sys.stderr)
            break
        claim = claims[row]
        try:
            reply = judge.chat(support_request(claim.text, claim.evidence[:MAX_EVIDENCE_CHARS], seed=seed))
        except ContextOverflow:
            found.append(Judged(claim.set_name, claim.cluster, claim.is_supported, first[row], None, 0))
            continue
        opinion = opinion_in(reply)
        tokens = reply.usage.prompt_tokens + reply.usage.completion_tokens
        p_yes = opinion.p_yes if opinion else None
        found.append(Judged(claim.set_name, claim.cluster, claim.is_supported, first[row], p_yes, tokens))
        if n % 20 == 0:
            print(f"{n + 1} of {len(claims)} claims in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return found


def main() -> None:
    """Ask and tell, with the options of the command line."""
    arguments = _arguments()
    role = RoleSettings(model=arguments.judge)
    wanted = {"home": arguments.home, "models_dir": arguments.models_dir, "roles": Roles(judge=role)}
    settings = Settings.model_validate({key: value for key, value in wanted.items() if value is not None})
    model = load_support_model(arguments.support)
    if model.needs_scorer and not arguments.gains:
        sys.exit(f"{arguments.support} wants a scorer's features: give --gains FILE of benchmarks/fit_support.py")
    if not model.quantiles:
        sys.exit(f"{arguments.support} has no quantiles: fit it again with benchmarks/fit_support.py")
    static = open_embedders(settings.models_dir, with_dense=False).static
    gains = GainCache(arguments.gains, scorer=model.scorer) if model.needs_scorer else None
    model.require_made_for(embedder=static.fingerprint, scorer=gains.scorer if gains else "")
    with tempfile.TemporaryDirectory(prefix="wellread-cascade-") as folder:
        claims = [
            claim
            for path in arguments.data
            for claim in _drawn(path, Path(folder), arguments)
            if gains is None or gains.find(claim.text, claim.evidence)
        ]
    if not claims:
        sys.exit("no claims are left: draw more, or score them first")
    first = [model.probability(one.features) for one in with_features(claims, static, gains)]
    with ExitStack() as stack:
        cache = stack.enter_context(closing(CallCache(Home(settings.home).calls)))
        meter = Meter(Budget(), price_table(settings), time.monotonic)
        judge = ChatModels(settings, Backends(settings, stack), cache=cache, meter=meter).open("judge")
        judged = judge_all(claims, first, judge, seed=arguments.seed, seconds=arguments.seconds)
    windows = [float(part) for part in arguments.windows.split(",")]
    for name in (*sorted({one.set_name for one in judged}), "all"):
        own = [one for one in judged if name in ("all", one.set_name)]
        truth = [float(one.is_supported) for one in own]
        areas = [auroc([one.first for one in own], truth), auroc([_judge_or_first(one) for one in own], truth)]
        shown = " and ".join("none" if area is None else f"{area:.3f}" for area in areas)
        silent = sum(one.judge is None for one in own)
        print(f"\n{name}: {len(own)} claims, {int(sum(truth))} supported, {silent} without an opinion of the judge; ")
        print(f"AUROC of stage one and of the judge: {shown}\n")
        print(table(own, windows, model.quantiles, boundary=arguments.boundary, seed=arguments.seed))


def _judge_or_first(one: Judged) -> float:
    return one.first if one.judge is None else one.judge


def _drawn(path: Path, workdir: Path, arguments: argparse.Namespace) -> list[LabelledClaim]:
    """n claims of the half of a set."""
    # All of the set, so that claims scored for `fit_support` are among them whatever it drew.
    own = [one for one in labelled_claims(path, workdir=workdir, n=2000, seed=1) if one.half == arguments.half]
    rows = np.random.default_rng(arguments.seed).permutation(len(own))[: arguments.n]
    return [own[row] for row in sorted(rows.tolist())]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, action="append", required=True, help="a folder of a labelled set")
    parser.add_argument("--judge", required=True, help="the model that is asked, e.g. embedded:qwen2.5-coder-1.5b")
    parser.add_argument("--n", type=int, default=100, help="claims of each set")
    parser.add_argument("--seed", type=int, default=1, help="of draws, calls and resampling")
    parser.add_argument("--half", choices=["tuning", "reporting"], default="reporting")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="most time for asking the judge")
    parser.add_argument("--support", type=Path, default=SHIPPED, help="a model of support; the shipped one if left out")
    parser.add_argument("--gains", type=Path, help="what a scorer says of claims, by benchmarks/fit_support.py")
    parser.add_argument("--boundary", type=float, default=0.5)
    parser.add_argument("--windows", default="0.05,0.1,0.2,0.3,0.5", help="shares of claims on each side")
    parser.add_argument("--home", type=Path, help="whose call cache keeps the replies")
    parser.add_argument("--models-dir", type=Path, help="folder of model files; the user's cache if left out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
