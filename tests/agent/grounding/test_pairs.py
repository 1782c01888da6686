"""Names that no source has together."""

import pytest

from agent.grounding.pairs import unrelated_names
from agent.grounding.subjects import Source

CONTRACTS = Source("P-01 ; Pruitt Delmar Civil ; caissons and sill ; 512.0", "Main contracts")
WITNESS = Source(
    "Ostrey confirmed that Ostrey Dredging had 118 employees in 2021.",
    "Witness statement of Magnus Ostrey, owner of Ostrey Dredging",
)
LEXICON = frozenset(["the", "a", "repair", "gates", "both"])


def found(text, *sources):
    return unrelated_names(text, sources, lexicon=LEXICON)


def test_a_firm_of_one_source_is_not_owned_by_a_man_of_another():
    text = "The repair was awarded to Pruitt Delmar Civil, a company owned by Magnus Ostrey."
    assert found(text, CONTRACTS, WITNESS) == ["Pruitt Delmar Civil, Magnus Ostrey"]


def test_a_title_counts_as_its_source():
    assert found("Magnus Ostrey owned Ostrey Dredging, with 118 employees.", CONTRACTS, WITNESS) == []


@pytest.mark.parametrize(
    "text",
    [
        "Pruitt Delmar Civil and Magnus Ostrey had contracts.",
        "Pruitt Delmar Civil was paid 512 million, while Magnus Ostrey had 118 employees.",
        "Pruitt Delmar Civil was larger than the firm of Magnus Ostrey.",
        "Pruitt Delmar Civil built the sill; Magnus Ostrey owned barges.",
    ],
)
def test_what_is_listed_or_compared_need_not_stand_together(text):
    assert found(text, CONTRACTS, WITNESS) == []


def test_of_one_source_nothing_can_be_mixed():
    assert found("Pruitt Delmar Civil was owned by Magnus Ostrey.", WITNESS) == []
