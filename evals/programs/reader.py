"""The one reader that all question-answering programs share: evidence in, the shortest answer out."""

from collections.abc import Sequence

from agent.short_answers import ANSWER_TOKENS, cleaned
from evals.bench import Bench, Unparsed
from evals.items import Item, Outcome
from lm.types import ChatRequest
from prompts.templates import render
from retrieval.types import Hit


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


def passage_line(hit: Hit) -> str:
    """A passage as the reader sees it: behind its title, on one line."""
    return f"({hit.title}) {' '.join(hit.passage.text.split())}"
