"""An embedder that embeds each text once. Knows texts only; lives as long as the run that made it."""

import threading
from collections.abc import Sequence

import numpy as np

from lm.embedding import Embedder, FloatArray


class CachedEmbedder:
    """Another embedder with a memory of every text it has seen. Safe to share between threads."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._rows: dict[str, FloatArray] = {}
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """The inner embedder's: the vectors are the same."""
        return self._inner.fingerprint

    @property
    def dim(self) -> int:
        """Length of one vector."""
        return self._inner.dim

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """(n, dim) unit rows, as the inner embedder makes them."""
        # One batch at a time: two threads embedding the same text would each pay for it.
        with self._lock:
            missing = list(dict.fromkeys(text for text in texts if text not in self._rows))
            if missing:
                self._rows.update(zip(missing, self._inner.encode(missing), strict=True))
            if not texts:
                return np.zeros((0, self.dim), dtype=np.float32)
            return np.stack([self._rows[text] for text in texts])
