import pytest

from agent.aftermath import after_event, event_month, tells_what_followed
from tests.agent.statement_factory import statement

NAMED = [
    statement(f"Report {i} says that the rope of Orme tore on {i} May 2019.", doc_id=f"d{i}", start=0)
    for i in range(1, 6)
]


def told(text):
    return int(after_event([*NAMED, statement(text, doc_id="x")])[-1])


@pytest.mark.parametrize(
    ("name", "follows"),
    [("Reforms", True), ("What followed", True), ("Aftermath of the flood", True), ("Causes", False), ("Money", False)],
)
def test_a_section_tells_what_followed_by_its_name(name, follows):
    assert tells_what_followed(name) is follows


def test_the_event_is_in_the_month_that_most_documents_name():
    assert event_month(NAMED) == (2019, 5)
    assert event_month([]) is None
    assert event_month(NAMED[:3]) is None
    other = [statement("The rope of Orme was new in June 2009.", doc_id=f"o{i}", start=9) for i in range(4)]
    assert event_month([*NAMED, *other]) is None


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("The board met in 2007.", -1),
        ("The board met on 3 April 2019.", -1),
        ("The board met in June 2019.", 1),
        ("The law was adopted on 21 February 2024.", 1),
        ("The board met in 2019.", 0),
        ("The law of 2007 was repealed in 2024.", 0),
        ("The board met.", 0),
    ],
)
def test_what_is_dated_stands_before_or_behind_the_event(text, side):
    assert told(text) == side


def test_without_an_event_nothing_is_before_or_behind_it():
    assert after_event([statement("The board met in 2007.")]).tolist() == [0.0]
