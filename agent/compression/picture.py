"""The measurements of compressors as a picture: bits for each token against the rate, with their intervals."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from agent import drawing
from agent.compression.choice import Choice, Measured

_MARKERS = "osDv^PX"
# Colours that the colour-blind can tell apart (Okabe and Ito, 2008), the yellow darker than theirs to show on white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#B85A91", "#56B4E9", "#8A6D00", drawing.ON_PAPER.ink)
_APART = 0.006  # of the rate: intervals beside each other, not on top


def png(choice: Choice) -> bytes:
    """The picture, as a PNG file."""
    return drawing.png(lambda figure: _draw(figure, choice), width=7.4, height=4.4)


def _draw(figure: Figure, choice: Choice) -> None:
    axes = figure.add_subplot()
    for at, name in enumerate(dict.fromkeys(row.compressor for row in choice.table)):
        rows = sorted((row for row in choice.table if row.compressor == name), key=lambda row: row.rate)
        _curve(axes, rows, at, is_chosen=name == choice.chosen)
    axes.set_xlabel("share of the tokens kept")
    axes.set_ylabel("bits for each token kept")
    axes.set_ylim(bottom=0)
    axes.legend()
    about = f"{choice.passages} passages of {choice.questions} questions, 95 % intervals"
    axes.set_title(f"{about}; at most {choice.ceiling_bits:.1f} bits a passage", fontsize=10, loc="left")


def _curve(axes: Axes, rows: Sequence[Measured], at: int, *, is_chosen: bool) -> None:
    bits = [row.bits_per_token for row in rows]
    below = [max(0.0, row.bits_per_token - row.bits_per_token_low) for row in rows]
    above = [max(0.0, row.bits_per_token_high - row.bits_per_token) for row in rows]
    axes.errorbar(
        [row.actual_rate + _APART * (at - 2) for row in rows],
        bits,
        yerr=[below, above],
        marker=_MARKERS[at % len(_MARKERS)],
        color=_COLOURS[at % len(_COLOURS)],
        linewidth=2.4 if is_chosen else 1.2,
        label=f"{rows[0].compressor} (chosen)" if is_chosen else rows[0].compressor,
    )
