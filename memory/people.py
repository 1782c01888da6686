"""Who takes part in a conversation, who is spoken of, and which capitalised words are names there.

Knows speakers' names and words that introduce people. Must not know units.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from memory.calendar_spans import WEEKDAYS
from memory.sayable import MAX_CHARS
from memory.units import Turn
from retrieval.dates import MONTHS
from retrieval.names import bare_word, common_words, proper_names

_YOU = re.compile(r"\b(?:you|your|yours|yourself|(?:you)['’]\w+)\b", re.IGNORECASE)
_KIN = (
    "friend|neighbou?r|partner|husband|wife|boyfriend|girlfriend|mother|mom|mum|father|dad|sister|brother|aunt|uncle|"
    "cousin|son|daughter|child|kid|niece|nephew|grand(?:ma|pa|mother|father)|colleague|coworker|boss|teacher|professor|"
    "doctor|student|roommate|fianc[eé]e?|mentor|coach|buddy|dr\\.?|mr\\.?|mrs\\.?|ms\\.?"
)
_INTRODUCES = re.compile(rf"\b(?:(?:{_KIN})s?,?|named|called|name is|met|with|told|asked|and I|by) $", re.IGNORECASE)
_ACTS = re.compile(
    r" (?:and I\b|said|says|told|asked|gave|got|helped|loves?|loved|likes?|wants?|went|came|thinks?|taught|suggested|"
    r"invited|who\b|passed away|died|'s (?:birthday|wedding|house|dog|cat))",
    re.IGNORECASE,
)
_NO_NAME = re.compile(rf"(?:I['’]\w+|{'|'.join(WEEKDAYS)}|{'|'.join(MONTHS)})")
_GREETED = re.compile(
    r"\b(?:hi|hey|hello|dear|thanks|bye|sorry|wow|oh|yes|yeah|no|cool|great|congrats|aww*|right|sure)\s+(?=[A-Z])",
    re.IGNORECASE,
)
_MIN_NICKNAME = 3


def _inner_names(text: str) -> set[str]:
    """Words of names that open no sentence."""
    names = [name for name in proper_names(text) if name.start > 1 and text[name.start - 1] == " "]
    return {word for name in names if text[name.start - 2] not in ".!?:" for word in name.words}


@dataclass(frozen=True)
class Circle:
    """The people of a conversation.

    Attributes:
        speakers: In the order in which they first spoke.
        lexicon: Words that the conversation writes small: they are no names where they open a sentence.
        inner: Words that it writes with a capital inside a sentence.
    """

    speakers: tuple[str, ...]
    lexicon: frozenset[str]
    inner: frozenset[str]

    @classmethod
    def of(cls, turns: Sequence[Turn]) -> "Circle":
        """The circle of these turns."""
        texts = [turn.own_text[:MAX_CHARS] for turn in turns]
        inner = {word for text in texts for word in _inner_names(text)}
        lexicon = {word for text in texts for word in common_words(text)}
        return cls(tuple(dict.fromkeys(turn.speaker for turn in turns)), frozenset(lexicon), frozenset(inner))

    def names(self, text: str) -> tuple[str, ...]:
        """Proper names of a text; the first word of a sentence only if it is known as one."""
        found = []
        text = _GREETED.sub("", text)  # "Hi Deb" is no name
        for name in proper_names(text, lexicon=self.lexicon):
            opens = name.start == 0 or text[: name.start].rstrip("\"'“‘( ")[-1:] in ("", ".", "!", "?", ":", "…")
            if opens and len(name.words) == 1 and not self._is_known(name.words[0]):
                continue
            if _NO_NAME.fullmatch(name.text):
                continue
            found.append(name.text)
        return tuple(dict.fromkeys(found))

    def _is_known(self, word: str) -> bool:
        return word in self.inner or self.speaker_of(word) != ""

    def speaker_of(self, name: str) -> str:
        """The speaker whom a name or nickname means ("Deb" is Deborah); "" if none."""
        for speaker in self.speakers:
            first = speaker.split()[0]
            is_nickname = len(name) >= _MIN_NICKNAME and first.lower().startswith(name.lower())
            if is_nickname or name in (speaker, first):
                return speaker
        return ""

    def without_speakers(self, text: str) -> str:
        """The text without the names of those who take part: who is addressed is not what is told."""
        bare = _GREETED.sub("", text)
        for word in {name.text for name in proper_names(bare) if self.speaker_of(name.text)}:
            text = re.sub(rf"\b{re.escape(word)}\b(?!['’])", "", text)
        return text

    def first_speaker_in(self, text: str) -> str:
        """The speaker who is named first in a text; "" if none is."""
        known = (self.speaker_of(bare_word(word)) for word in re.findall(r"[A-Z][\w'’-]+", text))
        return next(filter(None, known), "")

    def persons(self, text: str, speaker: str, names: Sequence[str]) -> tuple[str, ...]:
        """Who speaks, whom "you" means if there is one other speaker, and the people named."""
        found = [speaker]
        others = [other for other in self.speakers if other != speaker]
        if len(others) == 1 and _YOU.search(text):
            found += others
        for name in names:
            if known := self.speaker_of(name):
                found.append(known)
            elif self._is_person(text, name):
                found.append(name)
        return tuple(dict.fromkeys(found))

    def _is_person(self, text: str, name: str) -> bool:
        at = text.find(name)
        return at >= 0 and bool(_INTRODUCES.search(text[:at]) or _ACTS.match(text, at + len(name)))
