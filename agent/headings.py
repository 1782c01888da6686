"""A heading as a model meant it: without label, number, marks and quotation marks that small models put around it."""

import re
from collections.abc import Sequence
from itertools import pairwise

from prompts.plain_text import plain

# What stands around a text and tells nothing of its matter, and what frames any text; other lists of such headings add
# to these what they need.
APPARATUS = (
    r"references?|notes?|see also|external links|further reading|bibliography|sources|citations|footnotes|"
    r"explanatory notes|notes and references"
)
FRAME = r"introduction|conclusions?|overview|summary|(?:table of )?contents?"
_NUMBER = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)"
_QUOTES = "\"“”„«»‘'"
# A letter with a full stop may be an initial: "E. coli", "V. Putin", "D. H. Lawrence"; see `cleaned_headings`.
_MARKS = re.compile(r"^\s*(?:[-*+•#>]+|\(?[ivxIVX]{1,4}\)|[ivxIVX]{2,4}\.|\(?[A-Ha-h]\))\s+")
_LETTER = re.compile(r"^\s*(?P<mark>[A-Ha-h]|[ivxIVX]{1,4})\.\s+")
_LETTERS, _ROMANS = tuple("ABCDEFGH"), ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
# "1.", "(2)", "3 -", "4:", "1.2 Causes"; not "2022 floods", "1.5 million", "24-hour siege", "24: Live Another Day".
_COUNT = re.compile(r"^\s*(?:\(\d{1,2}\)|\d{1,2}[.)]|\d:|\d{1,2} [-–—]|\d{1,2}(?:\.\d{1,2})+\.?(?=\s+[^\W\d_a-z]))\s+")
# With a colon or a dash behind it: "Title IX" and "Section 4.2 of the Act" are names.
_LABEL = re.compile(
    rf"^\s*(?:sub)?(?:title|heading|headline|section|chapter|part|topic|theme)(?:\s+(?:no\. ?)?#?{_NUMBER})?"
    r"(?:\s*[:.)]|\s+[-–—])\s+",
    re.IGNORECASE,
)
_BARE_LABEL = rf"(?:sub)?(?:titles?|headings?|headlines?|sections?|chapters?|parts?|topics?|themes?)(?:\s+#?{_NUMBER})?"
_GENERIC = re.compile(
    rf"(?:{_BARE_LABEL}|{APPARATUS}|{FRAME}|appendix|concluding(?: remarks)?|outline|layout|report|main body|body|"
    r"(?:main|key) (?:points?|topics?|ideas?)|misc(?:ellaneous)?|other(?:s| topics)?|untitled|none|n/a|tbd|to do|"
    r"(?:insert|your|add) .*|\[.*\]|<.*>)[^A-Za-z]*",
    re.IGNORECASE,
)
# What a model says before its headings; "Here comes the flood", "Note-taking" and "Sure Start centres" are headings.
_ASIDE = re.compile(
    r"here(?:['’]s|\s+(?:is|are|you|they|it|we|i))\b(?!\s+(?-i:[A-Z]))|(?:certainly|of course)\b(?!-)|"
    r"(?:sure|note)(?:[,:!.]|$)|sure\s+(?:here|i|thing)\b|note\s+that\b",
    re.IGNORECASE,
)
_AROUND = " \t*_`.:;,–—-"
# The full stop of "Washington, D.C." is the heading's own.
_BEHIND = re.compile(rf"(?<!\b[A-Z]\.[A-Z])[{re.escape(_AROUND)}]+$")


def cleaned_heading(text: str) -> str:
    """The heading in a line of a model's reply; it may be empty. Cleaned again nothing changes."""
    while True:
        cleaned = _unquoted(_BEHIND.sub("", plain(text).lstrip(_AROUND)))
        for pattern in (_MARKS, _COUNT, _LABEL):
            cleaned = pattern.sub("", cleaned)
        if cleaned == text:
            return cleaned
        text = cleaned


def cleaned_headings(texts: Sequence[str]) -> list[str]:
    """The headings of one reply, each cleaned: "A." and "I." are marks where the next line has "B." or "II."."""
    marks = [match["mark"].upper() for text in texts if (match := _LETTER.match(_unmarked(text)))]
    is_list = any(pair in {*pairwise(_LETTERS), *pairwise(_ROMANS)} for pair in pairwise(marks))
    return [cleaned_heading(_LETTER.sub("", _unmarked(text)) if is_list else text) for text in texts]


def _unmarked(text: str) -> str:
    """Without the marks of lists and of Markdown before a letter that may number it."""
    return plain(text).lstrip(_AROUND + "#>+•")


def _unquoted(text: str) -> str:
    """Without quotation marks around the whole, or one that has no other: "“Grip” and rope" keeps its own."""
    marks = [i for i, letter in enumerate(text) if letter in _QUOTES]
    ends = {0, len(text) - 1}
    return text.strip(_QUOTES) if marks and (set(marks) == ends or (len(marks) == 1 and marks[0] in ends)) else text


def names_a_part(heading: str) -> bool:
    """Whether a cleaned heading says what its section is about: not a label alone, and nothing that stands over any
    text ("Introduction", "Key points")."""
    has_letters = sum(letter.isalpha() for letter in heading) > 1
    return has_letters and not _GENERIC.fullmatch(heading) and not _ASIDE.match(heading)
