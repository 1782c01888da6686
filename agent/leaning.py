"""What a true quotation leans on when it stands alone: the day on which it was written, or a thing introduced before.

"The Authority today celebrates the opening" is true on one day; "The repair was deferred" is true of the repair that
the sentence before tells of. What opens with a pronoun or points ("this arm") is `prompts.statements.is_anaphoric`.

Knows words and a paragraph of the source; no grammar beyond `agent.grounding.verbs`. In doubt a sentence stands.
"""

import re
from collections.abc import Iterator, Sequence

from agent.grounding.verbs import Stem, verbs
from retrieval.dates import dates

_PERIOD = "(?:week|weekend|month|quarter|year|spring|summer|autumn|winter|season|decade|century)"
_WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_NUMBER = r"(?:\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten|some|several|many|few)"
_PRESENT = "(?:is|are|has|have|can|will|may|must|does|do|should)"
# What comes first tells the time: "by now it has paid those who were hurt" is told of the present.
_BEFORE_PRESENT = rf"(?:(?!\b{_PRESENT}\b)[^;])*"
_NOT_OF_AGES = r"(?<!\d )(?<!hundred )(?<!thousand )(?<!illion )(?<!undreds of )(?<!housands of )(?<!illions of )"
# "USA Today" is a paper, "2 million years ago" is long ago whoever says it, "the last year of the war" is a year.
_DAY_WORD = re.compile(
    "|".join(
        (
            r"\btoday\b(?![’'-])|\btoday[’']s (?=[a-z])|^Today(?=,? [a-z])",
            r"(?:\b(?:yesterday|tomorrow|tonight)|(?:^|(?<=[“\"‘(]))(?:Yesterday|Tomorrow|Tonight))\b(?! [A-Z])",
            r"(?<!was )(?<!were )(?<!been )\b[Cc]urrently\b|\b(?:[Nn]owadays|[Pp]resently)\b",
            r"\b[Aa]t present(?=[,.;)]| [a-z])(?! time)|\b[Aa]t the moment\b(?! (?:of|when|that))",
            r"\b(?<!had )(?<!only )(?<!until )(?<![Mm]ore )(?<![Mm]ost )[Rr]ecently\b(?! as)",
            r"\b(?:[Uu]ntil further notice|[Ff]or the (?:time being|present)|[Tt]o this day)\b",
            r"(?<!all )\b[Tt]hese days\b",
            r"\b(?:[Aa]t|[Aa]s of) (?:the )?time of writing\b|\b[Aa]s of (?:this writing|now|today)\b",
            rf"\b(?:[Rr]ight|[Ff]or) now\b|\b(?<!had )[Uu]ntil now\b(?!{_BEFORE_PRESENT}\bhad\b)",
            rf"\b(?<!had )(?<!was )(?<!were )(?:[Bb]y|[Ff]rom) now\b(?!{_BEFORE_PRESENT}\b(?:had|was|were)\b)",
            rf"\b[Tt]his (?:morning|afternoon|evening|{_PERIOD})\b",
            r"(?<![Tt]he )(?<!his )(?<!her )(?<!its )(?<!their )(?<!a )(?<!of )"
            rf"\b[Ll]ast (?:night|{_PERIOD}|{_WEEKDAY})\b(?![-’'])",
            rf"(?<![Tt]he )(?<!a )\b[Nn]ext (?:{_PERIOD}|{_WEEKDAY})\b(?![-’'])",
            rf"(?<![\d,.])\b{_NUMBER} (?:day|week|month|year|decade)s? ago\b",
            rf"\b(?:long|{_NOT_OF_AGES}years|months|weeks) ago\b",
        )
    )
)
# Told of the past, "now" is a day of the story: "the hole was now 5 metres deep", "by now the river had risen".
_NOW = re.compile(
    rf"(?<!\b[Ww]hat )\b{_PRESENT}(?: also| not)? now\b|\b[Nn]ow {_PRESENT}\b|^Now,? (?!that\b)[a-z]|"
    r"\b(?:here|there) now\b"
)
_PLACED = re.compile(r"(?:In|By|Since|As of) (?:\w+ )?\d{4},")

_OPENING = re.compile(r"^(?:(?:In|On|At|By|Since|After|Before|During|Until|From) [^,;]{2,40}, t|T)he ")
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_COUNT = frozenset("two three four five six seven eight nine ten eleven twelve few several".split())  # noqa: SIM905
_SOME = _COUNT | frozenset("a an one another some many no each every any".split())  # noqa: SIM905
_UNIQUE = frozenset(
    """only first second third fourth fifth last next final same other whole most best worst main chief sole former
    latter current general public average total""".split()  # noqa: SIM905
)
# Known without having been introduced.
_KNOWN = frozenset("government police public media press country world weather state army sea sun author".split())  # noqa: SIM905
# What is called by the last word of its name, "the Act", says little where the name has not been said.
_TEXTS = frozenset(
    """Act Bill Law Treaty Agreement Convention Contract Directive Regulation Resolution Protocol Order Decree
    Charter""".split()  # noqa: SIM905
)
# What is always of something: "the repair would have cost 2,300 crowns" is of a siren's link, or of a dam.
_OF_SOMETHING = frozenset(
    """repair cost price delay replacement deferral increase decrease reduction sum amount difference payment request
    reply letter purchase removal""".split()  # noqa: SIM905
)
_ADVERBS = frozenset(
    """also then thus therefore later soon now still already never often once again only itself themselves alone
    however meanwhile finally subsequently together""".split()  # noqa: SIM905
)
_BEHIND = frozenset(
    """of in on at by for from with to about between among under over against within into near behind beside along
    that which who whom whose where when why whether how as than and or such""".split()  # noqa: SIM905
)
_AUXILIARY = frozenset(
    """is are was were be been has have had does do did can could will would may might must shall should
    cannot""".split()  # noqa: SIM905
)
_FINITE = re.compile(rf"\b(?:{'|'.join(sorted(_AUXILIARY))})\b")
_SAYS_WHICH = re.compile(rf"\s*\d|\s+[A-Z]|\s*[,(:;/]|\W*(?:{'|'.join(sorted(_BEHIND))})\b")
_PART_ENDS = re.compile(r"[,;]|\b(?:and|but|or|which|who|that|when|while|because|if|after|before)\b")
_MOST_MODIFIERS = 2


def day_word(sentence: str) -> str:
    """The word that makes a sentence true on one day only, "today" or "last year"; empty for none, or behind a date."""
    found = [match for pattern in (_DAY_WORD, _NOW) if (match := pattern.search(sentence))]
    if not found:
        return ""
    first = min(found, key=lambda match: match.start())
    known = [date for date in dates(sentence) if date.end <= first.start()]
    is_placed = bool(known) or bool(_PLACED.match(sentence))
    return "" if is_placed else first.group()


def subject_head(sentence: str, stem: Stem) -> tuple[str, bool] | None:
    """The head noun of "The repair was …", and whether it is counted ("the three items").

    None where the sentence opens otherwise, or says itself which is meant: "the repair of C6", "the largest defect".
    """
    opening = _OPENING.match(sentence)
    if opening is None:
        return None
    words, end = _noun_words(sentence, opening.end(), stem)
    behind = sentence[end : end + 12]
    if not words or _SAYS_WHICH.match(behind):
        return None
    is_counted = words[0] in _COUNT
    words = words[is_counted:]
    if words and words[0][0].isupper():
        return (words[0], False) if words[0] in _TEXTS and len(words) == 1 else None
    is_bare = (
        0 < len(words) <= 1 + _MOST_MODIFIERS
        and all(word.islower() and word not in _UNIQUE and "’" not in word and "'" not in word for word in words)
        and not any(word.endswith("est") for word in words[:-1])
        and words[-1] not in _KNOWN
        and not _has_participle(sentence, end, stem)
    )
    return (words[-1], is_counted) if is_bare else None


def _noun_words(sentence: str, start: int, stem: Stem) -> tuple[list[str], int]:
    """The words from `start` up to a verb, an adverb, a preposition or a mark, and where they end."""
    verb = next((one.start for one in verbs(sentence, stem) if one.start > start), len(sentence))
    words: list[str] = []
    end = start
    for match in _WORD.finditer(sentence, start):
        word = match.group()
        is_over = word in _AUXILIARY or word in _ADVERBS or word in _BEHIND or match.start() >= verb
        if sentence[end : match.start()].strip() or is_over:
            break
        words.append(word)
        end = match.end()
    return words, end


def _has_participle(sentence: str, end: int, stem: Stem) -> bool:
    """Whether what follows belongs to the noun: "The man killed in Merseyside was a passenger"."""
    found = [one for one in verbs(sentence, stem) if one.start >= end]
    if not found or not re.match(r"\s+$", sentence[end : found[0].start]):
        return False
    part = sentence[found[0].end :]
    finite = _FINITE.search(part)
    if not re.match(r"\s+(?:in|by|to|from|at|on|with|under|for|during)\b", part) or finite is None:
        return False
    return not _PART_ENDS.search(part[: finite.start()])


def unsaid_thing(sentence: str, before: str, *, title: str, stem: Stem) -> str:
    """The bare thing that a sentence is about, "repair", where only the paragraph before may tell which; else empty.

    Args:
        sentence: as it is quoted.
        before: what stands before it in its paragraph.
        title: of the document; a thing that it names is known.
        stem: folds word forms.
    """
    found = subject_head(sentence, stem)
    if found is None:
        return ""
    head, is_counted = found
    base = stem(head.lower())
    if base in {stem(word.lower()) for word in _WORD.findall(title)}:
        return ""
    is_open = is_counted or head in _OF_SOMETHING
    return head if is_open or any(_introduces(*one) for one in _places(base, before, stem)) else ""


def dated_source(title: str, headings: Sequence[str]) -> str:
    """The title, or the title with the heading under it, that gives a whole date; empty where none does."""
    named = (title, *(f"{title}, {heading}" for heading in reversed(headings)))
    return next((name for name in named if any(date.year and date.day for date in dates(name))), "")


def _places(base: str, text: str, stem: Stem) -> Iterator[tuple[str, str, str]]:
    """Each word of the text with this base, with what stands before and behind it."""
    for match in _WORD.finditer(text):
        if stem(match.group().lower()) == base:
            yield text[max(0, match.start() - 60) : match.start()], match.group(), text[match.end() : match.end() + 30]


def _introduces(before: str, word: str, behind: str) -> bool:
    """Whether the word is a name's ("caisson C6"), or one of several ("a repair"), or said to be of something."""
    if re.match(r"\s(?:[A-Z]|\d)", behind):
        return True
    near = re.split(r"[.,;:()]", before)[-1].split()[-1 - _MOST_MODIFIERS :]
    if word[0].isupper() and near and near[-1][0].isupper():
        return True
    following = re.match(r"\s([a-z]+)", behind)
    if following and following[1] not in _BEHIND | _AUXILIARY | _ADVERBS and not following[1].endswith(("ed", "s")):
        return False  # "government officials"
    is_one = any(one.lower() in _SOME or one.isdigit() for one in near)
    return is_one or bool(re.match(r"\s(?:of|that|which)\b", behind))
