"""A second opinion: does a model find that the evidence supports the claim?

Its log-probabilities of "yes" and "no" where it gives them, else its word. What is neither is no opinion.
"""

import math
import re
from typing import Literal

from pydantic import Field

from lm.errors import ContextOverflow
from lm.types import ChatModel, ChatReply, ChatRequest, Frozen
from prompts.templates import render

_MAX_TOKENS = 4
_MOST_ALTERNATIVES = 20
_MIN_MASS = 0.1  # of "yes" and "no" together; below it the model was about to say something else
_WORD = re.compile(r"[^\W\d_]+")


class JudgeOpinion(Frozen):
    """The judge's probability that the claim is supported; 1 or 0 where it is read off its word alone."""

    p_yes: float = Field(ge=0.0, le=1.0)
    by: Literal["logprobs", "word"]


def ask_judge(claim: str, evidence: str, judge: ChatModel, *, seed: int) -> JudgeOpinion | None:
    """The judge's opinion in one call; None where its reply says neither, or the evidence does not fit its window.

    Raises:
        LMError: the call failed.
    """
    try:
        return opinion_in(judge.chat(support_request(claim, evidence, seed=seed)))
    except ContextOverflow:
        return None


def support_request(claim: str, evidence: str, *, seed: int) -> ChatRequest:
    """What the judge is asked."""
    return ChatRequest(
        messages=render("judge_support", evidence=evidence, claim=claim),
        max_tokens=_MAX_TOKENS,
        temperature=0.0,
        seed=seed,
        top_logprobs=_MOST_ALTERNATIVES,
    )


def opinion_in(reply: ChatReply) -> JudgeOpinion | None:
    """What a reply of one word says."""
    first = next((token for token in reply.log_probs or () if _WORD.search(token.token)), None)
    if first is not None:
        yes, no = (sum(math.exp(nats) for token, nats in first.top if _said(token) == word) for word in ("yes", "no"))
        if yes + no >= _MIN_MASS:
            return JudgeOpinion(p_yes=min(1.0, yes / (yes + no)), by="logprobs")
    word = _said(reply.text)
    return JudgeOpinion(p_yes=float(word == "yes"), by="word") if word in ("yes", "no") else None


def _said(text: str) -> str:
    """The first word in lower case."""
    found = _WORD.search(text)
    return found[0].lower() if found else ""
