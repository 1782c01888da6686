"""How many units does a question deserve? By what can be seen of it without a model.

Knows questions. Must not know what is remembered.
"""

import math
import re

from lm.types import Frozen
from memory.spoken_names import spoken_names
from retrieval.lexical import STOP_WORDS

K_MIN, K_MAX = 3, 20  # of SimpleMem (arXiv:2601.02553); it leaves k_base and delta open
_ASKS = re.compile(r"\b(?:who|whom|whose|what|which|when|where|why|how)\b", re.IGNORECASE)
_JOINS = re.compile(r"\b(?:and|or|both|either|between|as well as|compared?|than|versus|differ\w*)\b", re.IGNORECASE)
_MANY = re.compile(
    r"\b(?:all|every|each|list|enumerate|how many|how often|what (?:are|were)|"
    r"(?:what|which) (?:kinds?|types?|sorts?) of|names? of|what .* in common)\b",
    re.IGNORECASE,
)
_ASKED_THING = re.compile(r"\b(?:what|which) ((?:\w+\W+){0,2}?)([a-z]+[^\Wsui]s)\b", re.IGNORECASE)
_TIME = re.compile(
    r"\b(?:when|before|after|since|until|during|first|last|latest|recently?|ago|how long|yesterday|today|"
    r"(?:last|this|next) (?:day|night|morning|evening|week\w*|month|year|spring|summer|autumn|fall|winter|time|\w+day)|"
    r"(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
# What each sign adds. Ours: the paper asks a language model how complex a question is.
_STEP, _LONG_STEP = 0.25, 0.5


class Complexity(Frozen):
    """C_q of a question, 0 to 1, and the signs that it was added up from."""

    value: float
    signs: tuple[str, ...] = ()


def complexity_of(question: str) -> Complexity:
    """Names beyond the first, a second question word, joining words, time words, and the wish for many things."""
    found: list[tuple[str, float]] = []
    if (n_names := len(spoken_names(question))) > 1:
        found.append((f"{n_names} names", _STEP * (n_names - 1)))
    if len(_ASKS.findall(question)) > 1 or question.count("?") > 1:
        found.append(("several questions", _STEP))
    if _JOINS.search(question):
        found.append(("joined parts", _STEP))
    if _TIME.search(question):
        found.append(("time", _STEP))
    if _MANY.search(question) or _asks_for_several(question):
        found.append(("many things", _LONG_STEP))
    return Complexity(value=min(1.0, sum(step for _, step in found)), signs=tuple(sign for sign, _ in found))


def _asks_for_several(question: str) -> bool:
    """Whether a plural stands right behind "what" or "which": "which two trips", not "what was" or "what James did"."""
    match = _ASKED_THING.search(question)
    if match is None:
        return False
    words = [*match[1].split(), match[2]]
    return match[2].islower() and not any(word.lower() in STOP_WORDS or word[0].isupper() for word in words)


def k_of(complexity: float, *, k_base: int, k_gain: float) -> int:
    """k = floor(k_base (1 + k_gain C)), clamped to 3..20: it never falls as a question grows more complex.

    Raises:
        ValueError: the complexity is outside 0..1.
    """
    if not 0.0 <= complexity <= 1.0:
        raise ValueError(f"complexity {complexity} is not between 0 and 1")
    return max(K_MIN, min(K_MAX, math.floor(k_base * (1.0 + k_gain * complexity))))
