import pytest

from agent.claims.measures import foreign_measures
from agent.stemming import english_stem

USE = "With the same water levels, the utilisation of gate 17 would have been 0.64."


@pytest.mark.parametrize(
    ("claim", "quote", "faults"),
    [
        ("The failure of gate 17 would have been 0.64.", USE, ["failure: 0.64"]),
        ("The utilisation of gate 17 would have been 0.64.", USE, []),
        ("The final cost of the repair was 12 million marks.", "The repair of Orme had a price of 12 million marks.",
         ["cost: 12m"]),
        ("The cost of the repair was 12 million marks.", "The repair costs were 12 million marks.", []),
        ("The failure of gate 17 would have been avoided.", USE, []),
        ("The failure of gate 17 was 0.64.", "Gate 17 held 0.71.", []),  # the figure is another check's
        ("", USE, []),
    ],
)  # fmt: skip
def test_a_figure_measures_what_its_source_says(claim, quote, faults):
    found = foreign_measures(claim, [quote], english_stem())
    assert [fault.split(":")[0] for fault in found] == [fault.split(":")[0] for fault in faults]
