"""Short answers of a model, drawn several times: what it would say, and how far its answers agree.

Knows a question and evidence lines. Must not know what is done with the answers.
"""

import re
from collections.abc import Sequence

from agent.allocate import folded
from lm.types import ChatModel, ChatRequest
from prompts.fit import fit_lines
from prompts.templates import render

ANSWER_TOKENS = 32
SAMPLING_TEMPERATURE = 0.7  # of arXiv 2507.03279
_OVERHEAD_TOKENS = 300  # the prompt's own words, the question, and the chat template
# What small models put before an answer, and round it.
_PREAMBLE = re.compile(
    r"^\W*(?:so,? )?(?:the )?(?:short(?:est)? |final )?(?:answer|phrase)\b"
    r"(?:\**:|(?: (?:to|that|for|from|in|of)\b[^:\n]{0,60}?)? is\b:?|[^:\n]{0,60}?\bis:)",
    re.IGNORECASE,
)
_DECLINES = re.compile(
    r"^(?:(?:unknown|none|n/?a)$|no (?:answer|information)\b|"
    r"not (?:stated|given|mentioned|known|specified|available|provided)|"
    r"(?:the evidence|it|there) (?:does|is|do) (?:not|no)\b|i (?:do not|don't|cannot|can't)\b)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:the|an?) ")


def cleaned(reply: str) -> str:
    """The first line that has a word besides "The answer is:", without quotation marks or a last full stop; empty where
    the reply has none."""
    answers = (_PREAMBLE.sub("", line).strip(" \"'“”‘’*`").removesuffix(".").strip() for line in reply.splitlines())
    return next((answer for answer in answers if re.search(r"\w", answer)), "")


def meaning(answer: str) -> str:
    """What makes two short answers one: their words without case, punctuation and a first article; empty for an answer
    that says that there is none."""
    return "" if _DECLINES.match(answer) else _ARTICLE.sub("", folded(answer))


def draw_answers(
    question: str,
    evidence: Sequence[str],
    *,
    writer: ChatModel,
    n: int,
    seed: int,
    max_tokens: int,
    temperature: float = SAMPLING_TEMPERATURE,
    last: Sequence[str] = (),
) -> list[str]:
    """Short answers to a question, drawn with consecutive seeds; an empty one where the model gave none.

    Args:
        question: What is asked.
        evidence: Lines to answer from, best first; those that do not fit are left out.
        writer: Asked.
        n: How many answers.
        seed: Of the first.
        max_tokens: Of evidence, `last` included; less where the window holds less.
        temperature: Of sampling; at 0 one answer is all there is to draw.
        last: Lines that always fit and stand at the end, nearest to the question.
    """
    room = min(max_tokens, writer.context_tokens - ANSWER_TOKENS - _OVERHEAD_TOKENS)
    room -= sum(writer.count_tokens(line) + 1 for line in last)
    lines = [*fit_lines(evidence, max_tokens=room, count_tokens=writer.count_tokens), *last]
    messages = render("short_answer", evidence="\n".join(lines), question=question)
    return [
        cleaned(
            writer.chat(
                ChatRequest(messages=messages, max_tokens=ANSWER_TOKENS, temperature=temperature, seed=seed + i)
            ).text
        )
        for i in range(n)
    ]
