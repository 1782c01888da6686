"""Where two sentences can be one, and one can be two, with every word kept: by rules that would rather find nothing.

Joined are short neighbours with the same subject. Parted is a long sentence at a semicolon or an ", and" behind which
a whole sentence stands, if nothing before it reaches over: not who says it ("said that"), not when or where ("In 2018,
…"), no relative clause.
"""

import re
from collections.abc import Iterator

from agent.grounding.names import proper_names
from prompts.statements import is_anaphoric, is_prose, lower_first, shows_verb

SHORT_WORDS, MOST_JOINED_WORDS = 18, 34
LONG_WORDS, LEAST_PARTED_WORDS = 22, 6
_MOST_BEFORE_NAME = 30  # characters of "The board of the" and its like
_PRONOUN = re.compile(r"(?:It|He|She|They)\s")
_UNFIT = re.compile(r"[;:“”\"«»()\[\]]|\b[A-Z]\.|\s['‘]")
_SHORTENED = re.compile(r"(?:^|\s)(?:\w{1,3}|\w*\.\w+)\.$")
_BOUNDARY = re.compile(r"; (?:and )?|, and ")
_REACHES_OVER = re.compile(
    r"\b(?:that|which|who|whom|whose|because|although|though|if|unless|when|while|whereas|where|after|before|since|until|"
    r"as|than|whether|either|neither|both|between|so|said|says|told|stated|wrote|claimed|argued|reported|found|"
    r"according|how|why|what)\b|[“”\"():]",
    re.IGNORECASE,
)
_ADVERBIAL = re.compile(
    r"(?:In|On|At|By|During|Under|For|With|Within|Without|From|Between|Through|Throughout|Over|Among|Of|To|Despite|Only|"
    r"Once|Later|Then|Today|Meanwhile|Also|Here|There|No|Not|Never|Nor|But|And|Or|Yet|\d\S*)\b"
)
_OPENS_CLAUSE = re.compile(
    r"(?:(?:the|a|an|its|their|his|her|this|these|both|all|many|most|some)\s+)?[\w’'-]+", re.IGNORECASE
)


def subject_of(sentence: str) -> str:
    """The opening up to the end of its first name, in small letters; empty where no name opens it."""
    name = next(iter(proper_names(sentence)), None)
    if name is None or name.start > _MOST_BEFORE_NAME or "," in sentence[: name.end]:
        return ""
    if re.search(r"[’']s?$", sentence[: name.end]) or re.match(r"[’']", sentence[name.end :]):
        return ""  # "Orme's rope" and "Orme's brake" are two
    return sentence[: name.end].lower()


def joined(first: str, second: str) -> list[str]:
    """The two as one sentence, by a semicolon and by "and"; empty where they should stay two."""
    lengths = len(first.split()), len(second.split())
    if max(lengths) > SHORT_WORDS or sum(lengths) > MOST_JOINED_WORDS:
        return []
    if _UNFIT.search(first) or _UNFIT.search(second) or _SHORTENED.search(first):
        return []
    if not first.endswith(".") or not second.endswith(".") or first.startswith("According to "):
        return []
    subject = subject_of(first)
    is_same = bool(subject) and subject == subject_of(second) and not is_anaphoric(second)
    if not is_same and not (subject and _PRONOUN.match(second)):
        return []
    rest = lower_first(second)
    return [f"{first[:-1]}; {rest}", f"{first[:-1]}, and {rest}"]


def parted(sentence: str) -> list[tuple[str, str]]:
    """The sentence as two, for each boundary; empty where it should stay one."""
    if len(sentence.split()) < LONG_WORDS or not sentence.endswith(".") or _ADVERBIAL.match(sentence):
        return []
    return list(_parted(sentence))


def _parted(sentence: str) -> Iterator[tuple[str, str]]:
    for boundary in _BOUNDARY.finditer(sentence):
        left, right = sentence[: boundary.start()], sentence[boundary.end() :]
        if _REACHES_OVER.search(left):
            return  # it reaches over every later boundary, too
        if min(len(left.split()), len(right.split())) < LEAST_PARTED_WORDS:
            continue
        whole = f"{left}.", f"{right[:1].upper()}{right[1:]}"
        if _ADVERBIAL.match(whole[1]) or is_anaphoric(whole[1]) or not all(map(_is_sentence, whole)):
            continue
        yield whole


def _is_sentence(text: str) -> bool:
    """Whether it has a subject before a verb that shows; an ", and" of a list parts what has none."""
    opening = _OPENS_CLAUSE.match(text)
    return opening is not None and is_prose(text) and shows_verb(text) and not shows_verb(f" {opening[0]}")
