"""Saturation by directions, on texts whose vectors are known."""

import numpy as np
import pytest

from agent.directions import PATIENCE, Directions


def directions_of(vectors):
    """Texts are the numbers of these vectors."""
    return Directions(lambda texts: np.asarray([vectors[int(text)] for text in texts], dtype=np.float32))


def test_each_new_direction_brings_all_that_it_can():
    found = directions_of(np.eye(9))
    assert [found.read(str(n)) for n in range(9)] == pytest.approx([1.0] * 9)
    assert found.entropy == pytest.approx(np.log(9))
    assert not found.is_flat


def test_what_says_the_same_again_is_flat_after_patience():
    found = directions_of(np.eye(2))
    for n in range(PATIENCE):
        assert not found.is_flat, n
        found.read("0")
    assert not found.is_flat  # the first text of all was new
    found.read("0")
    assert found.is_flat
    assert found.gain == 0.0
    found.read("1")
    assert not found.is_flat


def test_what_no_vector_stands_for_is_passed_over():
    found = directions_of(np.vstack([np.eye(3), np.zeros(3)]))
    found.read("0")
    assert found.read("3") == 0.0
    assert found.read("1") == pytest.approx(1.0)


def test_the_share_does_not_shrink_with_the_number_of_texts_as_the_gain_itself_does():
    few, many = directions_of(np.eye(60)), directions_of(np.eye(60))
    first = [few.read(str(n)) for n in range(3)][-1]
    last = [many.read(str(n)) for n in range(60)][-1]
    assert first == pytest.approx(last)
