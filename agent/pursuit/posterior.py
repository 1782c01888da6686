"""How probable each candidate answer is, from the answers that a model was heard to give.

Frequencies of samples, so that models whose logits are closed can be used: coarse, but a conformal set needs no
calibrated probability.
"""

from collections import Counter
from collections.abc import Sequence

from pydantic import model_validator

from lm.types import Frozen

OTHER = "(another answer, or none)"


class Posterior(Frozen):
    """Probabilities of labels, which sum to 1."""

    labels: tuple[str, ...]
    probabilities: tuple[float, ...]

    @model_validator(mode="after")
    def _is_distribution(self) -> "Posterior":
        if len(self.labels) != len(self.probabilities):
            raise ValueError(f"{len(self.labels)} labels but {len(self.probabilities)} probabilities")
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("a label stands twice")
        if any(p < 0.0 for p in self.probabilities) or abs(sum(self.probabilities) - 1.0) > 1e-6:
            raise ValueError("probabilities must not be negative, and must sum to 1")
        return self

    def score(self, truth: str) -> float:
        """1 − p of the true label: of `OTHER` where it is none of the labels.

        Raises:
            KeyError: it is none, and there is no `OTHER`.
        """
        by_label = dict(zip(self.labels, self.probabilities, strict=True))
        return 1.0 - (by_label[truth] if truth in by_label else by_label[OTHER])

    @property
    def best(self) -> str:
        """The most probable label, the first of equals."""
        return max(zip(self.labels, self.probabilities, strict=True), key=lambda pair: pair[1])[0]


def from_samples(samples: Sequence[str], labels: Sequence[str], *, pseudo_count: float = 1.0) -> Posterior:
    """Frequencies with Laplace smoothing over `labels` and `OTHER`, which takes every sample that is none of them.

    `OTHER` is one label for all answers that nobody has named: without it the set of labels would be wrong whenever
    the truth was never sampled, and no coverage would hold.

    Raises:
        ValueError: the pseudo count is not positive.
    """
    if pseudo_count <= 0:
        raise ValueError(f"pseudo_count={pseudo_count} must be positive: an unseen answer is not impossible")
    known = [*dict.fromkeys(label for label in labels if label != OTHER), OTHER]
    counts = Counter(sample if sample in known else OTHER for sample in samples)
    total = len(samples) + pseudo_count * len(known)
    return Posterior(
        labels=tuple(known), probabilities=tuple((counts[label] + pseudo_count) / total for label in known)
    )
