"""Proper names in English prose, without a model: runs of capitalised words.

Knows capital letters and a lexicon of common words given by the caller; not who or what bears a name.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from retrieval.lexical import without_accents

_WORD = re.compile(r"[^\W\d_][\w’'.-]*[\w]|[^\W\d_]")
_ARTICLE = re.compile(r"\W*(?:(?:the|an?)\s+)?", re.IGNORECASE)
_CONNECTORS = {"of", "the", "and", "de", "la", "van", "von", "der", "den", "du", "al", "for", "&"}
# Words that open sentences; a lexicon learnt from what was read adds to them.
_OPENERS = frozenset(
    ["a", "about", "according", "after", "again", "all", "almost", "also", "although", "among", "an", "and", "another",
    "any", "are", "as", "at", "away", "back", "because", "before", "being", "below", "between", "both", "but", "by",
    "can", "did", "do", "does", "doing", "during", "each", "either", "even", "every", "few", "finally", "first", "for",
    "from", "further", "had", "has", "have", "having", "he", "her", "here", "hers", "him", "his", "how", "however", "i",
    "if", "in", "indeed", "instead", "into", "is", "it", "its", "itself", "just", "later", "least", "less", "like",
    "likewise", "many", "may", "meanwhile", "might", "more", "moreover", "most", "much", "must", "my", "neither",
    "never", "nevertheless", "no", "none", "nor", "not", "nothing", "now", "of", "off", "often", "on", "once", "one",
    "only", "or", "other", "others", "our", "out", "over", "overall", "own", "per", "perhaps", "rather", "second",
    "see", "several", "she", "should", "similarly", "since", "so", "some", "soon", "still", "such", "taken", "than",
    "that", "the", "their", "them", "then", "there", "therefore", "these", "they", "this", "those", "though", "through",
    "thus", "to", "together", "too", "under", "unless", "unlike", "until", "up", "upon", "us", "very", "was", "we",
    "were", "what", "when", "where", "whereas", "whether", "which", "while", "who", "whom", "whose", "why", "will",
    "with", "within", "without", "would", "yes", "yet", "you", "your"]
)  # fmt: skip
_SLIP_FROM, _LAST = 6, 3  # letters of a word in which a slip is forgiven, and those of its end in which none is
_OPENING_MARKS, _CLOSING_MARKS, _ENDS = "'\"“”‘’([*_ ", "'\"”’)]", ".!?:;"


@dataclass(frozen=True)
class Name:
    """A run of capitalised words at [start, end); `words` leaves out connectors and possessive endings."""

    words: tuple[str, ...]
    start: int
    end: int

    @property
    def text(self) -> str:
        """The name's words joined by spaces."""
        return " ".join(self.words)


def bare_word(word: str) -> str:
    """A word without its possessive ending or trailing punctuation."""
    return word.rstrip(".’'-").removesuffix("'s").removesuffix("’s")


def _opens_sentence(text: str, start: int) -> bool:
    """Whether the word at `start` is the first of a sentence or a line; reads back only as far as the word before."""
    end = start
    while end and text[end - 1] in _OPENING_MARKS:
        end -= 1
    last = end
    while last and text[last - 1].isspace():
        last -= 1
    if not end or "\n" in text[last:end] or text[last - 1 : last] == "•":
        return True
    while last and text[last - 1] in _CLOSING_MARKS:
        last -= 1
    return last > 0 and text[last - 1] in _ENDS


def _is_name_word(text: str, match: re.Match[str], lexicon: Collection[str]) -> bool:
    if not match.group()[0].isupper():
        return False
    word = bare_word(match.group())
    if word.lower() in _OPENERS:
        return False
    has_inner_capital = word[1:] != word[1:].lower()
    return has_inner_capital or not _opens_sentence(text, match.start()) or word.lower() not in lexicon


def proper_names(text: str, *, lexicon: Collection[str] = frozenset()) -> list[Name]:
    """Names in reading order.

    Args:
        text: English prose.
        lexicon: lower-case words known to be common; a capitalised word that opens a sentence is a name unless it
            is in here.
    """
    found: list[Name] = []
    run: list[re.Match[str]] = []

    def close() -> None:
        words = tuple(bare_word(m.group()) for m in run if m.group().lower() not in _CONNECTORS)
        if words:
            last = [m for m in run if m.group().lower() not in _CONNECTORS][-1]
            found.append(Name(words, run[0].start(), last.end()))
        run.clear()

    for match in _WORD.finditer(text):
        gap = text[run[-1].end() : match.start()] if run else ""
        if run and gap.strip("'\"“”’ \n"):
            close()
        if _is_name_word(text, match, lexicon):
            run.append(match)
        elif not (run and match.group().lower() in _CONNECTORS):
            close()
        else:
            run.append(match)
        if run and match.group().endswith(("'s", "’s")):
            close()
    close()
    return found


def words_of(text: str) -> set[str]:
    """Bare words of `text`, case kept."""
    return {bare_word(match.group()) for match in _WORD.finditer(text)}


def common_words(text: str) -> set[str]:
    """Words that `text` writes in lower case: a lexicon for `proper_names`."""
    return {word for word in words_of(text) if word.islower()}


def unsupported_names(claim: str, evidence: str, *, lexicon: Collection[str] = frozenset()) -> list[str]:
    """Names of `claim` with a word that `evidence` does not contain; case counts, hyphenated parts may stand alone."""
    known = words_of(evidence)
    known |= {part for word in known for part in _parts(word)}
    return [
        name.text
        for name in proper_names(claim, lexicon=lexicon)
        if not all(word in known or _parts(word) <= known for word in name.words)
    ]


def unmentioned_names(question: str, texts: str, *, lexicon: Collection[str] = frozenset()) -> list[str]:
    """Names of a question with a word that the texts do not contain, however either spells it.

    The names of a claim are its writer's, those of a question are whatever somebody typed: "The Eagle'S Feather", "Ss"
    for the SS, "Aschenbrodel" without its dots, a slip in a long word. The parts of a word may stand alone.
    """
    known = {part for word in words_of(texts) for part in _parts(without_accents(word.casefold()))}
    return [
        name.text
        for name in proper_names(question, lexicon=lexicon)
        if not all(_is_near(part, known) for word in name.words for part in _parts(without_accents(word.casefold())))
    ]


def _is_near(word: str, known: Collection[str]) -> bool:
    """Whether a word is known, or, if it is long, one that differs by a slip of the keyboard."""
    return word in known or (len(word) >= _SLIP_FROM and any(_is_slip(word, other) for other in known))


def _is_slip(word: str, other: str) -> bool:
    """Whether they differ by one letter too many, or two that changed places; the last letters tell names apart
    (Alexander and Alexandra, Christian and Christina), so they must be the same."""
    if word[-_LAST:] != other[-_LAST:]:
        return False
    long, short = sorted((word[:-_LAST], other[:-_LAST]), key=len, reverse=True)
    at = next((i for i, (one, two) in enumerate(zip(long, short, strict=False)) if one != two), len(short))
    if len(long) == len(short) + 1:
        return long[at + 1 :] == short[at:]
    return long == short[:at] + short[at : at + 2][::-1] + short[at + 2 :]


def _parts(word: str) -> set[str]:
    return set(re.split(r"[-.’']", word))


def opening(text: str) -> int:
    """Where a sentence's first word of weight begins: behind marks and an article."""
    match = _ARTICLE.match(text)
    return match.end() if match else 0
