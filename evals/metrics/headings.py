"""Does an outline have the headings of a human's? Heading soft recall of STORM (Shao et al., NAACL 2024).

Knows headings, and their similarities by any embedder. Must not know which: its name belongs next to every number.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lm.embedding import Embedder

FloatArray = npt.NDArray[np.float64]


def soft_cardinality(similarities: npt.ArrayLike) -> float:
    """How many different things there are: Σ 1 / Σ_j sim(i, j) (Fränti and Mariescu-Istodor, 2023).

    n where all are unlike, 1 where all are the same, 0 where there are none.

    Args:
        similarities: (n, n) symmetric. Values below 0 count as 0, as in STORM's paper (its script lets them count); the
            diagonal is taken as 1.

    Raises:
        ValueError: the matrix is not square.
    """
    matrix = _checked(similarities)
    return float((1.0 / matrix.sum(axis=1)).sum()) if matrix.size else 0.0


def heading_soft_recall(gold: Sequence[str], predicted: Sequence[str], embedder: Embedder) -> float | None:
    """(card(G) + card(P) − card(G ∪ P)) / card(G), by cosines; None without gold headings.

    At least 0, and 1 where P is G; it can pass 1 a little, because soft cardinality is not monotone. Headings are
    compared as given: take marks of Markdown off first. Equal headings count once, as in STORM's script.
    """
    gold, predicted = list(dict.fromkeys(gold)), list(dict.fromkeys(predicted))
    every = list(dict.fromkeys([*gold, *predicted]))
    if not gold or not predicted:
        return 0.0 if gold else None
    vectors = np.asarray(embedder.encode(every), dtype=np.float64)
    position = {heading: row for row, heading in enumerate(every)}
    return soft_recall(vectors @ vectors.T, [position[h] for h in gold], [position[h] for h in predicted])


def soft_recall(similarities: npt.ArrayLike, gold: Sequence[int], predicted: Sequence[int]) -> float | None:
    """`heading_soft_recall` from similarities of all headings; `gold` and `predicted` are their rows.

    A row that is in both is one heading.

    Raises:
        ValueError: the matrix is not square.
    """
    matrix = _checked(similarities)
    if not len(gold):
        return None
    card = {
        name: soft_cardinality(matrix[np.ix_(rows, rows)])
        for name, rows in (("gold", sorted(set(gold))), ("predicted", sorted(set(predicted))))
    }
    rows = sorted({*gold, *predicted})
    union = soft_cardinality(matrix[np.ix_(rows, rows)])
    return (card["gold"] + card["predicted"] - union) / card["gold"]


def _checked(similarities: npt.ArrayLike) -> FloatArray:
    matrix = np.asarray(similarities, dtype=np.float64)
    if matrix.size == 0:
        return np.zeros((0, 0))
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"similarities have the shape {matrix.shape}, must be square")
    matrix = np.maximum(matrix, 0.0)
    np.fill_diagonal(matrix, 1.0)
    return matrix
