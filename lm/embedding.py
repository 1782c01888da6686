"""The embedding seam: texts in, unit vectors out. Knows nothing of documents or indexes."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Anything that turns texts into vectors of one length."""

    @property
    def fingerprint(self) -> str:
        """Model and precision; vectors of different fingerprints must never be compared."""
        ...

    @property
    def dim(self) -> int:
        """Length of one vector."""
        ...

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts: (n, dim) float32, each row of Euclidean length 1."""
        ...
