import pytest

from agent.grounding.owners import owners_told_of

BUDGET = "The maintenance budget of the Authority for 2017 appeared generous on paper."


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("The Authority for 2017 was generous on paper.", BUDGET),
        ("The Authority deferred the repair.", "The Authority’s board deferred the repair."),
        ("The Authority deferred the repair.", "The board of the Orme Authority deferred the repair."),
        ("Jonas Reke tore in May.", "The rope of Jonas Reke tore in May."),
    ],
)
def test_whose_thing_is_told_of_is_not_told_of(claim, quote):
    assert len(owners_told_of(claim, [quote])) == 1


@pytest.mark.parametrize(
    ("claim", "quotes"),
    [
        ("The maintenance budget of the Authority was generous.", [BUDGET]),
        ("The Authority’s budget was generous.", [BUDGET]),
        ("The Authority deferred the repair.", ["The Authority deferred it.", "The board of the Authority met."]),
        ("The Authority built it.", ["It was built by the Authority."]),
        ("The Authority deferred the repair.", ["The board met in May."]),
        ("In 2017 the Authority deferred the repair.", ["The board of the Authority deferred it."]),
        ("The Orme Office board deferred it.", ["The board of the Orme Office deferred it."]),
        ("It was generous.", [BUDGET]),
        ("", [BUDGET]),
    ],
)
def test_what_is_told_of_itself_or_stands_elsewhere_is_left_to_other_checks(claim, quotes):
    assert owners_told_of(claim, quotes) == []
