"""The page's tables: figures of every run, what became of the items, comparisons, and how the runs were made."""

from collections.abc import Sequence

from evals.compare import Comparison, MetricComparison
from evals.items import STATUSES
from evals.page.content import Group, RunContent, reasons
from evals.page.markup import N_COLOURS, badge, details, figure, interval, metric, named, signed, table, text
from evals.summary import Estimate

_REASONS_SHOWN = 5
_NONE = '<span class="soft">–</span>'
_MARKS = {"better": "▲", "worse": "▼", "not known": "·"}


def figures_table(group: Group) -> str:
    """Every metric of every run, with interval and n."""
    names = [name for name in group.suite.metric_names if any(name in r.summary.estimates for r in group.runs)]
    if not names:
        return '<p class="notice">No item of these runs has a score.</p>'
    header = ["Metric", *(named(run, number) for number, run in enumerate(group.runs))]
    rows = []
    for name in names:
        found = [run.summary.estimates.get(name) for run in group.runs]
        is_share = all(
            0.0 <= bound <= 1.0 for e in found if e for bound in (e.value, e.low, e.high) if bound is not None
        )
        less = "" if group.is_better_high(name) else '<small class="soft">less is better</small>'
        cells = [_estimate(e, number if is_share else None) if e else _NONE for number, e in enumerate(found)]
        rows.append([f"{metric(name)}{less}", *cells])
    return table(header, rows, name="Figures", kind="figures")


def _estimate(estimate: Estimate, number: int | None) -> str:
    """A figure; with the number of its run also its place between 0 and 1."""
    said = interval(estimate)
    bar = _range(estimate, number) if number is not None else ""
    clusters = ""
    if estimate.n_clusters != estimate.n:
        clusters = f'<small class="soft">{_clusters(estimate.n_clusters)}</small>'
    return (
        f'<span class="value">{figure(estimate.value)}</span>{bar}'
        f'<small class="soft">{said}{" · " if said else ""}n = {estimate.n:,}</small>{clusters}'
    )


def _clusters(n: int) -> str:
    return "one cluster" if n == 1 else f"{n:,} clusters"


def _range(estimate: Estimate, number: int) -> str:
    line = ""
    if estimate.low is not None and estimate.high is not None:
        wide = max(estimate.high - estimate.low, 0.005)
        line = f'<i style="left:{100 * estimate.low:.1f}%;width:{100 * wide:.1f}%"></i>'
    return (
        f'<span class="range" style="--c:var(--run-{number % N_COLOURS})" aria-hidden="true">{line}'
        f'<b style="left:{100 * estimate.value:.1f}%"></b></span>'
    )


def fates_table(group: Group) -> str:
    """What became of the items, and what they cost. Abstained counts as wrong; unparsed and failed have no score."""
    header = ["Run", "results", *STATUSES, "calls", "tokens", "an item", "money", "seconds p50", "p95"]
    rows = []
    for number, run in enumerate(group.runs):
        counts = [run.summary.n_by_status.get(status, 0) for status in STATUSES]
        shown = [_count(n, status) for n, status in zip(counts, STATUSES, strict=True)]
        seconds = [run.summary.seconds_p50, run.summary.seconds_p95]
        rows.append(
            [
                named(run, number),
                f"{run.summary.n_results:,} of {run.summary.n_expected:,}",
                *shown,
                f"{run.summary.calls:,}",
                f"{run.summary.tokens:,}",
                f"{run.tokens_per_item:,.0f}",
                f"${run.summary.usd:,.4f}" if run.summary.usd else "$0",
                *(_NONE if found is None else f"{found:,.2f}" for found in seconds),
            ]
        )
    note = (
        '<p class="note">An item that the program abstained on scores as wrong. Unparsed and failed ones have no score '
        "and are in no mean.</p>"
    )
    return table(header, rows, name="What became of the items", kind="counts") + note


def _count(n: int, status: str) -> str:
    return f'<span class="status {status}">{n:,}</span>' if n and status != "done" else f"{n:,}"


def reasons_block(group: Group) -> str:
    """Why items have no score, commonest first."""
    rows = [
        [badge(run, number), f"{n:,}", text(status), f'<span class="why">{text(why[:400])}</span>']
        for number, run in enumerate(group.runs)
        for status, why, n in reasons(run.results, _REASONS_SHOWN)
    ]
    if not rows:
        return ""
    return details("Why items have no score", table(["Run", "items", "status", "why"], rows, name="Why", kind="said"))


def kinds_block(group: Group) -> str:
    """The main metric by kind."""
    kinds = sorted({kind for run in group.runs for kind in run.summary.by_kind})
    if not kinds:
        return ""
    rows = []
    for kind in kinds:
        found = [run.summary.by_kind.get(kind, {}).get(group.main) for run in group.runs]
        rows.append([text(kind) or "(none)", *(_estimate(e, None) if e else _NONE for e in found)])
    header = ["Kind", *(named(run, number) for number, run in enumerate(group.runs))]
    return details(f"{text(group.main)} by kind", table(header, rows, name="By kind", kind="figures"))


def comparison_block(comparison: Comparison, group: Group) -> str:
    """The first run, B in the comparison, against another: a row for each metric."""
    numbers = {run.manifest.run: number for number, run in enumerate(group.runs)}
    of_a, of_b = numbers[comparison.a], numbers[comparison.b]
    a, b = badge(group.runs[of_a], of_a), badge(group.runs[of_b], of_b)
    gap = f"{group.runs[of_b].letter} − {group.runs[of_a].letter}"
    header = ["Metric", a, b, gap, "95 % interval", "p (Holm)", "McNemar", "detectable", "n", f"{b} is"]
    left_out = []
    if comparison.n_only_a or comparison.n_only_b:
        left_out.append(
            f"left out: {comparison.n_only_a:,} items that only {group.runs[of_a].letter} scored, "
            f"{comparison.n_only_b:,} that only {group.runs[of_b].letter} did"
        )
    remarks = "".join(f'<p class="notice">{text(remark)}</p>' for remark in (*comparison.remarks, *left_out))
    rows = [_compared(one, group) for one in comparison.metrics]
    title = f"<h3>{named(group.runs[of_b], of_b)} against {named(group.runs[of_a], of_a)}</h3>"
    return f"{title}{remarks}{table(header, rows, name='Comparison', kind='counts compared')}"


def _compared(one: MetricComparison, group: Group) -> list[str]:
    less = "" if group.is_better_high(one.metric) else '<small class="soft">less is better</small>'
    clusters = f'<small class="soft">{_clusters(one.n_clusters)}</small>' if one.n_clusters != one.n else ""
    kind = one.verdict.replace(" ", "-")
    return [
        f"{metric(one.metric)}{less}",
        figure(one.a),
        figure(one.b),
        signed(one.difference),
        _NONE if one.low is None or one.high is None else f"{signed(one.low)} to {signed(one.high)}",
        _p(one.p_holm),
        _NONE if one.p_mcnemar is None else _p(one.p_mcnemar),
        _NONE if one.detectable is None else figure(one.detectable),
        f"{one.n:,}{clusters}",
        f'<span class="verdict {kind}">{_MARKS[one.verdict]} {text(one.verdict)}</span>',
    ]


def _p(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "&lt; 0.001"


def making_block(runs: Sequence[tuple[int, RunContent]]) -> str:
    """How the runs were made: options, versions, digests. A row for each thing, a column for each run."""
    told: list[dict[str, str]] = []
    for _, run in runs:
        manifest = run.manifest
        options = {f"option {name}": value for name, value in manifest.options.model_dump().items()}
        told.append(
            {
                "run": manifest.run,
                "program": manifest.program,
                "model": manifest.model,
                "data": manifest.data,
                "data, SHA-256": manifest.data_sha256,
                "started": manifest.started_at,
                **{name: "none" if value is None else str(value) for name, value in options.items()},
                "Wellread": manifest.version,
                "Python": manifest.python,
                **{f"package {name}": version for name, version in sorted(manifest.packages.items())},
                **{f"prompt {name}": digest for name, digest in sorted(manifest.prompts.items())},
            }
        )
    names = dict.fromkeys(name for one in told for name in one)
    rows = [[text(name), *(text(one[name]) if name in one else _NONE for one in told)] for name in names]
    header = ["", *(named(run, number) for number, run in runs)]
    return details("Options, versions and digests", table(header, rows, name="How the runs were made", kind="said"))
