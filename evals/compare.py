"""Is run B better than run A? On the items that both did, with intervals, and with many tests allowed for."""

from collections.abc import Sequence

import numpy as np

from agent.errors import UsageProblem
from evals.effect_size import detectable_difference
from evals.items import Result
from evals.run_record import EvalRun
from evals.statistics import Difference, Verdict, holm, mcnemar_exact, paired_difference
from evals.suite import Suite
from evals.summary import clusters_of, per_item
from lm.types import Frozen

_ALPHA = 0.05
DEFAULT_SEED = 66  # one for all comparisons that nobody seeds: they must not say different things of the same runs


class MetricComparison(Frozen):
    """B against A on one metric. `difference` is B − A; `p_holm` allows for the number of metrics compared.

    `verdict` says whether B is better, also where less is better; "not known" unless the interval leaves 0 out and the
    adjusted p is at most .05. `detectable`: the smallest true difference that so many items would show.
    """

    metric: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    n: int
    n_clusters: int
    p: float
    p_holm: float
    p_mcnemar: float | None
    detectable: float | None
    verdict: Verdict


class Comparison(Frozen):
    """Two runs side by side. Items that one run alone scored are counted and left out."""

    a: str
    b: str
    n_common: int
    n_only_a: int
    n_only_b: int
    remarks: tuple[str, ...]
    metrics: tuple[MetricComparison, ...]


def compare_runs(a: EvalRun, b: EvalRun, suite: Suite, *, seed: int, names: Sequence[str] = ()) -> Comparison:
    """Compare two runs of one suite over the same items.

    Args:
        a: The run compared with.
        b: The run that may be better.
        suite: Theirs.
        seed: Of the resampling.
        names: Metrics to compare; none: all of single items.

    Raises:
        UsageProblem: the runs are of two suites, share no item, or a metric is unknown.
    """
    of_a, of_b = a.manifest(), b.manifest()
    if of_a.suite != of_b.suite:
        raise UsageProblem(
            f"{of_a.run} is of suite {of_a.suite}, {of_b.run} of {of_b.suite}", hint="compare runs of one suite"
        )
    remarks = []
    if of_a.data_sha256 != of_b.data_sha256:
        remarks.append("the data differ: items are matched by id alone")
    if of_a.options.evidence_tokens != of_b.options.evidence_tokens:
        remarks.append(f"evidence differs: {of_a.options.evidence_tokens} and {of_b.options.evidence_tokens} tokens")
    if of_a.model != of_b.model:
        remarks.append(f"the models differ: {of_a.model} and {of_b.model}")
    return compare_results(
        a.results(), b.results(), suite, name_a=of_a.run, name_b=of_b.run, seed=seed, names=names, remarks=remarks
    )


def compare_results(
    a: Sequence[Result],
    b: Sequence[Result],
    suite: Suite,
    *,
    name_a: str,
    name_b: str,
    seed: int,
    names: Sequence[str] = (),
    remarks: Sequence[str] = (),
) -> Comparison:
    """As `compare_runs`, of results in memory."""
    known = [metric.name for metric in suite.metrics]
    if unknown := [name for name in names if name not in known]:
        raise UsageProblem(f"suite {suite.name} has no metric {unknown[0]!r}", hint=f"it has {', '.join(known)}")
    items_a, items_b = {r.item for r in a if r.scores}, {r.item for r in b if r.scores}
    if not items_a & items_b:
        raise UsageProblem(f"{name_a} and {name_b} share no scored item", hint="run both on the same data")
    clusters = clusters_of([*a, *b])
    found: dict[str, tuple[list[float], list[float], Difference]] = {}
    for name in names or known:
        scores_a, scores_b = per_item(a, name), per_item(b, name)
        if both := [item for item in scores_a if item in scores_b]:
            left, right = [scores_a[item] for item in both], [scores_b[item] for item in both]
            rng = np.random.default_rng(seed)
            found[name] = (left, right, paired_difference(left, right, rng, clusters=[clusters[i] for i in both]))
    adjusted = holm({name: difference.p for name, (_, _, difference) in found.items()})
    is_high = {metric.name: metric.is_better_high for metric in suite.metrics}
    return Comparison(
        a=name_a,
        b=name_b,
        n_common=len(items_a & items_b),
        n_only_a=len(items_a - items_b),
        n_only_b=len(items_b - items_a),
        remarks=tuple(remarks),
        metrics=tuple(_compared(name, *found[name], adjusted[name], is_high[name]) for name in found),
    )


def _compared(
    name: str, a: list[float], b: list[float], difference: Difference, p_holm: float, is_better_high: bool
) -> MetricComparison:
    verdict = difference.verdict if p_holm <= _ALPHA else "not known"
    if not is_better_high:
        turned: dict[Verdict, Verdict] = {"better": "worse", "worse": "better", "not known": "not known"}
        verdict = turned[verdict]
    is_binary = {*a, *b} <= {0.0, 1.0}
    return MetricComparison(
        metric=name,
        a=float(np.mean(a)),
        b=float(np.mean(b)),
        difference=difference.mean,
        low=difference.low,
        high=difference.high,
        n=difference.n,
        n_clusters=difference.n_units,
        p=difference.p,
        p_holm=p_holm,
        p_mcnemar=mcnemar_exact(a, b).p if is_binary else None,
        detectable=detectable_difference([y - x for x, y in zip(a, b, strict=True)]),
        verdict=verdict,
    )
