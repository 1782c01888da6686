"""Tries a call again where trying again can help, and for no longer than agreed.

The bound: at most `max_attempts` calls fail for another reason than a rate limit; rate limits are waited out instead of
counted, each wait at least half of the doubling one, and all waits of one call are `max_total_wait_s` together. By
default that is 4 failures, or 12 calls in 120 seconds where each is refused by a rate limit.
"""

import logging
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lm.errors import LMError, RateLimited, ServerFailed
from lm.layer import Layer
from lm.types import ChatDelta, ChatModel, ChatReply, ChatRequest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long. Waits double from `first_wait_s` to `max_wait_s`; jitter at most halves.

    `max_attempts` counts calls that failed; one that was refused for being too early is bounded by the time alone.
    """

    max_attempts: int = 4
    first_wait_s: float = 1.0
    max_wait_s: float = 30.0
    max_total_wait_s: float = 120.0

    def __post_init__(self) -> None:
        """Refuse a policy that could not make one call."""
        if self.max_attempts < 1 or min(self.first_wait_s, self.max_wait_s, self.max_total_wait_s) < 0:
            raise ValueError(f"a retry policy needs max_attempts >= 1 and waits >= 0, got {self}")


class Retrying(Layer):
    """A chat model whose retryable failures are tried again."""

    def __init__(
        self, inner: ChatModel, policy: RetryPolicy, *, sleep: Callable[[float], None], rng: random.Random
    ) -> None:
        super().__init__(inner)
        self._policy, self._sleep, self._rng = policy, sleep, rng

    def chat(self, request: ChatRequest) -> ChatReply:
        """Complete the conversation, in as many calls as the policy allows.

        Raises:
            LMError: the last attempt's error.
        """
        tries = _Tries(self._policy, self._rng, self.name)
        while True:
            try:
                return self._inner.chat(request)
            except LMError as error:
                self._sleep(tries.wait_after(error))

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """Stream the reply; the same tries, but none once text was handed on.

        A second reply would not continue the first, so such a failure is raised.
        """
        tries = _Tries(self._policy, self._rng, self.name)
        while True:
            has_text = False
            try:
                for delta in self._inner.stream(request):
                    has_text = has_text or bool(delta.text)
                    yield delta
                return
            except LMError as error:
                if has_text:
                    raise
                self._sleep(tries.wait_after(error))


class _Tries:
    """What became of one call so far."""

    def __init__(self, policy: RetryPolicy, rng: random.Random, model_name: str) -> None:
        self._policy, self._rng, self._model_name = policy, rng, model_name
        self._n_calls = 0
        self._n_failed = 0
        self._waited_s = 0.0

    def wait_after(self, error: LMError) -> float:
        """Seconds until the next attempt; raises `error` when there is to be none."""
        policy = self._policy
        self._n_calls += 1
        self._n_failed += not isinstance(error, RateLimited)
        if not error.retryable or self._n_failed >= policy.max_attempts:
            raise error
        wait_s = self._backoff_s()
        asked_s = error.retry_after_s if isinstance(error, RateLimited | ServerFailed) else None
        if asked_s is not None:
            # The server's word is a minimum; a little more keeps waiting clients from returning all at once. But a
            # server that says "now" again and again is not taken at its word.
            wait_s = max(asked_s + wait_s * 0.1, wait_s if self._n_calls > 1 else 0.0)
        if self._waited_s + wait_s > policy.max_total_wait_s:
            logger.info("gave up model=%s: next wait of %.1f s is beyond the limit", self._model_name, wait_s)
            raise error
        logger.info(
            "retry model=%s attempt=%d wait_s=%.2f error=%s", self._model_name, self._n_calls + 1, wait_s, error
        )
        self._waited_s += wait_s
        return wait_s

    def _backoff_s(self) -> float:
        # The power is bounded because a float is.
        doubled_s = self._policy.first_wait_s * 2.0 ** min(self._n_calls - 1, 64)
        return min(doubled_s, self._policy.max_wait_s) * self._rng.uniform(0.5, 1.0)
