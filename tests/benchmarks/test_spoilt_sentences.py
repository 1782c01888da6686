"""Each way of spoiling changes one thing, and only where there is one."""

import random

import pytest

from benchmarks.intervals import wilson
from benchmarks.spoilt_sentences import spoilt_forms
from tests.agent.statement_factory import statement

TRUE = "On 19 April 2007 the board of the Hallin Office was warned that 12 km of dykes had rusted."
OTHERS = ["In May the lawyer Mira Tolland departed for good."]


def forms(sentence, seed=1):
    return {one.kind: one.text for one in spoilt_forms(statement(sentence), OTHERS, random.Random(seed))}


@pytest.mark.parametrize("seed", range(5))
def test_a_sentence_is_spoilt_in_each_way_that_it_has_a_place_for(seed):
    found = forms(TRUE, seed)
    assert found.pop("none") == TRUE
    assert set(found) == {"number", "unit", "date", "name", "negation", "verb"}
    assert all(text != TRUE for text in found.values())
    assert found["unit"] == TRUE.replace("km", "miles")
    assert found["name"] == TRUE.replace("Hallin Office", "Mira Tolland")
    assert "19 April" in found["number"]
    assert "departed" in found["verb"]


def test_what_a_sentence_has_no_place_for_is_left_out():
    assert set(forms("The gates stood open.")) == {"none"}


def test_a_not_is_taken_away_where_there_is_one():
    assert forms("The gate was not shut.")["negation"] == "The gate was shut."


def test_wilsons_interval_of_none_of_ten_ends_at_28_percent():
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-3)
