import pytest

from agent.pacing.same_facts import differences, facts_in

BEFORE = ["Aldo Fenn paid 1.3 million marks on 4 May 2018.", "The town of Hallin paid 5%."]


def test_numbers_dates_and_names_are_counted():
    assert facts_in(BEFORE, lexicon={"town"}) == {
        "number 1.3m": 1,
        "number 4": 1,
        "number 2018": 1,
        "number 5%": 1,
        "date 4 May 2018": 1,
        "name Aldo Fenn": 1,
        "name Hallin": 1,
    }


def test_a_joint_by_mark_or_and_changes_nothing():
    joined = ["Aldo Fenn paid 1.3 million marks on 4 May 2018; the town of Hallin paid 5%."]
    assert differences(BEFORE, joined, lexicon={"town"}) == []
    assert differences(BEFORE, [joined[0].replace(";", ", and")], lexicon={"town"}) == []


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ("Aldo Fenn paid 1.3 million marks on 4 May 2018; the town of Hallin paid 6%.", "number 6%"),
        ("Aldo Fenn paid 1.3 million marks on 5 May 2018; the town of Hallin paid 5%.", "date 5 May 2018"),
        ("Aldo Venn paid 1.3 million marks on 4 May 2018; the town of Hallin paid 5%.", "name Aldo Venn"),
        ("Aldo Fenn paid 1.3 million marks on 4 May 2018; the town of Hallin never paid 5%.", "word never"),
        ("Aldo Fenn paid 1.3 million marks on 4 May 2018; Hallin paid 5%.", "word town"),
        ("Aldo Fenn paid 1.3 million marks on 4 May 2018; Aldo Fenn of the town of Hallin paid 5%.", "name Aldo Fenn"),
    ],
)
def test_whatever_is_lost_added_or_doubled_is_named(after, found):
    assert found in differences(BEFORE, [after], lexicon={"town"})
