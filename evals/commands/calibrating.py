"""`wellread eval calibrate`: fit what `ask` needs on the tuning half of questions with answers."""

import time
from collections import Counter, defaultdict
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from agent.calibration import Calibration, write_calibration
from agent.chat_models import Backends, ChatModels, price_table
from agent.commands.invocation import Invocation
from agent.difficulty import fit_cutoffs
from agent.embedders import open_embedders
from agent.errors import UsageProblem
from agent.home import Home
from agent.pursuit.conformal import ALL_LABELS, fit
from agent.settings import Settings
from evals.calibrating import Observed, observe_all
from evals.conduct import drawn, half_of
from evals.corpora import open_corpus
from evals.datasets.dataset import Dataset
from evals.datasets.load import load
from evals.items import Item
from lm.metering import Budget, Meter
from lm.replay import CallCache


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for."""

    data: Path
    model: str | None
    alpha: float
    length: int
    sample: int | None
    max_tokens: int | None


def calibrate_command(call: Invocation, wanted: Wanted) -> None:
    """Fit, keep and show.

    Raises:
        UsageProblem: the data cannot be used.
        LMError: the model cannot be opened or asked, or the budget ends: nothing is kept then but the calls, which are
            not paid again.
    """
    if not 0.0 < wanted.alpha < 1.0:
        raise UsageProblem(f"--alpha {wanted.alpha} is no share", hint="choose one between 0 and 1, such as 0.15")
    settings = call.settings({"roles.writer.model": wanted.model})
    home = Home(settings.home).make()
    workdir = home.root / "evals" / "data" / f"calibrate-{wanted.data.resolve().name}"
    workdir.mkdir(parents=True, exist_ok=True)
    dataset = load(wanted.data, workdir=workdir)
    items = _questions(dataset, wanted, seed=settings.write.seed)
    model, observed = _observed(call, settings, dataset, items, wanted)
    calibration = Calibration(
        model=model,
        evidence_tokens=settings.ask.evidence_tokens,
        data=dataset.name,
        n=len(observed),
        thresholds=fit([point for one in observed for point in one.points], alpha=wanted.alpha),
        cutoffs=fit_cutoffs([one.signs for one in observed], [one.difficulty for one in observed]),
    )
    write_calibration(home.calibration, calibration)
    _show(call, calibration, observed, home.calibration)


def _questions(dataset: Dataset, wanted: Wanted, *, seed: int) -> list[Item]:
    if not dataset.corpus:
        raise UsageProblem(
            f"{wanted.data} has no passages or documents to search in", hint="add passages.jsonl, docs/ or corpus/"
        )
    tuning = [item for item in dataset.items if item.answers and half_of(item.cluster or item.id) == "tuning"]
    if not tuning:
        raise UsageProblem(f"no question of {wanted.data}'s tuning half has an answer", hint="give it more questions")
    return drawn(tuning, wanted.sample, seed=seed)


def _observed(
    call: Invocation, settings: Settings, dataset: Dataset, items: list[Item], wanted: Wanted
) -> tuple[str, list[Observed]]:
    home = Home(settings.home)
    with ExitStack() as stack:
        folder = home.root / "evals" / "corpora" / f"{dataset.name}-{dataset.sha256[:8]}"
        embedders = open_embedders(settings.models_dir, with_dense=settings.roles.embedder.is_dense)
        opened = stack.enter_context(open_corpus(dataset.corpus, folder, embedders, mode=settings.search.mode))
        meter = Meter(Budget(max_tokens=wanted.max_tokens), price_table(settings), time.monotonic)
        cache = stack.enter_context(closing(CallCache(home.calls)))
        writer = ChatModels(settings, Backends(settings, stack, reuse_prefix=False), cache=cache, meter=meter).open(
            "writer"
        )
        tenths = {round(len(items) * tenth / 10) for tenth in range(1, 11)}
        observed = observe_all(
            items,
            opened.searcher,
            writer,
            length=wanted.length,
            seed=settings.write.seed,
            max_tokens=settings.ask.evidence_tokens,
            tell=lambda done, total: call.note(f"asked {done}/{total}") if done in tenths else None,
        )
        return writer.name, observed


def _show(call: Invocation, calibration: Calibration, observed: list[Observed], path: Path) -> None:
    thresholds, cutoffs = calibration.thresholds, calibration.cutoffs
    sizes: dict[int, list[int]] = defaultdict(list)
    for one in observed:
        for k, posterior in enumerate(one.posteriors):
            sizes[k].append(len(thresholds.predict_set(posterior, k)))
    difficulties = Counter(one.difficulty for one in observed)
    body = {
        "file": str(path),
        **calibration.model_dump(exclude={"version"}),
        "mean_set_size": {k: round(fmean(own), 2) for k, own in sizes.items()},
        "difficulties": dict(difficulties),
    }
    lines = [f"calibrated {calibration.model} on {calibration.n} questions of {calibration.data}: {path}"]
    for k, own in sorted(sizes.items()):
        kept = "every answer" if thresholds.of(k) >= ALL_LABELS else f"1 − p up to {thresholds.of(k):.3f}"
        lines.append(f"  after {k} queries   keeps {kept}; {fmean(own):.1f} answers a set (n = {len(own)})")
    told = ", ".join(f"{n} {label}" for label, n in sorted(difficulties.items()))
    lines.append(f"  difficulty        {told}; loss of the cut-offs {cutoffs.loss:.2f}")
    call.emit(body, "\n".join(lines))
