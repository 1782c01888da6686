"""What a line wants: documents, memory, or nothing."""

import pytest

from agent.chat.routing import is_small_talk, route_of


@pytest.mark.parametrize(
    ("line", "route"),
    [
        ("How long is the barrage?", "corpus"),
        ("Tell me about gate 16", "corpus"),
        ("Can you tell me when gate 16 failed?", "corpus"),
        ("I would like to know how long the barrage is", "corpus"),
        ("How do we know that the gates failed?", "corpus"),
        ("Do you remember when gate 16 failed?", "corpus"),
        ("barrage length", "corpus"),
        ("What did the US say?", "corpus"),
        ("What is my deadline?", "memory"),
        ("What did I ask before?", "memory"),
        ("What did Anna tell me about the lock?", "memory"),
        ("Show our notes on Krenn", "memory"),
        ("My deadline is 3 May.", "noted"),
        ("I prefer metric tons", "noted"),
        ("Remember that the board meets on Friday", "noted"),
        ("Thanks!", "noted"),
        ("ok", "noted"),
    ],
)
def test_a_line_goes_where_its_answer_can_be(line, route):
    assert route_of(line)[0] == route


def test_small_talk_is_short():
    assert is_small_talk("Thanks a lot!")
    assert not is_small_talk("Hello, how long is the barrage from one abutment to the other?")
