import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm.reasoning import ReasoningFilter, strip_reasoning

TAGS = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<reflection>", "</reflection>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("[THINK]", "[/THINK]"),
    ("<seed:think>", "</seed:think>"),
    ("◁think▷", "◁/think▷"),
]


def streamed(*pieces: str) -> str:
    reasoning = ReasoningFilter()
    return "".join([reasoning.feed(piece) for piece in pieces]) + reasoning.finish()


@pytest.mark.parametrize(("opener", "closer"), TAGS)
def test_each_style_of_thinking_is_stripped_closed_unclosed_and_streamed(opener: str, closer: str):
    closed = f"{opener}let me see\n\n{closer}\n\nParis."
    assert strip_reasoning(closed) == "Paris."
    assert strip_reasoning(closed.replace(opener, opener.upper())) == "Paris."
    assert strip_reasoning(f"{opener}let me see") == ""
    assert streamed(*closed) == "Paris."
    assert streamed(*f"{opener}let me see") == ""
    assert strip_reasoning(f"let me see\n{closer}\n\nParis.") == "Paris."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no tags at all",
        "a < b and b > c",
        "The `<think>` tag opens it, and `</think>` closes it.",
        "One writes <think> to begin, and never closes it.",
        "ends with <thi",
        "[TH",
    ],
)
def test_text_that_is_not_thinking_stays(text: str):
    assert strip_reasoning(text) == text
    assert streamed(*text) == text


def test_thinking_between_answers_is_cut():
    assert strip_reasoning("One.<think>hm</think> Two.") == "One. Two."
    assert strip_reasoning("One.\n<think>never closed") == "One.\n"


PIECES = st.lists(st.sampled_from(["<think>", "</think>", "a", "`", "\n", " ", "<", "<th", "ink>", "[THINK]"]))


@given(PIECES)
def test_pieces_add_up_to_the_same_answer_however_they_are_cut(pieces: list[str]):
    text = "".join(pieces)
    assert streamed(*pieces) == streamed(text) == streamed(*text)
