"""Which capital letters of a conversation are names."""

import pytest

from memory.spoken_names import spoken_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Hey Jolene, nice to meet you!", ["Jolene"]),
        ("Wow! Thanks, I'm glad. I've been fine and they're too.", []),
        ("We went to Rio de Janeiro with Neal Stephenson.", ["Rio de Janeiro", "Neal Stephenson"]),
        ("Karlie passed away last Friday.", ["Karlie"]),
        ("Max and I are off to Paris in May.", ["Max", "Paris"]),
        ("Sounds great! Congrats on the STEM prize, OK?", ["STEM"]),
        ("Seraphim! I play with Seraphim.", ["Seraphim"]),
        ("", []),
    ],
)
def test_names_are_told_from_the_openings_of_sentences(text, names):
    assert spoken_names(text) == names


def test_what_was_said_before_shows_which_words_are_names():
    assert spoken_names("Luna sleeps a lot.") == []
    assert spoken_names("Luna sleeps a lot.", around="this is Luna, my cat") == ["Luna"]
    assert spoken_names("Yoga helped me a lot.", around="I do yoga") == []


def test_a_name_is_told_once_and_compared_without_case_and_accents():
    assert spoken_names("we saw Zoë and Zoe, then ZOE") == ["Zoë"]
