"""Is a short answer right? Exact match, F1 and inclusion, as the question-answering sets define them.

Knows two texts at a time. Must not know where they come from, nor languages other than English (its articles).
"""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

from pydantic import JsonValue

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_JOINS = str.maketrans(dict.fromkeys("-‐‑‒–—―/", " "))
_CLOSED = frozenset({"yes", "no", "noanswer"})


def normalized(text: str) -> str:
    """Lower case, without ASCII punctuation, articles and superfluous space (Rajpurkar et al., 2016, SQuAD v1.1).

    "1,140" becomes "1140" and "3.5" becomes "35", as in the reference, because all punctuation goes. NFKC comes first,
    which the reference lacks: full-width letters and no-break spaces are plain ones; accents stay.
    """
    text = unicodedata.normalize("NFKC", text).lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", text).split())


def exact_match(answer: str, aliases: Sequence[str]) -> float:
    """1.0 when the normalised answer is one of the normalised aliases, else 0.0 (SQuAD v1.1).

    Raises:
        ValueError: there are no aliases.
    """
    _check(aliases)
    return float(normalized(answer) in {normalized(alias) for alias in aliases})


def f1(answer: str, aliases: Sequence[str]) -> float:
    """Harmonic mean of precision and recall of words, best over the aliases, 0 to 1.

    As in HotpotQA (Yang et al., 2018): yes, no and noanswer share no words with anything but themselves. Two texts
    without any word have 0, as there.

    Raises:
        ValueError: there are no aliases.
    """
    _check(aliases)
    given = normalized(answer)
    return max(_f1(given, normalized(alias)) for alias in aliases)


def contains_answer(reply: str, aliases: Sequence[str]) -> bool:
    """Whether one of the aliases stands in the reply as whole words: accuracy by inclusion.

    Mallen et al. (2023, PopQA) ask for a substring; whole words, so that "Iran" is not in "Tirana", are as in
    `answer_in_text` of FanOutQA. Words are SQuAD's, except that hyphens, dashes and slashes part them here ("New York"
    stands in "New York–based"). An alias of articles and punctuation alone is never contained. A long reply that names
    every candidate is right by this measure: read it beside `f1`.

    Raises:
        ValueError: there are no aliases.
    """
    _check(aliases)
    words = f" {_parted(reply)} "
    return any(f" {alias} " in words for alias in map(_parted, aliases) if alias)


def share_of_atoms(reply: str, atoms: Sequence[str]) -> float:
    """Share of the answer's atoms that stand in the reply as whole words, 0 to 1 (Zhu et al., 2024, FanOutQA, "loose").

    The reference also lemmatises with spaCy; here words must stand in the form that the answer has, which is stricter.
    A repeated atom counts as often as it is given, as there.

    Raises:
        ValueError: there are no atoms.
    """
    _check(atoms)
    return sum(contains_answer(reply, [atom]) for atom in atoms) / len(atoms)


def answer_atoms(answer: JsonValue) -> list[str]:
    """The strings, numbers, keys and values that a structured answer consists of, in order; true is "yes" (FanOutQA).

    Null has none.
    """
    if isinstance(answer, dict):
        return [atom for key, value in answer.items() for atom in (key, *answer_atoms(value))]
    if isinstance(answer, list):
        return [atom for value in answer for atom in answer_atoms(value)]
    if isinstance(answer, bool):
        return ["yes" if answer else "no"]
    return [str(answer)] if answer is not None and str(answer).strip() else []


def _f1(answer: str, gold: str) -> float:
    if answer != gold and (answer in _CLOSED or gold in _CLOSED):
        return 0.0
    given, wanted = answer.split(), gold.split()
    n_common = (Counter(given) & Counter(wanted)).total()
    if n_common == 0:
        return 0.0
    precision, recall = n_common / len(given), n_common / len(wanted)
    return 2 * precision * recall / (precision + recall)


def _parted(text: str) -> str:
    return normalized(unicodedata.normalize("NFKC", text).translate(_JOINS))


def _check(aliases: Sequence[str]) -> None:
    if not aliases:
        raise ValueError("no answer is known to be right: the measure is undefined")
