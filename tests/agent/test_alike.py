import numpy as np

from agent.alike import alike


def vectors(*rows):
    return np.array(rows, dtype=np.float32)


def test_rows_of_one_direction_are_of_one_group():
    labels = alike(vectors([1, 0], [0, 1], [2, 0.1]), 2)
    assert labels[0] == labels[2] != labels[1]


def test_one_group_has_all_rows():
    assert alike(vectors([1, 0], [0, 1]), 1) == [0, 0]


def test_a_row_of_zeros_is_in_the_group_of_the_first_that_has_a_direction():
    labels = alike(vectors([0, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0]), 2)
    assert labels[0] == labels[3] == labels[1] != labels[2]


def test_rows_of_zeros_alone_are_one_group():
    assert alike(vectors([0, 0], [0, 0]), 2) == [0, 0]
