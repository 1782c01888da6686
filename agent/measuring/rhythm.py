"""How evenly long sentences and paragraphs are: the coefficient of variation of their lengths in words."""

import math
import re
from collections.abc import Sequence

from lm.types import Frozen
from prompts.plain_text import plain
from prompts.sentences import sentence_spans, unit_spans

_MIN_PARAGRAPH_WORDS = 12
_ENDS = re.compile(r"[.!?…][\"'”’»)\]]*\s*$")
_NO_PROSE = re.compile(r"\s*(?:#{1,6}\s|\||```)")


class Rhythm(Frozen):
    """Lengths in words. A coefficient of variation is None below two lengths."""

    sentences: int
    sentence_words: float
    sentence_cv: float | None
    paragraphs: int
    paragraph_words: float
    paragraph_cv: float | None


def variation(lengths: Sequence[int]) -> float | None:
    """Standard deviation over mean: 0 where all are alike; None for fewer than two, or for zeros alone."""
    total = sum(lengths)
    return variation_of_sums(len(lengths), total, sum(length * length for length in lengths))


def variation_of_sums(n: int, total: int, squares: int) -> float | None:
    """`variation` from the number of lengths, their sum and the sum of their squares."""
    if n < 2 or total <= 0:
        return None
    return math.sqrt(max(0, n * squares - total * total)) / total


def rhythm_of(paragraphs: Sequence[Sequence[str]]) -> Rhythm:
    """The rhythm of paragraphs, each a list of its sentences."""
    sentences = [len(sentence.split()) for paragraph in paragraphs for sentence in paragraph]
    lengths = [sum(len(sentence.split()) for sentence in paragraph) for paragraph in paragraphs]
    return Rhythm(
        sentences=len(sentences),
        sentence_words=sum(sentences) / len(sentences) if sentences else 0.0,
        sentence_cv=variation(sentences),
        paragraphs=len(lengths),
        paragraph_words=sum(lengths) / len(lengths) if lengths else 0.0,
        paragraph_cv=variation(lengths),
    )


def paragraphs_of(text: str) -> list[list[str]]:
    """Paragraphs of running text as whole sentences without markup; headings, rows, code and short lines are left out,
    and so is a last sentence that breaks off."""
    found = []
    for start, end in unit_spans(text):
        unit = text[start:end]
        if _NO_PROSE.match(unit) or len(unit.split()) < _MIN_PARAGRAPH_WORDS:
            continue
        sentences = [unit[first:last] for first, last in sentence_spans(unit)]
        whole = [plain(sentence) for sentence in sentences if _ENDS.search(sentence)]
        if whole:
            found.append(whole)
    return found
