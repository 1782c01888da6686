"""Vectors with tombstones, against a search by hand."""

import numpy as np

from lm.embedding import FloatArray
from memory.vector_rows import SWEEP_FROM_SHARE, VectorRows


def drawn(n: int, dim: int = 16) -> FloatArray:
    rows = np.random.default_rng(3).standard_normal((n, dim)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_the_living_are_found_as_by_hand_however_many_are_dropped():
    vectors = drawn(300)
    rows = VectorRows(16)
    rows.add(range(1000, 1300), vectors)
    dropped: set[int] = set()
    for first in range(0, 300, 7):
        rows.drop([1000 + first, 1000 + first, 5])
        dropped.add(first)
        living = [row for row in range(300) if row not in dropped]
        by_hand = sorted(living, key=lambda row: -float(vectors[row] @ vectors[1]))[:10]
        assert [number - 1000 for number, _ in rows.search(vectors[1], 10)] == by_hand
        assert len(rows) == len(living)


def test_tombstones_are_swept_out_past_a_quarter():
    rows = VectorRows(16)
    rows.add(range(100), drawn(100))
    rows.drop(range(25))
    assert rows.n_dead == 25
    rows.drop([25])
    assert (rows.n_dead, len(rows)) == (0, 74)
    assert SWEEP_FROM_SHARE == 0.25
    assert rows.search(drawn(100)[99], 1)[0][0] == 99


def test_a_number_keeps_its_first_vector_and_may_come_back():
    rows = VectorRows(16)
    first, second = drawn(2)
    rows.add([7], first[None])
    rows.add([7, 8], np.stack([second, second]))
    assert rows.search(first, 1)[0][0] == 7
    rows.drop([7])
    assert [number for number, _ in rows.search(first, 9)] == [8]
    rows.add([7], first[None])
    assert [number for number, _ in rows.search(first, 9)] == [7, 8]
    rows.drop([7, 8])
    assert rows.search(first, 9) == []
