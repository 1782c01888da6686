"""What all pictures share: their form, how runs are named in them, and how intervals and counts are said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from evals.page.content import Group, RunContent
from evals.page.drawing import look
from evals.summary import Estimate

_LABEL_CHARS = 40


@dataclass(frozen=True)
class Plot:
    """A picture. `svg` is an element whose title has the id `<name>-title`; `caption` says what n is."""

    name: str
    title: str
    svg: str
    caption: str


def plot_id(group: Group, plot: str) -> str:
    """An id that no other picture of the page has."""
    return f"{group.suite.name}-{plot}"


def label(run: RunContent) -> str:
    """A run as legends name it."""
    text = f"{run.letter}  {run.label}"
    return text if len(text) <= _LABEL_CHARS else f"{text[: _LABEL_CHARS - 1]}…"


def numbered(group: Group) -> list[tuple[int, RunContent]]:
    """Runs with their numbers on the page, by which they look the same in all pictures."""
    return list(enumerate(group.runs))


def said_n(counts: Mapping[str, int]) -> str:
    """The n of each run, said once where all are equal."""
    if len(set(counts.values())) == 1:
        each = " in each run" if len(counts) > 1 else ""
        return f"n = {next(iter(counts.values())):,}{each}"
    return "n = " + ", ".join(f"{n:,} ({name})" for name, n in counts.items())


def spread(estimate: Estimate) -> list[list[float]] | None:
    """Lengths of an error bar, below and above."""
    if estimate.low is None or estimate.high is None:
        return None
    return [[max(estimate.value - estimate.low, 0.0)], [max(estimate.high - estimate.value, 0.0)]]


def is_share(estimates: Sequence[Estimate]) -> bool:
    """Whether all values and bounds lie between 0 and 1."""
    return all(0.0 <= bound <= 1.0 for e in estimates for bound in (e.value, e.low, e.high) if bound is not None)


def metric_axis(group: Group, metric: str) -> str:
    """What stands beside the axis of a metric."""
    return metric if group.is_better_high(metric) else f"{metric} (less is better)"


def line_with_band(axes: Axes, x: Sequence[float], estimates: Sequence[Estimate], number: int, label: str) -> None:
    """A run's curve with its intervals as a band; points without an interval leave the band out."""
    style = look(number)
    values = [estimate.value for estimate in estimates]
    axes.plot(x, values, color=style.colour, marker=style.marker, linestyle=style.dashes, label=label)
    bounds = [(at, e.low, e.high) for at, e in zip(x, estimates, strict=True) if e.low is not None]
    if bounds:
        places, lows, highs = zip(*bounds, strict=True)
        axes.fill_between(places, lows, highs, color=style.colour, alpha=0.14, linewidth=0)
