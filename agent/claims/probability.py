"""How likely is a claim supported by its evidence? A logistic model over `SupportFeatures`, fitted once and shipped.

Fitted by `benchmarks/fit_support.py`; here it is only applied. What it was fitted on is written in its file, and what
it says holds for claims like those: answers over passages and edited summaries, judged by people or made wrong.
"""

import math
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from agent.claims.features import SupportFeatures
from agent.claims.token_gains import VERSION, GainFeatures
from agent.errors import UsageProblem
from lm.types import Frozen

SHIPPED = Path(__file__).with_name("support_model.json")
# The same with what a scorer says; shipped once it is fitted on whole sets, and asked only where a scorer is installed.
SHIPPED_SCORED = Path(__file__).with_name("support_model_scored.json")
# What every set must show before a low probability alone may refuse a sentence.
_MIN_AUROC, _MAX_ECE = 0.8, 0.1


class FittedOn(Frozen):
    """One set of the fit: its half, how many claims, and how many of them were labelled supported."""

    name: str
    half: str
    n: int = Field(ge=1)
    n_supported: int = Field(ge=0)
    sha256: str


class Measured(Frozen):
    """What was seen on claims that the fit did not see: of one set, or of "all"; intervals at 95 %."""

    name: str
    n: int = Field(ge=1)
    auroc: float | None
    auroc_ci95: tuple[float, float] | None = None
    ece: float
    brier: float


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
        scorer: fingerprint of the scorer; empty where no feature asks for one.
        gains_version: of `token_gains`, where a feature asks for a scorer.
        seed: of the draw of claims and of resampling.
        version: of the program that fitted it.
        quantiles: of the calibrated probability over folds left out, from the least to the greatest, equally spaced:
            what share of claims lies within a window is read off them.
        measured: on the reporting halves.
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
    scorer: str = ""
    gains_version: int = 0
    seed: int = 1
    version: str = ""
    quantiles: tuple[float, ...] = ()
    measured: tuple[Measured, ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> "SupportModel":
        lengths = {len(self.means), len(self.scales), len(self.weights)}
        if lengths != {len(self.features)}:
            raise ValueError(f"{len(self.features)} features but {sorted(lengths)} means, scales or weights")
        if unknown := sorted(set(self.features) - set(SupportFeatures.model_fields)):
            raise ValueError(f"unknown features: {', '.join(unknown)}")
        if min(self.scales, default=1.0) <= 0.0:
            raise ValueError("a scale is not above 0")
        if list(self.quantiles) != sorted(self.quantiles) or any(not 0.0 <= q <= 1.0 for q in self.quantiles):
            raise ValueError("quantiles are no probabilities in ascending order")
        return self

    @property
    def needs_scorer(self) -> bool:
        """Whether a feature of it is a scorer's."""
        return bool(set(self.features) & set(GainFeatures.model_fields))

    @property
    def may_refuse(self) -> bool:
        """Whether each set that it was measured on showed it good enough to refuse a sentence by itself."""
        return bool(self.measured) and all(
            one.auroc_ci95 is not None and one.auroc_ci95[0] >= _MIN_AUROC and one.ece <= _MAX_ECE
            for one in self.measured
        )

    def require_made_for(self, *, embedder: str, scorer: str = "") -> None:
        """Refuse features of other models than those that it was fitted on.

        A scorer's precision may differ: it moves a text's log-probability by a thousandth.

        Raises:
            UsageProblem: they are others.
        """
        wanted, given = _weights_of(self.scorer), _weights_of(scorer)
        is_other = self.needs_scorer and (wanted != given or self.gains_version != VERSION)
        if embedder != self.embedder or is_other:
            raise UsageProblem(
                f"the support model was fitted with {self.embedder} and {self.scorer or 'no scorer'} (version "
                f"{self.gains_version}), not with {embedder} and {scorer or 'no scorer'} (version {VERSION})",
                hint="fit it again with benchmarks/fit_support.py",
            )

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


def _weights_of(fingerprint: str) -> tuple[str, ...]:
    """A scorer's kind and weights, without precision and windows."""
    return tuple(fingerprint.split(":")[:2])


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
