import pytest

from agent.frame import closing_sentences, listed, opening_sentences


@pytest.mark.parametrize(("names", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_names_are_listed(names, text):
    assert listed(names) == text


def test_the_opening_names_topic_leading_sources_and_course():
    sources = ["Minutes", "Audit: the whole truth", "Minutes", "Memo"]
    assert opening_sentences("Write a report on the rope", ["Causes", "Costs", "Reforms"], sources) == [
        "The subject of this report is “The rope”.",
        "The sources it leans on most are “Minutes”, “Audit” and “Memo”.",
        "It begins with “Causes” and ends with “Reforms”.",
    ]


def test_the_opening_carries_no_figure_but_those_of_the_topic():
    opening = opening_sentences("The rope in 2019", ["Costs of 2018", "Reforms"], ["Minutes of 2018", "Memo"])
    assert opening == ["The subject of this report is “The rope in 2019”."]


def test_a_single_section_and_a_single_source_need_no_words():
    assert opening_sentences("The rope", ["Causes"], ["Memo"]) == ["The subject of this report is “The rope”."]


def test_the_closing_tells_where_the_evidence_is_broad_and_thin():
    broad, thin = closing_sentences([("Causes", 3), ("Costs", 1), ("Reforms", 2)])
    assert "broadest on “Causes”" in broad
    assert "thinnest on “Costs”" in thin


def test_the_closing_says_so_when_all_sections_are_alike():
    assert closing_sentences([("Causes", 2), ("Costs", 2)]) == ["The sections rest on about equally many sources."]


def test_one_section_has_no_closing():
    assert closing_sentences([("Causes", 2)]) == []
