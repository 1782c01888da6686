"""Draws how true a report's figures are against the text that it was written from, from runs of one evaluation.

    python benchmarks/saturation_curve.py RUN [RUN …] --out FILE.png

RUN is the folder of an `eval run saturation`. A curve for each program and arm: the share of all figures that are true
of the work they are given to, with the 95 % interval over provinces. JSON on stdout: the same figures, and for each
program the size of distinct text from which on that share stays at .85 or above, in its value and in its lower bound:
the floor that the curve suggests (arXiv:2512.10121 says 30,000 characters for Chinese, and gives no interval).
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from agent import drawing
from evals.run_record import EvalRun
from evals.statistics import mean_ci95

_WANTED, _ASIDE = 0.85, 0.03
_COLOURS = {"distinct": "#0072B2", "padded": "#D55E00", "repeated": "#009E73", "dense": "#B85A91"}
_LINES = ("-", "--", ":", "-.")


@dataclass(frozen=True)
class Point:
    """A program at an arm and size: `low` and `high` are None where all figures come from one province."""

    program: str
    arm: str
    size: int
    n_reports: int
    n_figures: int
    share_true: float
    low: float | None
    high: float | None


def main() -> None:
    """Draw, with the options of the command line."""
    parser = argparse.ArgumentParser(description="Draws the knowledge cliff.")
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    points = [point for run in arguments.runs for point in _points(EvalRun(run))]
    programs = list(dict.fromkeys(point.program for point in points))
    arguments.out.write_bytes(drawing.png(lambda figure: _draw(figure, points, programs), width=7.4, height=4.4))
    floors = {program: _floors([one for one in points if one.program == program]) for program in programs}
    print(json.dumps({"floors": floors, "points": [vars(point) for point in points]}, indent=1))


def _points(run: EvalRun) -> list[Point]:
    program = run.manifest().program
    counts: dict[tuple[str, int], list[tuple[str, int, int]]] = defaultdict(list)
    for result in run.results():
        if "figures_true" in result.scores:
            arm, size = result.kind.split()
            n = round(result.scores["figures"])
            n_true = round(n * result.scores["figures_true"])
            counts[arm, int(size.removesuffix("k")) * (1_000 if size.endswith("k") else 1)].append(
                (result.cluster, n_true, n)
            )
    return [_point(program, arm, size, rows) for (arm, size), rows in sorted(counts.items())]


def _point(program: str, arm: str, size: int, rows: Sequence[tuple[str, int, int]]) -> Point:
    figures = [(world, float(at < n_true)) for world, n_true, n in rows for at in range(n)]
    worlds, are_true = zip(*figures, strict=True)
    low, high = mean_ci95(are_true, worlds, np.random.default_rng(0)) or (None, None)
    return Point(program, arm, size, len(rows), len(figures), sum(are_true) / len(figures), low, high)


def _floors(points: Sequence[Point]) -> dict[str, int | None]:
    """The least size of distinct text from which on value and lower bound stay up; None where they never do."""
    distinct = sorted((one for one in points if one.arm == "distinct"), key=lambda one: -one.size)
    floors: dict[str, int | None] = {"value": None, "lower_bound": None}
    for name in floors:
        for point in distinct:
            held = point.share_true if name == "value" else point.low
            if held is None or held < _WANTED:
                break
            floors[name] = point.size
    return floors


def _draw(figure: Figure, points: Sequence[Point], programs: Sequence[str]) -> None:
    axes: Axes = figure.add_subplot()
    for arm, colour in _COLOURS.items():
        for number, program in enumerate(programs):
            own = [one for one in points if (one.program, one.arm) == (program, arm)]
            if not own:
                continue
            # Programs stand a little beside each other: where both are right, one would hide the other.
            shown = [one for one in own if one.low is not None]
            aside = (1 + _ASIDE * number) / 1_000
            axes.plot(
                [one.size * aside for one in own],
                [one.share_true for one in own],
                marker="os^v"[number % 4],
                color=colour,
                linestyle=_LINES[number % 4],
                label=f"{program}, {arm}",
            )
            axes.vlines(
                [one.size * aside for one in shown],
                [one.low or 0.0 for one in shown],
                [one.high or 0.0 for one in shown],
                color=colour,
                linewidth=1,
            )
    axes.axhline(_WANTED, color=drawing.ON_PAPER.soft, linewidth=0.8, linestyle=":")
    axes.set_ylim(-0.02, 1.04)
    axes.set_xlabel("characters of text (thousands; dense: of the text that it is short for)")
    axes.set_ylabel("share of figures that are true")
    axes.legend(fontsize=8)


if __name__ == "__main__":
    main()
