"""Which words of a quotation a sentence repeats."""

from hypothesis import given
from hypothesis import strategies as st

from agent.shared_words import quoted_span, shared_spans


def shared(sentence: str, quote: str) -> list[str]:
    return [quote[start:end] for start, end in shared_spans(sentence, quote)]


def test_words_numbers_and_abbreviations_are_shared_and_function_words_are_not():
    sentence = "From 2018 the EU pumps supplied 1240 homes with 61.4 GWh, which was that."
    quote = "In 2018 some 1,240 HOMES got 61.4 GWh (not 61.5) from a pump that the EU, which paid, supplied."
    assert shared(sentence, quote) == ["2018", "1,240", "HOMES", "61.4", "GWh", "pump", "EU", "supplied"]


def test_scripts_without_spaces_are_compared_by_pairs_of_characters():
    assert shared("海水热泵供热", "该市的海水热泵很好") == ["海水热泵"]


def test_accented_words_and_possessives_are_found():
    assert shared("Zoë’s café", "the cafés of ZOË") == ["cafés"]
    assert shared("the network’s heat", "a network of heat") == ["network", "heat"]


def test_a_number_whose_groups_a_narrow_space_parts_is_quoted_whole():
    sentence = "In 1\u202f765 cases it failed."
    assert quoted_span(sentence, f"**{sentence}**") == (0, len(sentence))


@given(st.text(), st.text())
def test_spans_lie_in_the_quote_in_order_and_apart(sentence: str, quote: str):
    at = -1
    for start, end in shared_spans(sentence, quote):
        assert at < start < end <= len(quote)
        at = end
