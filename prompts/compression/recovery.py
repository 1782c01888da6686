"""Subsequence recovery (LongLLMLingua, Jiang et al., 2024, arXiv:2310.06839): what a reader of a compressed text wrote,
with the words back that had been cut out between those that it repeats.

"Mirela died 1983", read off a text out of which words were left, becomes "Mirela Dunst died in 1983". The paper
searches the original for the shortest stretch that holds the words in their order; here each kept character's place is
known.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from prompts.compression.types import CompressionResult, Source

_WORD = re.compile(r"\w+(?:[’'.,-]\w+)*")
_MAX_STRETCH = 3.0  # a stretch so many times as long as the words says more than they did


@dataclass(frozen=True)
class _Word:
    folded: str
    start: int
    end: int


def recovered(answer: str, result: CompressionResult, chunks: Sequence[Source]) -> str:
    """The answer, each run of its words that stands in the compressed text written as the source has it.

    A run of one word has nothing to get back, for words are never cut; left as it is, too, is one that reaches over two
    sources, or over more of a source than three times its length.

    Args:
        answer: What was written.
        result: What its writer had read.
        chunks: The sources of the compression.
    """
    texts = {chunk.id: chunk.text for chunk in chunks}
    read = _words(result.text)
    places: dict[str, list[int]] = {}
    for at, word in enumerate(read):
        places.setdefault(word.folded, []).append(at)
    pieces, written = list[str](), 0
    for start, end, first, last in _runs(_words(answer), read, places):
        stretch = _stretch(result, read[first].start, read[last].end, texts)
        if stretch and len(stretch) <= _MAX_STRETCH * (end - start):
            pieces += [answer[written:start], " ".join(stretch.split())]
            written = end
    return "".join([*pieces, answer[written:]])


def _words(text: str) -> list[_Word]:
    return [_Word(match.group().casefold(), *match.span()) for match in _WORD.finditer(text)]


def _runs(
    words: Sequence[_Word], read: Sequence[_Word], places: Mapping[str, Sequence[int]]
) -> Iterator[tuple[int, int, int, int]]:
    """(start, end) of a run in the answer and the (first, last) word of what it repeats; the longest at each word."""
    at = 0
    while at < len(words):
        longest = max((_length(words, at, read, place), -place) for place in places.get(words[at].folded, [-1]))
        length, place = longest[0], -longest[1]
        if length > 1:
            yield words[at].start, words[at + length - 1].end, place, place + length - 1
        at += max(1, length)


def _length(words: Sequence[_Word], at: int, read: Sequence[_Word], place: int) -> int:
    length = 0
    while (
        place >= 0
        and at + length < len(words)
        and place + length < len(read)
        and words[at + length].folded == read[place + length].folded
    ):
        length += 1
    return length


def _stretch(result: CompressionResult, start: int, end: int, texts: Mapping[str, str]) -> str:
    """What stands in the source from the first to the last of these characters; empty: they are of several."""
    parts = result.origin(start, end)
    if len({part.source_id for part in parts}) != 1:
        return ""
    return texts[parts[0].source_id][parts[0].start : parts[-1].end]
