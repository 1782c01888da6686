"""A scorer for tests of style: letters as tokens, every letter likely by a fixed table, no context."""

import math

import numpy as np

from lm.scoring import NextToken, ScoredText, Unavailable

_LETTERS = "abcdefghijklmnopqrstuvwxyz "
_WEIGHTS = np.array([1.0 + (letter in "etaoin ") * 4 for letter in _LETTERS] + [3.0])
_LOG_PROBS = np.log(_WEIGHTS / _WEIGHTS.sum()).astype(np.float32)


class LetterScorer:
    """Its fingerprint has the form of the real one's."""

    def __init__(self, model: str = "letters:0:fp32:0:1/1") -> None:
        self.model = model

    def score(self, text, *, context=""):
        tokens = list(self.distributions(text))
        places = np.arange(len(text))
        own = np.array([float(token.log_probs_nats[token.token_id]) for token in tokens], dtype=np.float64)
        return ScoredText(text, self.model, np.array([t.token_id for t in tokens]), places, places + 1, own, 0)

    def top_k(self, request):
        return Unavailable("it does not generate")

    def distributions(self, text, *, context=""):
        for at, letter in enumerate(text.lower()):
            found = _LETTERS.find(letter)
            yield NextToken(found if found >= 0 else len(_LETTERS), at, at + 1, _LOG_PROBS)


ENTROPY_NATS = float(-(np.exp(_LOG_PROBS.astype(float)) * _LOG_PROBS).sum())
assert math.isfinite(ENTROPY_NATS)
