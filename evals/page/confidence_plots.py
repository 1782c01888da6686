"""Pictures of confidence: is it as high as the share right, and does it tell right from wrong?"""

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from evals.metrics.calibration import ece, reliability_bins, risk_coverage
from evals.page.content import Group, RunContent
from evals.page.drawing import SOFT, legend, look, svg
from evals.page.plot import Plot, label, numbered, plot_id, said_n

_MAX_POINTS = 300
_N_BINS = 10


@dataclass(frozen=True)
class _Sure:
    """The answers of a run that have a confidence, and their scores; (n,) each."""

    number: int
    run: RunContent
    confidences: list[float]
    scores: list[float]


def _with_confidence(group: Group, metric: str) -> list[_Sure]:
    found = []
    for number, run in numbered(group):
        pairs = [
            (result.outcome.confidence, result.scores[metric])
            for result in run.results
            if result.outcome and result.outcome.confidence is not None and metric in result.scores
        ]
        if pairs:
            found.append(_Sure(number, run, [c for c, _ in pairs], [score for _, score in pairs]))
    return found


def _metric_with(group: Group, fits: Callable[[float], bool]) -> tuple[str, list[_Sure]]:
    """The score that the confidence is about, where all of it fits; else none.

    No other will do: in the tables too, calibration is of what the confidence is a probability of.
    """
    metric = group.suite.confidence_of or group.main
    sure = _with_confidence(group, metric) if group.is_better_high(metric) else []
    return (metric, sure) if all(fits(score) for one in sure for score in one.scores) else ("", [])


def reliability(group: Group) -> Plot | None:
    """Confidence against the share right, by bins, with their counts and ECE; where scores are 0 or 1."""
    metric, sure = _metric_with(group, lambda score: score in (0.0, 1.0))
    if not sure:
        return None

    def draw(figure: Figure) -> None:
        axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle=(0, (2, 3)))
        for at, one in enumerate(sure):
            style = look(one.number)
            bins = reliability_bins(one.confidences, one.scores, n_bins=_N_BINS)
            axes.plot(
                [found.mean_confidence for found in bins],
                [found.accuracy for found in bins],
                color=style.colour,
                marker=style.marker,
                linestyle=style.dashes,
                label=one.run.letter,
            )
            wide = 0.8 / _N_BINS / len(sure)
            places = [(found.low + found.high) / 2 + (at - (len(sure) - 1) / 2) * wide for found in bins]
            below.bar(places, [found.n for found in bins], width=wide, color=style.colour)
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.04, 1.04)
        axes.set_ylabel(f"share right ({metric})")
        below.set_ylabel("answers")
        below.set_xlabel("confidence (mean of its bin)")
        labels = [f"{label(one.run)}: ECE {ece(one.confidences, one.scores, n_bins=_N_BINS):.3f}" for one in sure]
        legend(figure, axes, labels)

    id_ = plot_id(group, "calibration")
    caption = (
        f"{_N_BINS} bins of equal width; on the dotted line confidence equals accuracy; bars count the answers of "
        f"each bin; answers with a confidence: {said_n({one.run.letter: len(one.scores) for one in sure})}."
    )
    return Plot(id_, "Calibration", svg(id_, draw, height=4.4), caption)


def risk_and_coverage(group: Group) -> Plot | None:
    """Risk at every coverage, with AURC; where scores are shares."""
    metric, sure = _metric_with(group, lambda score: 0.0 <= score <= 1.0)
    if not sure:
        return None

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        labels = []
        for one in sure:
            curve, style = risk_coverage(one.confidences, one.scores), look(one.number)
            n = len(curve.risks)
            rows = sorted({round(i * (n - 1) / (_MAX_POINTS - 1)) for i in range(_MAX_POINTS)}) if n > 1 else [0]
            axes.plot(
                [curve.coverages[row] for row in rows],
                [curve.risks[row] for row in rows],
                color=style.colour,
                linestyle=style.dashes,
                marker="" if n > 1 else style.marker,
                label=one.run.letter,
            )
            labels.append(f"{label(one.run)}: AURC {curve.area:.3f}")
        axes.set_xlim(0.0, 1.02)
        axes.set_ylim(bottom=-0.02)
        axes.set_xlabel("coverage: share of answers given, surest first")
        axes.set_ylabel(f"risk: 1 − mean {metric}")
        legend(figure, axes, labels)

    id_ = plot_id(group, "risk-coverage")
    counts = {one.run.letter: len(one.scores) for one in sure}
    caption = f"Lower is better; AURC is the mean risk over all coverages; answers with a confidence: {said_n(counts)}."
    return Plot(id_, "Risk and coverage", svg(id_, draw), caption)
