"""How many directions a set of texts has: the spectral entropy of their vectors.

S = −tr(K̂ ln K̂) with K̂ = K / n, K the Gram matrix of unit vectors: the logarithm of the Vendi score (Friedman and Dieng,
2023), the matrix entropy of UNComp (arXiv 2410.03090) and EntropyPrune (arXiv 2602.17196). Vectors are not centred, as
those papers do for their layers: n equal texts must have 0 nats and n orthogonal ones ln n.
"""

import numpy as np
from scipy.special import xlogy

from lm.embedding import FloatArray


def spectral_entropy(vectors: FloatArray) -> float:
    """Nats, 0 to ln n; 0 of nothing.

    Args:
        vectors: (n, dim), each of length 1.

    Raises:
        ValueError: the vectors are not of length 1.
    """
    n, dim = vectors.shape
    if n == 0:
        return 0.0
    unit = vectors.astype(np.float64)
    if not np.allclose((unit**2).sum(axis=1), 1.0, atol=1e-3):
        raise ValueError("spectral entropy wants vectors of length 1")
    # Both have the same eigenvalues but for zeros; the smaller is cheaper.
    matrix = unit @ unit.T if n <= dim else unit.T @ unit
    eigenvalues = np.clip(np.linalg.eigvalsh(matrix / n), 0.0, None)
    return max(0.0, float(-xlogy(eigenvalues, eigenvalues).sum()))
