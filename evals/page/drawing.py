"""Drawing by matplotlib into SVG that stands inside a page: in the page's colours and font, the same bytes each time.

Knows axes and colours. Must not know evaluations.
"""

import io
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

Dashes = str | tuple[float, Sequence[float]]
WIDTH, HEIGHT = 5.2, 3.4  # inches; 72 units of the drawing each

# Colours that nobody would choose: they become the page's own, which differ by light and dark.
INK, SOFT, LINE, CARD = "#010203", "#010204", "#010205", "#010206"
_SERIES = tuple(f"#0102{number:02x}" for number in range(0x10, 0x17))
_IN_PAGE = {
    INK: "var(--ink)",
    SOFT: "var(--soft)",
    LINE: "var(--line)",
    CARD: "var(--card)",
    **{colour: f"var(--run-{number})" for number, colour in enumerate(_SERIES)},
}
_MARKERS = "osD^vPX"
_DASHES: tuple[Dashes, ...] = ("-", (0, (5, 1.6)), (0, (1.5, 1.5)), (0, (6, 1.5, 1.5, 1.5)))
_STYLE: Any = {  # matplotlib spells out the type of every key
    "svg.fonttype": "none",
    "svg.hashsalt": "wellread",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.parse_math": False,  # a dollar sign in a run's name is one
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "legend.handlelength": 2.2,
    "figure.facecolor": "none",
    "figure.dpi": 72,
    "lines.linewidth": 1.7,
    "lines.markersize": 6,
    "errorbar.capsize": 3,
}
_PROLOGUE = re.compile(r"^.*?(?=<svg )", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>|\s*<defs>\s*<style[^>]*>.*?</style>\s*</defs>", re.DOTALL)
_HEAD = re.compile(r'\s(?:width|height|version|xmlns(?::\w+)?)="[^"]*"')
_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_FONT = re.compile(r"(font: [^;\"]*?px |font-family: )[^;\"]*")
_ID = re.compile(r'(\bid="|url\(#|href="#)')
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
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        # Text stays text, and is shown in the reader's fonts: ours need not have its letters.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return _in_page(name, stream.getvalue())


def _in_page(name: str, text: str) -> str:
    text = _METADATA.sub("", _PROLOGUE.sub("", text))
    head, rest = text.split(">", 1)
    head = _HEAD.sub("", head)
    rest = _ID.sub(rf"\g<1>{name}-", rest).replace("xlink:href", "href")
    # Comments repeat texts, and HTML may end one where XML does not.
    rest = _COMMENT.sub("", rest)
    rest = _FONT.sub(lambda font: f"{font[1]}var(--sans)", rest)
    for colour, own in _IN_PAGE.items():
        rest = rest.replace(colour, own)
    return f'{head} role="img" aria-labelledby="{name}-title">{rest}'.strip()


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
