"""Whom "he", "it" and "that company" of a question mean: names of what was asked and answered before it.

By rules, for English. Knows no grammar beyond word order, so it names what it puts in, and `/why` shows it.
"""

import re
from collections.abc import Sequence

from lm.types import Frozen
from prompts.statements import FUNCTION_WORDS
from retrieval.names import proper_names

_PERSON = re.compile(r"\b(?:he|she|him|his|hers?)\b", re.IGNORECASE)
_THING = re.compile(
    r"\b(?:it|its|they|them|their)\b"
    # "that company"; and "that" or "this" alone, before a verb or at the end.
    r"|\b(?:this|that|these|those)"
    r"(?=\s*(?:\?|$)|\s+(?:is|was|are|were|did|do|does|has|have|had|happen|mean|cost)\b)",
    re.IGNORECASE,
)
_THAT_KIND = re.compile(r"\b(?:this|that|these|those|the same) (?P<kind>[a-z][a-z-]+)\b(?<!ing)", re.IGNORECASE)
# "Is it true that", "how long did it take to", "what time is it": nothing is meant by it.
_EMPTY_IT = re.compile(r"\bis it (?:true|possible|known|likely)\b|\bit (?:take|took|rain|mean)s?\b", re.IGNORECASE)
_POSSESSIVE = {"his", "its", "their", "hers"}
_ARTICLE = re.compile(r"\b(the|in|at|near|from)\s+$", re.IGNORECASE)
# "contract K-04": a code alone says little.
_KIND_BEFORE = re.compile(r"\b([a-z]{3,})\s+$")
_ORDINARY = frozenset(
    ["for", "from", "with", "into", "and", "was", "did", "the", "has", "had", "about", "does", "were"]
)
_FOLLOWS = re.compile(r"\s+([a-z]{3,})\b")
_DID = re.compile(r"\b(?:do|does|did|can|could|will|would)\b", re.IGNORECASE)
_WAS = re.compile(r"\b(?:is|are|was|were)\b", re.IGNORECASE)
_VERB = re.compile(r"[a-z]+(?:ed|ing)|built|made|paid|held|lost|sold|sent|found|known|taken|given|written|called")
_HAS_DIGIT = re.compile(r"\d")


class Asked(Frozen):
    """A question that can be understood alone, and what was answered."""

    question: str
    answer: str


class _Named(Frozen):
    text: str
    is_person: bool


def leans_on_names(question: str) -> bool:
    """Whether a word of the question stands for a name that is not in it, or not before that word."""
    return _first_reference(question) is not None


def with_names(question: str, before: Sequence[Asked]) -> str:
    """The question with a name in the place of its first pronoun, if one is found; the newest exchange is the last."""
    match = _first_reference(question)
    if match is None:
        return question
    if match.re is _THAT_KIND:
        name = _of_kind(match["kind"], before)
    else:
        name = _antecedent(before, wants_person=_PERSON.fullmatch(match.group()) is not None)
    if name is None:
        return question
    return question[: match.start()] + _in_place_of(match, name, question) + question[match.end() :]


def _first_reference(question: str) -> re.Match[str] | None:
    if _EMPTY_IT.search(question):
        return None
    found = [m for pattern in (_PERSON, _THING, _THAT_KIND) if (m := pattern.search(question))]
    first = min(found, key=lambda match: match.start(), default=None)
    names = [name.start for name in proper_names(question) if name.start > 0]
    # "Did Krenn say why he resigned?" says itself whom it means.
    if first is None or any(start < first.start() for start in names):
        return None
    return first


def _in_place_of(match: re.Match[str], name: str, question: str) -> str:
    word = match.group().lower()
    if match.re is _THAT_KIND:
        return f"the {match['kind']} {name.removeprefix('the ')}"
    follows = question[match.end() :]
    if word in _POSSESSIVE or (word == "her" and re.match(r"\s+[a-z]", follows)):
        return f"{name}’" if name.endswith("s") else f"{name}’s"
    return name


def _of_kind(kind: str, before: Sequence[Asked]) -> str | None:
    """What "that company" is: the answer, where it was asked for ("which company"), else what was spoken of."""
    last = before[-1]
    asked_for = re.search(rf"\b(?:which|what) {re.escape(kind)}\b", last.question, re.IGNORECASE)
    texts = (last.answer, last.question) if asked_for else (last.question, last.answer)
    return next((name.text for text in texts for name in _names(text)), None)


def _antecedent(before: Sequence[Asked], *, wants_person: bool) -> str | None:
    for asked in reversed(before):
        for text in (asked.question, asked.answer):
            fitting = [name for name in _names(text) if name.is_person == wants_person]
            if fitting:
                return fitting[0].text
    # Of nobody it is sure who is a person: any name rather than none.
    everything = [name for asked in reversed(before) for name in _names(f"{asked.question} {asked.answer}")]
    return everything[0].text if everything and not wants_person else None


def _head_noun(text: str, start: int, end: int) -> str:
    """ " cableway" of "When was the Brenholt cableway opened?"; behind "did" what follows a name is a verb."""
    follows = _FOLLOWS.match(text, end)
    if not follows or follows[1] in FUNCTION_WORDS or _DID.search(text[:start]) or not _WAS.search(text[:start]):
        return ""
    return "" if _VERB.fullmatch(follows[1]) else f" {follows[1]}"


def _names(text: str) -> list[_Named]:
    found = []
    for name in proper_names(text):
        shown = text[name.start : name.end]
        ahead = text[: name.start]
        article, kind = _ARTICLE.search(ahead), _KIND_BEFORE.search(ahead)
        is_code = bool(_HAS_DIGIT.search(shown)) and len(name.words) == 1
        is_person = len(name.words) in (2, 3) and not article and not _HAS_DIGIT.search(shown)
        if article and article[1].lower() == "the":
            shown = f"the {shown}{_head_noun(text, name.start, name.end)}"
        elif is_code and kind and kind[1] not in _ORDINARY:
            shown = f"{kind[1]} {shown}"
        found.append(_Named(text=shown, is_person=is_person))
    return found
