"""The second sign of saturation: whether what is read still opens new directions, or only says more of the same.

The gain in spectral entropy of one passage more, ΔS, shrinks with the number of passages whatever they say: n
orthogonal ones would gain ln((n + 1) / n) by another. So it is held against that: 1 is as new as can be, 0 not new.
"""

import math
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from lm.embedding import FloatArray
from lm.spectral import spectral_entropy

# Chosen before anything was measured: five passages in a row with a tenth of what they could bring.
FLAT_SHARE, PATIENCE = 0.1, 5


class Directions:
    """Vectors of the passages read, and what the last ones added."""

    def __init__(self, vectors_of: Callable[[Sequence[str]], FloatArray]) -> None:
        """Begin with nothing read.

        Args:
            vectors_of: (n, dim) vectors of length 1 of n texts.
        """
        self._vectors_of = vectors_of
        self._read: list[FloatArray] = []
        self._shares: deque[float] = deque(maxlen=PATIENCE)
        self.entropy = 0.0

    def read(self, text: str) -> float:
        """Read a text; returns its ΔS as a share of the most that another text could bring, 0 to 1."""
        vector = self._vectors_of([text])[0]
        if not vector.any():  # signs that no word piece stands for: nothing can be said of them
            return 0.0
        self._read.append(vector)
        n, before = len(self._read), self.entropy
        self.entropy = spectral_entropy(np.stack(self._read))
        share = max(0.0, (self.entropy - before) / math.log(n / (n - 1))) if n > 1 else 1.0
        self._shares.append(share)
        return share

    @property
    def gain(self) -> float:
        """Mean share of the last texts, 0 to 1; 1 before any."""
        return sum(self._shares) / len(self._shares) if self._shares else 1.0

    @property
    def is_flat(self) -> bool:
        """Whether the last texts brought next to nothing new."""
        return len(self._shares) == PATIENCE and self.gain < FLAT_SHARE
