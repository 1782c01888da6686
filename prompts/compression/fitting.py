"""From ranked atoms to a text of the size that was asked for, exact to what the smallest piece allows.

The size is counted on the text as the target model will read it: tokens of words that stand apart in the source merge
or part where they come together, so no sum of parts is believed.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from prompts.compression.atoms import Atom
from prompts.compression.types import SOURCE_GAP, SPAN_GAP, CompressionResult, KeptSpan, Source, TokenCounter

_MISSED = 0.02  # of the original: a size so far below the target is told of
# To fill what the first atom that does not fit leaves free. A round costs a count of the whole text for an atom that
# does not fit, a dozen for a run of them that does.
_MAX_ROUNDS, _MAX_LOOKED_AT = 64, 512


@dataclass(frozen=True)
class Allowance:
    """How many tokens the sources have, and how many of them may be kept."""

    original_tokens: int
    target_tokens: int
    requested_rate: float


def allowance(
    chunks: Sequence[Source], count_tokens: TokenCounter, *, rate: float | None, target_tokens: int | None
) -> Allowance:
    """The allowance of one compression.

    Raises:
        ValueError: see `Compressor.compress`.
    """
    ids = [chunk.id for chunk in chunks]
    if len(set(ids)) < len(ids):
        twice = next(one for at, one in enumerate(ids) if one in ids[:at])
        raise ValueError(f"two chunks are called {twice!r}: a citation could mean either")
    if (rate is None) == (target_tokens is None):
        raise ValueError("either a rate or a number of target tokens, and not both")
    original = count_tokens(whole_text(chunks))
    if rate is not None:
        if not 0.0 < rate <= 1.0:
            raise ValueError(f"a rate of {rate}: it is the share that is kept, above 0 and up to 1")
        return Allowance(original, math.floor(rate * original + 0.5), rate)
    assert target_tokens is not None
    if target_tokens < 1:
        raise ValueError(f"{target_tokens} target tokens: at least 1 must be kept")
    target = min(target_tokens, original)
    return Allowance(original, target, target / original if original else 1.0)


def whole_text(chunks: Sequence[Source]) -> str:
    """The sources one after the other, nothing left out."""
    return SOURCE_GAP.join(chunk.text for chunk in chunks)


def rendered(chunks: Sequence[Source], atoms: Iterable[Atom]) -> tuple[str, tuple[KeptSpan, ...]]:
    """The text of some atoms, and where it comes from. Atoms that follow each other keep what stands between them.

    Args:
        chunks: In the order in which they are shown.
        atoms: In that order, too.
    """
    runs = _runs(chunks, atoms)
    pieces: list[str] = []
    kept: list[KeptSpan] = []
    at, last = 0, -1
    for source, start, end in runs:
        gap = "" if last < 0 else SPAN_GAP if source == last else SOURCE_GAP
        at += len(gap)
        kept.append(KeptSpan(chunks[source].id, start, end, at))
        pieces += [gap, chunks[source].text[start:end]]
        at += end - start
        last = source
    return "".join(pieces), tuple(kept)


def _runs(chunks: Sequence[Source], atoms: Iterable[Atom]) -> list[tuple[int, int, int]]:
    runs: list[tuple[int, int, int]] = []
    for atom in atoms:
        if runs and runs[-1][0] == atom.source and not chunks[atom.source].text[runs[-1][2] : atom.start].strip():
            runs[-1] = atom.source, runs[-1][1], atom.end
        else:
            runs.append((atom.source, atom.start, atom.end))
    return runs


def result_of(
    chunks: Sequence[Source],
    atoms: Iterable[Atom],
    allowed: Allowance,
    *,
    count_tokens: TokenCounter,
    scorer: str,
    began: float,
    notes: Sequence[str] = (),
) -> CompressionResult:
    """The text of the atoms that are kept, and the account of it.

    Args:
        chunks: In the order in which they are shown.
        atoms: In that order, too.
        allowed: What might be kept; more, or much less, is told in a note.
        count_tokens: The target model's.
        scorer: See `CompressionResult`.
        began: When the compression did, by `time.perf_counter`.
        notes: Of the compressor itself.
    """
    text, kept = rendered(chunks, atoms)
    n_kept = count_tokens(text)
    return CompressionResult(
        text=text,
        kept=kept,
        original_tokens=allowed.original_tokens,
        kept_tokens=n_kept,
        requested_rate=allowed.requested_rate,
        scorer=scorer,
        seconds=time.perf_counter() - began,
        notes=(*notes, *_missed(n_kept, allowed)),
    )


def _missed(n_kept: int, allowed: Allowance) -> list[str]:
    if n_kept > allowed.target_tokens:
        return ["what is forced takes more than the allowance"]
    if allowed.target_tokens - n_kept > _MISSED * allowed.original_tokens:
        return ["less is kept than was asked for: what comes next does not fit, and must not be cut"]
    return []


def best_that_fit(
    chunks: Sequence[Source],
    atoms: Sequence[Atom],
    scores: Sequence[float],
    *,
    target_tokens: int,
    count_tokens: TokenCounter,
) -> list[Atom]:
    """The forced atoms, and of the others the best until the target is reached; ties keep the order of the text.

    Not more tokens than the target, unless the forced ones alone take more.

    Args:
        chunks: The sources.
        atoms: In the order of the text.
        scores: One for each atom; -inf: never.
        target_tokens: See `Allowance`.
        count_tokens: The target model's.
    """
    order = sorted(range(len(atoms)), key=lambda at: (not atoms[at].is_forced, -scores[at], at))
    order = [at for at in order if atoms[at].is_forced or scores[at] > -math.inf]
    n_forced = sum(atoms[at].is_forced for at in order)

    def size(chosen: Iterable[int]) -> int:
        return count_tokens(rendered(chunks, [atoms[at] for at in sorted(chosen)])[0])

    chosen, rest = order[:n_forced], order[n_forced:]
    missing = target_tokens - size(chosen)
    for _ in range(_MAX_ROUNDS):
        if missing <= 0 or not rest:
            break
        n_more = _most_that_fit(chosen, rest, lambda some: size(some) <= target_tokens)
        chosen, rest = chosen + rest[:n_more], rest[n_more + 1 :]  # the next one does not fit
        if n_more:
            missing = target_tokens - size(chosen)
            # A cheap look: nothing that is much longer than the gap by itself can fit it.
            near = rest[:_MAX_LOOKED_AT] if missing > 0 else []
            rest = [at for at in near if count_tokens(_text_of(chunks, atoms[at])) <= missing + 1]
    return [atoms[at] for at in sorted(chosen)]


def _most_that_fit(chosen: list[int], rest: list[int], fits: Callable[[list[int]], bool]) -> int:
    """How many of the rest, from the first on, fit beside what is chosen."""
    low, high = 0, len(rest) if fits([*chosen, rest[0]]) else 0
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits([*chosen, *rest[:middle]]) else (low, middle - 1)
    return low


def _text_of(chunks: Sequence[Source], atom: Atom) -> str:
    return chunks[atom.source].text[atom.start : atom.end]
