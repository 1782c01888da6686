"""Does a sentence say the opposite of its evidence, or with another certainty? For sentences written freely.

Overlap measures are blind here: "before" for "after", "rejected" for "approved" or an added "may have" change one word
of twenty. Small closed lists catch the common ones; what they do not list, they do not see.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

# Each opposition is two groups of words, in their base forms and irregular ones; within a group all say the same here.
_OPPOSITIONS = (
    ("before earlier prior preceding", "after later since following subsequent subsequently"),
    ("more greater higher larger bigger longer above exceed over", "less fewer lower smaller shorter below under"),
    ("most majority", "few minority least"),
    (
        "increase rise rose risen grow grew grown climb gain",
        "decrease fall fell fallen decline drop shrink shrank lost",
    ),
    (
        "approve accept adopt pass agree grant allow permit",
        "reject refuse decline deny denied withdraw withdrew forbid ban",
    ),
    ("win won", "lose lost"),
    ("open begin began begun start", "close end stop cease"),
    ("first", "last final"),
    ("always", "never"),
    ("all every each", "some several none"),
    ("succeed success", "fail failure unsuccessful"),
    ("support favour favor", "oppose object"),
    ("include", "exclude except"),
    ("possible able", "impossible unable"),
    ("true correct right", "false incorrect wrong"),
    ("import", "export"),
    ("buy bought purchase acquire", "sell sold"),
    ("marry", "divorce"),
    ("add", "remove delete"),
    ("north northern", "south southern"),
    ("east eastern", "west western"),
    ("maximum", "minimum"),
    ("public", "private"),
    ("confirm admit", "deny denied dispute"),
    ("innocent acquit", "guilty convict sentence"),
)
_DOUBT = frozenset(
    ["may", "might", "could", "perhaps", "possibly", "maybe", "probably", "likely", "apparently", "presumably",
     "allegedly", "reportedly", "seemingly", "seems", "seemed", "appears", "appeared", "suggests", "suggested",
     "believed", "thought", "suspected"]
)  # fmt: skip
_PLANNED = frozenset(
    ["will", "would", "shall", "should", "plans", "planned", "intends", "intended", "proposes", "proposed", "expected"]
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")


def _words(text: str) -> list[str]:
    # "May" in mid-sentence is a month; a sentence-opening "May" is so nearly always, too.
    return [word.lower() for word in _WORD.findall(re.sub(r"\bMay\b", " ", text))]


@lru_cache(maxsize=4)
def _stemmed_oppositions(stem: Callable[[str], str]) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """The two sides of each opposition as this stemmer's stems; a run has one stemmer."""

    def stems(side: str) -> frozenset[str]:
        return frozenset(stem(word) for word in side.split())

    return tuple((stems(one), stems(other)) for one, other in _OPPOSITIONS)


def opposites(text: str, evidence: str, stem: Callable[[str], str]) -> list[tuple[str, str]]:
    """Pairs (said, evidence's word): the text uses one side of an opposition where the evidence has only the other."""
    said = {stem(word): word for word in _words(text)}
    known = {stem(word): word for word in _words(evidence)}
    found = []
    for sides in _stemmed_oppositions(stem):
        for ours, theirs in (sides, sides[::-1]):
            mine, other = sorted(ours & said.keys()), sorted(theirs & known.keys())
            if mine and other and not ours & known.keys() and not theirs & said.keys():
                found.append((said[mine[0]], known[other[0]]))
    return found


def certainty_faults(text: str, evidence: Sequence[str]) -> list[str]:
    """Where the text doubts or plans what no evidence does, or states flatly what all of its evidence doubts or plans.

    Args:
        text: One sentence.
        evidence: The quotations that it cites, each by itself.
    """
    words = set(_words(text))
    quotes = [set(_words(quote)) for quote in evidence]
    faults = []
    for marks, name in ((_DOUBT, "doubt"), (_PLANNED, "plan")):
        said = sorted(words & marks)
        if said and not any(quote & marks for quote in quotes):
            faults.append(f"“{said[0]}” makes a {name} of what the evidence states")
        if not words & (_DOUBT | _PLANNED) and quotes and all(quote & marks for quote in quotes):
            faults.append(f"it states what the evidence gives as a {name}")
    return faults
