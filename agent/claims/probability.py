"""How likely is a claim supported by its evidence? A logistic model over `SupportFeatures`, fitted once and shipped.

Fitted by `benchmarks/fit_support.py`; here it is only applied. What it was fitted on is written in its file, and what
it says holds for claims like those: answers over passages and edited summaries, judged by people or made wrong.
"""

import math
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from agent.claims.features import SupportFeatures
from agent.errors import UsageProblem
from lm.types import Frozen

SHIPPED = Path(__file__).with_name("support_model.json")


class FittedOn(Frozen):
    """One set of the fit: its half, how many claims, and how many of them were labelled supported."""

    name: str
    half: str
    n: int = Field(ge=1)
    n_supported: int = Field(ge=0)
    sha256: str


class SupportModel(Frozen):
    """Weights for standardised features, then Platt's two numbers; with where it comes from.

    Attributes:
        features: names of fields of `SupportFeatures`.
        means: of each feature where it was fitted.
        scales: its standard deviations there.
        weights: for the standardised features.
        intercept: the logit at the means.
        slope: Platt's factor on that logit (1999), fitted on folds left out.
        offset: what he adds.
        fitted_on: the sets.
        fitted: the date, ISO 8601.
        embedder: fingerprint of the vectors; others give other features.
    """

    features: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    slope: float
    offset: float
    fitted_on: tuple[FittedOn, ...]
    fitted: str
    embedder: str

    @model_validator(mode="after")
    def _is_whole(self) -> "SupportModel":
        lengths = {len(self.means), len(self.scales), len(self.weights)}
        if lengths != {len(self.features)}:
            raise ValueError(f"{len(self.features)} features but {sorted(lengths)} means, scales or weights")
        if unknown := sorted(set(self.features) - set(SupportFeatures.model_fields)):
            raise ValueError(f"unknown features: {', '.join(unknown)}")
        if min(self.scales, default=1.0) <= 0.0:
            raise ValueError("a scale is not above 0")
        return self

    def logit(self, features: SupportFeatures) -> float:
        """The uncalibrated logit; a slot that is empty counts as the mean."""
        total = self.intercept
        for name, mean, scale, weight in zip(self.features, self.means, self.scales, self.weights, strict=True):
            value = getattr(features, name)
            total += weight * ((mean if value is None else value) - mean) / scale
        return float(total)

    def probability(self, features: SupportFeatures) -> float:
        """The calibrated probability that the evidence supports the claim, in (0, 1)."""
        logit = max(-30.0, min(30.0, self.slope * self.logit(features) + self.offset))
        return 1.0 / (1.0 + math.exp(-logit))


def load_support_model(path: Path = SHIPPED) -> SupportModel:
    """The model in a file; the shipped one by default.

    Raises:
        UsageProblem: the file cannot be read or holds no such model.
    """
    try:
        return SupportModel.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, ValidationError) as cause:
        raise UsageProblem(
            f"{path} holds no support model: {cause}", hint="fit one with benchmarks/fit_support.py"
        ) from cause
