"""Verbs of English prose by rule, and how each is meant: plainly, negated, doubted or planned.

Knows word forms, auxiliaries and a few words before the verb; no grammar. What it does not take for a verb it does not
judge: it is used where a miss passes on to other checks and a false verb could refuse a true sentence.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Mood = Literal["", "doubt", "plan"]
Stem = Callable[[str], str]

# Base form first, then the forms that no stemmer folds.
_IRREGULAR = (
    "arise arose arisen|awake awoke|bear bore borne|beat beaten|become became|begin began begun|bend bent|"
    "bid bade|bind bound|bite bit bitten|blow blew blown|break broke broken|bring brought|build built|burn burnt|"
    "buy bought|catch caught|choose chose chosen|come came|creep crept|deal dealt|dig dug|draw drew drawn|"
    "drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|feed fed|feel felt|fight fought|"
    "find found|flee fled|fly flew flown|forbid forbade forbidden|forget forgot forgotten|freeze froze frozen|"
    "get got gotten|give gave given|go went gone|grow grew grown|hang hung|hear heard|hide hid hidden|hold held|"
    "keep kept|know knew known|lay laid|lead led|leave left|lend lent|lie lain|lose lost|make made|mean meant|"
    "meet met|pay paid|ride rode ridden|ring rang rung|rise rose risen|run ran|say said|see saw seen|seek sought|"
    "sell sold|send sent|shake shook shaken|shine shone|shoot shot|show shown|shrink shrank shrunk|"
    "sing sang sung|sink sank sunk|sit sat|sleep slept|slide slid|speak spoke spoken|spend spent|"
    "spring sprang sprung|stand stood|steal stole stolen|stick stuck|strike struck|swear swore sworn|sweep swept|"
    "swim swam swum|swing swung|take took taken|teach taught|tear tore torn|tell told|think thought|"
    "throw threw thrown|understand understood|undertake undertook undertaken|wake woke woken|wear wore worn|"
    "weep wept|win won|withdraw withdrew withdrawn|withhold withheld|write wrote written|overcome overcame|"
    "oversee oversaw overseen"
)
_BASE = {form: forms.split()[0] for forms in _IRREGULAR.split("|") for form in forms.split()}
# Forms that are nouns or adjectives as often: verbs only behind an auxiliary.
_UNSURE = frozenset("bear bound lead lay shot ground spring ring bid bit deal run show lie".split())  # noqa: SIM905
_SAME_IN_ALL_TENSES = frozenset("cut put set let shut split spread cost hit hurt burst quit read".split())  # noqa: SIM905
_BE = frozenset(["is", "are", "was", "were", "be", "been", "being"])
_HAVE_DO = frozenset(["has", "have", "had", "having", "does", "do", "did"])
_MODAL = frozenset(["can", "could", "will", "would", "may", "might", "must", "shall", "should", "cannot"])
_AUXILIARY = _BE | _HAVE_DO | _MODAL
_BETWEEN = frozenset(["not", "n't", "never", "also", "only", "then", "later", "first", "now", "still", "ever", "been",
                      "be", "being", "often", "sometimes", "soon", "already", "since", "again", "all", "both",
                      "always", "no", "longer"])  # fmt: skip
_DETERMINERS = frozenset(["the", "a", "an", "its", "his", "her", "their", "this", "that", "these", "those", "no", "any",
                          "all", "each", "every", "some", "our", "my", "your", "several", "most", "many"])  # fmt: skip
_PRONOUNS = frozenset(["i", "you", "he", "she", "it", "we", "they", "there", "him", "them", "us", "who", "what"])
_PREPOSITIONS = frozenset(
    ["of", "in", "on", "at", "by", "for", "from", "with", "as", "under", "over", "between", "into", "about",
     "without", "per", "among", "within", "and", "or", "than"]
)  # fmt: skip
_NO_VERBS = _AUXILIARY | _BETWEEN | _DETERMINERS | _PRONOUNS
_NOT_PAST = frozenset(
    ["hundred", "need", "needed", "red", "bed", "seed", "speed", "feed", "breed", "indeed", "united", "exceed",
     "proceed", "succeed", "shed", "sacred", "unprecedented", "limited", "embed", "aged", "so-called", "weed",
     "reed", "deed", "creed", "seabed", "riverbed", "based"]
)  # fmt: skip
_AFTER_TO = frozenset(
    ["fail", "fails", "failed", "refuse", "refuses", "refused", "decline", "declines", "declined", "unable", "able",
     "plan", "plans", "planned", "expect", "expected", "intend", "intends", "intended", "agree", "agreed", "decide",
     "decided", "begin", "began", "begun", "continue", "continued", "order", "ordered", "allow", "allowed", "ask",
     "asked", "ought", "had", "have", "has", "is", "are", "was", "were", "going", "need", "needs", "needed", "try",
     "tried", "propose", "proposed", "vote", "voted", "want", "wants", "wanted", "due", "supposed", "promised",
     "promise", "neglect", "neglected", "likely"]
)  # fmt: skip
_DENYING = frozenset(
    ["fail", "fails", "failed", "refuse", "refuses", "refused", "decline", "declines", "declined", "unable",
     "neglect", "neglects", "neglected", "omit", "omits", "omitted"]
)  # fmt: skip
_NEGATIVE = frozenset(
    ["not", "n't", "never", "cannot", "without", "nor", "neither", "hardly", "none", "nobody", "nothing"]
)
_DOUBT = frozenset(["may", "might", "could", "perhaps", "possibly", "maybe", "probably", "likely", "apparently",
                    "presumably", "allegedly", "reportedly", "seemingly", "seems", "seemed", "appears", "appeared",
                    "believed", "thought", "suspected", "if", "whether", "alleged"])  # fmt: skip
_PLAN = frozenset(
    ["will", "would", "shall", "should", "plans", "planned", "intends", "intended", "proposes", "proposed",
     "expected", "due", "ought", "hopes", "hoped", "wants", "wanted"]
)  # fmt: skip
_TOKEN = re.compile(r"n['’]t\b|[^\W\d_]+?(?=n['’]t\b)|[^\W\d_]+(?:-[^\W\d_]+)*|[;:,.()–—]")
_NO_DENIAL = re.compile(r"\b(?:not only|no (?:later|earlier|less|fewer|more) than|no\. ?\d|not least)\b", re.IGNORECASE)
_REACH = 5  # words before a verb among which what bears on it is looked for
_STOPS = frozenset(
    [";", ":", ".", "but", "which", "who", "while", "whereas", "because", "although", "after", "before", "that"]
)


@dataclass(frozen=True)
class Verb:
    """A verb at [start, end): the form as written, its base, and how it is meant."""

    word: str
    base: str
    start: int
    end: int
    is_negated: bool = False
    mood: Mood = ""


@dataclass(frozen=True)
class _Token:
    word: str  # lower case
    start: int
    end: int
    is_capital: bool


@lru_cache(maxsize=8192)
def _tokens(text: str) -> tuple[_Token, ...]:
    # "May" with a capital is a month, but for the sentence's first word before a subject, which asks.
    text = re.sub(r"\bMay\b", "   ", text)
    text = _NO_DENIAL.sub(lambda match: " " * len(match.group()), text)
    return tuple(
        _Token(match.group().lower().replace("’", "'"), *match.span(), match.group()[0].isupper())
        for match in _TOKEN.finditer(text)
    )


def base_form(word: str, stem: Stem) -> str:
    """What all forms of a word share: "rose", "risen" and "rises" are "rise", "opened" is "open"."""
    word = word.lower()
    return stem(_BASE[word]) if word in _BASE else stem(word)


def verbs(text: str, stem: Stem) -> list[Verb]:
    """The main verbs of a text in reading order, with negation and mood; auxiliaries are left out."""
    return list(_verbs(text, stem))


@lru_cache(maxsize=8192)  # several checks ask for those of the same sentences
def _verbs(text: str, stem: Stem) -> tuple[Verb, ...]:
    tokens = _tokens(text)
    return tuple(_verb(tokens, i, stem) for i in range(len(tokens)) if _is_verb(tokens, i))


def uses(base: str, text: str, stem: Stem) -> list[Verb]:
    """Every place where a text has a form of this word, verb or not ("approval" for "approve"), with its bearing."""
    tokens = _tokens(text)
    return [
        _verb(tokens, i, stem)
        for i, token in enumerate(tokens)
        if token.word not in _AUXILIARY and base_form(token.word, stem) == base
    ]


def _verb(tokens: tuple[_Token, ...], at: int, stem: Stem) -> Verb:
    token, before = tokens[at], _bearing(tokens, at)
    # An even number of negations cancels out: "did not fail to open".
    is_negated = (sum(word in _NEGATIVE or word in _DENYING for word in before) + _has_no_subject(tokens, at)) % 2 == 1
    doubt, plan = bool(_DOUBT & set(before)), bool(_PLAN & set(before))
    return Verb(
        text_of(token), base_form(token.word, stem), token.start, token.end, is_negated,
        "doubt" if doubt else "plan" if plan else "",
    )  # fmt: skip


def text_of(token: _Token) -> str:
    """The word, in lower case."""
    return token.word


def _bearing(tokens: tuple[_Token, ...], at: int) -> list[str]:
    """Words before the verb that may negate or qualify it: back to its clause's start or to another verb's words."""
    words: list[str] = []
    for i in range(at - 1, max(-1, at - 1 - _REACH), -1):
        word = tokens[i].word
        if word in _STOPS or (word in (",", "and", "or") and words and not set(words) <= _BETWEEN):
            break
        if word == "to" or word in _DENYING or word in _AUXILIARY or not _is_verb(tokens, i) or word in _DOUBT | _PLAN:
            words.append(word)
        else:
            break
    return words


def _has_no_subject(tokens: tuple[_Token, ...], at: int) -> bool:
    """Whether the clause's subject is denied: "No gate was opened", "None of the gates opened"."""
    start = next((i + 1 for i in range(at - 1, -1, -1) if tokens[i].word in {",", *_STOPS}), 0)
    within = [token.word for token in tokens[start:at]]
    reached = within[-_REACH:]
    return (
        bool(within)
        and within[0] in ("no", "none", "nobody", "nothing")
        and not set(reached) & {"none", "nobody", "nothing"}
    )


def _is_verb(tokens: tuple[_Token, ...], at: int) -> bool:
    token = tokens[at]
    word, before = token.word, tokens[at - 1].word if at else ""
    if not word[0].isalpha() or word == "n't" or word in _NO_VERBS:
        return False
    if token.is_capital and at:
        return False
    if _governor(tokens, at, word):
        return True
    if before in _DETERMINERS or before in _PREPOSITIONS - {"and", "or"}:
        return False
    is_past = (word.endswith("ed") and len(word) > 4 and "-" not in word and word not in _NOT_PAST) or (
        word in _BASE and word not in _UNSURE and _BASE[word] != word
    )
    behind = tokens[at + 1].word if at + 1 < len(tokens) else ""
    is_same = word in _SAME_IN_ALL_TENSES and before[:1].isalpha() and behind not in ("of", "by")
    return is_past or is_same or _is_third_person(tokens, at)


def _governor(tokens: tuple[_Token, ...], at: int, word: str) -> bool:
    """Whether an auxiliary or a "to" of purpose makes this a verb."""
    i = at - 1
    while i >= 0 and (tokens[i].word in _BETWEEN or tokens[i].word.endswith("ly")):
        if tokens[i].word in ("be", "been", "being"):
            break
        i -= 1
    if i < 0:
        return False
    governor = tokens[i].word
    is_participle = word.endswith(("ed", "en")) or word in _BASE or word in _SAME_IN_ALL_TENSES
    if governor in _MODAL or governor in ("did", "does", "do"):
        return word not in _DETERMINERS | _PREPOSITIONS and not word.endswith("ly")
    if governor in _BE or governor in ("has", "have", "had", "having"):
        return word not in _NOT_PAST and (is_participle or (governor in _BE and word.endswith("ing") and len(word) > 5))
    return governor == "to" and i == at - 1 and i > 0 and tokens[i - 1].word in _AFTER_TO and word not in _DETERMINERS


def _is_third_person(tokens: tuple[_Token, ...], at: int) -> bool:
    """ "The Assembly adopts the Act": an -s form between what may be a subject and an object's determiner."""
    word, before = tokens[at].word, tokens[at - 1].word if at else ""
    behind = tokens[at + 1].word if at + 1 < len(tokens) else ""
    has_form = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    has_subject = before[:1].isalpha() and before not in _PREPOSITIONS | _DETERMINERS | _AUXILIARY
    return has_form and has_subject and behind in _DETERMINERS | {"that"}
