import pytest

from agent.claims.resolving import resolved
from agent.stemming import english_stem

STEM = english_stem()


def reading(before, sentence):
    return resolved(sentence, before, STEM, lexicon={"springs", "gates"})


@pytest.mark.parametrize(
    ("before", "sentence", "text"),
    [
        ("The Hallin Office lost 3 million marks.", "It paid no dividend.", "The Hallin Office paid no dividend."),
        ("In 2019, the Ulver Barrage was closed.", "It opened in 2020.", "The Ulver Barrage opened in 2020."),
        ("Orla Finch and Casper Ruhn met.", "They signed it.", "Orla Finch and Casper Ruhn signed it."),
        ("Hallin Works Ltd won the contract.", "The company charged 3 million.", "Hallin Works Ltd charged 3 million."),
        (
            "The Ulver Barrage Authority was founded in 2007.",
            "In 2008, the authority hired 12 people.",
            "In 2008, The Ulver Barrage Authority hired 12 people.",
        ),
        ("Dr Mira Tolland came.", "Her report named 4 cracks.", "Dr Mira Tolland’s report named 4 cracks."),
        ("Orla Finch left the Hallin Office.", "She moved to Orme.", "Orla Finch moved to Orme."),
    ],
)  # fmt: skip
def test_an_opening_pronoun_or_definite_becomes_the_name_that_it_means(before, sentence, text):
    found = reading(before, sentence)
    assert found.text == text
    assert found.stands_alone


@pytest.mark.parametrize(
    ("before", "sentence", "reason"),
    [
        ("Hallin Works Ltd sued Orme Holdings.", "The company charged 3 million.", "2 names"),
        ("Orla Finch and Casper Ruhn met.", "She signed the contract.", "2 names"),
        ("Orla Finch left.", "They signed the contract.", "nothing"),
        ("The springs tore.", "It was repaired.", "nothing"),
        ("Orla Finch left.", "It was repaired.", "nothing"),
        ("", "It was repaired.", "not there"),
    ],
)
def test_what_may_mean_two_things_or_none_is_refused_and_left_as_it_is(before, sentence, reason):
    found = reading(before, sentence)
    assert found.text == sentence
    assert reason in found.refusal


@pytest.mark.parametrize(
    "sentence",
    [
        "It is likely that the springs tore.",
        "The gates tore in 2021.",
        "The company Hallin Works paid.",
        "The board of the Hallin Office paid.",
        "Casper Ruhn said that he had paid.",
    ],
)
def test_what_leans_on_nothing_is_left_alone(sentence):
    found = reading("Orla Finch left the Orme Board.", sentence)
    assert (found.text, found.refusal) == (sentence, "")
