"""Is run B better than run A? On the items that both did, with intervals, and with many tests allowed for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agent.errors import UsageProblem
from evals.effect_size import detectable_difference
from evals.items import Result
from evals.run_differences import run_differences
from evals.run_record import EvalRun, Manifest
from evals.statistics import (
    Difference,
    Measure,
    Verdict,
    holm,
    mcnemar_exact,
    paired_difference,
    paired_measure_difference,
)
from evals.suite import AnyMetric, SetMetric, Suite
from evals.summary import clusters_of, per_item
from lm.types import Frozen

_ALPHA = 0.05
DEFAULT_SEED = 66  # one for all comparisons that nobody seeds: they must not say different things of the same runs

# A measure of all items is taken anew on each resample, so it has fewer of them than a mean. n resamples give no p
# below 2 / (n + 1): a large family needs more of them, or Holm's factor would hide every difference.
_MEAN_RESAMPLES, _MEASURE_RESAMPLES, _RESAMPLES_PER_TEST = 2000, 1000, 50


class MetricComparison(Frozen):
    """B against A on one metric. `difference` is B − A; `p_holm` allows for all metrics and pairs compared together.

    `verdict` says whether B is better, also where less is better; "not known" unless the interval leaves 0 out, the
    adjusted p is at most .05, and at least six items (or clusters) differ, `n_differing`: fewer prove nothing, however
    small p is. `p_mcnemar`: of scores of 0 and 1 where no items share a cluster, which it cannot allow for.
    `detectable`: the smallest true difference that so many items would show; of means alone. A single item, or cluster,
    tells neither that nor an interval.
    """

    metric: str
    a: float
    b: float
    difference: float
    low: float | None
    high: float | None
    n: int
    n_clusters: int
    n_differing: int
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


@dataclass(frozen=True)
class Scored:
    """A run's name and results."""

    name: str
    results: Sequence[Result]

    @property
    def items(self) -> set[str]:
        """Those with any score."""
        return {result.item for result in self.results if result.scores}


@dataclass(frozen=True)
class _Pair:
    """Two runs that share items, and what else differs between them."""

    a: Scored
    b: Scored
    remarks: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.a.items & self.b.items:
            raise UsageProblem(
                f"{self.a.name} and {self.b.name} share no scored item", hint="run both on the same data"
            )


@dataclass(frozen=True)
class _Tested:
    """One metric of one pair, before other tests are allowed for."""

    name: str
    is_better_high: bool
    a: float
    b: float
    difference: Difference
    p_mcnemar: float | None = None
    detectable: float | None = None

    def compared(self, p_holm: float) -> MetricComparison:
        """With the p that allows for the others."""
        verdict = self.difference.verdict if p_holm <= _ALPHA else "not known"
        if not self.is_better_high:
            turned: dict[Verdict, Verdict] = {"better": "worse", "worse": "better", "not known": "not known"}
            verdict = turned[verdict]
        return MetricComparison(
            metric=self.name,
            a=self.a,
            b=self.b,
            difference=self.difference.mean,
            low=self.difference.low,
            high=self.difference.high,
            n=self.difference.n,
            n_clusters=self.difference.n_units,
            n_differing=self.difference.n_differing,
            p=self.difference.p,
            p_holm=p_holm,
            p_mcnemar=self.p_mcnemar,
            detectable=self.detectable,
            verdict=verdict,
        )


def compare_runs(a: EvalRun, b: EvalRun, suite: Suite, *, seed: int, names: Sequence[str] = ()) -> Comparison:
    """Compare two runs of one suite over the same items.

    Args:
        a: The run compared with.
        b: The run that may be better.
        suite: Theirs.
        seed: Of the resampling.
        names: Metrics to compare; none: all that say something of the program.

    Raises:
        UsageProblem: the runs are of two suites, share no item, or a metric is unknown.
    """
    return compare_all(b, [a], suite, seed=seed, names=names)[0]


def compare_all(
    main: EvalRun,
    others: Sequence[EvalRun],
    suite: Suite,
    *,
    seed: int,
    names: Sequence[str] = (),
    refused: Callable[[UsageProblem], None] | None = None,
) -> tuple[Comparison, ...]:
    """Compare a run with several others: it is B in each comparison, and all tests together are one of Holm's families.

    Args:
        main: The run that may be better.
        others: Those compared with.
        suite: Theirs.
        seed: Of the resampling.
        names: As in `compare_runs`.
        refused: Hears why a pair cannot be compared, which is then left out; none: the first such is raised.

    Raises:
        UsageProblem: a metric is unknown, or a pair cannot be compared and nobody hears of it.
    """
    manifest = main.manifest()
    b = Scored(manifest.run, main.results())
    pairs = []
    for other in others:
        of_a = other.manifest()
        try:
            if of_a.suite != manifest.suite:
                problem = f"{of_a.run} is of suite {of_a.suite}, {manifest.run} of {manifest.suite}"
                raise UsageProblem(problem, hint="compare runs of one suite")
            a = Scored(of_a.run, other.results())
            unfinished = [text for side, of in ((a, of_a), (b, manifest)) if (text := _unfinished(side, of))]
            pairs.append(_Pair(a, b, (*run_differences(of_a, manifest), *unfinished)))
        except UsageProblem as problem:
            if refused is None:
                raise
            refused(problem)
    return _compared(pairs, suite, seed, names)


def _unfinished(run: Scored, manifest: Manifest) -> str:
    n_done, n = len(run.results), manifest.n_items * manifest.options.epochs
    return f"{run.name} is not finished: {n_done} of {n} results" if n_done < n else ""


def compare_results(
    a: Scored, b: Scored, suite: Suite, *, seed: int, names: Sequence[str] = (), remarks: Sequence[str] = ()
) -> Comparison:
    """As `compare_runs`, of results in memory."""
    return _compared([_Pair(a, b, tuple(remarks))], suite, seed, names)[0]


def _compared(pairs: Sequence[_Pair], suite: Suite, seed: int, names: Sequence[str]) -> tuple[Comparison, ...]:
    """All pairs on all metrics, as one family of tests."""
    metrics = _chosen(suite, names)
    n_tests = len(pairs) * len(metrics)
    tested = [[test for metric in metrics if (test := _test(metric, pair, seed, n_tests))] for pair in pairs]
    adjusted = holm(
        {f"{number} {test.name}": test.difference.p for number, tests in enumerate(tested) for test in tests}
    )
    return tuple(
        Comparison(
            a=pair.a.name,
            b=pair.b.name,
            n_common=len(pair.a.items & pair.b.items),
            n_only_a=len(pair.a.items - pair.b.items),
            n_only_b=len(pair.b.items - pair.a.items),
            remarks=(*pair.remarks, *_undefined(metrics, tests, pair)),
            metrics=tuple(test.compared(adjusted[f"{number} {test.name}"]) for test in tests),
        )
        for number, (pair, tests) in enumerate(zip(pairs, tested, strict=True))
    )


def _chosen(suite: Suite, names: Sequence[str]) -> list[AnyMetric | SetMetric]:
    by_name: dict[str, AnyMetric | SetMetric] = {one.name: one for one in (*suite.metrics, *suite.set_metrics)}
    if unknown := [name for name in names if name not in by_name]:
        raise UsageProblem(f"suite {suite.name} has no metric {unknown[0]!r}", hint=f"it has {', '.join(by_name)}")
    return [by_name[name] for name in dict.fromkeys(names)] or [one for one in by_name.values() if one.is_compared]


def _undefined(metrics: Sequence[AnyMetric | SetMetric], tests: Sequence[_Tested], pair: _Pair) -> list[str]:
    """A remark on the measures of all items that have something to measure and yet no difference."""
    missing = {metric.name for metric in metrics} - {test.name for test in tests}
    names = [
        metric.name
        for metric in metrics
        if isinstance(metric, SetMetric)
        and metric.name in missing
        and all(any(map(metric.uses, side.results)) for side in (pair.a, pair.b))
    ]
    return [f"undefined for these items or for many resamples of them: {', '.join(names)}"] if names else []


def _test(metric: AnyMetric | SetMetric, pair: _Pair, seed: int, n_tests: int) -> _Tested | None:
    """None where the runs have nothing in common that the metric tells of."""
    least = _RESAMPLES_PER_TEST * n_tests
    # A generator for each metric: its interval must not depend on which others there are.
    rng = np.random.default_rng(seed)
    if isinstance(metric, SetMetric):
        return _test_of_set(metric, pair, rng, max(_MEASURE_RESAMPLES, least))
    return _test_of_items(metric, pair, rng, max(_MEAN_RESAMPLES, least))


def _test_of_items(metric: AnyMetric, pair: _Pair, rng: np.random.Generator, n_resamples: int) -> _Tested | None:
    of_a, of_b = per_item(pair.a.results, metric.name), per_item(pair.b.results, metric.name)
    both = [item for item in of_a if item in of_b]
    if not both:
        return None
    a, b = [of_a[item] for item in both], [of_b[item] for item in both]
    clusters = _clusters(both, pair)
    difference = paired_difference(a, b, rng, clusters=clusters, n_resamples=n_resamples)
    is_binary = {*a, *b} <= {0.0, 1.0} and difference.n_units == difference.n
    return _Tested(
        name=metric.name,
        is_better_high=metric.is_better_high,
        a=float(np.mean(a)),
        b=float(np.mean(b)),
        difference=difference,
        p_mcnemar=mcnemar_exact(a, b).p if is_binary else None,
        detectable=detectable_difference([y - x for x, y in zip(a, b, strict=True)], clusters=clusters),
    )


def _test_of_set(metric: SetMetric, pair: _Pair, rng: np.random.Generator, n_resamples: int) -> _Tested | None:
    of_a, of_b = (_by_item(filter(metric.uses, side.results)) for side in (pair.a, pair.b))
    both = [item for item in of_a if item in of_b]
    if not both:
        return None

    def measure_of(by_item: Mapping[str, Sequence[Result]]) -> Measure:
        return lambda places: metric.measure([result for place in places for result in by_item[both[place]]])

    measures = measure_of(of_a), measure_of(of_b)
    a, b = (measure(list(range(len(both)))) for measure in measures)
    differs = [_measured(of_a[item]) != _measured(of_b[item]) for item in both]
    difference = paired_measure_difference(measures, differs, _clusters(both, pair), rng, n_resamples=n_resamples)
    if a is None or b is None or difference is None:
        return None
    return _Tested(metric.name, metric.is_better_high, a, b, difference)


def _measured(results: Sequence[Result]) -> list[tuple[Mapping[str, float], float | None]]:
    """What measures of all items are made of."""
    return [(result.scores, result.outcome.confidence if result.outcome else None) for result in results]


def _by_item(results: Iterable[Result]) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        found[result.item].append(result)
    return found


def _clusters(items: Sequence[str], pair: _Pair) -> list[str]:
    of_item = clusters_of([*pair.a.results, *pair.b.results])
    return [of_item[item] for item in items]
