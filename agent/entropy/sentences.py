"""How unsure was the model where each sentence of a drafted paragraph began?

Knows the JSON of a drafted paragraph as tokens. Must not know what it says.
"""

import re
from collections.abc import Sequence
from itertools import accumulate

from agent.entropy.steps import step_entropy
from lm.types import TokenLogProb

# Within a JSON string these quotation marks would stand behind backslashes.
_TEXT = re.compile(r'(?<!\\)"text"\s*:\s*"')
_END = re.compile(r'(?<!\\)"')


def sentence_entropies(tokens: Sequence[TokenLogProb] | None, n_sentences: int) -> list[float | None]:
    """Of each sentence the entropy of its first tokens, in nats, by `step_entropy`.

    None for all of them where the reply has no alternatives, or other sentences than were read from it.
    """
    written = "".join(token.token for token in tokens or ())
    begins = [match.end() for match in _TEXT.finditer(written)]
    if not tokens or len(begins) != n_sentences or not all(token.top for token in tokens):
        return [None] * n_sentences
    ends = list(accumulate(len(token.token) for token in tokens))
    found: list[float | None] = []
    for begin in begins:
        closing = _END.search(written, begin)
        until = closing.start() if closing else len(written)
        own = [token for token, end in zip(tokens, ends, strict=True) if end > begin and end - len(token.token) < until]
        found.append(step_entropy(own).nats if own else None)
    return found
