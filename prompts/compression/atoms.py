"""A text as atoms: the words, and what must not be cut within, as one piece each.

An atom is the smallest thing that a compressor leaves out. White space belongs to none. Where no space parts the words,
as in Chinese, or a line has none, a few letters are an atom: else such a text could only be kept whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lm.embedding import FloatArray
from lm.scoring import IntArray
from prompts.compression.forced import find_forced, joined, uncuttable
from prompts.compression.types import Force, Source, Span

_WORD = re.compile(r"\S+")
# Letters of scripts that leave no space between words: Thai, Lao, Burmese, Khmer; kana, Han.
_UNSPACED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0ec0-\u0ec6\u1000-\u102a\u1780-\u17b3"
    "\u3005-\u3007\u3041-\u3096\u309d-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U000323af"
)
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_MAX_WORD = 40  # characters: what is longer is no word, but a table, a code, a line without its spaces
_OPENINGS = r"(\[{“‘«「『（【《〈"
# Of those scripts two letters, most words' length in Chinese; else up to sixteen letters. Signs go with the letters
# before them (accents are such, too), brackets that open with those behind, what a number counts with the number.
_PIECE = re.compile(
    rf"[{_OPENINGS}]*(?:(?:[{_UNSPACED}][^\w\s{_OPENINGS}]*){{1,2}}"
    rf"|[^\W{_UNSPACED}]{{1,16}}(?:(?<=\d)[{_UNSPACED}]{{1,2}})?[^\w\s{_OPENINGS}]*)|\S"
)


@dataclass(frozen=True)
class Atom:
    """The characters [start, end) of the source at position `source`; forced: it survives."""

    source: int
    start: int
    end: int
    is_forced: bool = False


def atom_spans(text: str) -> list[Span]:
    """The atoms of a text, in order: they do not overlap, and all that is not white space is in one."""
    words = [span for match in _WORD.finditer(text) for span in _pieces(text, *match.span())]
    # A span that begins or ends within a word takes the word with it: "(7.9" and "%)" go with "7.9 %".
    return joined(sorted([*words, *uncuttable(text)]))


def _pieces(text: str, start: int, end: int) -> list[Span]:
    """A word as what may be left out of it: all of it, unless it is longer than any or in a script without spaces."""
    if end - start <= _MAX_WORD and not _HAS_UNSPACED.search(text, start, end):
        return [(start, end)]
    return [match.span() for match in _PIECE.finditer(text, start, end)]


def atoms_of(chunks: Sequence[Source], force: Force) -> list[Atom]:
    """The atoms of all sources, in order."""
    found: list[Atom] = []
    for at, chunk in enumerate(chunks):
        forced = find_forced(chunk.text, force)
        spans = atom_spans(chunk.text)
        marks = _touched(spans, forced)
        found += [Atom(at, start, end, is_forced=mark) for (start, end), mark in zip(spans, marks, strict=True)]
    return found


def _touched(spans: Sequence[Span], by: Sequence[Span]) -> list[bool]:
    """Of each span, whether one of the others shares a character with it. Both are in order; `by` may overlap."""
    starts = np.array([start for start, _ in by], dtype=np.int64)
    ends = np.maximum.accumulate(np.array([end for _, end in by], dtype=np.int64)) if by else starts
    # The spans that begin before this one's end reach, taken together, as far as the farthest of them.
    before = [int(np.searchsorted(starts, end, side="left")) for _, end in spans]
    return [bool(n) and int(ends[n - 1]) > start for (start, _), n in zip(spans, before, strict=True)]


class PlacedTokens(Protocol):
    """Tokens of a text, such as a `ScoredText`."""

    @property
    def ends(self) -> IntArray:
        """(n_tokens,) one past each one's last character."""
        ...


def mean_over_atoms(spans: Sequence[Span], scored: PlacedTokens, values: FloatArray) -> FloatArray:
    """(n_atoms,) mean of the tokens' values in each atom; a token that only touches it by white space counts, too.

    An atom in which no token ends is part of a longer token, and has its value.

    Args:
        spans: Atoms of the scored text.
        scored: Its tokens.
        values: (n_tokens,) what is averaged.
    """
    if not len(values):
        return np.zeros(len(spans), dtype=np.float32)
    # A token's leading space is not its own: it belongs to the atom in which it ends.
    owner = np.searchsorted(np.array([end for _, end in spans]), scored.ends - 1, side="right")
    owner = np.minimum(owner, len(spans) - 1)
    sums = np.bincount(owner, weights=values, minlength=len(spans))
    counts = np.bincount(owner, minlength=len(spans))
    around = np.searchsorted(scored.ends, np.array([end for _, end in spans]))
    covering = values[np.minimum(around, len(values) - 1)]
    return np.where(counts > 0, sums / np.maximum(counts, 1), covering).astype(np.float32)
