"""How human text of several genres measures: quantiles that ship with the program, made by
`benchmarks/smoothing_reference.py`. Figures only, no text."""

from collections.abc import Mapping, Sequence
from importlib.resources import files

import numpy as np

from agent.measuring.style_records import TextStyle
from lm.types import Frozen

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_FILE = "human_reference.json"
# Of fewer the coefficient of variation says next to nothing.
_MIN_SENTENCES, _MIN_PARAGRAPHS = 8, 4


class GenreQuantiles(Frozen):
    """Quantiles at `LEVELS` of `n` texts of one genre; of a few texts the outer two are near the extremes."""

    genre: str
    source: str
    n: int
    quantiles: Mapping[str, tuple[float, float, float, float, float]]


class Reference(Frozen):
    """Where the figures come from: the scorer, how long the texts were at most, and the genres."""

    scorer: str
    most_tokens: int
    label: str
    genres: tuple[GenreQuantiles, ...]

    def compares_with(self, scorer: str) -> bool:
        """Whether figures of that scorer can be held against these: the same weights, start and windows. Another
        precision moves them by less than their error."""
        return _without_precision(scorer) == _without_precision(self.scorer)

    def range_of(self, figure: str) -> tuple[float, float] | None:
        """The lowest and the highest median of a figure over the genres; None where no genre has it."""
        medians = [genre.quantiles[figure][2] for genre in self.genres if figure in genre.quantiles]
        return (min(medians), max(medians)) if medians else None


def human_reference() -> Reference:
    """The quantiles that came with the program."""
    text = (files("agent.measuring") / _FILE).read_text(encoding="utf-8")
    return Reference.model_validate_json(text)


def figures_of(style: TextStyle) -> dict[str, float]:
    """The figures of a whole text that a reference tells of; those that it has not are left out."""
    whole, smoothing, rhythm = style.whole, style.whole.smoothing, style.whole.rhythm
    found: dict[str, float | None] = {
        "sentence_cv": rhythm.sentence_cv if rhythm.sentences >= _MIN_SENTENCES else None,
        "paragraph_cv": rhythm.paragraph_cv if rhythm.paragraphs >= _MIN_PARAGRAPHS else None,
        "distinct_2": whole.distinct_2,
        "distinct_4": whole.distinct_4,
    }
    if smoothing is not None:
        found |= {
            "d_nats": smoothing.d_nats,
            "log_perplexity_nats": smoothing.log_perplexity_nats,
            "mean_entropy_nats": smoothing.mean_entropy_nats,
            "surprisal_variance": smoothing.surprisal_variance,
            "lag1": smoothing.lag1,
            "first_share": smoothing.first_share,
            "slope_nats": smoothing.slope_nats,
        }
    return {name: value for name, value in found.items() if value is not None}


def quantiles_of(genre: str, source: str, styles: Sequence[TextStyle]) -> GenreQuantiles:
    """The quantiles of a genre's texts; a figure that fewer than three of them have is left out.

    Raises:
        ValueError: there are no texts.
    """
    if not styles:
        raise ValueError(f"no texts of {genre}")
    columns: dict[str, list[float]] = {}
    for style in styles:
        for name, value in figures_of(style).items():
            columns.setdefault(name, []).append(value)
    quantiles = {name: _at_levels(values) for name, values in columns.items() if len(values) >= min(3, len(styles))}
    return GenreQuantiles(genre=genre, source=source, n=len(styles), quantiles=quantiles)


def _at_levels(values: Sequence[float]) -> tuple[float, float, float, float, float]:
    low, lower, middle, upper, high = (round(float(one), 4) for one in np.quantile(np.array(values), LEVELS))
    return low, lower, middle, upper, high


def _without_precision(scorer: str) -> list[str]:
    """The parts of a fingerprint but its third, the precision; see `lm.scorer`."""
    parts = scorer.split(":")
    return [*parts[:2], *parts[3:]]
