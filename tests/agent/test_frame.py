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


def test_the_close_names_the_sections_that_found_little():
    (thin,) = closing_sentences(["Costs", "Reforms"])
    assert thin.startswith("Least was found on “Costs” and “Reforms”")
    assert closing_sentences([]) == []
