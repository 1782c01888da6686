"""What the page's pictures are drawn with: how runs look, axes and legends.

Knows axes and colours. Must not know evaluations.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from agent import drawing

Dashes = str | tuple[float, Sequence[float]]
WIDTH, HEIGHT = 5.2, 3.4  # inches; 72 units of the drawing each
INK, SOFT, CARD = drawing.IN_PAGE.ink, drawing.IN_PAGE.soft, drawing.IN_PAGE.card

# Stand-ins for the page's own colours of runs.
_SERIES = tuple(f"#0102{number:02x}" for number in range(0x10, 0x17))
_IN_PAGE = {colour: f"var(--run-{number})" for number, colour in enumerate(_SERIES)}
_MARKERS = "osD^vPX"
_DASHES: tuple[Dashes, ...] = ("-", (0, (5, 1.6)), (0, (1.5, 1.5)), (0, (6, 1.5, 1.5, 1.5)))
_LEGEND_CHARS = 56


@dataclass(frozen=True)
class Look:
    """How a run is told from the others: by colour, by marker and by dashes, never by colour alone."""

    colour: str
    marker: str
    dashes: Dashes


def look(number: int) -> Look:
    """That of the run with this number, from 0."""
    n = len(_SERIES)
    return Look(_SERIES[number % n], _MARKERS[(number + number // n) % n], _DASHES[number % len(_DASHES)])


def svg(name: str, draw: Callable[[Figure], None], *, height: float = HEIGHT) -> str:
    """The drawing as an `<svg>` element for a page; `name` keeps its ids apart from those of other drawings.

    It needs the page's colours (`--ink`, `--run-0` …) and its style for `.plot svg`.
    """
    return drawing.svg(name, draw, width=WIDTH, height=height, colours=_IN_PAGE)


def legend(figure: Figure, axes: Axes, labels: Sequence[str]) -> None:
    """What the lines mean, below the axes; nothing where there is one line that says no more than the page does."""
    handles, _ = axes.get_legend_handles_labels()
    if not handles:
        return
    columns = max(1, min(len(labels), _LEGEND_CHARS // (max(map(len, labels)) + 6)))
    figure.legend(handles, labels, loc="outside lower center", ncols=columns)


def log_x(axes: Axes, values: Sequence[float]) -> None:
    """A logarithmic axis that shows at least one number, however near to each other the values are."""
    axes.set_xscale("log")
    axes.set_xlim(min(values) / 1.7, max(values) * 1.7)
    decades = max(values) / min(values) > 300
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if decades else (1.0, 2.0, 5.0)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))


def ticks_x(axes: Axes, values: Sequence[float], labels: Sequence[str]) -> None:
    """Ticks at these values alone."""
    axes.set_xticks(values, labels)
    axes.xaxis.set_minor_locator(NullLocator())


def short(value: float) -> str:
    """A number of an axis: 500, 2k, 1.5M."""
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"
