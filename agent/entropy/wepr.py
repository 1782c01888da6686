"""Is what the writer said wrong, by the entropy of its tokens? A fitted sum over ranks (WEPR, arXiv:2509.04492).

    logit = (1/T) Σ_j (β0 + Σ_k β_k s_kj) + Σ_k γ_k max_j s_kj,    s_kj = −p log2 p of the k-th likeliest token at j

Fitted by `benchmarks/writer_risk.py` for one writer, and refused for any other. A probability of being wrong: the
paper's text has the other sign, its code this one.
"""

import math
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from agent.entropy.production import terms_of
from agent.errors import UsageProblem
from lm.types import Frozen

_MEND = "fit one with benchmarks/writer_risk.py, or remove the file"


class WeprModel(Frozen):
    """Weights, with what they were fitted on. All entropies in bits.

    Attributes:
        writer: whose log-probabilities.
        temperature: at which it wrote.
        k: alternatives of each position.
        intercept: β0.
        means: (k,) β, of each rank's mean over tokens.
        maxima: (k,) γ, of each rank's largest value.
        data: the questions.
        n: answers that it was fitted on.
        n_wrong: those of them that were wrong.
        seed: of the draw.
        fitted: the date, ISO 8601.
        version: of the program that fitted it.
        auroc: over groups left out; None where undefined.
        auroc_ci95: its interval.
    """

    writer: str
    temperature: float
    k: int = Field(ge=1)
    intercept: float
    means: tuple[float, ...]
    maxima: tuple[float, ...]
    data: str
    n: int = Field(ge=1)
    n_wrong: int = Field(ge=0)
    seed: int
    fitted: str
    version: str
    auroc: float | None = None
    auroc_ci95: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "WeprModel":
        if not len(self.means) == len(self.maxima) == self.k:
            raise ValueError(f"k is {self.k}, but there are {len(self.means)} means and {len(self.maxima)} maxima")
        return self

    def risk(self, tops: Sequence[Sequence[float]]) -> float:
        """The probability that a text is wrong; `tops` as for `entropy_production`.

        Raises:
            ValueError: no tokens, or fewer alternatives than it was fitted with.
        """
        if not tops:
            raise ValueError("no tokens: the risk is undefined")
        ranks = list(zip(*terms_of(tops, self.k), strict=True))
        logit = self.intercept
        for mean, most, terms in zip(self.means, self.maxima, ranks, strict=True):
            logit += mean * math.fsum(terms) / len(terms) + most * max(terms)
        return _logistic(logit)

    def token_risks(self, tops: Sequence[Sequence[float]]) -> list[float]:
        """Of each token by itself, σ(β0 + Σ β_k s_kj). Raises as `terms_of`."""
        return [
            _logistic(self.intercept + math.fsum(b * s for b, s in zip(self.means, terms, strict=True)))
            for terms in terms_of(tops, self.k)
        ]


def rank_features(tops: Sequence[Sequence[float]], k: int) -> list[float]:
    """(2k,) each rank's mean over tokens, then each rank's largest value: what WEPR weighs. Raises as `terms_of`."""
    ranks = list(zip(*terms_of(tops, k), strict=True))
    return [*(math.fsum(terms) / len(terms) for terms in ranks), *map(max, ranks)]


def load_wepr(path: Path, *, writer: str) -> WeprModel | None:
    """What was fitted for the writer; None where there is no file.

    Raises:
        UsageProblem: the file is damaged, or was fitted for another writer.
    """
    if not path.is_file():
        return None
    try:
        found = WeprModel.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, ValidationError) as cause:
        raise UsageProblem(f"{path} holds no weights of WEPR: {cause}", hint=_MEND) from cause
    if found.writer != writer:
        raise UsageProblem(f"{path} was fitted for {found.writer}, not for {writer}", hint=_MEND)
    return found


def _logistic(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))
