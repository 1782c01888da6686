"""What surrounds a sentence in its document: the paragraph before it, and which words the document writes small."""

import re
from collections import Counter
from functools import cached_property

from agent.grounding.verbs import Stem
from agent.leaning import unsaid_thing
from prompts.statements import short_title

_WORD = re.compile(r"[^\W\d_]+")
_INSIDE = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+(?![^\W_])")  # a capital that opens no sentence
_PARAGRAPH = "\n\n"
_MOST_NAME_WORDS = 4
_HARDLY_EVER = 4  # so many times as often small


class Surroundings:
    """One document's text, read for what a sentence of it leans on."""

    def __init__(self, text: str, title: str, stem: Stem) -> None:
        self._text = text
        self._title = title
        self._stem = stem

    def leans(self, sentence: str, start: int) -> bool:
        """Whether the sentence, whose quotation begins at `start`, is about a thing that its paragraph introduces."""
        opening = self._text.rfind(_PARAGRAPH, 0, start)
        before = self._text[opening + len(_PARAGRAPH) if opening >= 0 else 0 : start]
        return bool(unsaid_thing(sentence, before, title=self._title, stem=self._stem))

    def is_ordinary(self, word: str) -> bool:
        """Whether the document writes a word small, in this form or another, and hardly ever large inside a sentence.

        What stands in a title that is a name ("Threads (social network)") is a name.
        """
        name = short_title(self._title).split()
        if len(name) <= _MOST_NAME_WORDS and word in name:
            return False
        return self._small[self._stem(word.lower())] > _HARDLY_EVER * self._large[word.lower()]

    @cached_property
    def _small(self) -> Counter[str]:
        return Counter(self._stem(word) for word in _WORD.findall(self._text) if word.islower())

    @cached_property
    def _large(self) -> Counter[str]:
        return Counter(word.lower() for word in _INSIDE.findall(self._text))
