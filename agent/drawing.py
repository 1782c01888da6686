"""Drawing by matplotlib: into SVG that stands inside a page, in its colours and font, or into a PNG; the same bytes
each time.

Knows figures and colours. Must not know what is drawn.
"""

import io
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

Draw = Callable[[Figure], None]


@dataclass(frozen=True)
class Palette:
    """Colours that every drawing needs: of text, of what stands back, of lines behind the data, of the ground."""

    ink: str
    soft: str
    line: str
    card: str


# Colours that nobody would choose: they become the page's own, which differ by light and dark.
IN_PAGE = Palette("#010203", "#010204", "#010205", "#010206")
ON_PAPER = Palette("#1f1d19", "#5f5a50", "#e4dfd3", "#ffffff")
_PNG_DPI = 160
# Matplotlib's settings are the process's: of two threads one would draw in the other's, or leave them behind.
_one_at_a_time = threading.Lock()
_PROLOGUE = re.compile(r"^.*?(?=<svg )", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>|\s*<defs>\s*<style[^>]*>.*?</style>\s*</defs>", re.DOTALL)
_HEAD = re.compile(r'\s(?:width|height|version|xmlns(?::\w+)?)="[^"]*"')
_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_FONT = re.compile(r"(font: [^;\"]*?px |font-family: )[^;\"]*")
_ID = re.compile(r'(\bid="|url\(#|href="#)')


def svg(name: str, draw: Draw, *, width: float, height: float, colours: Mapping[str, str]) -> str:
    """The drawing as an `<svg>` element for a page that has the colours `--ink`, `--soft`, `--line` and `--card`.

    Args:
        name: Keeps its ids apart from those of other drawings; what names it to the blind has the id `<name>-title`.
        draw: Draws on the figure, in the colours of `IN_PAGE`.
        width: In inches; 72 units of the drawing each.
        height: As the width.
        colours: What other stand-ins of the drawing are in the page: `#010210` to `var(--own)`.
    """
    stream = io.StringIO()
    with _figure(IN_PAGE, width, height) as figure:
        FigureCanvasSVG(figure)
        draw(figure)
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    own = {IN_PAGE.ink: "var(--ink)", IN_PAGE.soft: "var(--soft)", IN_PAGE.line: "var(--line)"}
    return _in_page(name, stream.getvalue(), {**own, IN_PAGE.card: "var(--card)", **colours})


def png(draw: Draw, *, width: float, height: float) -> bytes:
    """The drawing, in the colours of `ON_PAPER`, as a PNG file; sizes in inches, 160 pixels each."""
    stream = io.BytesIO()
    with _figure(ON_PAPER, width, height) as figure:
        FigureCanvasAgg(figure)
        draw(figure)
        figure.savefig(stream, format="png", dpi=_PNG_DPI, facecolor=ON_PAPER.card, metadata={"Software": None})
    return stream.getvalue()


@contextmanager
def _figure(palette: Palette, width: float, height: float) -> Iterator[Figure]:
    with _one_at_a_time, matplotlib.rc_context(_style(palette)), warnings.catch_warnings():
        # In a page text stays text, and is shown in the reader's fonts: ours need not have its letters.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        yield Figure(figsize=(width, height), layout="constrained")


def _style(palette: Palette) -> Any:  # matplotlib spells out the type of every key
    return {  # matplotlib spells out the type of every key
        "svg.fonttype": "none",
        "svg.hashsalt": "wellread",
        "font.family": "DejaVu Sans",
        "font.size": 10,
        "text.parse_math": False,  # a dollar sign in a run's name is one
        "text.color": palette.ink,
        "axes.edgecolor": palette.soft,
        "axes.facecolor": "none",
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.labelcolor": palette.ink,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.8,
        "grid.color": palette.line,
        "grid.linewidth": 0.8,
        "xtick.color": palette.soft,
        "ytick.color": palette.soft,
        "xtick.labelcolor": palette.ink,
        "ytick.labelcolor": palette.ink,
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


def _in_page(name: str, text: str, colours: Mapping[str, str]) -> str:
    text = _METADATA.sub("", _PROLOGUE.sub("", text))
    head, rest = text.split(">", 1)
    head = _HEAD.sub("", head)
    rest = _ID.sub(rf"\g<1>{name}-", rest).replace("xlink:href", "href")
    # Comments repeat texts, and HTML may end one where XML does not.
    rest = _COMMENT.sub("", rest)
    rest = _FONT.sub(lambda font: f"{font[1]}var(--sans)", rest)
    for colour, own in colours.items():
        rest = rest.replace(colour, own)
    return f'{head} role="img" aria-labelledby="{name}-title">{rest}'.strip()
