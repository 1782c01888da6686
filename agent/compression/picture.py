"""The measurements of compressors as a picture: bits for each token against the rate, with their intervals."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from agent import drawing
from agent.compression.choice import Choice, Measured

_MARKERS = "osDv^PX"
# Colours that the colour-blind can tell apart (Okabe and Ito, 2008), the yellow darker than theirs to show on white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#B85A91", "#56B4E9", "#8A6D00", drawing.ON_PAPER.ink)
_APART = 0.015  # share of the rate by which neighbours stand beside each other, not on top
_HEADROOM = 1.08


def png(choice: Choice) -> bytes:
    """The picture, as a PNG file."""
    return drawing.png(lambda figure: _draw(figure, choice), width=7.4, height=4.4)


def _draw(figure: Figure, choice: Choice) -> None:
    axes = figure.add_subplot()
    names = list(dict.fromkeys(row.compressor for row in choice.table))
    for at, name in enumerate(names):
        rows = sorted((row for row in choice.table if row.compressor == name), key=lambda row: row.rate)
        _curve(axes, rows, at, apart=_APART * (at - (len(names) - 1) / 2), is_chosen=name == choice.chosen)
    axes.set_xlabel(
        "share of the tokens kept (marks moved aside a little; hollow: at the ceiling, which tells nothing)"
    )
    axes.set_ylabel("bits for each token kept")
    axes.set_xlim(0, _HEADROOM * max(row.actual_rate for row in choice.table))
    axes.set_ylim(0, _HEADROOM * max(row.bits_per_token_high for row in choice.table))
    axes.legend()
    about = f"{choice.passages} passages of {choice.questions} questions, 95 % intervals"
    axes.set_title(f"{about}; at most {choice.ceiling_bits:.1f} bits a passage", fontsize=10, loc="left")


def _curve(axes: Axes, rows: Sequence[Measured], at: int, *, apart: float, is_chosen: bool) -> None:
    bits = [row.bits_per_token for row in rows]
    below = [max(0.0, row.bits_per_token - row.bits_per_token_low) for row in rows]
    above = [max(0.0, row.bits_per_token_high - row.bits_per_token) for row in rows]
    places = [row.actual_rate * (1 + apart) for row in rows]
    colour = _COLOURS[at % len(_COLOURS)]
    axes.errorbar(
        places,
        bits,
        yerr=[below, above],
        marker=_MARKERS[at % len(_MARKERS)],
        color=colour,
        linewidth=2.4 if is_chosen else 1.2,
        label=f"{rows[0].compressor} (chosen)" if is_chosen else rows[0].compressor,
    )
    axes.plot(
        [place for place, row in zip(places, rows, strict=True) if row.is_saturated],
        [row.bits_per_token for row in rows if row.is_saturated],
        linestyle="none",
        marker=_MARKERS[at % len(_MARKERS)],
        color=colour,
        markerfacecolor="white",
        zorder=3,
    )
