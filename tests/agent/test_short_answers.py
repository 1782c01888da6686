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


def test_answers_are_drawn_with_consecutive_seeds_and_the_last_lines_always_fit():
    writer = ScriptedLM(lambda request: f"The answer is: {request.seed}.", context_tokens=700)
    evidence = [f"(Paper {i}) {'word ' * 60}" for i in range(20)]
    answers = draw_answers("Who?", evidence, writer=writer, n=3, seed=5, last=["(noted) Ada Holm"])
    assert answers == ["5", "6", "7"]
    content = writer.requests[0].messages[-1].content
    assert "Paper 0" in content and "(noted) Ada Holm" in content and "Paper 19" not in content
    assert {request.temperature for request in writer.requests} == {0.7}
