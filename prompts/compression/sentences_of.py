"""Sources as sentences: what a sentence-level compressor keeps or leaves out, and what ranks it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from prompts.compression.types import Source, Span
from prompts.sentences import WRAP_LIMIT, sentence_spans

_WORD = re.compile(r"[^\W_]{2,}")
_CAPITAL = re.compile(r"(?<![\w’'-])[A-ZÀ-ÖØ-ÞΑ-ΩА-Я0-9][\w’'-]+")
_BRACKETED = re.compile(r"\([^)]*\)")
_MAX_HEADING_WORDS = 14
_ENDS_LIKE_SENTENCE = re.compile(r"[.!?;,]['\"”’)\]]*$")
STOP_WORDS = frozenset(
    """a about after also an and are as at be been both but by can did do does first for from had has have he her his
    how in into is it its known many more most new not of on one or other over she some such than that the their them
    then there these they this to two under until up used was were what when where which while who whom whose why will
    with would""".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Sentence:
    """The characters [start, end) of the source at position `source`.

    `heading` is the source's own, as its words; it is kept with the first kept sentence of the source, and `opens` says
    which one is the first of all.
    """

    source: int
    start: int
    end: int
    text: str
    words: frozenset[str]
    names: frozenset[str]
    opens: bool


@dataclass(frozen=True)
class Sentences:
    """All sentences of some sources, in order.

    Attributes:
        all: The sentences.
        headings: Of each source, the span of its heading line; None: it has none.
        heading_words: Of each source, the words of its heading.
        source_words: Of each source, all its words.
    """

    all: tuple[Sentence, ...]
    headings: tuple[Span | None, ...]
    heading_words: tuple[frozenset[str], ...]
    source_words: tuple[frozenset[str], ...]


def words_of(text: str) -> frozenset[str]:
    """The words that say something, folded."""
    return frozenset(word.casefold() for word in _WORD.findall(text)) - STOP_WORDS


def names_of(text: str) -> frozenset[str]:
    """Capitalised words and numbers, folded: what two sentences share when they speak of one thing."""
    return frozenset(word.casefold() for word in _CAPITAL.findall(text)) - STOP_WORDS


def sentences_of(chunks: Sequence[Source]) -> Sentences:
    """The sentences of the sources, each source's heading line set apart."""
    found: list[Sentence] = []
    headings: list[Span | None] = []
    for at, chunk in enumerate(chunks):
        heading, body = _parted(chunk.text)
        headings.append(heading)
        for start, end in body:
            text = chunk.text[start:end]
            found.append(Sentence(at, start, end, text, words_of(text), names_of(text), opens=start == body[0][0]))
    return Sentences(
        all=tuple(found),
        headings=tuple(headings),
        heading_words=tuple(
            words_of(_BRACKETED.sub("", chunk.text[slice(*heading)])) if heading else frozenset()
            for chunk, heading in zip(chunks, headings, strict=True)
        ),
        source_words=tuple(words_of(chunk.text) for chunk in chunks),
    )


def _parted(text: str) -> tuple[Span | None, list[Span]]:
    """The heading, and the sentences below it; all that is no white space is in one of them."""
    spans, heading = sentence_spans(text), heading_of(text)
    if heading is None:
        return None, spans
    end = heading[1]
    below = [span for span in spans if span[0] >= end]
    across = [last for first, last in spans if first < end < last]
    if across:
        rest = text[end:].lstrip()
        if len(rest.partition("\n")[0]) <= WRAP_LIMIT:
            return None, spans  # no heading but the first line of a wrapped paragraph
        below.insert(0, (len(text) - len(rest), across[0]))
    return heading, below


def heading_of(text: str) -> Span | None:
    """The span of a short first line that is no sentence and that more lines follow; None: there is none."""
    line, newline, rest = text.partition("\n")
    words = line.split()
    if not newline or not rest.strip() or not 1 <= len(words) <= _MAX_HEADING_WORDS:
        return None
    if _ENDS_LIKE_SENTENCE.search(line.strip()):
        return None
    start = len(line) - len(line.lstrip())
    return start, len(line.rstrip())
