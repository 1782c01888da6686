"""Things in a text that mean something else, or nothing, when a part of them is cut out: a number with its unit, a
negation with what it negates, a name, a citation mark, a quotation, an address.

They are cut out whole or not at all (`atoms`), and survive at any rate where a caller forces their kind. Found by
notation, in English; no lexicon, so a capital after a full stop is a name only if another capitalised word follows.
"""

import re
from collections.abc import Iterator, Sequence

from prompts.compression.types import Force, ForcedKind, Span

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_SCALES = "hundred|thousand|million|billion|trillion|bn|dozen"
_UNITS = (
    r"%|‰|°[CF]?|km/h|mph|per\s?cent|percent|(?:square |cubic )?(?:kilo|centi|milli)?met(?:re|er)s?|"
    r"[ckmnµ]?m[²³23]?|miles?|"
    r"feet|foot|ft|inch(?:es)?|yards?|ha|hectares?|acres?|[mkµ]?g|(?:kilo)?grams?|tonnes?|tons?|lbs?|pounds?|ounces?|"
    r"lit(?:re|er)s?|[kMGT]?Wh?|(?:mega|giga|kilo|tera)watts?|[kMGT]?Hz|[kMGT]i?B|(?:mega|giga|kilo|tera)?bytes?|"
    r"k?V|volts?|"
    r"k?Pa|bar|degrees?|m?s|seconds?|min|minutes?|h|hours?|days?|weeks?|months?|years?|decades?|centuries|"
    r"kilomet(?:re|er)s?|dollars?|cents?|euros?|francs?|crowns?|rupees?|yuan|yen|roubles?|USD|EUR|GBP|JPY|CHF|CNY|INR"
)
_SPELT = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|"
    "nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_NUMBER = re.compile(
    rf"(?:[€$£¥]\s?|\b(?:USD|EUR|GBP)\s)?[-−+]?\d(?:[\d.,:/'’]*\d)?(?:st|nd|rd|th|s|k)?"
    rf"(?:[\s-](?:{_SCALES})\b)?(?:[\s-]?(?:{_UNITS})(?![\w]))?(?:\s(?:{_MONTHS})\b(?:\s\d{{4}}\b)?)?"
    rf"|\b(?:{_MONTHS})\s\d{{1,2}}\b(?:,?\s\d{{4}}\b)?|\b(?:{_MONTHS})\s\d{{4}}\b"
    rf"|\b(?:{_SPELT}|{_SCALES})(?:[\s-](?:{_SPELT}|{_SCALES}))*\b(?:[\s-](?:{_UNITS})(?!\w))?",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:not|never|no|none|nor|neither|nobody|nothing|nowhere|without|cannot|hardly|barely|scarcely|unless|except|"
    r"\w+n['’]t)\b(?:\s+[\w’'-]+)?",
    re.IGNORECASE,
)
_CAPITAL = r"[A-ZÀ-ÖØ-ÞΑ-ΩА-Я]"
_NAME = re.compile(
    rf"{_CAPITAL}[\w’'.&-]*(?:(?:\s+(?:of|the|de|la|van|von|der|den|du|al|for|and|&)){{1,2}}\s+{_CAPITAL}[\w’'-]*"
    rf"|\s+{_CAPITAL}[\w’'-]*)*"
)
_OPENINGS, _CLOSINGS = "\"“'‘([", "'\"”’)]"
_CITATION = re.compile(r"\[\d{1,4}(?:\s*[,;–-]\s*\d{1,4})*\]")
_QUOTATION = re.compile(r"“[^“”\n]{1,400}”|\"[^\"\n]{1,400}\"|«[^«»\n]{1,400}»")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>\"”’)\]]+|(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]*\w|\bdoi:\S+", re.IGNORECASE
)
_MAX_NAME_WORDS = 8
_MAX_CLOSINGS = 8  # signs after a full stop that are looked through
_LINE = re.compile(r"[^\n]+")

_PATTERNS: dict[ForcedKind, re.Pattern[str]] = {
    "numbers": _NUMBER,
    "negations": _NEGATION,
    "names": _NAME,
    "citations": _CITATION,
    "quotations": _QUOTATION,
    "addresses": _ADDRESS,
}
ALL_KINDS: frozenset[ForcedKind] = frozenset(_PATTERNS)


def find_kind(text: str, kind: ForcedKind) -> Iterator[Span]:
    """Where things of a kind stand in the text, in order. None reaches over the end of a line: a heading's name and the
    name that the text under it begins with are two."""
    for line in _LINE.finditer(text):
        for match in _PATTERNS[kind].finditer(text, *line.span()):
            if kind != "names" or _is_name(text, line.start(), match):
                yield match.span()


def _is_name(text: str, line_start: int, match: re.Match[str]) -> bool:
    words = match.group().split()
    if len(words) > _MAX_NAME_WORDS:
        return False
    inner_capital = any(letter.isupper() for letter in words[0][1:])
    return len(words) > 1 or inner_capital or not _opens_sentence(text, line_start, match.start())


def _opens_sentence(text: str, line_start: int, at: int) -> bool:
    """Whether what stands here is the first of its line or of a sentence in it."""
    if at > line_start and text[at - 1] in _OPENINGS:
        at -= 1
    end = at
    while end > line_start and text[end - 1].isspace():
        end -= 1
    before = text[line_start:end][-_MAX_CLOSINGS:].rstrip(_CLOSINGS)
    return end == line_start or (end < at and before.endswith(tuple(".!?:;")))


def find_forced(text: str, force: Force) -> list[Span]:
    """Where what is forced stands in the text, in order; spans may overlap.

    Raises:
        ValueError: a forced string is blank.
    """
    found = [span for kind in sorted(force.kinds) for span in find_kind(text, kind)]
    for string in force.strings:
        if not string.strip():
            raise ValueError("a forced string is blank: it would force everything or nothing")
        found += [match.span() for match in _whole(string).finditer(text)]
    return sorted(found)


def _whole(string: str) -> re.Pattern[str]:
    before = r"(?<!\w)" if string[0].isalnum() else ""
    after = r"(?!\w)" if string[-1].isalnum() else ""
    return re.compile(before + re.escape(string) + after)


def uncuttable(text: str) -> list[Span]:
    """Spans that must not be cut within, joined where they overlap, in order."""
    spans = sorted(span for kind in ALL_KINDS for span in find_kind(text, kind))
    return joined(spans)


def joined(spans: Sequence[Span]) -> list[Span]:
    """The same characters as spans that do not overlap. `spans` are sorted by their start."""
    merged: list[Span] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
