"""Made-up runs on disk, and a suite for them that reads its items from a list."""

import random
from pathlib import Path

from evals.datasets.dataset import Dataset
from evals.items import Item, Outcome, Result
from evals.metrics.calibration import auroc
from evals.run_record import EvalRun, Manifest, Options
from evals.suite import Metric, SetMetric, Suite

NASTY = '</script><img src=x onerror="alert(1)"><!-- 日本語 “ß” \u202e \x07 & $x^2$'


def an_item(number: int, *, kind: str = "", answers: tuple[str, ...] = ("Paris",)) -> Item:
    return Item(id=f"q{number:04d}", text=f"Question {number}: what is the capital?", answers=answers, kind=kind)


def a_suite(items=(), *, name="made", metrics=("em", "f1", "evidence_tokens"), sha256="abc", with_auroc=False) -> Suite:
    def load(path: Path, *, workdir: Path) -> Dataset:
        return Dataset(name="tiny", items=tuple(items), sha256=sha256)

    def area(results):
        sure = [(r.outcome.confidence, r.scores["em"]) for r in results if r.outcome.confidence is not None]
        return auroc([c for c, _ in sure], [s for _, s in sure]) if sure else None

    return Suite(
        name=name,
        about="Made-up answers to made-up questions.",
        wants="nothing",
        load=load,
        programs={"ask": lambda: None},
        metrics=[Metric(m, lambda i, o: None, is_better_high=m != "evidence_tokens") for m in metrics],
        set_metrics=[SetMetric("auroc", area)] if with_auroc else [],
    )


def a_run(folder: Path, name: str, results, *, suite="made", data_path=None, n_items=None, seconds=1.5, **manifest):
    """A run with these results; `manifest` changes what it is started with."""
    fields = {
        "program": "ask",
        "data": "tiny",
        "data_path": str(data_path or folder),
        "data_sha256": "abc",
        "started_at": "2030-01-01T00:00:00+00:00",
        "version": "0.1.0",
        "python": "3.11.4",
        "packages": {"numpy": "2.0"},
        "prompts": {"short_answer": "f00"},
        "models": {},
        "config": {},
        "model": "embedded:tiny",
        "options": Options(),
    }
    n = len({result.item for result in results}) if n_items is None else n_items
    run = EvalRun.create(folder / name, Manifest(run=name, suite=suite, n_items=n, **{**fields, **manifest}))
    # Not by `append`, which flushes every line to the disk: a thousand of them take seconds.
    (run.path / "results.jsonl").write_text("".join(r.model_dump_json() + "\n" for r in results[1:]), encoding="utf-8")
    if results:
        run.append(results[0], seconds)
    return run


def a_result(item: Item, *, right=True, status="done", answer=None, confidence=None, details=None, **more) -> Result:
    text = ("Paris" if right else "Rome") if answer is None else answer
    has_outcome = status in ("done", "abstained")
    scores = {"em": float(right), "f1": 1.0 if right else 0.25, "evidence_tokens": 400.0}
    return Result(
        item=item.id,
        kind=item.kind,
        cluster=item.cluster,
        status=status,
        why="" if status == "done" else f"because of {NASTY}",
        outcome=Outcome(text=text, evidence_tokens=400, confidence=confidence, details=details or {})
        if has_outcome
        else None,
        scores=more.pop("scores", scores) if has_outcome else {},
        **{"tokens": 700, "usd": 0.0001, **more},
    )


def many_results(items, *, share_right: float, seed: int, with_confidence=False, **more) -> list[Result]:
    """Every tenth item has trouble; the others are right by chance."""
    rng = random.Random(seed)
    found = []
    for number, item in enumerate(items):
        status = {3: "failed", 5: "unparsed", 7: "abstained"}.get(number % 100, "done")
        right = status == "done" and rng.random() < share_right
        confidence = round(min(1.0, 0.7 * rng.random() + 0.2 * right + 0.1), 3) if with_confidence else None
        lines = [f"(Atlas {rng.randrange(300)}) France has its capital in Paris, by the river Seine." for _ in range(8)]
        details = {
            "evidence": lines,
            "cited": [{"sentence": "Paris is it.", "sources": [{"title": "Atlas", "quote": lines[0]}]}],
            "thoughts": ["I think it is Paris."],
            "seen": number,
        }
        found.append(
            a_result(
                item,
                right=right,
                status=status,
                confidence=confidence if status == "done" else None,
                details=details,
                **more,
            )
        )
    return found
