"""The support of each sentence as a picture, in reading order; what it says stands beside it in words, too."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from agent import drawing
from agent.types import Action, Claim

WIDTH, HEIGHT = 6.3, 2.5  # inches
# Colours that the colour-blind can tell apart (Okabe and Ito, 2008); the shape says the same.
_LOOKS: Mapping[Action, tuple[str, str]] = {
    "kept": ("o", "#009E73"),
    "revised": ("s", "#D55E00"),
    "quoted": ("^", "#0072B2"),
    "dropped": ("x", drawing.ON_PAPER.soft),
}
_MANY = 60  # sentences, from which on their marks are drawn small


def support_png(claims: Sequence[tuple[str, Claim]]) -> bytes:
    """The picture of labelled claims, as a PNG file."""
    return drawing.png(lambda figure: _draw(figure, claims), width=WIDTH, height=HEIGHT)


def described(claims: Sequence[tuple[str, Claim]]) -> str:
    """What the picture shows, in words."""
    label, weakest = min(claims, key=lambda labelled: labelled[1].support)
    mean = sum(claim.support for _, claim in claims) / len(claims)
    return (
        f"Support of the {len(claims)} cited sentences in reading order, from 0 to 1: {mean:.2f} in the mean, least "
        f"{weakest.support:.2f} (sentence {label}). The lines part the sections."
    )


def _draw(figure: Figure, claims: Sequence[tuple[str, Claim]]) -> None:
    axes = figure.add_subplot()
    sections = [label.partition(".")[0] for label, _ in claims]
    for at in range(1, len(claims)):
        if sections[at] != sections[at - 1]:
            axes.axvline(at + 0.5, color=drawing.ON_PAPER.soft, linewidth=0.7)
    size = 5 if len(claims) < _MANY else 3
    shown = [action for action in _LOOKS if any(claim.action == action for _, claim in claims)]
    for action in shown:
        marker, colour = _LOOKS[action]
        points = [(at, claim.support) for at, (_, claim) in enumerate(claims, start=1) if claim.action == action]
        axes.plot([x for x, _ in points], [y for _, y in points], marker, color=colour, markersize=size)
    handles = [Line2D([], [], linestyle="", marker=_LOOKS[a][0], color=_LOOKS[a][1], label=a) for a in shown]
    axes.legend(handles=handles, loc="lower left", ncols=len(shown))
    axes.set_xlim(0.5, len(claims) + 0.5)
    axes.set_ylim(0, 1.05)
    axes.set_xlabel("cited sentence")
    axes.set_ylabel("support")
