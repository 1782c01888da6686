"""What counts as saying otherwise."""

import pytest

from memory.conflicts import Contradictions
from tests.memory.unit_samples import unit


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann: I have 2 dogs.", "Ann: I have 3 dogs."),
        ("Ann: I have two dogs.", "Ann: I have three dogs now."),
        ("Ann: The wedding is on 5 May 2023.", "Ann: The wedding is on 7 May 2023."),
        ("Ann: The wedding is in June.", "Ann: The wedding is in August."),
        ("Ann: I like green tea.", "Ann: I don't like green tea."),
        ("Ann: I eat meat.", "Ann: I never eat meat."),
        ("Ann: I can swim in the sea.", "Ann: I cannot swim in the sea."),
        ("Ann: We are going to Rome.", "Ann: No, we are not going to Rome."),
    ],
)
def test_the_same_words_with_another_figure_date_or_a_negation_contradict(one, other):
    conflicts = Contradictions()
    first, second = unit(one, persons=("Ann",)), unit(other, persons=("Ann",))
    assert conflicts(first, second)
    assert conflicts(second, first)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann: I have 2 dogs.", "Ann: I have 2 dogs."),
        ("Ann: I have two dogs.", "Ann: I have 2 dogs."),
        ("Ann: I have 2 dogs.", "Ann: I have dogs."),
        ("Ann: I have 2 dogs.", "Ann: My flat has 3 rooms."),
        ("Ann: I like tea.", "Ann: No, I like tea."),
        ("Ann: I ran last week [1-7 May 2023].", "Ann: I ran last week [8-14 May 2023]."),
        ("Ann: The wedding is in June.", "Ann: The wedding is soon."),
        ("Ann: the hall took 5", "Ann: 3 cats and nothing else came of it"),
    ],
)
def test_less_said_or_something_else_said_is_no_contradiction(one, other):
    assert not Contradictions()(unit(one, persons=("Ann",)), unit(other, persons=("Ann",)))


def test_two_people_and_two_kinds_do_not_contradict_one_another():
    conflicts = Contradictions()
    assert not conflicts(unit("I have 2 dogs", persons=("Ann",)), unit("I have 3 dogs", persons=("Bo",)))
    assert not conflicts(unit("I have 2 dogs"), unit("I have 3 dogs", kind="summary"))
    assert conflicts(unit("the mast is 30 m high", kind="fact"), unit("the mast is 32 m high", kind="fact"))
