import pytest

from agent.claims.pairing import parted_figures
from agent.stemming import english_stem

STEM = english_stem()
PEAK = (
    "The Mercer Quay peak of 4.87 metres had a return period of about 140 years, however, and the barrage had been "
    "designed for a return period of 1,000 years, so the explanation of the storm did not survive the summer of 2022."
)
POWER = "The new plant gives 1600 MW, and the old plant gave 1500 MW, and it had a head of 20 m."
COST = "The office paid 825,000 marks to Harrow Consult in 3 instalments, and the auditor found 2 reports."


@pytest.mark.parametrize(
    ("claim", "quotes", "parted"),
    [
        ("The peak of 4.87 metres had a return period of 1,000 years.", [PEAK], ["4.87 and 1000"]),
        ("The peak of 4.87 metres had a return period of about 140 years.", [PEAK], []),
        ("The office paid 825,000 marks in 3 instalments.", [COST], []),
        ("The office paid 825,000 marks for 2 reports.", [COST], ["825000 and 2"]),
        ("The office paid 825,000 marks, and the auditor found 2 reports.", [COST], []),
        ("The office paid 825,000 marks for 2 reports.", [COST, "It paid 825,000 marks for 2 reports."], []),
        ("The peak of 4.87 metres came with 23 others.", [PEAK, "There were 23 others."], []),
        ("The peak of 4.87 metres was told until the summer of 2022.", [PEAK], []),
        ("The plant gives 1500 MW with a head of 20 m.", [POWER], ["1500 and 20"]),
    ],
    ids=[
        "another clause's figure", "its own", "one clause", "two clauses in one", "two clauses", "another source",
        "two sources", "a year", "a unit behind four digits",
    ],
)  # fmt: skip
def test_figures_of_one_clause_stand_in_one_clause_of_a_source(claim, quotes, parted):
    found = parted_figures(claim, quotes, stem=STEM)
    assert [fault.removeprefix("the evidence says ").removesuffix(" of different things") for fault in found] == parted
