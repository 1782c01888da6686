"""Tries a call again where trying again can help, and for no longer than agreed."""

import logging
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lm.errors import LMError, RateLimited
from lm.types import ChatDelta, ChatModel, ChatReply, ChatRequest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long. Waits double from `first_wait_s` to `max_wait_s`; jitter at most halves."""

    max_attempts: int = 4
    first_wait_s: float = 1.0
    max_wait_s: float = 30.0
    max_total_wait_s: float = 120.0

    def __post_init__(self) -> None:
        """Refuse a policy that could not make one call."""
        if self.max_attempts < 1 or min(self.first_wait_s, self.max_wait_s, self.max_total_wait_s) < 0:
            raise ValueError(f"a retry policy needs max_attempts >= 1 and waits >= 0, got {self}")


class Retrying:
    """A chat model whose retryable failures are tried again."""

    def __init__(
        self, inner: ChatModel, policy: RetryPolicy, *, sleep: Callable[[float], None], rng: random.Random
    ) -> None:
        self._inner, self._policy, self._sleep, self._rng = inner, policy, sleep, rng

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self._inner.name

    @property
    def context_tokens(self) -> int:
        """The inner model's window."""
        return self._inner.context_tokens

    def count_tokens(self, text: str) -> int:
        """The inner model's count."""
        return self._inner.count_tokens(text)

    def chat(self, request: ChatRequest) -> ChatReply:
        """Complete the conversation, in at most `max_attempts` calls.

        Raises:
            LMError: the last attempt's error.
        """
        waited_s = 0.0
        attempt = 1
        while True:
            try:
                return self._inner.chat(request)
            except LMError as error:
                waited_s += self._wait(error, attempt, waited_s)
            attempt += 1

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """Stream the reply; the same tries, but none once text was handed on.

        A second reply would not continue the first, so such a failure is raised.
        """
        waited_s = 0.0
        attempt = 1
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
                waited_s += self._wait(error, attempt, waited_s)
            attempt += 1

    def _wait(self, error: LMError, attempt: int, waited_s: float) -> float:
        """Sleep before the next attempt and return for how long; raise `error` when there is to be none."""
        policy = self._policy
        if not error.retryable or attempt >= policy.max_attempts:
            raise error
        backoff_s = min(policy.first_wait_s * 2.0 ** (attempt - 1), policy.max_wait_s)
        wait_s = backoff_s * self._rng.uniform(0.5, 1.0)
        if isinstance(error, RateLimited) and error.retry_after_s is not None:
            # The server's word is a minimum; a little more keeps waiting clients from returning all at once.
            wait_s = error.retry_after_s + wait_s * 0.1
        if waited_s + wait_s > policy.max_total_wait_s:
            logger.info("gave up model=%s: next wait of %.1f s is beyond the limit", self.name, wait_s)
            raise error
        logger.info("retry model=%s attempt=%d wait_s=%.2f error=%s", self.name, attempt + 1, wait_s, error)
        self._sleep(wait_s)
        return wait_s
