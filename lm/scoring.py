"""Log-probabilities of tokens: what can be asked of a model, and what a model says that it cannot tell.

Everything here is in nats (base e) unless its name says bits.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from lm.embedding import FloatArray
from lm.types import ChatModel, ChatRequest, TokenLogProb

NatsArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Unavailable:
    """This model cannot tell. It stands where a number would, so that no other number takes its place."""

    reason: str


@dataclass(frozen=True, eq=False)
class ScoredText:
    """A given text's tokens and how likely the model found each.

    Attributes:
        text: what was scored.
        model: fingerprint of the model and precision.
        token_ids: (n_tokens,) in the model's vocabulary.
        starts: (n_tokens,) first character of each token in `text`.
        ends: (n_tokens,) one past its last character. Tokens that share a character's bytes share its span.
        log_probs_nats: (n_tokens,) natural logarithm of each token's probability given all before it.
        n_context_tokens: tokens of the context that stood before the text, start token not counted.
    """

    text: str
    model: str
    token_ids: IntArray
    starts: IntArray
    ends: IntArray
    log_probs_nats: NatsArray
    n_context_tokens: int

    @property
    def n_tokens(self) -> int:
        """Tokens of the text."""
        return len(self.token_ids)

    @property
    def total_nats(self) -> float:
        """Log-probability of the whole text given its context, in nats; 0 for the empty text."""
        return float(self.log_probs_nats.sum())

    @property
    def total_bits(self) -> float:
        """Information of the whole text given its context, in bits: never negative."""
        return nats_to_bits(-self.total_nats)

    @property
    def surprisals_bits(self) -> NatsArray:
        """(n_tokens,) information of each token, in bits."""
        return np.asarray(-self.log_probs_nats / math.log(2.0))

    def bits_per_byte(self) -> float:
        """Bits for each UTF-8 byte of the text: comparable across tokenizers, as bits per token is not.

        Raises:
            ValueError: the text is empty.
        """
        n_bytes = len(self.text.encode("utf-8", "surrogatepass"))
        if n_bytes == 0:
            raise ValueError("an empty text has no bits per byte")
        return self.total_bits / n_bytes


@dataclass(frozen=True, eq=False)
class NextToken:
    """A token of a given text and the whole distribution that it was drawn against.

    Attributes:
        token_id: the token that stands there.
        start: its first character in the text.
        end: one past its last.
        log_probs_nats: (vocabulary,) float32, log-softmax; `exp` of it sums to 1.
    """

    token_id: int
    start: int
    end: int
    log_probs_nats: FloatArray


class LogProbScorer(Protocol):
    """Three capabilities, of which a model has some. One that it lacks returns `Unavailable`."""

    def score(self, text: str, *, context: str = "") -> ScoredText | Unavailable:
        """(a) The log-probability of each token of a given text, after a context."""
        ...

    def top_k(self, request: ChatRequest) -> tuple[TokenLogProb, ...] | Unavailable:
        """(b) The `request.top_logprobs` most likely tokens at each position that the model generates."""
        ...

    def distributions(self, text: str, *, context: str = "") -> Iterator[NextToken] | Unavailable:
        """(c) The full distribution at each token of a given text, after a context."""
        ...


@runtime_checkable
class PrefixScorer(Protocol):
    """A scorer that reads a context once for many texts after it: faster, and the same numbers."""

    def score_many(self, texts: Sequence[str], *, context: str = "") -> list[ScoredText] | Unavailable:
        """As `LogProbScorer.score` of each text after the context."""
        ...


@dataclass(frozen=True)
class ChatTopK:
    """A chat model as a scorer: it can only tell what it thought while it generated."""

    chat_model: ChatModel

    def score(self, text: str, *, context: str = "") -> Unavailable:
        """(a) is missing."""
        return Unavailable(f"{self.chat_model.name} is a chat endpoint: it does not score given text")

    def top_k(self, request: ChatRequest) -> tuple[TokenLogProb, ...] | Unavailable:
        """(b) By one call of the model.

        Raises:
            LMError: the call failed.
            ValueError: the request asks for no log-probabilities.
        """
        if request.top_logprobs < 1:
            raise ValueError("top_logprobs is 0: ask for at least 1")
        log_probs = self.chat_model.chat(request).log_probs
        if log_probs is None:
            return Unavailable(f"{self.chat_model.name} returned no log-probabilities")
        return log_probs

    def distributions(self, text: str, *, context: str = "") -> Unavailable:
        """(c) is missing."""
        return Unavailable(f"{self.chat_model.name} is a chat endpoint: it shows at most 20 tokens a position")


def score_each(scorer: LogProbScorer, texts: Sequence[str], *, context: str = "") -> list[ScoredText] | Unavailable:
    """Every text after the same context, by the fastest way that the scorer has."""
    if isinstance(scorer, PrefixScorer):
        return scorer.score_many(texts, context=context)
    found = []
    for text in texts:
        scored = scorer.score(text, context=context)
        if isinstance(scored, Unavailable):
            return scored
        found.append(scored)
    return found


def nats_to_bits(nats: float) -> float:
    """The same amount of information in bits: 1 nat is 1.4427 bits."""
    return nats / math.log(2.0)
