"""How many units a question deserves: by hand, and by the laws of k."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.complexity import K_MAX, K_MIN, complexity_of, k_of


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Where does Olga live?", 0.0),
        ("What was the cat called?", 0.0),
        ("What does Caroline do?", 0.0),
        ("Which was it?", 0.0),
        ("What did James buy?", 0.0),
        ("Who wrote this book?", 0.0),
        ("Which trips did Olga take?", 0.5),
        ("What two new games did Olga buy?", 0.5),
        ("When did Olga move?", 0.25),  # time
        ("Did Olga and Peter move?", 0.5),  # two names, joined
        ("What are the names of Olga's cats?", 0.5),  # many things
        ("Which trips did Olga take before 2022, and who went with her?", 1.0),
    ],
)
def test_complexity_is_the_sum_of_the_signs(question, value):
    assert complexity_of(question).value == pytest.approx(value)


def test_the_signs_are_told():
    assert complexity_of("When did Olga and Peter move?").signs == ("2 names", "joined parts", "time")


@pytest.mark.parametrize(("complexity", "k"), [(0.0, 5), (0.5, 7), (1.0, 10)])
def test_k_is_the_floor_of_its_formula(complexity, k):
    assert k_of(complexity, k_base=5, k_gain=1.0) == k


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.integers(1, 30), st.floats(0.0, 10.0))
def test_k_never_falls_as_a_question_grows_more_complex_and_stays_in_its_bounds(one, other, k_base, k_gain):
    low, high = (k_of(value, k_base=k_base, k_gain=k_gain) for value in sorted((one, other)))
    assert K_MIN <= low <= high <= K_MAX


def test_a_complexity_outside_its_range_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        k_of(1.1, k_base=5, k_gain=1.0)
