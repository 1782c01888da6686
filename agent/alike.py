"""Groups of texts that are alike, by their vectors alone."""

import numpy as np

from lm.embedding import FloatArray


def alike(vectors: FloatArray, n: int) -> list[int]:
    """The label of each row's group, of at most `n` groups by cosine, average linkage.

    A vector of zeros, as of a text without a known word, is like nothing: it goes with the group of the first row.
    """
    known = np.flatnonzero(np.linalg.norm(vectors, axis=1))
    n = min(n, len(known))
    labels = np.zeros(len(vectors), dtype=np.intp)
    if n > 1:
        from sklearn.cluster import AgglomerativeClustering  # takes a second, and few runs group anything

        fit = AgglomerativeClustering(n_clusters=n, metric="cosine", linkage="average").fit_predict(vectors[known])
        labels[:] = fit[0]
        labels[known] = fit
    return [int(label) for label in labels]
