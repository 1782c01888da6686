import pytest

from agent.claims.splitting import is_checkable, split_claims
from agent.stemming import english_stem

STEM = english_stem()


def standing_alone(sentence):
    return [clause.standalone for clause in split_claims(sentence, STEM)]


@pytest.mark.parametrize(
    ("sentence", "clauses"),
    [
        (
            "The Ulver Barrage opened on 2 May 2012 and cost 1.3 million marks.",
            ["The Ulver Barrage opened on 2 May 2012.", "The Ulver Barrage cost 1.3 million marks."],
        ),
        (
            "Orla Finch approved the payment, but Casper Ruhn refused to sign it; the board paid 2 million marks.",
            ["Orla Finch approved the payment.", "Casper Ruhn refused to sign it.", "The board paid 2 million marks."],
        ),
        (
            "The barrage, which cost 3 million marks, was opened in 2012.",
            ["The barrage cost 3 million marks.", "The barrage was opened in 2012."],
        ),
        (
            "Viktor Hale, who had led the Office since 2009, resigned and left the country.",
            ["Viktor Hale had led the Office since 2009.", "Viktor Hale resigned.", "Viktor Hale left the country."],
        ),
        (
            "In 2015, the Authority inspected gates 17 and 18 and found 4 cracks, while Aldo Fenn warned of rust.",
            ["In 2015, the Authority inspected gates 17 and 18.",
             "The Authority found 4 cracks.", "Aldo Fenn warned of rust."],
        ),
    ],
)  # fmt: skip
def test_each_clause_has_a_verb_and_the_subject_that_bears_it(sentence, clauses):
    assert standing_alone(sentence) == clauses


@pytest.mark.parametrize(
    "sentence",
    [
        "Springs and cables were replaced in 2015 and 2016.",
        "19 April 2007: The National Assembly adopts the Ulver Barrage Act.",
        "He said “the gates failed and the town drowned” in 2021.",
        "The Department of Trade and Industry paid 3 million marks.",
    ],
)
def test_what_has_one_verb_or_stands_in_quotation_marks_stays_whole(sentence):
    assert [clause.text for clause in split_claims(sentence, STEM)] == [sentence]


def test_clauses_stand_where_they_say():
    sentence = "The barrage, which cost 3 million marks, was opened in 2012; nobody was hurt."
    assert all(sentence[one.start : one.end] == one.text for one in split_claims(sentence, STEM))


def test_a_clause_without_figure_name_or_verb_cannot_be_checked():
    (clause,) = split_claims("A very long way.", STEM)
    assert not is_checkable(clause, STEM, lexicon={"a"})
    assert is_checkable(split_claims("It took 3 days.", STEM)[0], STEM)
