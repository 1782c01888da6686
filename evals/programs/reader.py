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
_PREFIX = re.compile(
    r"^(?:(?:the )?(?:short )?(?:answer|phrase)(?: is)?\s*[:\-]?|so the answer is:?)\s+",
    re.IGNORECASE,
)


def read(item: Item, evidence: Sequence[str], evidence_tokens: int, bench: Bench) -> Outcome:
    """Ask for the shortest answer that the evidence gives; without evidence, for one from memory.

    Plain text and no schema: constrained to JSON, a 135 M model fills the string until it is cut off.

    Raises:
        Unparsed: the reply has no word in it.
    """
    if evidence:
        messages = render("short_answer", evidence="\n".join(evidence), question=item.text)
    else:
        messages = render("closed_book", question=item.text)
    request = ChatRequest(messages=messages, max_tokens=ANSWER_TOKENS, temperature=0.0, seed=bench.seed, stop=("\n\n",))
    reply = bench.writer.chat(request).text
    answer = cleaned(reply)
    if not answer:
        raise Unparsed(f"the reply has no word in it: {reply[:80]!r}")
    return Outcome(text=answer, evidence_tokens=evidence_tokens, details={"evidence": list(evidence)})


def cleaned(reply: str) -> str:
    """The first line that has a word, without quotation marks, a last full stop, or "The answer is"."""
    line = next((line for line in reply.splitlines() if re.search(r"\w", line)), "").strip()
    return _PREFIX.sub("", line).strip(" \"'“”‘’*`").removesuffix(".").strip()


def passage_line(hit: Hit) -> str:
    """A passage as the reader sees it: behind its title, on one line."""
    return f"({hit.title}) {' '.join(hit.passage.text.split())}"
