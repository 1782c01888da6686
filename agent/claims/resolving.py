"""What a pronoun or "the company" at a sentence's beginning means: found in the sentence before, or refused.

By rule, and only where one reading is left: a claim checked under a wrong name is worse than one that is not checked.
Only what opens a sentence is resolved; a pronoun behind a name of its own sentence means that name more often than not.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from agent.grounding.verbs import Stem, verbs
from retrieval.dates import MONTHS
from retrieval.names import Name, proper_names

_OPENING = re.compile(
    r"(?:(?P<lead>(?:In|On|At|By|Since|After|Before|During|Until|From) [^,;]{2,40}, "
    r"|(?:However|Moreover|Later|Then|Also|But|And|Still|Instead),? ))?"
    r"(?P<said>(?P<pronoun>It|He|She|They|Its|His|Her|Their)|(?:The|This|That) (?P<head>[a-z]+))\b(?!-)",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"it (?:is|was|has been|had been|will be|would be|remains?|remained|seems?|seemed|appears?|appeared|may be|became)"
    r" (?:not |also |now |still )?(?:that|clear|unclear|likely|unlikely|possible|impossible|known|unknown|true|said|"
    r"reported|believed|thought|estimated|expected|agreed|found|decided|necessary|important|difficult|easy|hard|too|"
    r"only)\b|it (?:rained|snowed|took)\b",
    re.IGNORECASE,
)
# What a definite noun may stand for, by the last words that such names have.
_KINDS = {
    "company": "ltd limited inc corp corporation company co plc ag gmbh group holdings works industries partners",
    "authority": "authority agency office service",
    "board": "board",
    "committee": "committee",
    "commission": "commission inquiry",
    "council": "council",
    "court": "court tribunal",
    "ministry": "ministry department",
    "assembly": "assembly parliament congress",
    "university": "university college institute",
    "bank": "bank",
    "city": "city",
    "river": "river",
    "country": "",
    "man": "",
    "woman": "",
}
_SAME_KIND = {"firm": "company", "contractor": "company", "supplier": "company", "manufacturer": "company",
              "business": "company", "agency": "authority", "office": "authority", "parliament": "assembly",
              "tribunal": "court", "department": "ministry", "inquiry": "commission", "college": "university",
              "institute": "university"}  # fmt: skip
_OF_THINGS = frozenset(
    [*" ".join(_KINDS.values()).split(), "bridge", "barrage", "dam", "station", "school", "hospital", "church",
     "museum", "act", "law", "report", "treaty", "party", "union", "team", "club", "road", "street", "lake", "sea",
     "island", "mountain", "valley", "republic", "kingdom", "state", "county", "district", "airport", "port",
     "project", "programme", "program", "fund", "trust", "society", "association", "foundation", "league", "army",
     "police", "times", "post", "news", "journal", "register", "press", "centre", "center", "house", "hall", "tower",
     "party", "cup", "award", "prize", "festival", "war", "battle", "hotel", "theatre", "film", "gate", "lock",
     "canal"]
)  # fmt: skip
_PERSONAL, _PLURAL = frozenset(["he", "she", "his", "her"]), frozenset(["they", "their"])
_POSSESSIVE = frozenset(["its", "his", "her", "their"])
_TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Professor|Sir|Lord|Lady|President|Minister|Judge|Captain)\.? $")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DATE_WORDS = frozenset([*map(str.lower, MONTHS), *_WEEKDAYS])


@dataclass(frozen=True)
class Resolution:
    """A sentence that can stand alone, or why it cannot.

    Attributes:
        text: the sentence, with what it leant on put in.
        said: the words that were replaced; empty for none.
        meant: what was put in their place.
        refusal: why it was left as it is; empty where nothing is open.
    """

    text: str
    said: str = ""
    meant: str = ""
    refusal: str = ""

    @property
    def stands_alone(self) -> bool:
        """Whether nothing at its beginning leans on another sentence."""
        return not self.refusal


def resolved(sentence: str, before: str, stem: Stem, *, lexicon: Collection[str] = frozenset()) -> Resolution:
    """The sentence with its opening pronoun or definite noun replaced by the name that it means.

    Args:
        sentence: the sentence to make independent.
        before: the one sentence before it; empty for none.
        stem: folds word forms.
        lexicon: lower-case words known to be common, as for `proper_names`.
    """
    opening = _OPENING.match(sentence)
    if opening is None or _EXPLETIVE.match(sentence, opening.start("said")):
        return Resolution(sentence)
    said, pronoun = opening["said"], (opening["pronoun"] or "").lower()
    head = (opening["head"] or "").lower()
    kind = _SAME_KIND.get(head, head)
    if not pronoun and kind not in _KINDS:
        return Resolution(sentence)  # "The gates …" describes by itself
    if _is_named_within(sentence, opening, head):
        return Resolution(sentence)  # "The Board of Hallin", "the company Hallin"
    if not before.strip():
        return Resolution(sentence, refusal=f"“{said}” leans on a sentence that is not there")
    names = [one for name in proper_names(before, lexicon=lexicon) for one in _parted(name, before)]
    names = [name for name in names if name.words[0].lower() not in _DATE_WORDS]
    found = _meant(pronoun, kind, names, before, stem)
    if len(found) != 1:
        reason = "nothing" if not found else f"{len(found)} names ({', '.join(found)})"
        return Resolution(sentence, refusal=f"“{said}” may mean {reason} of the sentence before")
    meant = _possessive(found[0]) if pronoun in _POSSESSIVE else found[0]
    text = sentence[: opening.start("said")] + meant + sentence[opening.end("said") :]
    return Resolution(text, said=said, meant=meant)


def _parted(name: Name, before: str) -> list[Name]:
    """ "Orla Finch and Casper Ruhn", one run of capitals, as the two people that they are; all else as it is."""
    joint = re.search(r" and ", before[name.start : name.end])
    if joint is None:
        return [name]
    middle, behind = name.start + joint.start(), name.start + joint.end()
    n_first = len(proper_words := before[name.start : middle].split())
    first = replace(name, words=tuple(proper_words), end=middle)
    second = replace(name, words=name.words[n_first:], start=behind)
    are_people = n_first >= 2 and _is_person(first, before) and _is_person(second, before)
    return [first, second] if are_people else [name]


def _is_named_within(sentence: str, opening: re.Match[str], head: str) -> bool:
    behind = sentence[opening.end() : opening.end() + 40]
    return bool(head) and bool(re.match(r" (?:of|for|in|that|which|who)\b| [A-Z]", behind))


def _meant(pronoun: str, kind: str, names: Sequence[Name], before: str, stem: Stem) -> list[str]:
    if pronoun in _PLURAL:
        return _joined_subject(names, before, stem)
    subject = _subjects(names, before, stem)
    if pronoun in _PERSONAL:
        people = [name for name in names if _is_person(name, before)]
        leading = [name for name in people if name in subject]
        return _texts(leading if len(people) > 1 and len(leading) == 1 else people, before)
    if pronoun:
        return _texts([name for name in subject if not _is_person(name, before)], before)
    endings = _KINDS[kind].split()
    fitting = [
        name for name in names if name.words[-1].lower().rstrip(".") in endings or name.words[0].lower() in endings
    ]
    if kind == "company" and not fitting:  # "Hallin lost 3 million. The company …"
        fitting = [name for name in subject if len(name.words) == 1 and not _is_person(name, before)]
    return _texts(fitting, before)


def _subjects(names: Sequence[Name], before: str, stem: Stem) -> list[Name]:
    """The name that the sentence is about: the last before its first verb is within "of" or "in", so the first; where
    two are joined there, both."""
    found = verbs(before, stem)
    auxiliary = re.search(r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might)\b", before)
    ends = [verb.start for verb in found[:1]] + ([auxiliary.start()] if auxiliary else [])
    until = min(ends, default=0)
    leading = [name for name in names if name.end <= until]
    leading = [
        name
        for name in leading
        if not re.search(r"\b(?:In|On|At|of|in|at|by|for|from|with) (?:the )?$", before[: name.start])
    ]
    return (
        leading[:2]
        if len(leading) > 1 and re.search(r"\band\b", before[leading[0].end : leading[1].start])
        else leading[:1]
    )


def _joined_subject(names: Sequence[Name], before: str, stem: Stem) -> list[str]:
    """ "Orla Finch and Casper Ruhn" as one; nothing where the subject is no such pair."""
    subject = _subjects(names, before, stem)
    return [before[subject[0].start : subject[1].end]] if len(subject) == 2 else []


def _is_person(name: Name, before: str) -> bool:
    words = [word.lower().rstrip(".") for word in name.words]
    if _TITLE.search(before[: name.start]):
        return True
    is_thing = any(word in _OF_THINGS for word in words) or any(word.isupper() and len(word) > 1 for word in name.words)
    has_article = bool(re.search(r"\b[Tt]he $", before[: name.start])) or before[name.start : name.end].startswith(
        "The "
    )
    return len(words) in (2, 3) and not is_thing and not has_article and not re.search(r"\d", name.text)


def _texts(names: Sequence[Name], before: str) -> list[str]:
    """The names as they are written, each once; a name with an article keeps it."""
    texts = []
    for name in names:
        article = "the " if re.search(r"\b[Tt]he $", before[: name.start]) else ""
        texts.append(f"{article}{before[name.start : name.end]}".removesuffix("’s").removesuffix("'s"))
    return [text[:1].upper() + text[1:] for text in dict.fromkeys(texts)]


def _possessive(name: str) -> str:
    return f"{name}’" if name.endswith("s") else f"{name}’s"
