"""Was the evidence of a long conversation shown, and was the question answered as LoCoMo counts it?

Knows ids of turns, lines and short answers. Must not know how a memory finds them.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from agent.stemming import english_stem
from evals.metrics.answers import normalized
from retrieval.lexical import Tokenizer

_TOKENIZER = Tokenizer()
_STEM = english_stem()
_DECLINES = re.compile(
    r"\b(?:no information|not? (?:mentioned|stated|said|told|given|specified|known|available|answer)|unknown|"
    r"(?:does|do|did) not (?:say|mention|tell|state)|doesn't (?:say|mention|tell))\b",
    re.IGNORECASE,
)


def evidence_shown(gold: Sequence[str], lines: Sequence[tuple[str, Sequence[str]]]) -> float:
    """Share of the gold turns that a line was drawn from.

    Raises:
        ValueError: there is no gold turn.
    """
    _check(gold)
    shown = {id_ for _, turns in lines for id_ in turns}
    return sum(id_ in shown for id_ in gold) / len(gold)


def answer_words_shown(
    gold: Mapping[str, str], answers: Sequence[str], lines: Sequence[tuple[str, Sequence[str]]]
) -> float:
    """The same, where a gold turn counts for the share of the answer's words in it that its lines still have.

    A line that stands for a turn and leaves out what was asked would otherwise count as evidence. A turn that has no
    word of the answer counts whole.

    Args:
        gold: Texts of the gold turns, with their speakers, by id.
        answers: Equally right answers.
        lines: What was shown, and the turns it was drawn from.

    Raises:
        ValueError: there is no gold turn.
    """
    _check(list(gold))
    wanted = set(_TOKENIZER.words(" ".join(answers)))
    shown: dict[str, set[str]] = {}
    for line, turns in lines:
        for id_ in turns:
            shown.setdefault(id_, set()).update(_TOKENIZER.words(line))
    return sum(_share(wanted & set(_TOKENIZER.words(text)), shown.get(id_)) for id_, text in gold.items()) / len(gold)


def _share(wanted: set[str], shown: set[str] | None) -> float:
    if shown is None:
        return 0.0
    return len(wanted & shown) / len(wanted) if wanted else 1.0


def _check(gold: Sequence[str]) -> None:
    if not gold:
        raise ValueError("no gold turn to look for")


def locomo_f1(answer: str, aliases: Sequence[str], kind: str) -> float:
    """Harmonic mean of precision and recall of stemmed words, 0 to 1, by LoCoMo's rules (Maharana et al., 2024).

    Multi-hop: the gold answer is a list with commas; each part has its best match among the answer's parts, and the
    mean counts. Open-domain: what stands behind a semicolon is an explanation. Stems are Snowball's, where the
    reference has Porter's.

    Raises:
        ValueError: there are no aliases.
    """
    if not aliases:
        raise ValueError("no answer to compare with")
    return max(_one_f1(answer, alias, kind) for alias in aliases)


def _one_f1(answer: str, alias: str, kind: str) -> float:
    if kind == "open-domain":
        alias = alias.partition(";")[0]
    if kind != "multi-hop":
        return _f1(_stems(answer), _stems(alias))
    parts = [part for part in alias.split(",") if part.strip()]
    given = answer.split(",")
    return sum(max(_f1(_stems(one), _stems(part)) for one in given) for part in parts) / len(parts) if parts else 0.0


def _stems(text: str) -> Counter[str]:
    return Counter(_STEM(word) for word in normalized(text).split())


def _f1(given: Counter[str], right: Counter[str]) -> float:
    same = (given & right).total()
    if not same:
        return 0.0
    precision, recall = same / given.total(), same / right.total()
    return 2 * precision * recall / (precision + recall)


def declines(answer: str) -> bool:
    """Whether an answer says that the conversation does not tell."""
    return bool(_DECLINES.search(answer))
