"""How unsure was the writer, token by token? Its entropy production rate (EPR, arXiv:2509.04492).

Read off the likeliest K tokens of each position that one reply came with: no further samples. In bits, as in the paper;
its released code works in nats. Sure errors are invisible to it, and a beginning or a matter of style is unsure too.
"""

import math
from collections.abc import Sequence

from pydantic import Field

from lm.types import Frozen, TokenLogProb

K = 15
# Tokens that the writer may have drawn from, for the bound on what the other tokens add: the paper's sampler keeps 50.
N_SUPPORT = 50


class EntropyProduction(Frozen):
    """The entropy that a text's tokens show.

    Attributes:
        epr_bits: mean over tokens of −Σ p log2 p over the K likeliest, not brought to a sum of 1.
        max_bits: of the token where it is largest.
        tail_bits: the most that the tokens beyond the K likeliest could add to the mean.
        k: alternatives that each position had; at most 15.
        n_tokens: counted, those that were masked left out.
        risk: WEPR's probability that it is wrong; None where nothing was fitted for the writer.
    """

    epr_bits: float = Field(ge=0.0)
    max_bits: float = Field(ge=0.0)
    tail_bits: float = Field(ge=0.0)
    k: int = Field(ge=1)
    n_tokens: int = Field(ge=1)
    risk: float | None = Field(default=None, ge=0.0, le=1.0)


def terms_of(tops: Sequence[Sequence[float]], k: int = K) -> list[list[float]]:
    """−p log2 p of the k likeliest tokens at each position, likeliest first, in bits.

    Args:
        tops: for each position log-probabilities in nats, in any order.
        k: how many count; every position must have as many.

    Raises:
        ValueError: a position has fewer.
    """
    found = []
    for position, nats in enumerate(tops):
        if len(nats) < k:
            raise ValueError(f"position {position} has {len(nats)} alternatives, {k} are wanted")
        likeliest = sorted(nats, reverse=True)[:k]
        found.append([_term(one) for one in likeliest])
    return found


def entropy_production(
    tops: Sequence[Sequence[float]], *, k: int = K, n_support: int = N_SUPPORT
) -> EntropyProduction | None:
    """EPR of a text; None without tokens or alternatives.

    Where a position has fewer alternatives than k, all are read at the fewest that any has, and `k` of the result says
    so: figures of another k do not compare.

    Args:
        tops: for each token the log-probabilities of the likeliest at its position, in nats.
        k: most alternatives to read.
        n_support: tokens that could have been drawn at all.
    """
    fewest = min((len(nats) for nats in tops), default=0)
    if fewest < 1:
        return None
    known = min(k, fewest)
    by_token = [math.fsum(terms) for terms in terms_of(tops, known)]
    tails = [_tail_bits(sorted(nats, reverse=True)[:known], n_support) for nats in tops]
    return EntropyProduction(
        epr_bits=round(math.fsum(by_token) / len(tops), 6),
        max_bits=round(max(by_token), 6),
        tail_bits=round(math.fsum(tails) / len(tops), 6),
        k=known,
        n_tokens=len(tops),
    )


def tops_of(tokens: Sequence[TokenLogProb]) -> list[list[float]]:
    """The log-probabilities of each token's alternatives, in nats."""
    return [[nats for _, nats in token.top] for token in tokens]


def _term(nats: float) -> float:
    p = math.exp(nats)
    return abs(p * nats / math.log(2.0)) if p > 0.0 else 0.0


def _tail_bits(likeliest: Sequence[float], n_support: int) -> float:
    """−Q (log2 Q − log2(n − K)): what is left over, spread evenly over the tokens that are left."""
    rest = 1.0 - math.fsum(math.exp(one) for one in likeliest)
    n_rest = n_support - len(likeliest)
    return max(0.0, -rest * (math.log2(rest) - math.log2(n_rest))) if rest > 1e-12 and n_rest > 0 else 0.0
