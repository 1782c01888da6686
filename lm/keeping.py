"""How likely each token of a text is worth keeping, and who can tell: types, without the models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lm.embedding import FloatArray
from lm.scoring import IntArray


@dataclass(frozen=True, eq=False)
class KeepScores:
    """The tokens of a text.

    Attributes:
        starts: (n_tokens,) first character of each.
        ends: (n_tokens,) one past its last.
        p_keep: (n_tokens,) in [0, 1].
    """

    starts: IntArray
    ends: IntArray
    p_keep: FloatArray


class KeepClassifier(Protocol):
    """Such as `lm.token_classifier.TokenClassifier`."""

    @property
    def fingerprint(self) -> str:
        """What the probabilities depend on."""
        ...

    def p_keep(self, text: str, *, cuts: Sequence[int]) -> KeepScores:
        """How likely each token is kept; `cuts` are characters before which a long text may be parted."""
        ...
