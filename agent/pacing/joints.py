"""Where two sentences can be one, and one can be two, with every word kept: by rules that would rather find nothing.

Joined are short neighbours with the same subject. Parted is a long sentence at a semicolon or an ", and" behind which
a whole sentence stands, if nothing before it reaches over: not who says it ("said that"), not when or where ("In 2018,
…"), no relative clause, no list. What stands behind must open with a name or an article and show its verb at once: on
text by people looser rules made "Was substituted out for Campbell." (`docs/log.md`).
"""

import re
from collections.abc import Collection, Iterator

from prompts.attributing import lower_first
from prompts.statements import is_anaphoric, is_prose, shows_verb
from retrieval.names import proper_names

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
    r"Once|Later|Then|Today|Meanwhile|Also|Here|There|No|Not|Never|Nor|But|And|Or|Yet|Due|Against|Like|Even|Given|Upon|Across|Behind|Beside|Near|\w+ing|\d\S*)\b"
)
_OPENS_CLAUSE = re.compile(r"(?:the|a|an|both|all|many|most|some|nobody)\s|(?-i:[A-Z])", re.IGNORECASE)
_COUNT = re.compile(r"(?:One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten|Eleven|Twelve)\b")
_FINITE = re.compile(
    r"\s(?:is|are|was|were|has|have|had|does|did|can|could|will|would|may|might|must|shall|should)\s|"
    r"(?<!\ba)(?<!\ban)(?<!\bthe)(?<!\band)(?<!\bof)(?<!\bby)\s[a-z]{3,}ed\s"
)


def subject_of(sentence: str, *, lexicon: Collection[str] = frozenset()) -> str:
    """The opening up to the end of its first name, in small letters; empty where no name opens it.

    Args:
        sentence: a sentence.
        lexicon: lower-case words known to be common: what opens a sentence with a capital need be no name.
    """
    name = next(iter(proper_names(sentence, lexicon=lexicon)), None)
    if name is None or name.start > _MOST_BEFORE_NAME or "," in sentence[: name.end]:
        return ""
    if shows_verb(f" {sentence[: name.start]}") or _COUNT.match(sentence):
        return ""
    if re.search(r"[’']s?$", sentence[: name.end]) or re.match(r"[’']", sentence[name.end :]):
        return ""  # "Orme's rope" and "Orme's brake" are two
    return sentence[: name.end].lower()


def joined(first: str, second: str, *, lexicon: Collection[str] = frozenset()) -> list[str]:
    """The two as one sentence, by a semicolon and by "and"; empty where they should stay two."""
    lengths = len(first.split()), len(second.split())
    if max(lengths) > SHORT_WORDS or sum(lengths) > MOST_JOINED_WORDS:
        return []
    if _UNFIT.search(first) or _UNFIT.search(second) or _SHORTENED.search(first):
        return []
    if not first.endswith(".") or not second.endswith(".") or first.startswith("According to "):
        return []
    subject = subject_of(first, lexicon=lexicon)
    is_same = bool(subject) and subject == subject_of(second, lexicon=lexicon) and not is_anaphoric(second)
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
        if _REACHES_OVER.search(left) or ", " in left:
            return  # it reaches over every later boundary, too
        if min(len(left.split()), len(right.split())) < LEAST_PARTED_WORDS or not _OPENS_CLAUSE.match(right):
            continue
        whole = f"{left}.", f"{right[:1].upper()}{right[1:]}"
        if _ADVERBIAL.match(whole[1]) or is_anaphoric(whole[1]) or not all(map(_is_sentence, whole)):
            continue
        yield whole


def _is_sentence(text: str) -> bool:
    """Whether its verb shows, before any clause that hangs on it and any comma: what a list parts has none."""
    hanging = _REACHES_OVER.search(text)
    main = text[: hanging.start()] if hanging else text
    return is_prose(text) and bool(_FINITE.search(f"{main.partition(', ')[0]} "))
