"""How hard is a question? Three short answers with the first retrieval in view say it before any money is spent.

After DiffAdapt (arXiv 2510.19669), whose probe reads a model's hidden states; here agreement, entropy and how much of
the answers stands in the evidence, so that closed models can be used too. The paper lets hard questions fail fast, at
half the tokens: right for hopeless mathematics. Here a question is hard mostly because its evidence was not found yet,
so hard means deeper retrieval; only the length of the answer is held short, as there.
"""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from pydantic import Field

from agent.allocate import folded
from agent.short_answers import meaning
from lm.types import Frozen

Difficulty = Literal["easy", "normal", "hard"]
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)
N_ANSWERS = 3


class Signs(Frozen):
    """What the answers to one question show.

    `agreement` is the share of the largest group of equal answers, `entropy` over the groups in nats, `coverage` the
    share of the answers' words that stand in the evidence.
    """

    agreement: float = Field(ge=0.0, le=1.0)
    entropy: float = Field(ge=0.0)
    coverage: float = Field(ge=0.0, le=1.0)


class Route(Frozen):
    """How a question is worked on.

    `depth` multiplies the evidence that is read for an answer, `length` the words and so the tokens of the answer;
    `temperature` is the writer's.
    """

    label: Difficulty
    depth: float = Field(gt=0.0)
    length: float = Field(gt=0.0)
    temperature: float = Field(ge=0.0)


# Temperatures and lengths are DiffAdapt's; the depths are ours, see the head of this module. A normal answer's evidence
# is a few passages: eight times as much is beyond what the first retrieval brings.
ROUTES: dict[Difficulty, Route] = {
    "easy": Route(label="easy", depth=0.5, length=0.4, temperature=0.5),
    "normal": Route(label="normal", depth=1.0, length=1.0, temperature=0.8),
    "hard": Route(label="hard", depth=8.0, length=0.5, temperature=0.4),
}


class Cutoffs(Frozen):
    """Fitted on one model's answers: easy from so much agreement and so little entropy; hard under so much agreement
    and coverage; else normal."""

    easy_agreement: float
    easy_entropy: float
    hard_agreement: float
    hard_coverage: float
    n: int = Field(ge=1, description="Questions that they were fitted on.")
    loss: float = Field(ge=0.0, description="Mean loss on those questions, 0 to 1; see `loss`.")

    def label(self, signs: Signs) -> Difficulty:
        """The difficulty that the signs show."""
        if signs.agreement >= self.easy_agreement and signs.entropy <= self.easy_entropy:
            return "easy"
        if signs.agreement < self.hard_agreement and signs.coverage < self.hard_coverage:
            return "hard"
        return "normal"

    def route(self, signs: Signs) -> Route:
        """How to work on a question with these signs."""
        return ROUTES[self.label(signs)]


def signs_of(answers: Sequence[str], evidence: Sequence[str]) -> Signs:
    """What short answers, drawn with the evidence in view, show.

    An answer that declines agrees with nothing, itself included, and stands in no evidence.

    Raises:
        ValueError: there are no answers.
    """
    if not answers:
        raise ValueError("signs of no answers")
    meanings = [meaning(answer) or f"\0{i}" for i, answer in enumerate(answers)]
    shares = [count / len(answers) for count in Counter(meanings).values()]
    known = set(folded(" ".join(evidence)).split())
    covered = [_covered(said, known) for said in meanings]
    return Signs(
        agreement=max(shares),
        entropy=abs(-sum(share * math.log(share) for share in shares)),
        coverage=sum(covered) / len(covered),
    )


def _covered(said: str, known: set[str]) -> float:
    words = said.split() if not said.startswith("\0") else []
    return sum(word in known for word in words) / len(words) if words else 0.0


def difficulty_of(n_right: int, n_answers: int) -> Difficulty:
    """The true difficulty of a question whose answer is known: all answers right, none, or some."""
    if not 0 <= n_right <= n_answers or n_answers < 1:
        raise ValueError(f"{n_right} right of {n_answers}")
    return "easy" if n_right == n_answers else "hard" if n_right == 0 else "normal"


def loss(told: Sequence[Difficulty], true: Sequence[Difficulty]) -> float:
    """Mean distance of told from true difficulty, 0 to 1: easy for hard costs 1, neighbours .5; each true difficulty
    weighs alike, however rare.

    Raises:
        ValueError: no labels, or numbers of them that differ.
    """
    if not told or len(told) != len(true):
        raise ValueError(f"{len(told)} labels told, {len(true)} true")
    rank = {label: i / (len(DIFFICULTIES) - 1) for i, label in enumerate(DIFFICULTIES)}
    distances: dict[Difficulty, list[float]] = defaultdict(list)
    for said, label in zip(told, true, strict=True):
        distances[label].append(abs(rank[said] - rank[label]))
    return float(np.mean([np.mean(own) for own in distances.values()]))


def fit_cutoffs(signs: Sequence[Signs], true: Sequence[Difficulty]) -> Cutoffs:
    """The cut-offs of least loss among the values that occur; of equals the strictest on what is easy.

    Raises:
        ValueError: no questions, or numbers that differ.
    """
    if not signs or len(signs) != len(true):
        raise ValueError(f"{len(signs)} questions with signs, {len(true)} with a difficulty")
    agreements = _levels([s.agreement for s in signs])
    entropies = _levels([s.entropy for s in signs])
    coverages = _levels([s.coverage for s in signs])
    # Above every value: a label that nothing gets.
    beyond = math.nextafter(1.0, 2.0)
    found = [
        Cutoffs(easy_agreement=a, easy_entropy=h, hard_agreement=b, hard_coverage=c, n=len(signs), loss=0.0)
        for a, h, b, c in itertools.product(
            [beyond, *reversed(agreements)], entropies, [*agreements, beyond], [0.0, *coverages, beyond]
        )
    ]
    losses = [loss([cut.label(s) for s in signs], true) for cut in found]
    best = int(np.argmin(losses))
    return found[best].model_copy(update={"loss": losses[best]})


def _levels(values: Sequence[float], *, most: int = 8) -> list[float]:
    """The values that occur, thinned to quantiles where they are many."""
    distinct = np.unique(values)
    if len(distinct) > most:
        distinct = np.unique(np.quantile(distinct, np.linspace(0.0, 1.0, most), method="nearest"))
    return [float(value) for value in distinct]
