from decimal import Decimal

import pytest

from agent.facts.contradictions import contradictions
from agent.facts.gathering import gathered
from agent.facts.records import ExtractionResult, Fact, Rejection, Span
from agent.facts.types import Person, Quantity
from agent.grounding.numbers import figures
from agent.stemming import english_stem

STEM = english_stem()


def fact(
    said, value, unit="", *, subject="Brenholt cableway", measure="passengers", as_of=None, document="a.md", start=0
):
    """A quantity whose span says `said`."""
    stated = Quantity(subject=subject, measure=measure, value=Decimal(value), unit=unit, as_of=as_of)
    span = Span(document=document, title="T", passage=document, start=start, end=start + len(said), text=said)
    return Fact(stated=stated, span=span)


def pair(one, other):
    return contradictions([fact(*one[:-1], **one[-1]), fact(*other[:-1], **{"document": "b.md", **other[-1]})], STEM)


DIFFERENT = {
    "plain": (("62 passengers", "62", "passengers", {}), ("48 passengers", "48", "passengers", {})),
    "date in other words": (
        ("62 on 3 February 2019", "62", {"as_of": "3 February 2019"}),
        ("48 (February 3, 2019 est.)", "48", {"as_of": "February 3, 2019 est."}),
    ),
    "unit in another form": (("62 kilometres", "62", "kilometres", {}), ("48 km", "48", "km", {})),
    "per cent": (("41 per cent", "41", "per cent", {}), ("45%", "45", "%", {})),
    "scale in the unit": (
        ("1.3 million marks", "1.3", "million marks", {}),
        ("1,900,000 marks", "1900000", "marks", {}),
    ),
    "measure in another order": (
        ("total area 62", "62", {"measure": "total area"}),
        ("48: area, total", "48", {"measure": "Area / total"}),
    ),
    "the article": (("62", "62", {"subject": "The Brenholt Cableway"}), ("48", "48", {})),
    "beyond rounding": (("1.3 million", "1.3", "million", {}), ("1,360,000", "1360000", {})),
    "sign": (("5 degrees", "5", "degrees", {}), ("-5 degrees", "-5", "degrees", {})),
}
ALIKE = {
    "same value": (("62 passengers", "62", "passengers", {}), ("62 passengers", "62", "passengers", {})),
    "in words": (("sixty-two passengers", "62", "passengers", {}), ("62 passengers", "62", "passengers", {})),
    "last zeros": (("4.30 km", "4.30", "km", {}), ("4.3 km", "4.3", "km", {})),
    "rounding": (("1.3 million marks", "1.3", "million marks", {}), ("1,312,000 marks", "1312000", "marks", {})),
    "rounding to a whole": (("14 hours", "14", "hours", {}), ("14.3 hours", "14.3", "hours", {})),
    "another unit": (("12 km", "12", "km", {}), ("13,000 m", "13000", "m", {})),
    "no unit and one": (("12", "12", {}), ("13 km", "13", "km", {})),
    "percent and points": (("12 %", "12", "%", {}), ("13", "13", {})),
    "another date": (("62 in 2018", "62", {"as_of": "2018"}), ("48 in 2019", "48", {"as_of": "2019"})),
    "a date and none": (("62 in 2018", "62", {"as_of": "2018"}), ("48", "48", {})),
    "another subject": (("62", "62", {}), ("48", "48", {"subject": "Orme railway"})),
    "another measure": (("62", "62", {}), ("48", "48", {"measure": "cabins"})),
    "before and after": (("5 km", "5", "km", {"measure": "before"}), ("6 km", "6", "km", {"measure": "after"})),
    "with and without": (
        ("5 km", "5", "km", {"measure": "length with ramps"}),
        ("6 km", "6", "km", {"measure": "length without ramps"}),
    ),
    "up to and over": (("12", "12", {"measure": "up to 5"}), ("13", "13", {"measure": "over 5"})),
    "one span": (("91 km; 921 km", "91", "km", {}), ("91 km; 921 km", "921", "km", {"document": "a.md"})),
}  # fmt: skip


@pytest.mark.parametrize("kind", DIFFERENT)
def test_another_value_of_the_same_thing_is_a_contradiction(kind):
    (found,) = pair(*DIFFERENT[kind])
    assert {found.one.span.document, found.other.span.document} == {"a.md", "b.md"}
    assert all(value in (found.one.span.text + found.other.span.text) for value in found.values)


@pytest.mark.parametrize("kind", ALIKE)
def test_what_may_be_the_same_or_another_thing_is_left_alone(kind):
    assert pair(*ALIKE[kind]) == []


def test_two_values_are_told_once_however_many_sources_give_them():
    said = [("62", "a.md"), ("48", "b.md"), ("62", "c.md"), ("48", "d.md"), ("50", "e.md")]
    found = contradictions([fact(value, value, document=document) for value, document in said], STEM)
    assert [one.values for one in found] == [("62", "48"), ("62", "50"), ("48", "50")]


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("1.3 million", "1,312,000", True),
        ("1.3 million", "1,349,999", True),
        ("1.3 million", "1,350,001", False),
        ("1,300,000", "1,312,000", False),
        ("0.5%", "0.54%", True),
        ("5%", "5.4", False),
        ("-14", "14.2", False),
        ("0", "0.4", True),
        ("3.7.1", "3.7", False),
        ("thousands", "2000", False),
    ],
)
def test_a_figure_may_round_another_to_the_last_digit_that_it_writes(one, other, may):
    (left,), (right,) = figures(one), figures(other)
    assert left.may_round(right) is right.may_round(left) is may


def test_what_was_extracted_twice_is_gathered_once_and_refusals_are_counted():
    said, person = fact("62", "62"), Fact(stated=Person(name="Ann"), span=fact("Ann", "1").span)
    refused = Rejection(code="name_not_found", reason="'Bob' is not said")
    results = [
        ExtractionResult(passage="p", facts=(said, person), rejected=(refused,)),
        ExtractionResult(passage="p", facts=(said,), rejected=(refused,)),
        ExtractionResult(passage="q", facts=(person, fact("48", "48", document="b.md")), is_cut_off=True),
        ExtractionResult(passage="r", is_readable=False, rejected=(Rejection(code="no_list", reason="none"),)),
    ]
    whole = gathered(results, STEM)
    assert (whole.passages, whole.unreadable, whole.cut_off, len(whole.facts)) == (3, 1, 1, 3)
    assert dict(whole.rejected_by_code) == {"name_not_found": 1, "no_list": 1}
    assert [one.values for one in whole.contradictions] == [("62", "48")]
    assert type(whole).model_validate_json(whole.model_dump_json()) == whole
