"""The one reader that all question-answering programs share: evidence in, the shortest answer out."""

import re
from collections.abc import Sequence

from evals.bench import Bench, Unparsed
from evals.items import Item, Outcome
from lm.types import ChatRequest
from prompts.templates import render
from retrieval.types import Hit

ANSWER_TOKENS = 32
# What small models put before an answer, and round it.
_PREAMBLE = re.compile(
    r"^\W*(?:so,? )?(?:the )?(?:short(?:est)? |final )?(?:answer|phrase)\b"
    r"(?:\**:|(?: (?:to|that|for|from|in|of)\b[^:\n]{0,60}?)? is\b:?|[^:\n]{0,60}?\bis:)",
    re.IGNORECASE,
)


def read(
    item: Item, evidence: Sequence[str], evidence_tokens: int, bench: Bench, *, reuse_prefix: bool | None = None
) -> Outcome:
    """Ask for the shortest answer that the evidence gives; without evidence, for one from memory.

    Plain text and no schema: constrained to JSON, a 135 M model fills the string until it is cut off.

    Raises:
        Unparsed: the reply has no answer in it.
    """
    if evidence:
        messages = render("short_answer", evidence="\n".join(evidence), question=item.text)
    else:
        messages = render("closed_book", question=item.text)
    request = ChatRequest(
        messages=messages, max_tokens=ANSWER_TOKENS, temperature=0.0, seed=bench.seed, reuse_prefix=reuse_prefix
    )
    reply = bench.writer.chat(request).text
    answer = cleaned(reply)
    if not answer:
        raise Unparsed(f"the reply has no answer in it: {reply[:80]!r}")
    return Outcome(text=answer, evidence_tokens=evidence_tokens, details={"evidence": list(evidence)})


def cleaned(reply: str) -> str:
    """The first line that has a word besides "The answer is:", without quotation marks or a last full stop; empty where
    the reply has none."""
    answers = (_PREAMBLE.sub("", line).strip(" \"'“”‘’*`").removesuffix(".").strip() for line in reply.splitlines())
    return next((answer for answer in answers if re.search(r"\w", answer)), "")


def passage_line(hit: Hit) -> str:
    """A passage as the reader sees it: behind its title, on one line."""
    return f"({hit.title}) {' '.join(hit.passage.text.split())}"
