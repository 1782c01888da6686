import pytest

from agent.grounding.amounts import amount_problems


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The dam is 16 km long.", "It is 10 miles long."),
        ("It weighs 110 lb.", "It weighs 50 kg."),
        ("It was 86 °F.", "It was 30 degrees Celsius."),
        ("It took 1.5 years.", "It took 18 months."),
        ("It carried 18 tonnes.", "It carried 18,000 kg."),
        ("It holds 3 km² of water.", "It holds 300 hectares of water."),
        ("About 12.5 million people came.", "12,480,000 people came."),
        ("Nearly 5 km were flooded.", "4.9 km were flooded."),
        ("More than 12 million people came.", "12.48 million people came."),
        ("Less than 13 million people came.", "12.48 million people came."),
        ("At least 3 people died.", "Three people died."),
        ("More than 500 people died.", "More than 500 people died."),
        ("He served over 5 years.", "He served 5 years."),
        ("The peak was 3 km away.", "distance to the peak: 3"),
        ("It cost 5 million euros.", "It cost €5 million."),
    ],
)
def test_an_amount_stands_in_another_unit_rounded_or_within_its_bound(claim, evidence):
    assert amount_problems(claim, evidence) == []


@pytest.mark.parametrize(
    ("claim", "evidence", "problem"),
    [
        ("The dam is 16 km long.", "It is 16 miles long.", "the evidence says 16 mi, not 16 km"),
        ("It took 3 hours.", "It took 3 days.", "the evidence says 3 day, not 3 hour"),
        ("12.5 million people came.", "12,480,000 people came.", "the number 12.5m is not in the evidence"),
        ("About 10 km were flooded.", "13 km were flooded.", "the number 10 is not in the evidence"),
        ("More than 13 million came.", "12.48 million came.", "it says more than 13m where the evidence says 12.48m"),
        ("Less than 12 million came.", "12.48 million came.", "it says less than 12m where the evidence says 12.48m"),
        ("More than 12 people came.", "12 people came.", "it says more than 12 where the evidence says 12"),
        ("500 people died.", "More than 500 people died.", "it says 500 where the evidence says more than 500"),
        ("It rose by 5%.", "It rose by 5 percentage points.", "the number 5% is not in the evidence"),
        ("It rose by 5 percentage points.", "It rose by 5%.", "the number 5 is not in the evidence"),
        ("It cost 5 million dollars.", "It cost 5 million euros.",
         "the evidence says 5 million euro, not 5 million dollar; currencies are not converted"),
        ("The board had 19 votes.", "On 19 April 2007 the board voted.", "the number 19 is not in the evidence"),
    ],
)  # fmt: skip
def test_another_unit_bound_currency_or_number_fails_in_words(claim, evidence, problem):
    assert amount_problems(claim, evidence) == [problem]
