"""Who is told of, and whose thing is told of? "The budget of the Authority was generous" says nothing of the Authority.

Small models leave out what a thing is and keep whose it is. Every word of the shorter sentence is in the evidence, so
that only the place of the name tells. By word order, without a parse.
"""

import re
from collections.abc import Collection, Sequence

from retrieval.names import Name, opening, proper_names

_OWNED_BEFORE = re.compile(r"\bof\s+(?:(?:the|its|this|that|an?)\s+)?$", re.IGNORECASE)
_OWNER = re.compile(r"\s*(?:['’]s\b|['’](?=\s))")
# "The Orme Office board" tells of a board.
_THING = re.compile(r"\s+(?!(?:for|in|of|on|at|is|are|was|were|has|have|had|did|does|will|would)\b)([a-z]{3,})\b")
_PREDICATE = re.compile(r"\s+[a-z]")


def owners_told_of(claim: str, quotes: Sequence[str], *, lexicon: Collection[str] = frozenset()) -> list[str]:
    """The name that the claim opens with and tells of, where all quotations that have it tell of a thing of it alone
    ("of NAME", "NAME's"); at most one. Read off places: it may refuse a right sentence, which is then quoted."""
    subject = _opening_name(claim, lexicon)
    if subject is None:
        return []
    thing = _THING.match(claim, subject.end)
    is_owner = [
        _is_owner(quote, name) and not (thing and _is_thing_of(thing.group(1), quote, name))
        for quote in quotes
        for name in proper_names(quote, lexicon=lexicon)
        if _same(subject, name)
    ]
    return [subject.text] if is_owner and all(is_owner) else []


def _opening_name(claim: str, lexicon: Collection[str]) -> Name | None:
    first = next(iter(proper_names(claim, lexicon=lexicon)), None)
    if first is None or first.start > opening(claim) or _is_owner(claim, first):
        return None
    return first if _PREDICATE.match(claim, first.end) else None


def _is_thing_of(word: str, quote: str, name: Name) -> bool:
    """Whether the word stands there before the name, or behind its possessive: as the thing that it owns."""
    owned = rf"['’]s?\s+{word}\b"  # a name may end with its possessive, or before it
    return bool(re.search(rf"\b{word}\b", quote[: name.start]) or re.search(owned, quote[name.end - 2 :]))


def _same(one: Name, other: Name) -> bool:
    return set(one.words) <= set(other.words) or set(other.words) <= set(one.words)


def _is_owner(text: str, name: Name) -> bool:
    own = text[name.start : name.end]
    is_possessive = own.endswith(("'s", "’s", "s'", "s’")) or _OWNER.match(text, name.end) is not None
    return is_possessive or _OWNED_BEFORE.search(text[: name.start]) is not None
