"""Short answers: which of them are one, and what is sent."""

import pytest

from agent.short_answers import draw_answers, meaning
from lm.scripted import ScriptedLM


@pytest.mark.parametrize(
    ("answer", "said"),
    [("The 3 years.", "3 years"), ("“Petra  Fenn”", "petra fenn"), ("None of the gates", "none of the gates")],
)
def test_case_punctuation_and_a_first_article_make_no_difference(answer, said):
    assert meaning(answer) == said


@pytest.mark.parametrize("answer", ["", "unknown", "N/A", "Not stated in the evidence", "The evidence does not say"])
def test_an_answer_that_there_is_none_means_nothing(answer):
    assert meaning(answer) == ""


PAPERS = [f"(Paper {i}) {'word ' * 60}" for i in range(20)]


def test_answers_are_drawn_with_consecutive_seeds_and_the_last_lines_always_fit():
    writer = ScriptedLM(lambda request: f"The answer is: {request.seed}.", context_tokens=700)
    answers = draw_answers("Who?", PAPERS, writer=writer, n=3, seed=5, max_tokens=900, last=["(noted) Ada Holm"])
    assert answers == ["5", "6", "7"]
    content = writer.requests[0].messages[-1].content
    assert "Paper 0" in content and "(noted) Ada Holm" in content and "Paper 19" not in content
    assert {request.temperature for request in writer.requests} == {0.7}


def test_no_more_evidence_is_shown_than_is_wanted():
    writer = ScriptedLM(lambda request: "Ada", context_tokens=8_000)
    for max_tokens in (900, 200):
        draw_answers("Who?", PAPERS, writer=writer, n=1, seed=5, max_tokens=max_tokens, last=["(noted) Ada Holm"])
    shown = [sum(f"(Paper {i})" in request.messages[-1].content for i in range(20)) for request in writer.requests]
    assert shown[0] > shown[1] > 0
    assert all("(noted) Ada Holm" in request.messages[-1].content for request in writer.requests)
