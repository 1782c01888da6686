"""Mutual information of contexts and what was made from them, with a language model as the judge.

Knows scorers and texts; the arithmetic and what the numbers mean is in `lm.information_bound`.

After "An Information-Theoretic Perspective on Agentic System Design" (arXiv 2512.21720): score every compression under
every context; the own one should make it likelier than the others do. What is rewarded is that the source can be told,
not that what matters was kept: an opening with its names identifies a document. So contexts should be hard to tell
apart, such as those of one question, and the question be part of the condition.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from lm.information_bound import BoolArray, estimate_from_matrix
from lm.information_result import MIResult
from lm.scoring import IntArray, LogProbScorer, NatsArray, Unavailable, score_each

Negatives = Literal["hard", "random"]
Progress = Callable[[int, int], None]  # texts scored, texts in all

_GAP = "\n\n"
_SLACK_TOKENS = 8  # the start token, and what retokenising a cut text may add


@runtime_checkable
class WindowedScorer(Protocol):
    """A scorer that says how much it sees at once, and cuts a text to a number of its tokens."""

    @property
    def window_tokens(self) -> int:
        """Start token, context and text together."""
        ...

    def count_tokens(self, text: str) -> int:
        """By the scorer's own tokenizer."""
        ...

    def beginning(self, text: str, n_tokens: int) -> str:
        """The text up to the end of its n-th token; all of it where it has no more."""
        ...


def estimate_mi(  # noqa: PLR0913 - each is the caller's choice, and few callers make them all
    contexts: Sequence[str],
    compressions: Sequence[Sequence[str]],
    scorer: LogProbScorer,
    query: str | Sequence[str] = "",
    *,
    groups: Sequence[Hashable] | None = None,
    negatives: Negatives = "hard",
    kept_tokens: Sequence[Sequence[int]] | None = None,
    max_context_tokens: int | None = None,
    n_boot: int = 2000,
    seed: int = 0,
    progress: Progress | None = None,
) -> MIResult | Unavailable:
    """How many bits of its context a compression keeps, as a lower bound.

    A text is scored after ``context, blank line, query, blank line``, the same for every context. Contexts that are
    too long for the scorer's window lose their ends, all beyond the same number of tokens; how many is told.

    Args:
        contexts: (N,) what was compressed.
        compressions: (N,) the compressions of each, any number; a context with none is only a negative.
        scorer: any model; a small one had better not judge texts of its own, for it finds nonsense likely.
        query: what the compressions were made for; one for all, or one for each context.
        groups: (N,) equal where contexts are hard negatives of each other; None: those with the same query.
        negatives: ``hard``: a context is told apart from its group; ``random``: from as many of other groups (from all
            where there is but one group).
        kept_tokens: lengths of the compressions, as they are, in tokens of the model that will read them.
        max_context_tokens: cut contexts to fewer tokens than the window holds.
        n_boot: resamples of the interval.
        seed: of halves, resamples and random negatives.
        progress: hears how far it is.

    Returns:
        `Unavailable` where the scorer cannot score given text.

    Raises:
        ValueError: shapes disagree, there is no compression or an empty one, or one leaves no room for a context.
    """
    queries = [query] * len(contexts) if isinstance(query, str) else list(query)
    owners, texts, lengths = _flattened(contexts, compressions, queries, kept_tokens)
    group_of = list(groups) if groups is not None else list(queries)
    mask = _rivals(group_of, negatives, np.random.default_rng(seed))
    shown, limit = _cut(contexts, texts, queries, scorer, max_context_tokens)
    filled = _filled(shown, texts, owners, queries, mask, scorer, progress)
    if isinstance(filled, Unavailable):
        return filled
    matrix, fingerprint = filled
    found = estimate_from_matrix(
        matrix, owners.tolist(), groups=group_of, rivals=mask, kept_tokens=lengths, n_boot=n_boot, seed=seed
    )
    n_cut = sum(len(cut) < len(whole) for cut, whole in zip(shown, contexts, strict=True))
    return replace(found, scorer=fingerprint, n_cut=n_cut, context_tokens=limit)


def _flattened(
    contexts: Sequence[str],
    compressions: Sequence[Sequence[str]],
    queries: Sequence[str],
    kept_tokens: Sequence[Sequence[int]] | None,
) -> tuple[IntArray, list[str], list[int] | None]:
    """Owners, texts and lengths, a row for each compression."""
    if not len(contexts) == len(compressions) == len(queries):
        raise ValueError(f"{len(contexts)} contexts, {len(compressions)} compressions and {len(queries)} queries")
    texts = [text for of_context in compressions for text in of_context]
    if not texts or not all(text.strip() for text in texts):
        raise ValueError("no compression, or an empty one: an empty text has nothing to score")
    owners = np.repeat(np.arange(len(contexts)), [len(of_context) for of_context in compressions])
    if kept_tokens is None:
        return owners, texts, None
    if [len(one) for one in kept_tokens] != [len(one) for one in compressions]:
        raise ValueError("kept_tokens has not one length for each compression")
    return owners, texts, [length for of_context in kept_tokens for length in of_context]


def _rivals(groups: Sequence[Hashable], negatives: Negatives, rng: np.random.Generator) -> BoolArray:
    """(N, N) which contexts each is told apart from, itself among them."""
    same = np.asarray([[one == other for other in groups] for one in groups], dtype=bool)
    if negatives == "hard" or same.all():
        return same
    mask = np.eye(len(groups), dtype=bool)
    for at, of_group in enumerate(same):
        others = np.flatnonzero(~of_group)
        wanted = min(int(of_group.sum()) - 1, len(others))
        mask[at, rng.choice(others, size=wanted, replace=False)] = True
    return mask


def _cut(
    contexts: Sequence[str],
    texts: Sequence[str],
    queries: Sequence[str],
    scorer: LogProbScorer,
    max_context_tokens: int | None,
) -> tuple[list[str], int]:
    """The contexts as they are shown, and the number of tokens that they were held to; 0: the scorer knows none."""
    if not isinstance(scorer, WindowedScorer):
        if max_context_tokens is not None:
            raise ValueError("max_context_tokens wants a scorer that counts tokens")
        return list(contexts), 0
    longest = max(scorer.count_tokens(text) for text in texts)
    query = max(scorer.count_tokens(_condition("", query)) for query in set(queries))
    limit = scorer.window_tokens - longest - query - _SLACK_TOKENS
    if limit < 1:
        raise ValueError(f"a compression of {longest} tokens leaves no context in a window of {scorer.window_tokens}")
    limit = min(limit, max_context_tokens or limit)
    return [scorer.beginning(context, limit) for context in contexts], limit


def _condition(context: str, query: str) -> str:
    return f"{context}{_GAP}{query}{_GAP}" if query else f"{context}{_GAP}"


def _filled(
    contexts: Sequence[str],
    texts: Sequence[str],
    owners: IntArray,
    queries: Sequence[str],
    mask: BoolArray,
    scorer: LogProbScorer,
    progress: Progress | None,
) -> tuple[NatsArray, str] | Unavailable:
    """The matrix, NaN where nothing was asked, and the scorer's fingerprint. Each prefix is read once."""
    matrix = np.full((len(texts), len(contexts)), np.nan)
    fingerprint, n_done, n_all = "", 0, int(mask[owners].sum())
    for at, context in enumerate(contexts):
        for query, rows in _rows_by_query(np.flatnonzero(mask[owners, at]), owners, queries).items():
            scored = score_each(scorer, [texts[row] for row in rows], context=_condition(context, query))
            if isinstance(scored, Unavailable):
                return scored
            matrix[rows, at] = [one.total_nats for one in scored]
            fingerprint = scored[0].model
            n_done += len(rows)
            if progress is not None:
                progress(n_done, n_all)
    return matrix, fingerprint


def _rows_by_query(rows: IntArray, owners: IntArray, queries: Sequence[str]) -> Mapping[str, list[int]]:
    """A text is always scored with the query that it was made for."""
    found: dict[str, list[int]] = {}
    for row in rows.tolist():
        found.setdefault(queries[owners[row]], []).append(row)
    return found
