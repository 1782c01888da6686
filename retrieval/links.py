"""Links between documents, without a model: a passage that names the title of another document points to it.

Knows titles and words. Must not know queries, scores or where texts are stored. Nothing is stored either: the titles
are those of the index, and a passage is read for names when a search has found it, so new documents are linked at once
to what was there before them.
"""

import re
from collections.abc import Iterator, Sequence
from random import Random
from typing import Self

from prompts.sentences import sentence_spans
from retrieval.lexical import STOP_WORDS

_WORD = re.compile(r"[^\W_]+")
# A run of capitalised words, with the small words that names have inside: "Bank of the West", "ASC HLM".
_NAME = re.compile(r"[A-Z][\w'’.-]*(?:(?:\s+(?:of|the|de|and|van|von|la|du|&))*\s+[A-Z0-9][\w'’.-]*)*")
_OPENERS = STOP_WORDS - {"will"}  # words that begin sentences with a capital letter and no name
_MIN_NAME_CHARS = 4
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
_MIN_LETTERS = 3  # of a title of one word
_MAX_WORDS = 12
_MAX_NAMESAKES = 4  # a title that more documents have says nothing of which one is meant


class TitleLinks:
    """Finds the titles of documents in running text. Safe for several threads."""

    def __init__(self, titles: Sequence[str]) -> None:
        """Args: titles: of documents, whose numbers are their places in this list."""
        keys: dict[str, list[int]] = {}
        for number, title in enumerate(titles):
            for key in title_keys(title):
                keys.setdefault(key, []).append(number)
        self._documents = {key: tuple(numbers) for key, numbers in keys.items() if len(numbers) <= _MAX_NAMESAKES}
        self._longest = max((key.count(" ") + 1 for key in self._documents), default=0)
        self._leads_to: Sequence[int] = range(len(titles))
        self.is_rewired = False

    def rewired(self, seed: int) -> Self:
        """The same with every document exchanged for another, drawn once: the control for what links are worth."""
        other = object.__new__(type(self))
        other._documents, other._longest = self._documents, self._longest
        numbers = list(range(len(self._leads_to)))
        Random(seed).shuffle(numbers)
        other._leads_to = numbers
        other.is_rewired = True
        return other

    def moved(self, document: int) -> int:
        """The document itself; in a rewired graph the one that stands in its place."""
        return self._leads_to[document]

    def mentioned(self, text: str) -> Iterator[int]:
        """The number of each document that `text` names, once, in the order of reading."""
        for number, _ in self.mentions(text):
            yield number

    def mentions(self, text: str) -> Iterator[tuple[int, str]]:
        """As `mentioned`, each with the way in which `text` names it first, as plain words."""
        seen: set[int] = set()
        for key in self.keys_in(text):
            for number in self._documents[key]:
                if number not in seen:
                    seen.add(number)
                    yield self._leads_to[number], key

    def titled(self, key: str) -> list[int]:
        """The numbers of the documents whose title this is, as plain words."""
        return [self._leads_to[number] for number in self._documents.get(key, ())]

    def keys_in(self, text: str) -> Iterator[str]:
        """The titles that `text` names, as plain words, in the order of reading.

        A name begins with a capital letter or a digit; of names within names only the longest counts.
        """
        words = list(_WORD.finditer(text))
        plain = [word[0].lower() for word in words]
        position = 0
        while position < len(words):
            length = self._length_at(plain, position) if not words[position][0][0].islower() else 0
            if length:
                yield " ".join(plain[position : position + length])
            position += max(1, length)

    def _length_at(self, words: Sequence[str], position: int) -> int:
        """Words of the longest title that stands at `position`; 0 for none."""
        for length in range(min(self._longest, len(words) - position), 0, -1):
            if " ".join(words[position : position + length]) in self._documents:
                return length
        return 0


def names_in(text: str, *, besides: str = "") -> list[str]:
    """The names in a text, as plain words in lower case, in the order of reading, each once; without those that stand
    in `besides`. By capital letters: in scripts and languages where these mean nothing it finds nothing, or nouns."""
    known = f" {plain_words(besides)} "
    found: dict[str, None] = {}
    # No name runs over the end of a sentence: "… in Paris. The Beatles …" has two.
    for match in (name for span in sentence_spans(text) for name in _NAME.finditer(text, *span)):
        words = match[0].split()
        while words and (words[0].lower() in _OPENERS or words[0].isdigit()):
            words = words[1:]
        name = plain_words(" ".join(words))
        if len(name) >= _MIN_NAME_CHARS and not name.replace(" ", "").isdigit() and f" {name} " not in known:
            found[name] = None
    return list(found)


def plain_words(text: str) -> str:
    """The words of a text in lower case, one space between them: names are looked for in this form."""
    return " ".join(_WORD.findall(text.lower()))


def title_keys(title: str) -> set[str]:
    """The ways in which a text may name a title: whole, without what stands in brackets behind it, and, of "Paris,
    Texas", the first part."""
    bare = _IN_BRACKETS.sub("", title)
    ways = {title, bare, bare.partition(",")[0]}
    return {key for way in ways if _is_name(key := plain_words(way))}


def _is_name(key: str) -> bool:
    words = key.split()
    if len(words) == 1:
        return len(key) >= _MIN_LETTERS and not key.isdigit() and key not in STOP_WORDS
    return 0 < len(words) <= _MAX_WORDS
