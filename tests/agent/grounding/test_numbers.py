import pytest

from agent.grounding.numbers import figures, unsupported_figures


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,212 km and 1212 km", ["1212", "1212"]),
        ("5% of 5", ["5%", "5"]),
        ("5 percent", ["5%"]),
        ("1.987 million in 2023", ["1.987m", "2023"]),
        ("30 years, 30.0 years", ["30", "30"]),
        ("version 3.7.1", ["3.7.1"]),
        ("three of the twelve", ["3", "12"]),
        ("one of them", []),
        ("-0.4 migrants", ["0.4"]),
        ("07 May 1999", ["7", "1999"]),
    ],
)
def test_numbers_have_one_form(text, values):
    assert [figure.value for figure in figures(text)] == values


def test_a_number_in_words_is_supported_by_digits():
    assert unsupported_figures("The two engines failed.", "Engines 2 failed") == []


def test_a_changed_number_is_found():
    assert unsupported_figures("It cost 1,613 million.", "It cost 1,612 million.") == ["1613m"]


def test_a_lost_scale_is_found():
    assert unsupported_figures("It cost 1.6 billion.", "It cost 1.6 million.") == ["1.6bn"]
