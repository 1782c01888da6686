"""What a run's results come to: means with their intervals, and what could not be scored counted beside them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from textwrap import shorten

import numpy as np

from evals.items import Result, Status
from evals.run_record import Manifest
from evals.statistics import mean_ci95, measure_ci95
from evals.suite import SetMetric, Suite
from lm.types import Frozen

COUNTS = ("calls", "tokens", "usd", "seconds", "failed", "unparsed", "abstained")
_UNSCORED: tuple[Status, ...] = ("failed", "unparsed")
_REASON_CHARS = 400


class Estimate(Frozen):
    """A figure with its 95 % interval; `n` items in `n_clusters` stand behind it. None: nothing tells an interval."""

    value: float
    low: float | None
    high: float | None
    n: int
    n_clusters: int


class Summary(Frozen):
    """The figures of one run, of whose `n_expected` results (items, as often as each is done) some may be missing.

    Tokens and money count each call once, paid or replayed; seconds are wall clock."""

    suite: str
    program: str
    data: str
    model: str
    n_expected: int
    n_results: int
    n_by_status: dict[Status, int]
    estimates: dict[str, Estimate]
    by_kind: dict[str, dict[str, Estimate]]
    calls: int
    tokens: int
    usd: float
    seconds_p50: float | None
    seconds_p95: float | None
    seconds: float

    @property
    def counts(self) -> dict[str, float]:
        """What a gate may ask for beside the estimates: `COUNTS` by name, of the whole run."""
        statuses = {status: float(self.n_by_status.get(status, 0)) for status in ("failed", "unparsed", "abstained")}
        return {
            "calls": float(self.calls),
            "tokens": float(self.tokens),
            "usd": self.usd,
            "seconds": self.seconds,
            **statuses,
        }


def per_item(results: Sequence[Result], name: str) -> dict[str, float]:
    """A score of each item that has it: the mean over its epochs."""
    found: dict[str, list[float]] = defaultdict(list)
    for result in results:
        if name in result.scores:
            found[result.item].append(result.scores[name])
    return {item: float(np.mean(scores)) for item, scores in found.items()}


def clusters_of(results: Sequence[Result]) -> dict[str, str]:
    """The cluster of each item; an item without one is its own."""
    return {result.item: result.cluster or f"item {result.item}" for result in results}


def estimates(results: Sequence[Result], suite: Suite, seed: int) -> dict[str, Estimate]:
    """All figures of the results: means of items' scores, then measures of all together."""
    clusters = clusters_of(results)
    found: dict[str, Estimate] = {}
    for metric in suite.metrics:
        if scores := per_item(results, metric.name):
            values = list(scores.values())
            # A generator for each measure: its interval must not depend on which others there are.
            rng = np.random.default_rng(seed)
            groups = [clusters[item] for item in scores]
            low, high = mean_ci95(values, groups, rng) or (None, None)
            mean = float(np.mean(values))
            found[metric.name] = Estimate(value=mean, low=low, high=high, n=len(values), n_clusters=len(set(groups)))
    for measure in suite.set_metrics:
        if estimate := _set_estimate(measure, results, seed):
            found[measure.name] = estimate
    return found


def _set_estimate(metric: SetMetric, results: Sequence[Result], seed: int) -> Estimate | None:
    used = [result for result in results if metric.uses(result)]
    value = metric.measure(used) if used else None
    if value is None:
        return None
    clusters = clusters_of(used)
    low, high = measure_ci95(
        lambda places: metric.measure([used[place] for place in places]),
        [clusters[result.item] for result in used],
        np.random.default_rng(seed),
    ) or (None, None)
    n_clusters = len(set(clusters.values()))
    if low == high:  # all resamples are alike: that is no certainty
        low = high = None
    return Estimate(value=value, low=low, high=high, n=len(clusters), n_clusters=n_clusters)


def commonest_reasons(results: Sequence[Result], n: int) -> list[tuple[Status, str, int]]:
    """Why results have no score: the n commonest pairs of status and reason (its first words), with their counts."""
    counts = Counter(
        (r.status, shorten(r.why, _REASON_CHARS, placeholder=" …")) for r in results if r.status in _UNSCORED
    )
    return [(status, why, count) for (status, why), count in counts.most_common(n)]


def summarize(
    manifest: Manifest, results: Sequence[Result], seconds: Mapping[tuple[str, int], float], suite: Suite
) -> Summary:
    """The summary of a run, finished or not."""
    kinds: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        kinds[result.kind].append(result)
    seed = manifest.options.seed
    spent = [seconds[result.key] for result in results if result.key in seconds]
    return Summary(
        suite=suite.name,
        program=manifest.program,
        data=manifest.data,
        model=manifest.model,
        n_expected=manifest.n_items * manifest.options.epochs,
        n_results=len(results),
        n_by_status=dict(Counter(result.status for result in results)),
        estimates=estimates(results, suite, seed),
        by_kind={kind: estimates(kinds[kind], suite, seed) for kind in sorted(kinds)} if len(kinds) > 1 else {},
        calls=sum(result.calls for result in results),
        tokens=sum(result.tokens for result in results),
        usd=round(sum(result.usd for result in results), 6),
        seconds_p50=float(np.quantile(spent, 0.5)) if spent else None,
        seconds_p95=float(np.quantile(spent, 0.95)) if spent else None,
        seconds=round(sum(spent), 3),
    )
