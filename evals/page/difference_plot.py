"""The picture of differences between runs, with their intervals and verdicts."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evals.compare import MetricComparison
from evals.page.content import Group
from evals.page.drawing import CARD, INK, SOFT, look, svg
from evals.page.plot import Plot, label, metric_axis, numbered, plot_id

_MAX_FOREST = 40


def forest(group: Group) -> Plot | None:
    """The first run less each of the others, on metrics that are shares: tokens would need another axis."""
    found = [(comparison, one) for comparison in group.comparisons for one in comparison.metrics]
    others = {one.metric for _, one in found if max(abs(one.a), abs(one.b)) > 1.0}
    empty = {one.metric for _, one in found} - {one.metric for _, one in found if one.a or one.b}
    rows = [(comparison, one) for comparison, one in found if one.metric not in others | empty]
    if not rows:
        return None
    numbers = {run.manifest.run: number for number, run in numbered(group)}
    by_metric = {metric: at for at, metric in enumerate(dict.fromkeys(one.metric for _, one in rows))}
    rows.sort(key=lambda row: (by_metric[row[1].metric], numbers[row[0].a]))
    shown = rows[:_MAX_FOREST]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvline(0.0, color=INK, linewidth=1)
        for y, (comparison, one) in enumerate(shown):
            _forest_row(axes, y, one, numbers[comparison.a])
        letters = [group.runs[numbers[comparison.a]].letter for comparison, _ in shown]
        first = group.runs[0].letter
        axes.set_yticks(
            range(len(shown)),
            [
                f"{metric_axis(group, one.metric)}, {first} − {other}"
                for other, (_, one) in zip(letters, shown, strict=True)
            ],
        )
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(f"{label(group.runs[0])}, less the other run")

    id_ = plot_id(group, "differences")
    counts = sorted({one.n for _, one in shown})
    n = f"n = {counts[0]:,}" + (f" to {counts[-1]:,}" if len(counts) > 1 else "")
    rest = f" Without the first {_MAX_FOREST} alone: see the tables for the rest." if len(rows) > len(shown) else ""
    apart = f" On other scales, so in the tables only: {', '.join(sorted(others))}." if others else ""
    caption = (
        f"Paired over the items that both runs did, bars are 95 % intervals; {n} pairs. Filled marks: the verdict "
        f"on {group.runs[0].letter} is better or worse, after Holm’s correction; hollow: not known.{apart}{rest}"
    )
    height = 0.9 + 0.27 * max(len(shown), 4)
    return Plot(id_, f"Differences of {group.runs[0].letter} from the others", svg(id_, draw, height=height), caption)


def _bar(one: MetricComparison) -> list[list[float]] | None:
    """How far the interval reaches to both sides; None where there is none."""
    if one.low is None or one.high is None:
        return None
    return [[max(one.difference - one.low, 0.0)], [max(one.high - one.difference, 0.0)]]


def _forest_row(axes: Axes, y: int, one: MetricComparison, number: int) -> None:
    style, is_known = look(number), one.verdict != "not known"
    axes.errorbar(
        one.difference,
        y,
        xerr=_bar(one),
        fmt=style.marker,
        color=style.colour,
        markerfacecolor=style.colour if is_known else CARD,
    )
    axes.annotate(
        one.verdict,
        (1.02, y),
        xycoords=("axes fraction", "data"),
        annotation_clip=False,
        va="center",
        fontsize=9,
        color=INK if is_known else SOFT,
    )
