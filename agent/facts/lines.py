"""What a labelled line is: a figure alone, or behind a label and a colon, as profiles and tables of figures have them.

Knows one line, not where it stands. Read from both ends, so that a long line costs no more than its length.
"""

import re
from dataclasses import dataclass

from agent.grounding.support import content_words, negates

_BULLETS = re.compile(r"^(?:[-*•]\s+)++")
_DATE = re.compile(r"\b[12]\d{3}\b")
_FIGURE = re.compile(
    r"(?P<sign>[-−]?)(?P<currency>[$€£¥]?)(?P<number>\d[\d,'’\u00a0\u202f]*+(?:\.\d++)?)(?P<unit>[^\n]*)"
)
_UNIT = re.compile(r"(?:\s?[%°]?(?:[\s-]?[^\W\d_](?:[^:;()\n]|\(s\))*+)?)")
_PER = re.compile(r"(?:/|\bper\s)\s?\d[\d,]*")  # "births/1,000 population": the one number that a unit may have
# More than a unit: a list, a range, a second number, a name ("4.6 million KABUL"), a sentence, "19th-century".
_NO_UNIT = re.compile(r"\d|,\s|\.\s*$|\bversus\b|\bvs\b|\b[A-Z][a-z]{2,}|\b[A-Z]{4,}|^(?:st|nd|rd|th)\b")
_MAX_UNIT_WORDS = 3  # and as many behind "per" or "of": "liters of pure alcohol", "% of total installed capacity"


@dataclass(frozen=True)
class LabelledLine:
    """The parts of such a line as written; what it lacks is empty."""

    label: str
    sign: str
    currency: str
    number: str
    unit: str
    date: str


def labelled_line(text: str) -> LabelledLine | None:
    """The parts of a line that holds a label, number, unit and date and no more; None for any other."""
    line, date = _BULLETS.sub("", text.strip()), ""
    if line.endswith(")"):
        before, _, within = line[:-1].rpartition("(")
        if ")" not in within and _DATE.search(within):
            line, date = before.rstrip(), within
    label, colon, behind = line.rpartition(":")
    if colon and (not label or not behind[:1].isspace()):
        return None
    figure = _FIGURE.fullmatch(behind.strip())
    if figure is None or "\n" in label or not _is_unit(figure["unit"]):
        return None
    return LabelledLine(
        label=label,
        sign=figure["sign"],
        currency=figure["currency"],
        number=figure["number"],
        unit=figure["unit"].strip(),
        date=date,
    )


def _is_unit(behind: str) -> bool:
    """Whether what stands behind a number is its unit and no more: no name, no second number, no sentence."""
    unit = _PER.sub("", behind.strip())
    if not _UNIT.fullmatch(behind) or _NO_UNIT.search(unit) or negates(unit):
        return False
    words = re.findall(r"[^\s%°]+", unit)
    tail = next((at for at, word in enumerate(words) if word in ("per", "of")), len(words))
    is_part = tail > 0 or words[:1] != ["of"] or "%" in unit  # "5 of ten"
    named = [word for at, word in enumerate(words) if at != tail]
    # A word in capitals is a sign: "12 A".
    are_words = all(not word.islower() or content_words(word, str) for word in named)
    is_short = tail <= _MAX_UNIT_WORDS and len(words) - tail - 1 <= _MAX_UNIT_WORDS
    return is_part and are_words and is_short and (tail == len(words) or tail < len(words) - 1)
