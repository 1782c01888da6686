import numpy as np
import pytest

from evals.metrics.facts import FactScores, GoldFact, fact_scores, judge_facts
from evals.metrics.quantities import years_in
from evals.report_subjects import Names, attributed
from evals.report_text import Sentence

ARVIA = GoldFact("Arvia", "5.79 deaths/1,000 population (2025 est.)", 5.79)
BORLAND = GoldFact("Borland", "15.91 deaths/1,000 population (2025 est.)", 15.91)
TEXTS = {
    "Arvia": "Death rate 5.79 deaths/1,000 population (2025 est.)",
    "Borland": "Death rate 15.91 deaths/1,000 population (2025 est.). Area 300 sq km.",
    "Cadia": "Death rate 7.1 deaths/1,000 population. Literacy 15.91%.",
}


def said(*texts, paragraph=0):
    return [Sentence(text, (), (), "s", paragraph) for text in texts]


def verdicts(*texts, facts=(ARVIA, BORLAND)):
    return [one.verdict for one in judge_facts(facts, said(*texts), TEXTS, np.random.default_rng(0))]


def verdict(text, value, number):
    return judge_facts([GoldFact("Arvia", value, number)], said(text), {}, np.random.default_rng(0))[0].verdict


def test_a_fact_told_as_it_stands_is_exact_and_one_not_told_is_missing():
    assert verdicts("Arvia had 5.79 deaths per 1,000 population in 2025.") == ["exact", "missing"]
    assert verdicts("Nothing.", "Cadia is dry.") == ["missing", "missing"]


def test_the_subject_may_stand_in_an_earlier_sentence_of_the_paragraph():
    assert verdicts("Arvia is old.", "Its death rate is 5.79 (2025).")[0] == "exact"
    sentences = [*said("Arvia is old."), *said("The death rate is 5.79.", paragraph=1)]
    assert judge_facts([ARVIA], sentences, TEXTS, np.random.default_rng(0))[0].verdict == "missing"


def test_the_neighbours_figure_under_the_wrong_name_is_an_error():
    swapped = "Arvia has 15.91 deaths per 1,000 population and Borland 5.79 deaths per 1,000 population."
    assert verdicts(swapped) == ["wrong_subject", "wrong_subject"]


def test_a_figure_that_is_true_of_the_other_subject_too_is_no_error():
    assert verdicts("Cadia has a literacy of 15.91%.") == ["missing", "missing"]


def test_a_name_behind_the_figure_in_a_new_clause_is_its_subject():
    text = "There are 5.79 deaths per 1,000 population in Arvia, against 15.91 deaths in Borland."
    assert verdicts(text) == ["exact", "exact"]
    names = Names(["Arvia", "Borland"])
    for text, subjects in [
        ("Arvia's 5.79 deaths are fewer than those of Borland.", ["Arvia"]),
        ("In Arvia, it is 5.79, in Borland 15.91.", ["Arvia", "Borland"]),
        ("Arvia shrank, and 300 people fled to Borland.", ["Arvia"]),
        ("With 5.79 deaths Arvia is healthy.", ["Arvia"]),
    ]:
        assert [one.subject for one in attributed(said(text), names)] == subjects, text


def test_names_within_a_value_are_not_its_subject():
    fact = GoldFact("Arvia", "Borland 48%, Cadia 21% (2023)", 48.0)
    found = judge_facts([fact], said("Arvia imports from Borland 48%, Cadia 21%."), TEXTS, np.random.default_rng(0))
    assert found[0].verdict == "exact"


@pytest.mark.parametrize(
    ("text", "value", "number", "expected"),
    [
        ("Arvia has 23.9 percent.", "rural: 23.9% of population (2022 est.)", 23.9, "exact"),
        ("Arvia has 23.9 people.", "rural: 23.9% of population (2022 est.)", 23.9, "covered"),
        ("Arvia's dependency ratio is 77.", "77 (2025 est.)", 77, "exact"),
        ("Arvia's dependency ratio is 77%.", "77 (2025 est.)", 77, "covered"),
        ("Arvia has 1,250,000 people.", "1,250,000 (2025 est.)", 1250000, "exact"),
        ("Arvia has 1.25 million people.", "1,250,000 (2025 est.)", 1250000, "exact"),
        ("Arvia has 1.3 million people.", "1,250,000 (2025 est.)", 1250000, "missing"),
        ("Arvia made $13.764 billion in 2023.", "$13.764 billion (2023 est.)", 13764000000.0, "exact"),
        ("Arvia made 13.764 billion US dollars.", "$13.764 billion (2023 est.)", 13764000000.0, "exact"),
        ("Arvia made €13.764 billion.", "$13.764 billion (2023 est.)", 13764000000.0, "covered"),
        ("Arvia made 13.764 billion kWh.", "$13.764 billion (2023 est.)", 13764000000.0, "covered"),
        ("Arvia's deficit is $2.144 billion.", "-$2.144 billion (2022 est.)", -2144000000.0000002, "exact"),
        ("Arvia's surplus is $2.144 billion.", "-$2.144 billion (2022 est.)", -2144000000.0000002, "covered"),
        ("Arvia's balance is -$2.144 billion.", "-$2.144 billion (2022 est.)", -2144000000.0000002, "exact"),
        ("Arvia grew by -2%.", "2%", 2, "covered"),
        ("Arvia covers 88 square kilometres.", "88 sq km", 88, "exact"),
        ("Arvia covers 88 sq miles.", "88 sq km", 88, "covered"),
        ("Arvia burns 12.5 billion kilowatt-hours.", "12.5 billion kWh (2023 est.)", 12.5e9, "exact"),
        ("Arvia has a death rate of 5.79.", "5.79 deaths/1,000 population", 5.79, "exact"),
        ("Arvia has 5.79 births per woman.", "5.79 deaths/1,000 population", 5.79, "covered"),
        ("In 2024 Arvia had 3.34%.", "3.34% annual rate of change (2020-25 est.)", 3.34, "covered"),
        ("In 2020–25 Arvia had 3.34%.", "3.34% annual rate of change (2020-25 est.)", 3.34, "exact"),
        ("Arvia had 3.34%.", "3.34% annual rate of change (2020-25 est.)", 3.34, "exact"),
        ("Arvia has 2 of them.", "copper, zinc (2023)", 2, "exact"),
    ],
)
def test_value_unit_sign_and_year_must_agree(text, value, number, expected):
    assert verdict(text, value, number) == expected


RATE = GoldFact(ARVIA.subject, ARVIA.value, ARVIA.number, "People and Society / Death rate")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The death rate of Arvia is 6.4 deaths per 1,000 population.", "wrong_value"),
        ("The death rate of Arvia is 6.4 deaths per 1,000 population, that of Arvia 5.79 deaths.", "exact"),
        ("The death rate of Arvia is 5.8 deaths per 1,000 population.", "missing"),  # a rounding
        ("The death rate of Arvia was 6.4 deaths per 1,000 population in 2021.", "missing"),  # another year
        ("The birth rate of Arvia is 6.4 births per 1,000 population.", "missing"),  # another measure
        ("The death rate of Borland is 6.4 deaths per 1,000 population.", "missing"),  # another subject
        ("The death rate of Arvia is 6.4%.", "missing"),  # another unit
        ("The death rate of Arvia rose by 0.4 deaths per 1,000 population.", "missing"),  # a change
        ("The death rate of Arvia is lower than the world average of 7.7 deaths.", "missing"),
        ("The death rate of Arvia is known in 80 deaths of it.", "missing"),  # true of Arvia elsewhere
    ],
)
def test_another_figure_in_the_facts_place_is_an_error(text, expected):
    texts = {**TEXTS, "Arvia": f"{TEXTS['Arvia']}. The border has 80 deaths."}
    found = judge_facts([RATE], said(text), texts, np.random.default_rng(0))
    assert found[0].verdict == expected
    assert fact_scores(found).wrong_value == {"wrong_value": 1.0, "exact": 0.0, "missing": None}[expected]


def test_years_are_read_with_the_ends_of_spans():
    assert years_in("FY2019/20 and 2020-25, 1998-2003; 1,990 or $2000 or 2001.5") == {2019, 2020, 2025, 1998, 2003}


def test_counts_are_shares_of_what_there_was():
    report = said(
        "Arvia has 5.79 deaths per 1,000 population in 2021.", "Arvia also has 15.91 deaths per 1,000 population."
    )
    scores = fact_scores(judge_facts([ARVIA, BORLAND], report, TEXTS, np.random.default_rng(0)))
    assert scores == FactScores(2, 1, 0, 1, 0, n_held_by_chance=2, n_right_by_chance=1)  # Cadia has 15.91 too
    assert (scores.coverage, scores.exactness, scores.wrong_subject, scores.right_by_chance) == (0.5, 0.0, 0.5, 0.5)


def test_where_there_is_nothing_to_count_there_is_no_number():
    none = fact_scores(judge_facts([], said("Arvia."), TEXTS, np.random.default_rng(0)))
    assert (none.coverage, none.exactness, none.wrong_subject, none.right_by_chance) == (None, None, None, None)
    assert none.wrong_value is None
    no_others = fact_scores(judge_facts([ARVIA], said("Arvia has 5.79 deaths."), {}, np.random.default_rng(0)))
    assert (no_others.coverage, no_others.right_by_chance) == (1.0, None)
    with pytest.raises(ValueError, match="has no subject"):
        judge_facts([GoldFact(" ", "1", 1.0)], [], {}, np.random.default_rng(0))
