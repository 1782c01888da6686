import pytest

from agent.claims.predicates import changed_predicates, foreign_predicates
from agent.stemming import english_stem
from tests.bag_embedder import BagEmbedder

STEM = english_stem()
ACT = "Chronicle ; 19 April 2007: The National Assembly adopts the Ulver Barrage Act."


def faults(sentence, *statements):
    return changed_predicates(sentence, statements, stem=STEM, embedder=BagEmbedder())


def test_a_deed_that_the_source_does_not_tell_of_that_date_is_named():
    assert faults("The Ulver Barrage was opened on 19 April 2007.", ACT) == [
        "the evidence does not say “opened” of 19 April 2007"
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "The Ulver Barrage Act was adopted on 19 April 2007.",
        "The National Assembly passed the Ulver Barrage Act on 19 April 2007.",
        "On 19 April 2007 came the adoption of the Ulver Barrage Act.",
    ],
)
def test_another_form_or_a_synonym_of_the_verb_passes(sentence):
    assert faults(sentence, ACT) == []


def test_the_verb_must_stand_with_its_own_date():
    opened = "The barrage was opened on 2 May 2012."
    assert faults("The barrage was opened on 19 April 2007.", ACT, opened)
    assert faults("The Act was adopted on 19 April 2007, and the barrage was opened on 2 May 2012.", ACT, opened) == []


def test_a_verb_beside_no_date_or_figure_is_left_to_the_other_checks():
    assert faults("The Ulver Barrage was opened by the Assembly.", ACT) == []


def test_a_figure_is_an_anchor_too():
    source = "The board deferred the repair by 5 votes to 2."
    assert faults("The board rejected the repair by 5 votes to 2.", source)
    assert faults("The board refused the repair by 5 votes to 2.", source)
    assert faults("The board postponed the repair by 5 votes to 2.", source) == []


def test_a_verb_that_leads_another_is_judged_by_it():
    assert faults("The board refused to pay 5 marks.", "The board did not pay 5 marks.") == []


def test_the_number_of_a_name_is_no_figure_that_a_verb_stands_beside():
    source = "PEP 563 ; The features proposed in this PEP never became the default behaviour."
    assert faults("PEP 563 failed to convince.", source) == []
    assert faults("PEP 563 convinced 12 users.", f"{source} ; 12 users wrote.")


GENERIC = "PEP 443 – Single-dispatch generic functions ; A generic function is composed of multiple functions."


def foreign(sentence, *statements):
    return foreign_predicates(sentence, statements, stem=STEM, embedder=BagEmbedder())


def test_a_verb_that_no_source_says_is_named():
    assert foreign("Generics were introduced in PEP 443.", GENERIC) == ["the evidence does not say “introduced”"]


def test_a_verb_that_any_cited_source_says_in_any_form_or_by_a_synonym_passes():
    source = "The board of Hallin postponed the opening."
    assert foreign("The opening was deferred by the board.", GENERIC, source) == []
    assert foreign("The board opened nothing.", GENERIC, source) == []


def test_verbs_that_tell_of_no_deed_pass():
    assert foreign("Generic functions are provided by PEP 443 and consist of functions.", GENERIC) == []


def test_a_clause_with_a_stated_date_is_left_to_the_check_of_dates():
    assert foreign("The barrage was opened on 19 April 2007.", ACT) == []
    assert faults("The barrage was opened on 19 April 2007.", ACT)
