"""The foraging diary as a picture: the saturation curve, the gain of each visit, and its rate against the mean.

Where directions are a sign of saturation, a second curve says how new the last passages were.

Knows axes. Each visit has one mark in each part, of a shape and a colour that say why the query was left.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from agent import drawing
from agent.counting import counted
from agent.diary import BlockDiary, Diary, Visit

Left = Literal["poorer", "depth", "empty", "full", "late", "unsaid"]
NAME = "diary"
# Inches. In the page a column of text is narrow, and what is drawn small can be read by nobody.
_ON_PAPER_WIDTH, _IN_PAGE_WIDTH, _PART_HEIGHT, _FRAME_HEIGHT = 7.4, 5.6, 1.75, 1.25
_LABELS_WIDTH = 0.9  # inches, beside the axes
_LABEL_LONG, _LABEL_FLAT = 0.66, 0.17  # inches that a block's name takes, lying and standing
_GAP = 0.6  # visits, between blocks
_TOP = 1.08
_DASHES = (0, (5, 1.5, 1, 1.5))

SAYS: Mapping[Left, str] = {
    "poorer": "left: gives less than the mean",
    "depth": "left: read as deep as this visit goes",
    "empty": "left: nothing is left there",
    "full": "left: enough is read",
    "late": "left: time is over",
    "unsaid": "why it was left was not told",
}
_MARKERS: Mapping[Left, str] = {"poorer": "v", "depth": "s", "empty": "X", "full": "o", "late": "D", "unsaid": "P"}
# Colours that the colour-blind can tell apart (Okabe and Ito, 2008), the purple darker than theirs to show on white.
_COLOURS: Mapping[Left, str] = {
    "poorer": "#0072B2",
    "depth": "#B85A91",
    "empty": "#D55E00",
    "full": "#009E73",
    "late": drawing.ON_PAPER.ink,
    "unsaid": drawing.ON_PAPER.soft,
}
_STAND_INS: Mapping[Left, str] = {left: f"#0102{number:02x}" for number, left in enumerate(SAYS, start=0x20)}


@dataclass(frozen=True)
class _Band:
    """Where a block stands: from `start` to `end`, its visits at `places`."""

    block: BlockDiary
    start: float
    end: float
    places: tuple[float, ...]

    @property
    def centre(self) -> float:
        return (self.start + self.end) / 2


@dataclass(frozen=True)
class _Style:
    palette: drawing.Palette
    colours: Mapping[Left, str]
    width: float  # of the figure, inches

    @property
    def plot_width(self) -> float:
        """Of the axes, inches."""
        return self.width - _LABELS_WIDTH


def diary_svg(diary: Diary) -> str:
    """The picture for a page, which has the id `diary-title` and the colours `--why-poorer` and so on."""
    style = _Style(drawing.IN_PAGE, _STAND_INS, _IN_PAGE_WIDTH)
    colours = {colour: f"var(--why-{left})" for left, colour in _STAND_INS.items()}
    return drawing.svg(
        NAME, partial(draw, diary, style=style), width=style.width, height=_height(diary), colours=colours
    )


def diary_png(diary: Diary) -> bytes:
    """The picture as a PNG file, on white."""
    style = _Style(drawing.ON_PAPER, _COLOURS, _ON_PAPER_WIDTH)
    return drawing.png(partial(draw, diary, style=style), width=style.width, height=_height(diary))


def described(diary: Diary) -> str:
    """What the picture shows, in words: the same for those who do not see it."""
    visits = diary.visits
    left = [visit.why for visit in visits]
    why = "; ".join(f"{left.count(kind)} {text}" for kind, text in SAYS.items() if kind in left)
    full = sum(block.target is not None and block.unique >= block.target for block in diary.blocks)
    n = len(diary.blocks)
    return (
        f"{counted(n, 'block')} foraged in {counted(len(visits), 'visit')} to queries; {full} of {n} read the whole "
        f"share. Visits: {why}.{f' Settings: {diary.how.told}.' if diary.how else ''}"
    )


def _height(diary: Diary) -> float:
    return _FRAME_HEIGHT + _PART_HEIGHT * (3 if _has_rates(diary) else 2)


def _has_rates(diary: Diary) -> bool:
    return any(visit.rate is not None for visit in diary.visits)


def draw(diary: Diary, figure: Figure, *, style: _Style) -> None:
    """Draw the parts below each other, over the same visits."""
    n_parts = 3 if _has_rates(diary) else 2
    bands = list(_bands(diary.blocks, style.plot_width))
    parts: Sequence[Axes] = list(figure.subplots(n_parts, 1, sharex=True))
    for axes in parts:
        axes.set_xticks([])
        for number, band in enumerate(bands):
            if number % 2 == 0:
                axes.axvspan(band.start, band.end, color=style.palette.line, alpha=0.45, linewidth=0, zorder=0)
    parts[0].set_xlim(bands[0].start, bands[-1].end)
    _draw_names(parts[0], bands, style.plot_width)
    _draw_saturation(parts[0], bands, style)
    _draw_gains(parts[1], bands, style)
    if n_parts == 3:
        _draw_rates(parts[2], bands, style, by_margin=diary.by_margin)
    below = f"{counted(len(diary.visits), 'visit')} to queries, in order, block by block"
    parts[-1].set_xlabel(f"{below}\n{diary.how.told}" if diary.how else below, labelpad=7)
    _draw_legend(figure, diary, style)


def _bands(blocks: Sequence[BlockDiary], inches: float) -> Iterator[_Band]:
    """Each block as wide as it has visits, but never too narrow for its name."""
    n_visits = sum(len(block.visits) for block in blocks) + _GAP * len(blocks)
    narrowest = min(_LABEL_FLAT / inches, 1 / len(blocks)) * n_visits * 1.3
    start = 0.0
    for block in blocks:
        width = max(len(block.visits) + _GAP, narrowest)
        first = start + (width - len(block.visits) + 1) / 2
        yield _Band(block, start, start + width, tuple(first + n for n in range(len(block.visits))))
        start += width


def _draw_names(axes: Axes, bands: Sequence[_Band], inches: float) -> None:
    visit = inches / bands[-1].end
    is_wide = all((band.end - band.start) * visit >= _LABEL_LONG for band in bands)
    every = 1 + int(len(bands) * _LABEL_FLAT / inches)
    for band in bands if is_wide else bands[::every]:
        axes.annotate(
            band.block.id,
            (band.centre, 1.0),
            xycoords=axes.get_xaxis_transform(),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            va="bottom",
            rotation=0 if is_wide else 90,
            fontsize=8.5,
        )


def _mark(axes: Axes, place: float, height: float, visit: Visit, gid: str, style: _Style) -> None:
    # Marks side by side touch, but do not hide each other.
    size = min(6.0, max(2.5, 1.3 * 72 * style.plot_width / axes.get_xlim()[1]))
    axes.plot(
        [place],
        [height],
        linestyle="none",
        marker=_MARKERS[visit.why],
        color=style.colours[visit.why],
        markeredgecolor=style.palette.card,
        markeredgewidth=0.5,
        markersize=size,
        zorder=3,
        clip_on=False,
        gid=gid,
    )


def _gid(part: str, band: _Band, visit: Visit) -> str:
    return f"{part}-{band.block.id}-{visit.number}"


def _draw_saturation(axes: Axes, bands: Sequence[_Band], style: _Style) -> None:
    """Unique characters so far, as a share of what the block is to read; in characters where that was not told."""
    is_share = all(band.block.target for band in bands)
    highest = 1.0
    for band in bands:
        whole = (band.block.target or 1) / 100 if is_share else 1
        heights = [visit.unique / whole for visit in band.block.visits]
        highest = max([highest, *heights])
        axes.plot([band.start, *band.places], [0.0, *heights], color=style.palette.soft, linewidth=1.4, zorder=2)
        if is_share:
            _draw_directions(axes, band, style)
        for place, height, visit in zip(band.places, heights, band.block.visits, strict=True):
            _mark(axes, place, height, visit, _gid("saturation", band, visit), style)
    if is_share:
        axes.axhline(100, color=style.palette.ink, linestyle=(0, (4, 3)), linewidth=1, zorder=1)
        highest = max(highest, 100.0)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} %"))
    axes.set_ylim(0, _TOP * highest)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.set_ylabel("read of the share" if is_share else "unique characters")


def _draw_directions(axes: Axes, band: _Band, style: _Style) -> None:
    """What the last passages added to the directions, of the most that they could: a share like the other, but not of
    the same thing."""
    pairs = zip(band.places, band.block.visits, strict=True)
    told = [(place, 100 * visit.directions) for place, visit in pairs if visit.directions is not None]
    if told:
        gid = f"directions-{band.block.id}"
        axes.plot(
            *zip(*told, strict=True),
            color=style.palette.ink,
            linestyle=_DASHES,
            linewidth=1.2,
            marker=".",
            markersize=4,
            zorder=2.5,
            gid=gid,
        )


def _draw_gains(axes: Axes, bands: Sequence[_Band], style: _Style) -> None:
    for band in bands:
        for place, visit in zip(band.places, band.block.visits, strict=True):
            axes.vlines(place, 0, visit.gain, color=style.colours[visit.why], linewidth=1.6, zorder=2)
            _mark(axes, place, visit.gain, visit, _gid("gain", band, visit), style)
    highest = max((visit.gain for band in bands for visit in band.block.visits), default=0)
    axes.set_ylim(0, _TOP * max(highest, 1))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_ylabel("gain, characters")


def _draw_rates(axes: Axes, bands: Sequence[_Band], style: _Style, *, by_margin: bool) -> None:
    rates: list[float] = []
    for band in bands:
        pairs = list(zip(band.places, band.block.visits, strict=True))
        means = [(place, visit.environment_rate) for place, visit in pairs if visit.environment_rate is not None]
        steps = [(place + half, mean) for place, mean in means for half in (-0.5, 0.5)]
        if steps:
            axes.plot(*zip(*steps, strict=True), color=style.palette.ink, linewidth=1.2, zorder=2)
            rates += [mean for _, mean in means]
        for place, visit in pairs:
            rate = visit.rate or 0.0  # nothing was read there, so nothing gained
            rates.append(rate)
            _mark(axes, place, rate, visit, _gid("rate", band, visit), style)
    axes.set_ylim(0, _TOP * max([*rates, 0.01]))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.set_ylabel("rate when left" if by_margin else "rate of the visit")


def _draw_legend(figure: Figure, diary: Diary, style: _Style) -> None:
    told = {visit.why for visit in diary.visits}
    lines = [
        Line2D([], [], linestyle="none", marker=_MARKERS[left], color=style.colours[left], label=text)
        for left, text in SAYS.items()
        if left in told
    ]
    if all(block.target for block in diary.blocks):
        ink = style.palette.ink
        lines.append(Line2D([], [], color=ink, linewidth=1, linestyle=(0, (4, 3)), label="the block's share"))
    if diary.has_directions:
        lines.append(Line2D([], [], color=style.palette.ink, label="new directions", linestyle=_DASHES, linewidth=1.2))
    if _has_rates(diary):
        mean = "environment rate" if diary.by_margin else "mean rate of the block so far"
        lines.append(Line2D([], [], color=style.palette.ink, linewidth=1.2, label=mean))
    figure.legend(handles=lines, loc="outside lower center", ncols=3 if style.width > 7 else 2, handlelength=1.6)
