"""Which pictures an evaluation gives: of cost, ranking depth and kinds here, of confidence and differences beside.

A picture whose data are missing is left out.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from matplotlib.figure import Figure

from evals.page.confidence_plots import reliability, risk_and_coverage
from evals.page.content import Group
from evals.page.difference_plot import forest
from evals.page.drawing import HEIGHT, legend, log_x, look, svg, ticks_x
from evals.page.plot import Plot, is_share, label, line_with_band, metric_axis, numbered, plot_id, said_n, spread

_AT_K = re.compile(r"(.+)@(\d+)")
_SIZE = re.compile(r"(\d+(?:[.,_]\d+)*)\s*([kKmM]?)")
_UNIT = {"": 1, "k": 1_000, "m": 1_000_000}
_MAX_KINDS = 16


def plots_of(group: Group) -> list[Plot]:
    """All pictures that the runs' data give."""
    makers: tuple[Callable[[Group], Plot | None], ...] = (
        _cost,
        _by_k,
        _by_kind,
        reliability,
        risk_and_coverage,
        forest,
    )
    return [plot for make in makers if (plot := make(group))]


def _cost(group: Group) -> Plot | None:
    """Tokens per item against the main metric."""
    runs = [(n, run) for n, run in numbered(group) if run.summary.tokens and group.main in run.summary.estimates]
    if not runs:
        return None

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for number, run in runs:
            style, estimate = look(number), run.summary.estimates[group.main]
            axes.errorbar(
                run.tokens_per_item,
                estimate.value,
                yerr=spread(estimate),
                fmt=style.marker,
                color=style.colour,
                markersize=8,
                label=run.letter,
            )
            axes.annotate(run.letter, (run.tokens_per_item, estimate.value), (7, 5), textcoords="offset points")
        log_x(axes, [run.tokens_per_item for _, run in runs])
        axes.set_xlabel("tokens per item (log scale)")
        axes.set_ylabel(metric_axis(group, group.main))
        legend(figure, axes, [label(run) for _, run in runs])

    counts = {run.letter: run.summary.estimates[group.main].n for _, run in runs}
    left_out = [run.letter for run in group.runs if not run.summary.tokens]
    free = f" Without calls of a model, and so left out: {', '.join(left_out)}." if left_out else ""
    id_ = plot_id(group, "cost")
    caption = f"Tokens of all calls, paid or replayed; bars are 95 % intervals; {said_n(counts)}.{free}"
    return Plot(id_, "Cost against quality", svg(id_, draw), caption)


def _by_k(group: Group) -> Plot | None:
    """The first family of metrics that are the same measure at several k."""
    families: dict[str, dict[int, str]] = {}
    for metric in group.suite.metrics:
        if match := _AT_K.fullmatch(metric.name):
            families.setdefault(match[1], {})[int(match[2])] = metric.name
    base, metrics = next(((base, by_k) for base, by_k in families.items() if len(by_k) > 1), ("", {}))
    ks = sorted(metrics)
    runs = [(n, run) for n, run in numbered(group) if all(metrics[k] in run.summary.estimates for k in ks)]
    if not ks or not runs:
        return None

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for number, run in runs:
            line_with_band(axes, ks, [run.summary.estimates[metrics[k]] for k in ks], number, run.letter)
        axes.set_xscale("log")
        ticks_x(axes, ks, [str(k) for k in ks])
        axes.set_ylim(bottom=0.0)
        axes.set_xlabel("k, documents of the ranking (log scale)")
        axes.set_ylabel(f"{base}@k")
        legend(figure, axes, [label(run) for _, run in runs])

    counts = {run.letter: run.summary.estimates[metrics[ks[0]]].n for _, run in runs}
    id_ = plot_id(group, "by-k")
    return Plot(id_, f"{base} by k", svg(id_, draw), f"Bands are 95 % intervals; {said_n(counts)}.")


def _by_kind(group: Group) -> Plot | None:
    """The main metric by kind: a curve where kinds are sizes, else dots."""
    kinds = {kind for run in group.runs for kind, found in run.summary.by_kind.items() if group.main in found}
    if len(kinds) < 2:
        return None
    sizes = {kind: size for kind in kinds if (size := _as_size(kind)) is not None}
    if len(sizes) == len(kinds) and len(set(sizes.values())) == len(kinds):
        return _by_size(group, sizes)
    return _dots_by_kind(group, sorted(kinds))


def _as_size(kind: str) -> float | None:
    match = _SIZE.fullmatch(kind.strip())
    return float(re.sub("[,_]", "", match[1])) * _UNIT[match[2].lower()] if match and match[1].count(".") < 2 else None


def _kind_counts(group: Group, kinds: Sequence[str]) -> dict[str, str]:
    """The n of each kind; from–to where runs differ."""
    found = {}
    for kind in kinds:
        estimates = [run.summary.by_kind.get(kind, {}).get(group.main) for run in group.runs]
        counts = [estimate.n for estimate in estimates if estimate]
        found[kind] = f"{min(counts):,}" if min(counts) == max(counts) else f"{min(counts):,}–{max(counts):,}"
    return found


def _by_size(group: Group, sizes: Mapping[str, float]) -> Plot:
    kinds = sorted(sizes, key=sizes.__getitem__)
    runs = [(n, run) for n, run in numbered(group) if any(group.main in e for e in run.summary.by_kind.values())]
    values = [sizes[kind] for kind in kinds]
    is_log = values[0] > 0 and values[-1] / values[0] >= 4

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        everything = []
        for number, run in runs:
            here = [kind for kind in kinds if group.main in run.summary.by_kind.get(kind, {})]
            estimates = [run.summary.by_kind[kind][group.main] for kind in here]
            everything += estimates
            line_with_band(axes, [sizes[kind] for kind in here], estimates, number, run.letter)
        if is_log:
            axes.set_xscale("log")
        ticks_x(axes, values, kinds if len(kinds) <= 9 else ["" if i % 2 else kind for i, kind in enumerate(kinds)])
        if is_share(everything):
            axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel(f"size, the items' kind{' (log scale)' if is_log else ''}")
        axes.set_ylabel(metric_axis(group, group.main))
        legend(figure, axes, [label(run) for _, run in runs])

    id_ = plot_id(group, "by-size")
    counts = ", ".join(f"{n} at {kind}" for kind, n in _kind_counts(group, kinds).items())
    return Plot(id_, f"{group.main} by size", svg(id_, draw), f"Bands are 95 % intervals; n = {counts}.")


def _dots_by_kind(group: Group, kinds: Sequence[str]) -> Plot:
    n_of = {kind: sum(result.kind == kind for run in group.runs for result in run.results) for kind in kinds}
    shown = sorted(sorted(kinds, key=lambda kind: (-n_of[kind], kind))[:_MAX_KINDS])
    runs = numbered(group)
    counts = _kind_counts(group, shown)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        everything = []
        for at, (number, run) in enumerate(runs):
            style, shift = look(number), (at - (len(runs) - 1) / 2) * 0.7 / len(runs)
            found = [(y, run.summary.by_kind.get(kind, {}).get(group.main)) for y, kind in enumerate(shown)]
            dots = [(y + shift, estimate) for y, estimate in found if estimate]
            everything += [estimate for _, estimate in dots]
            for y, estimate in dots:
                axes.errorbar(estimate.value, y, xerr=spread(estimate), fmt="none", ecolor=style.colour)
            axes.plot(
                [estimate.value for _, estimate in dots],
                [y for y, _ in dots],
                linestyle="none",
                marker=style.marker,
                color=style.colour,
                label=run.letter,
            )
        axes.set_yticks(range(len(shown)), [f"{_cut(kind)} ({counts[kind]})" for kind in shown])
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        if is_share(everything):
            axes.set_xlim(-0.02, 1.02)
        axes.set_xlabel(metric_axis(group, group.main))
        axes.set_ylabel("kind (n)")
        legend(figure, axes, [label(run) for _, run in runs])

    id_ = plot_id(group, "by-kind")
    height = max(HEIGHT - 0.7, 1.1 + len(shown) * (0.28 + 0.13 * len(runs)))
    rest = f" {len(kinds) - len(shown)} smaller kinds are left out." if len(shown) < len(kinds) else ""
    caption = f"Bars are 95 % intervals; n stands behind each kind.{rest}"
    return Plot(id_, f"{group.main} by kind", svg(id_, draw, height=height), caption)


def _cut(kind: str) -> str:
    kind = kind or "(none)"
    return kind if len(kind) <= 24 else f"{kind[:23]}…"
