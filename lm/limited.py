"""A chat model whose calls go through the door of its endpoint; see `lm.limiting`."""

from collections.abc import Iterator

from lm.errors import LMError, RateLimited, ServerFailed
from lm.layer import Layer
from lm.limiting import Lease, Limiter
from lm.types import ChatDelta, ChatModel, ChatReply, ChatRequest
from lm.window import prompt_bound


class Limited(Layer):
    """The layer below `Retrying`, so that a wait between two tries holds no slot."""

    def __init__(self, inner: ChatModel, limiter: Limiter) -> None:
        super().__init__(inner)
        self._limiter = limiter

    def chat(self, request: ChatRequest) -> ChatReply:
        """Complete the conversation when it may be.

        Raises:
            StillLimited: the endpoint lets nothing through.
            LMError: the call failed.
        """
        with self._limiter.acquire(self._most_tokens(request)) as lease:
            try:
                reply = self._inner.chat(request)
            except LMError as error:
                _tell_of(error, lease)
                raise
            lease.succeeded(_tokens_of(reply))
            return reply

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """Stream the reply when it may be; the call is over when the stream ends or is dropped."""
        with self._limiter.acquire(self._most_tokens(request)) as lease:
            try:
                for delta in self._inner.stream(request):
                    if delta.reply is not None:
                        lease.succeeded(_tokens_of(delta.reply))
                    yield delta
            except LMError as error:
                _tell_of(error, lease)
                raise

    def _most_tokens(self, request: ChatRequest) -> int:
        return prompt_bound(request.messages, self.count_tokens) + request.max_tokens


def _tokens_of(reply: ChatReply) -> int:
    return reply.usage.prompt_tokens + reply.usage.completion_tokens


def _tell_of(error: LMError, lease: Lease) -> None:
    if isinstance(error, RateLimited) or (isinstance(error, ServerFailed) and error.is_overload):
        lease.refused(error.retry_after_s)
