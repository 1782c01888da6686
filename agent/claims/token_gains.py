"""How many bits of a claim does its evidence carry, token by token? A scorer reads it alone, and after the evidence.

A small model copies well and understands little: a low gain says that the claim is put in words that the evidence does
not lead to, not that it is false. What tokens lose tells of single words that were exchanged.
"""

from collections.abc import Sequence

from pydantic import Field, model_validator

from lm.scoring import LogProbScorer, ScoredText, Unavailable, score_each
from lm.types import Frozen

# What is read before the claim, characters: some 1,500 tokens, so that a claim fits a window of 2,048 with it.
MAX_EVIDENCE_CHARS = 6_000
# Raised whenever the same texts would give other numbers: of the tokens, or of the features made of them.
VERSION = 1


class TokenGains(Frozen):
    """The tokens of a claim, each with its bits when the claim is read alone and when it follows its evidence.

    Attributes:
        scorer: fingerprint of the model; bits of different ones do not compare.
        starts: first character of each token in the claim.
        ends: one past its last.
        alone_bits: information of each, without evidence.
        after_bits: the same, after the evidence.
    """

    scorer: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    alone_bits: tuple[float, ...]
    after_bits: tuple[float, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> "TokenGains":
        lengths = [len(self.starts), len(self.ends), len(self.alone_bits), len(self.after_bits)]
        if len(set(lengths)) != 1:
            raise ValueError(f"starts, ends and bits of {lengths} tokens: must be equally many")
        return self


class GainFeatures(Frozen):
    """What the tokens come to; all in bits or shares. Of a claim without tokens everything is 0.

    Attributes:
        information_gain: bits a token that the evidence saves; below 0 where it misleads.
        gain_share: of the claim's bits, the share that the evidence saves; in [-1, 1].
        idle_share: of its tokens, the share that the evidence makes no likelier, in [0, 1].
        loss_bits: bits a token that the evidence costs, of the tokens that it makes less likely; at least 0.
        worst_loss_bits: the most that it costs one token; 0 where it costs none.
    """

    information_gain: float
    gain_share: float
    idle_share: float = Field(ge=0.0, le=1.0)
    loss_bits: float = Field(ge=0.0)
    worst_loss_bits: float = Field(ge=0.0)


def token_gains(claims: Sequence[str], evidence: str, scorer: LogProbScorer) -> list[TokenGains] | Unavailable:
    """Of each claim against the same evidence, which is read once where the scorer can.

    Evidence over 6,000 characters is cut there: pass what the claim is likely to stand on.
    """
    alone = score_each(scorer, claims)
    after = score_each(scorer, claims, context=f"{evidence[:MAX_EVIDENCE_CHARS].rstrip()}\n")
    if isinstance(alone, Unavailable):
        return alone
    if isinstance(after, Unavailable):
        return after
    return [_gains(one, other) for one, other in zip(alone, after, strict=True)]


def gain_features(gains: TokenGains) -> GainFeatures:
    """The features of a claim whose tokens were scored."""
    n = len(gains.starts)
    alone, after = sum(gains.alone_bits), sum(gains.after_bits)
    losses = [max(0.0, late - early) for early, late in zip(gains.alone_bits, gains.after_bits, strict=True)]
    n_idle = sum(late >= early for early, late in zip(gains.alone_bits, gains.after_bits, strict=True))
    return GainFeatures(
        information_gain=(alone - after) / n if n else 0.0,
        gain_share=max(-1.0, 1.0 - after / alone) if alone > 0.0 else 0.0,
        idle_share=n_idle / n if n else 0.0,
        loss_bits=sum(losses) / n if n else 0.0,
        worst_loss_bits=max(losses, default=0.0),
    )


def _gains(alone: ScoredText, after: ScoredText) -> TokenGains:
    return TokenGains(
        scorer=after.model,
        starts=tuple(after.starts.tolist()),
        ends=tuple(after.ends.tolist()),
        alone_bits=tuple(round(float(bits), 3) for bits in alone.surprisals_bits),
        after_bits=tuple(round(float(bits), 3) for bits in after.surprisals_bits),
    )
