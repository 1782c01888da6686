"""How smooth a text is to a model: is it likelier, and more evenly so, than what the model itself would have drawn?

D is a text's log-perplexity less the model's mean entropy on the text's own prefixes (arXiv 2501.02406). What the model
drew at temperature 1 has D about 0; what was drawn with a cut-off or greedily has D below 0, and what people wrote
mostly above. One scorer compares drafts with it. It is no verdict on who wrote a text, and not to be written towards:
slips of the pen raise it.

Everything is in nats. Knows texts and scorers; nothing of sources, sentences or reports.
"""

import math
from dataclasses import dataclass

import numpy as np

from lm.embedding import FloatArray
from lm.scoring import LogProbScorer, NatsArray, ScoredText, Unavailable
from lm.smoothing_record import Smoothing

MIN_TOKENS = 200
WINDOW_TOKENS = 400


@dataclass(frozen=True, eq=False)
class ReadText:
    """A scored text, and of each token what the model expected there.

    Attributes:
        scored: the text with each token's log-probability.
        entropies_nats: (n_tokens,) entropy of the distribution that each token was held against.
        is_first: (n_tokens,) whether no token was likelier.
    """

    scored: ScoredText
    entropies_nats: NatsArray
    is_first: np.ndarray[tuple[int], np.dtype[np.bool_]]


def entropy_nats(log_probs: FloatArray) -> float:
    """Entropy of a distribution given by its log-probabilities; what is impossible adds nothing."""
    exact = log_probs.astype(np.float64)
    possible = exact[exact > -math.inf]
    return float(-(np.exp(possible) * possible).sum())


def read_whole(text: str, scorer: LogProbScorer, *, context: str = "") -> ReadText | Unavailable:
    """Read a text once, with the whole distribution at each token.

    Returns:
        `Unavailable` where the scorer shows no distributions, or holds a token of the text for impossible.
    """
    unread = scorer.score("", context=context)  # nothing is computed; it names the model
    if isinstance(unread, Unavailable):
        return unread
    found = scorer.distributions(text, context=context)
    if isinstance(found, Unavailable):
        return found
    ids: list[int] = []
    starts, ends, log_probs, entropies, firsts = [], [], [], [], []
    for token in found:
        own = float(token.log_probs_nats[token.token_id])
        if own == -math.inf:
            return Unavailable(f"token {len(ids) + 1} of the text is impossible to {unread.model}")
        ids.append(token.token_id)
        starts.append(token.start)
        ends.append(token.end)
        log_probs.append(own)
        entropies.append(entropy_nats(token.log_probs_nats))
        firsts.append(own >= float(token.log_probs_nats.max()))
    scored = ScoredText(
        text=text,
        model=unread.model,
        token_ids=np.array(ids, dtype=np.int64),
        starts=np.array(starts, dtype=np.int64),
        ends=np.array(ends, dtype=np.int64),
        log_probs_nats=np.array(log_probs, dtype=np.float64),
        n_context_tokens=unread.n_context_tokens,
    )
    return ReadText(scored, np.array(entropies, dtype=np.float64), np.array(firsts, dtype=np.bool_))


def smoothing_of(
    text: str, scorer: LogProbScorer, *, context: str = "", min_tokens: int = MIN_TOKENS
) -> Smoothing | Unavailable:
    """A text's smoothing after a context; `Unavailable`, with the reason, where it is too short or cannot be read."""
    read = read_whole(text, scorer, context=context)
    return read if isinstance(read, Unavailable) else smoothing_within(read, min_tokens=min_tokens)


def smoothing_within(
    read: ReadText, start: int = 0, end: int | None = None, *, min_tokens: int = MIN_TOKENS
) -> Smoothing | Unavailable:
    """The smoothing of the characters [start, end) of a read text: of the tokens that end there.

    Raises:
        ValueError: `min_tokens` is below 2.
    """
    if min_tokens < 2:
        raise ValueError(f"min_tokens is {min_tokens}: a standard error needs 2")
    last = len(read.scored.text) if end is None else end
    within = (read.scored.ends > start) & (read.scored.ends <= last)
    n_tokens = int(within.sum())
    if n_tokens < min_tokens:
        return Unavailable(f"{n_tokens} tokens are too few to tell: it takes {min_tokens}")
    surprisals = -read.scored.log_probs_nats[within]
    entropies = read.entropies_nats[within]
    excess = surprisals - entropies
    return Smoothing(
        start=start,
        end=last,
        n_tokens=n_tokens,
        d_nats=float(excess.mean()),
        d_error_nats=float(excess.std(ddof=1)) / math.sqrt(n_tokens),
        log_perplexity_nats=float(surprisals.mean()),
        mean_entropy_nats=float(entropies.mean()),
        surprisal_variance=float(surprisals.var()),
        lag1=_lag1(surprisals),
        first_share=float(read.is_first[within].mean()),
        slope_nats=_slope(surprisals),
    )


def smoothing_windows(
    read: ReadText, *, window_tokens: int = WINDOW_TOKENS, min_tokens: int = MIN_TOKENS
) -> list[Smoothing]:
    """The text in windows of about `window_tokens`, alike in tokens; none where the text is shorter than `min_tokens`.

    Raises:
        ValueError: a window is asked for that is too short to be told of.
    """
    if window_tokens < min_tokens:
        raise ValueError(f"windows of {window_tokens} tokens, but it takes {min_tokens} to tell")
    n_tokens = read.scored.n_tokens
    if n_tokens < min_tokens:
        return []
    n_windows = min(max(1, round(n_tokens / window_tokens)), n_tokens // min_tokens)
    cuts = [round(at * n_tokens / n_windows) for at in range(1, n_windows)]
    edges = [0, *(int(read.scored.ends[cut - 1]) for cut in cuts), len(read.scored.text)]
    found = [smoothing_within(read, edges[at], edges[at + 1], min_tokens=2) for at in range(n_windows)]
    return [one for one in found if isinstance(one, Smoothing)]


def _lag1(values: NatsArray) -> float:
    centred = values - values.mean()
    total = float((centred**2).sum())
    return float((centred[:-1] * centred[1:]).sum()) / total if total > 0 else 0.0


def _slope(values: NatsArray) -> float:
    """Of the values against their place, from 0 at the first to 1 at the last."""
    places = np.linspace(0.0, 1.0, len(values))
    places -= places.mean()
    return float((places * values).sum() / (places**2).sum())
