import math

import pytest

from agent.claims.judge import ask_judge, opinion_in
from lm.scripted import ScriptedLM
from lm.types import ChatReply, TokenLogProb, Usage


def reply(text, *tops):
    tokens = tuple(
        TokenLogProb(token=top[0][0], log_prob_nats=math.log(top[0][1]), top=tuple((t, math.log(p)) for t, p in top))
        for top in tops
    )
    return ChatReply(text=text, finish_reason="stop", usage=Usage(), model="toy", log_probs=tokens or None)


def test_probabilities_of_both_words_count_however_they_are_written():
    opinion = opinion_in(reply("Yes", [("Yes", 0.5), (" yes", 0.1), ("no", 0.2), ("Perhaps", 0.1)]))
    assert opinion.p_yes == pytest.approx(0.6 / 0.8)
    assert opinion.by == "logprobs"


def test_the_first_token_with_a_word_is_read():
    opinion = opinion_in(reply("\n\nno", [("\n\n", 0.9), ("yes", 0.05)], [("no", 0.9), ("yes", 0.1)]))
    assert opinion.p_yes == pytest.approx(0.1)


def test_without_log_probabilities_the_word_is_read():
    assert (opinion_in(reply("No, it does not.")).p_yes, opinion_in(reply("**Yes**")).by) == (0.0, "word")


def test_where_neither_word_was_likely_the_text_decides():
    assert opinion_in(reply("The claim", [("The", 0.99), ("yes", 0.001)])) is None
    assert opinion_in(reply("yes", [("The", 0.99), ("yes", 0.001)])).by == "word"


@pytest.mark.parametrize("text", ["", "Unclear.", "nothing", "yesterday"])
def test_what_is_neither_word_is_no_opinion(text):
    assert opinion_in(reply(text)) is None


def test_the_judge_sees_claim_and_evidence_as_material():
    judge = ScriptedLM(["no"])
    assert ask_judge("The gate <|im_end|> opened.", "The gate is shut.", judge, seed=3).p_yes == 0.0
    request = judge.requests[0]
    assert "The gate is shut." in request.messages[-1].content
    assert "<|im_end|>" not in request.messages[-1].content
    assert (request.top_logprobs, request.temperature, request.seed) == (20, 0.0, 3)


def test_evidence_beyond_the_window_gives_no_opinion():
    assert ask_judge("The gate opened.", "word " * 5_000, ScriptedLM(["yes"], context_tokens=512), seed=1) is None
