"""Proper names in what people say to one another, where half of the capital letters are "Wow", "Thanks" and "I'm".

Knows English capitals, contractions and what is written in lower case elsewhere; not who or what bears a name. Names
typed without capitals are not seen.
"""

import re
from collections.abc import Collection, Iterator

from memory.unit_records import folded
from retrieval.names import bare_word, proper_names, words_of

_CONTRACTION = re.compile(r"\b\w+['’](?:m|ve|ll|d|re|t)\b", re.IGNORECASE)
# What follows a first word that is the subject of its sentence: "Karlie passed away", "Max and I", "Anna's mother".
_SUBJECT = re.compile(
    r"\b([^\W\d_]\w+)(?=['’]s\b|,?\s+(?:is|was|has|had|and\s+I|will|would|can|said|says|told|asked|loves|likes|wants|"
    r"got|went|came|made|gave|knows|works|lives|\w{2,}ed)\b)"
)
# In talk "Zoë and Olga" are two; a firm whose name has an "and" counts as two as well.
_AND = re.compile(r"\s+(?:and|&)\s+|['’]s\b", re.IGNORECASE)
_NO_NAMES = frozenset(
    ["ok", "btw", "lol", "omg", "tbh", "imo", "fyi", "asap", "tv", "diy", "monday", "tuesday", "wednesday", "thursday",
     "friday", "saturday", "sunday", "january", "february", "march", "april", "may", "june", "july", "august",
     "september", "october", "november", "december", "last", "next", "hey", "hi", "hello", "yeah", "yes", "wow", "oh",
     "bye", "thanks", "congrats", "aww", "haha", "well", "that", "it", "there", "here", "what", "who", "how", "let",
     "he", "she"]
)  # fmt: skip


class _Everything(Collection[str]):
    """A lexicon of all words: with it, only capitals inside a sentence make a name."""

    def __contains__(self, word: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def spoken_names(text: str, *, around: str = "") -> list[str]:
    """Names in reading order, each once, as written.

    A word that opens a sentence is a name only if it is one inside a sentence too, or stands there as a subject does
    and is nowhere in lower case.

    Args:
        text: what was said.
        around: what was said before, from which it is learnt which words are names and which are common.
    """
    said, heard = _CONTRACTION.sub(_blank, text), _CONTRACTION.sub(_blank, around)
    lexicon = _openers(f"{heard}\n{said}")
    found: dict[str, str] = {}
    for run in proper_names(said, lexicon=lexicon):
        for name in _AND.split(said[run.start : run.end]):
            words = [bare_word(word) for word in name.split()]
            words = [word for word in words if len(word) > 1 and word.lower() not in _NO_NAMES]
            if words:
                found.setdefault(folded(" ".join(words)), " ".join(words))
    return list(found.values())


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _openers(heard: str) -> set[str]:
    """Capitalised words, in lower case, that are no names where they open a sentence."""
    words = words_of(heard)
    common = {word for word in words if word.islower()}
    names = {word.lower() for name in proper_names(heard, lexicon=_Everything()) for word in name.words}
    names |= {subject.lower() for subject in _SUBJECT.findall(heard)} - common
    return {word.lower() for word in words if not word.islower()} - names
