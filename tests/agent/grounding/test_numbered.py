import pytest

from agent.grounding.numbered import keys_in, measured_amounts, name_numbers
from retrieval.names import proper_names


def keys(text, **options):
    return [(one.key, one.is_sure) for one in name_numbers(text, proper_names(text), **options)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("PEP 563 postpones the evaluation.", "pep 563"),
        ("As Section 4.2 has it, nobody pays.", "section 4.2"),
        ("The arms of gate 17 bent.", "gate 17"),
        ("The arms of Gate No. 17 bent.", "gate 17"),
        ("In RFC 2119 the words are defined.", "rfc 2119"),
        ("Nobody died of COVID-19 there.", "covid- 19"),
        ("The old Boeing 747 is loud.", "boeing 747"),
    ],
)
def test_a_number_behind_what_comes_numbered_is_part_of_its_name(text, key):
    assert keys(text) == [(key, True)]
    assert measured_amounts("PEP 563 postpones it.") == []


def test_a_list_behind_a_plural_numbers_each_and_one_behind_a_singular_the_first():
    assert keys("Gates 17, 18 and 16 failed.") == [("gate 17", True), ("gate 18", True), ("gate 16", True)]
    assert keys("In section 4, 12 offices are named.") == [("section 4", True)]


def test_behind_another_name_it_may_be_either_unless_a_title_has_both():
    assert keys("Windows 11 supports it.") == [("windows 11", False)]
    assert keys("Windows 11 supports it.", known={"windows 11"}) == [("windows 11", True)]
    assert keys("In 2019 Arlen 412 households, in 2020 Arlen 430.") == [("arlen 412", False), ("arlen 430", False)]
    assert keys("Of the voters in Arlen 412 were women.") == [("arlen 412", False)]


@pytest.mark.parametrize(
    "text",
    [
        "PEP 8 has 79 columns.",
        "Gate 17 weighs 30 t.",
        "Arlen’s 412 households and Brisk’s 3.5%.",
        "They began to train 12 pilots.",
        "China 1,765 km; Kyrgyzstan 1,212 km",
        "Orme Holdings paid Hale $3 million.",
        "The games of Tokyo 2021 were late.",
    ],
)
def test_what_counts_or_measures_is_no_part_of_a_name(text):
    assert not [key for key, _ in keys(text) if key not in ("pep 8", "gate 17")]


def test_a_source_may_write_the_number_behind_a_mark():
    for quote in (":pep:`3107` introduced syntax", "PEP: 3107\nTitle: Function Annotations"):
        assert keys_in(quote, proper_names(quote)) == {"pep 3107"}
