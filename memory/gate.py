"""Does a stretch of conversation say enough that is new to be remembered?

Knows windows of turns, the names in them and their distance to what was said before (SimpleMem, arXiv:2601.02553,
section 3.1 of its first version). Must not know how units are drawn from a window or where the log is kept; a window
that is gated out stays in the raw log, which is searched too.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal, Protocol

import numpy as np

from lm.embedding import Embedder, FloatArray
from lm.types import Frozen
from memory.sayable import MAX_CHARS
from memory.small_talk import content_words
from memory.spoken_names import spoken_names
from memory.unit_records import folded
from memory.units import Turn

WINDOW, STRIDE = 10, 5
# The paper's. With names alone it drops 93 % of the windows of the first two LoCoMo conversations, with terms 23 %.
THRESHOLD = 0.35
ALPHA = 0.5  # ours: the paper does not state it
HISTORY = 20  # turns; the paper says "recent history"
# A sentence model reads 256 word pieces and no further, so a longer text is embedded by pieces of whole turns.
_PIECE_WORDS = 150

GateForm = Literal["terms", "names", "bits"]


class GateScore(Frozen):
    """What a gate found in a window, with its parts.

    Attributes:
        form: Which gate.
        h: What is held against the threshold.
        novelty: New entities for each turn; may pass 1.
        divergence: 1 - cosine to the history: 0 says the same, 1 nothing alike.
        new_entities: Names, as written, and terms that were not known.
        n_turns: Length of the window.
        threshold: Windows that score lower are gated out.
        kept: Whether units are drawn from it.
        reason: In words, for people.
        bits: Of the form ``bits``: information of the whole window given the history.
    """

    form: GateForm = "terms"
    h: float
    novelty: float = 0.0
    divergence: float = 0.0
    new_entities: tuple[str, ...] = ()
    n_turns: int
    threshold: float
    kept: bool
    reason: str
    bits: float | None = None


class WindowGate(Protocol):
    """Anything that scores a window against what came before it."""

    def score(self, window: Sequence[Turn], history: Sequence[Turn], known_entities: Collection[str]) -> GateScore:
        """See `Gate.score`."""
        ...


def windows(turns: Sequence[Turn], *, size: int = WINDOW, stride: int = STRIDE) -> Iterator[tuple[int, list[Turn]]]:
    """Overlapping stretches of a session, each with the place of its first turn; every turn is in one or more.

    The last is shorter if the turns do not fill it, and none lies within the one before it.

    Raises:
        ValueError: a stride that would leave turns out, or a size without turns.
    """
    if not 1 <= stride <= size:
        raise ValueError(f"stride {stride} must be from 1 to the size, {size}")
    for start in range(0, max(len(turns) - size + stride, 1) if turns else 0, stride):
        yield start, list(turns[start : start + size])


def own_words(turns: Sequence[Turn]) -> str:
    """What the turns say themselves, a turn a line: spans that were shown from memory are left out, and so is the rest
    of a turn that no units are drawn from (`sayable.MAX_CHARS`)."""
    return "\n".join(text for turn in turns if (text := " ".join(turn.own_text[:MAX_CHARS].split())))


class Gate:
    """H(W) = alpha |new entities| / |W| + (1 - alpha) (1 - cos(E(W), E(history))), kept from the threshold up.

    The paper has a language model find the entities and does not say what they are. Proper names alone (``names``) are
    too few: at its threshold the gate then drops nine windows of LoCoMo in ten, and most of the evidence with them. So
    a content word that memory has never met counts as one, too (``terms``); measured in `docs/results.md`.

    |W| is the number of turns: the paper does not say whether it means turns or tokens, and with tokens the first term
    would vanish beside the second at its threshold. E of a text longer than a sentence model reads is the mean of its
    pieces' vectors, by their lengths: the paper embeds it whole, by a model with a longer window.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        form: Literal["terms", "names"] = "terms",
        alpha: float = ALPHA,
        threshold: float = THRESHOLD,
    ) -> None:
        """Take the embedder of the memory.

        Raises:
            ValueError: a weight outside 0 to 1.
        """
        if not 0.0 <= alpha <= 1.0:
            raise ValueError(f"alpha {alpha} is not a share: from 0 to 1")
        self._embedder, self._alpha, self._threshold = embedder, alpha, threshold
        self._form: Literal["terms", "names"] = form

    def score(self, window: Sequence[Turn], history: Sequence[Turn], known_entities: Collection[str]) -> GateScore:
        """Whether a window is worth units.

        Args:
            window: some turns of one session.
            history: the turns before the window's first, the last 20 of which are read; none, and the divergence is 1.
            known_entities: names and terms that memory has, in any case.

        Raises:
            ValueError: the window is empty.
        """
        if not window:
            raise ValueError("a window needs a turn")
        said, before = own_words(window), own_words(history[-HISTORY:])
        if not said:
            return nothing_said(self._form, len(window), self._threshold)
        find = new_terms if self._form == "terms" else new_names
        new = find(said, before, known_entities)
        novelty, divergence = len(new) / len(window), self._divergence(said, before)
        h = self._alpha * novelty + (1.0 - self._alpha) * divergence
        return GateScore(
            form=self._form,
            h=h,
            novelty=novelty,
            divergence=divergence,
            new_entities=tuple(new),
            n_turns=len(window),
            threshold=self._threshold,
            kept=h >= self._threshold,
            reason=f"{len(new)} new {self._form} in {len(window)} turns, divergence {divergence:.2f}: "
            f"{h:.2f} {'reaches' if h >= self._threshold else 'is under'} {self._threshold:g}",
        )

    def _divergence(self, said: str, before: str) -> float:
        if not before:
            return 1.0
        return max(0.0, 1.0 - float(self._vector(said) @ self._vector(before)))

    def _vector(self, text: str) -> FloatArray:
        pieces = _pieces(text)
        rows = self._embedder.encode(pieces)
        mean = np.asarray([len(piece.split()) for piece in pieces], dtype=np.float32) @ rows
        length = float(np.linalg.norm(mean))
        return np.asarray(mean / length if length else mean, dtype=np.float32)


def new_names(said: str, before: str, known_entities: Collection[str]) -> list[str]:
    """Names of a text that are not known and were not said before, as written."""
    known = {folded(name) for name in known_entities}
    known.update(folded(name) for name in spoken_names(before, around=said))
    return [name for name in spoken_names(said, around=before) if folded(name) not in known]


def new_terms(said: str, before: str, known_entities: Collection[str]) -> list[str]:
    """New names, then the stems of content words that are no part of one, are not known and were not said before."""
    names = new_names(said, before, known_entities)
    known = {folded(name) for name in known_entities} | content_words(before)
    told = content_words(" ".join([*names, *spoken_names(said, around=before)]))
    return [*names, *sorted(content_words(said) - known - told)]


def nothing_said(form: GateForm, n_turns: int, threshold: float) -> GateScore:
    """The score of a window of nothing but recalled text, by either gate."""
    reason = "nothing is said that was not shown from memory"
    return GateScore(form=form, h=0.0, n_turns=n_turns, threshold=threshold, kept=False, reason=reason)


def _pieces(text: str) -> list[str]:
    """The lines of a text in runs of about as many words as a sentence model reads; a long line is a piece alone."""
    pieces: list[list[str]] = []
    n_words = _PIECE_WORDS
    for line in text.splitlines():
        n_line = len(line.split())
        if n_words + n_line > _PIECE_WORDS:
            pieces.append([])
            n_words = 0
        pieces[-1].append(line)
        n_words += n_line
    return ["\n".join(lines) for lines in pieces]
