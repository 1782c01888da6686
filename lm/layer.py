"""What every layer around a chat model takes over from the model within, so that no layer hides it from those above.

Knows models and requests. Must not know what any layer does with a call.
"""

from typing import Protocol, runtime_checkable

from lm.types import ChatModel, ChatRequest


@runtime_checkable
class Replayable(Protocol):
    """A chat model that can say beforehand whether a call will be free."""

    def peek(self, request: ChatRequest) -> bool:
        """Whether the reply to `request` is at hand and costs nothing."""
        ...


class Layer:
    """Name, window, count and foresight of the model within. `chat` and `stream` are each layer's own."""

    def __init__(self, inner: ChatModel) -> None:
        self._inner = inner

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

    def peek(self, request: ChatRequest) -> bool:
        """Whether the reply is at hand, so that it costs nothing."""
        return isinstance(self._inner, Replayable) and self._inner.peek(request)
