"""How unsure was the model where a step began? (Tool-Light, arXiv 2509.23285: high after a tool's result is read.)

Knows log-probabilities of tokens and groups of answers. Must not know what was asked.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from lm.types import Frozen, TokenLogProb

# Where a figure comes from: figures of two sources are of two kinds and are never compared.
EntropySource = Literal["logprobs", "truncated logprobs", "samples"]
WINDOWS = (10, 20, 30, 40, 50)
TOP = 50


class StepEntropy(Frozen):
    """Mean entropy of a step's first tokens, in nats, over the window that makes it largest.

    From samples it is the entropy over groups of equal answers, and `window` is 0.
    """

    nats: float
    window: int
    source: EntropySource

    def rise_from(self, earlier: "StepEntropy") -> float:
        """How much more unsure this step is, in nats.

        Raises:
            ValueError: the two come from different sources.
        """
        if self.source != earlier.source:
            raise ValueError(f"entropy from {self.source} cannot be held against entropy from {earlier.source}")
        return self.nats - earlier.nats


def token_entropy(alternatives: Sequence[float], *, top: int = TOP) -> float:
    """−Σ p ln p over the `top` likeliest tokens of a position, in nats.

    An endpoint that gives fewer leaves out a tail: what it gives is brought to a sum of 1 then. A lower bound it is
    not: the tail may be flatter or steeper than the head.

    Args:
        alternatives: Log-probabilities in nats.
        top: How many count.

    Raises:
        ValueError: there are none, or they sum to nothing.
    """
    probabilities = [math.exp(log_prob) for log_prob in sorted(alternatives, reverse=True)[:top]]
    total = sum(probabilities)
    if total <= 0.0:
        raise ValueError(f"{len(probabilities)} alternatives of no probability")
    if len(probabilities) < top:
        probabilities = [p / total for p in probabilities]
    return abs(-sum(p * math.log(p) for p in probabilities if p > 0.0))


def step_entropy(steps: Sequence[TokenLogProb], *, windows: Sequence[int] = WINDOWS, top: int = TOP) -> StepEntropy:
    """The largest mean token entropy of the first 10, 20, … tokens, and the window that gave it.

    A window longer than the step is left out; a step shorter than all of them is one window. Of equals the shortest
    wins.

    Raises:
        ValueError: no tokens, no windows, or a token without alternatives.
    """
    if not steps or not windows or min(windows) < 1:
        raise ValueError(f"{len(steps)} tokens and windows {tuple(windows)}: nothing to average")
    tops = [[log_prob for _, log_prob in step.top] for step in steps]
    if not all(tops):
        raise ValueError("a token has no alternatives: ask for top_logprobs, or use disagreement among samples")
    fitting = sorted(window for window in set(windows) if window <= len(steps)) or [len(steps)]
    entropies = [token_entropy(own, top=top) for own in tops[: fitting[-1]]]
    means = [(sum(entropies[:window]) / window, window) for window in fitting]
    nats, window = max(means, key=lambda pair: (pair[0], -pair[1]))
    is_whole = all(len(own) >= top for own in tops[: fitting[-1]])
    return StepEntropy(nats=nats, window=window, source="logprobs" if is_whole else "truncated logprobs")


def disagreement(meanings: Sequence[str]) -> StepEntropy:
    """Entropy over groups of equal answers: the surrogate for models that give no log-probabilities.

    Raises:
        ValueError: there are no answers.
    """
    if not meanings:
        raise ValueError("disagreement of no answers")
    shares = [count / len(meanings) for count in Counter(meanings).values()]
    return StepEntropy(nats=abs(-sum(s * math.log(s) for s in shares)), window=0, source="samples")
