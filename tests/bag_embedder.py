"""A small honest embedder for tests: hashed bags of words. Same words, same vector; no words shared, nearly
orthogonal."""

import re
import zlib
from collections.abc import Sequence

import numpy as np

from lm.embedding import FloatArray


class BagEmbedder:
    """Counts words into 512 buckets by a hash that does not change between runs."""

    dim = 512
    fingerprint = "bag-512"

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """(n, 512) unit rows; a text without words is a zero row."""
        rows = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                row[zlib.crc32(word.encode()) % self.dim] += 1.0
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.where(norms == 0, 1.0, norms)
