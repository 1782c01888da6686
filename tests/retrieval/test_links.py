"""Names and titles in running text, and where they lead."""

import pytest

from retrieval.leads import _npmi
from retrieval.links import TitleLinks, names_in

TITLES = [
    "Anna Brandt",
    "The Grey Harbour (film)",
    "Paris, Texas",
    "Harbour",
    "The",
    "1984",
    "The Grey Harbour Murders",
]


def mentioned(text, titles=TITLES):
    return [titles[number] for number in TitleLinks(titles).mentioned(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna  Brandt made The Grey Harbour.", ["Anna Brandt", "The Grey Harbour (film)"]),
        ("The Grey Harbour Murders are a book.", ["The Grey Harbour Murders"]),  # the longest name
        ("She went to Paris, and to Paris again.", ["Paris, Texas"]),
        ("The harbour was grey.", []),  # no capital letter, no name
        ("The Harbour was grey.", ["Harbour"]),
        ("The year 1984 ended.", []),
        ("anna brandt", []),
    ],
)
def test_titles_are_found_where_a_text_names_them(text, expected):
    assert mentioned(text) == expected


def test_a_title_of_many_documents_points_nowhere():
    assert mentioned("Meet John Smith.", ["John Smith"] * 4) == ["John Smith"] * 4
    assert mentioned("Meet John Smith.", ["John Smith"] * 5) == []


def test_rewired_links_are_as_many_and_lead_elsewhere():
    titles = [f"Town {letter}{letter}" for letter in "ABCDEFGHIJ"]
    links = TitleLinks(titles)
    text = " and ".join(titles)
    there = list(links.mentioned(text))
    elsewhere = list(links.rewired(3).mentioned(text))
    assert there == list(range(10))
    assert sorted(elsewhere) == there
    assert elsewhere != there
    assert elsewhere == list(links.rewired(3).mentioned(text))
    assert [links.rewired(3).moved(number) for number in there] == elsewhere


@pytest.mark.parametrize(
    ("text", "besides", "expected"),
    [
        ("He plays for ASC HLM in the Senegal Premier League.", "", ["asc hlm", "senegal premier league"]),
        ("The Bank of the West closed. In May it rained.", "", ["bank of the west"]),
        ("Who founded Kiel?", "Kiel", []),
        ("In 1984 IBM grew.", "", []),  # three letters say too little
        ("It was so.", "", []),
        ("He was born in Paris. The Beatles came.", "", ["paris", "beatles"]),  # a name ends with its sentence
        ("He met J. R. R. Tolkien, then Mr. Rook in St. Louis.", "", ["j r r tolkien", "mr rook", "st louis"]),
    ],
)
def test_names_are_runs_of_capitalised_words(text, besides, expected):
    assert names_in(text, besides=besides) == expected


def test_the_weight_of_a_name_falls_with_those_who_share_it():
    assert _npmi(0, 1000) == pytest.approx(1.0)
    assert _npmi(9, 1000) == pytest.approx(2 / 3)
    assert _npmi(999, 1000) == 0.0
    assert _npmi(0, 1) == 0.0
