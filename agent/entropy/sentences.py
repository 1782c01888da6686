"""How unsure was the model where each sentence of a drafted paragraph began, and over the whole of it?

Knows the JSON of a drafted paragraph as tokens. Must not know what it says.
"""

import re
from collections.abc import Sequence
from itertools import accumulate

from agent.entropy.production import EntropyProduction, entropy_production, tops_of
from agent.entropy.steps import step_entropy
from agent.entropy.wepr import WeprModel
from lm.types import TokenLogProb

# Within a JSON string these quotation marks would stand behind backslashes.
_TEXT = re.compile(r'(?<!\\)"text"\s*:\s*"')
_END = re.compile(r'(?<!\\)"')
# What says nothing of the world: "[3]" or "[1, 2]", and the mark of a list's entry at the beginning.
_MARKS = re.compile(r"\s*\[\d+(?:\s*[,;]\s*\d+)*\]|^\s*(?:\d{1,2}[.)]|[-*•])\s+")


def sentence_entropies(tokens: Sequence[TokenLogProb] | None, n_sentences: int) -> list[float | None]:
    """Of each sentence the entropy of its first tokens, in nats, by `step_entropy`.

    None for all of them where the reply has no alternatives, or other sentences than were read from it.
    """
    return [step_entropy(own).nats if own else None for own in sentence_tokens(tokens, n_sentences)]


def sentence_productions(
    tokens: Sequence[TokenLogProb] | None, n_sentences: int, wepr: WeprModel | None = None
) -> list[EntropyProduction | None]:
    """Of each sentence the entropy that its tokens show, as `production_of`; None as in `sentence_entropies`."""
    return [production_of(own, wepr) for own in sentence_tokens(tokens, n_sentences)]


def text_places(written: str) -> list[int]:
    """Where each text of a drafted paragraph begins, behind its quotation mark."""
    return [match.end() for match in _TEXT.finditer(written)]


def sentence_tokens(tokens: Sequence[TokenLogProb] | None, n_sentences: int) -> list[list[TokenLogProb]]:
    """The tokens of each sentence's text; none of any where the reply has no alternatives, or other sentences."""
    written = "".join(token.token for token in tokens or ())
    begins = text_places(written)
    if not tokens or len(begins) != n_sentences or not all(token.top for token in tokens):
        return [[] for _ in range(n_sentences)]
    ends = list(accumulate(len(token.token) for token in tokens))
    found = []
    for begin in begins:
        closing = _END.search(written, begin)
        until = closing.start() if closing else len(written)
        found.append(
            [token for token, end in zip(tokens, ends, strict=True) if end > begin and end - len(token.token) < until]
        )
    return found


def production_of(tokens: Sequence[TokenLogProb] | None, wepr: WeprModel | None = None) -> EntropyProduction | None:
    """The entropy that a text's tokens show, without its first token, citation markers and list marks; None without
    alternatives.

    The first token is unsure for what could be said at all, not for what is true.
    """
    if not tokens or not all(token.top for token in tokens):
        return None
    text = "".join(token.token for token in tokens)
    marks = [match.span() for match in _MARKS.finditer(text)]
    ends = list(accumulate(len(token.token) for token in tokens))
    counted = [
        token
        for token, end in zip(tokens, ends, strict=True)
        if token.token.strip() and not any(low < end and end - len(token.token) < high for low, high in marks)
    ][1:]
    produced = entropy_production(tops_of(counted))
    if produced is None or wepr is None or produced.k < wepr.k:
        return produced  # a calibration of fifteen alternatives says nothing of five
    return produced.model_copy(update={"risk": round(wepr.risk(tops_of(counted)), 4)})
