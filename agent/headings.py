"""A heading as a model meant it: without label, number, marks and quotation marks that small models put around it."""

import re

from prompts.plain_text import plain

_NUMBER = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)"
_QUOTES = "\"“”„«»‘'"
_MARKS = re.compile(r"^\s*(?:[-*+•#>]+|\(?[ivxIVX]{1,4}[.)]|\(?[A-Ha-h][.)])\s+")
# "1.", "(2)", "3 -", "1.2 Causes"; not "2022 floods", "1.5 million", "24-hour siege".
_COUNT = re.compile(r"^\s*(?:\(\d{1,2}\)|\d{1,2}[.):]|\d{1,2} [-–—]|\d{1,2}(?:\.\d{1,2})+\.?(?=\s+[^\W\d_a-z]))\s+")
# With a colon or a dash behind it: "Title IX" and "Section 4.2 of the Act" are names.
_LABEL = re.compile(
    rf"^\s*(?:sub)?(?:title|heading|headline|section|chapter|part|topic|theme)(?:\s+(?:no\. ?)?#?{_NUMBER})?"
    r"(?:\s*[:.)]|\s+[-–—])\s+",
    re.IGNORECASE,
)
_BARE_LABEL = rf"(?:sub)?(?:titles?|headings?|headlines?|sections?|chapters?|parts?|topics?|themes?)(?:\s+#?{_NUMBER})?"
_GENERIC = re.compile(
    rf"(?:{_BARE_LABEL}|introduction|conclusions?|concluding(?: remarks)?|references|bibliography|sources|appendix|"
    r"further reading|external links|see also|(?:table of )?contents?|outline|layout|report|summary|overview|main body|"
    r"body|(?:main|key) (?:points?|topics?|ideas?)|misc(?:ellaneous)?|other(?:s| topics)?|untitled|none|n/a|tbd|to do|"
    r"(?:insert|your|add) .*|\[.*\]|<.*>)[^A-Za-z]*",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"(?:here|sure|certainly|of course|note)\b", re.IGNORECASE)


def cleaned_heading(text: str) -> str:
    """The heading in a line of a model's reply; it may be empty. Cleaned again nothing changes."""
    while True:
        cleaned = _unquoted(plain(text).strip(" \t*_`.:;,–—-"))
        for pattern in (_MARKS, _COUNT, _LABEL):
            cleaned = pattern.sub("", cleaned)
        if cleaned == text:
            return cleaned
        text = cleaned


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
