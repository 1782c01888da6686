"""A chat model that says what it was told to say: for tests and dry runs. It understands nothing."""

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

from lm.errors import LMError, ServerFailed
from lm.types import ChatDelta, ChatReply, ChatRequest, Usage
from lm.window import check_fits, prompt_bound


class ScriptedLM:
    """Replies from a list in order, or from a function of the request. Records every request.

    The window is real: a request that would not fit is refused. So is `max_tokens`: a longer reply is cut
    there and says so in its finish reason.
    """

    def __init__(
        self,
        replies: Sequence[str] | Callable[[ChatRequest], str],
        *,
        name: str = "scripted",
        context_tokens: int = 8192,
        errors: Mapping[int, LMError] | None = None,
    ) -> None:
        """Write the script.

        Args:
            replies: Texts in the order of the calls that succeed, or a function that writes one.
            name: Part of the call-cache key.
            context_tokens: The window.
            errors: What to raise instead of replying, by the number of the call, from 0.
        """
        self._replies = replies
        self._name = name
        self._context_tokens = context_tokens
        self._errors = dict(errors or {})
        self._requests: list[ChatRequest] = []
        self._n_replied = 0
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """As given."""
        return self._context_tokens

    @property
    def requests(self) -> tuple[ChatRequest, ...]:
        """Every request so far, in order."""
        return tuple(self._requests)

    def count_tokens(self, text: str) -> int:
        """A third of the characters, rounded up."""
        return math.ceil(len(text) / 3)

    def chat(self, request: ChatRequest) -> ChatReply:
        """The next reply of the script.

        Raises:
            ContextOverflow: the request does not fit the window.
            ServerFailed: the script has ended.
        """
        check_fits(request, self.count_tokens, self._context_tokens)
        text = self._next_text(request)
        shown = text[: request.max_tokens * 3]
        return ChatReply(
            text=shown,
            finish_reason="stop" if shown == text else "length",
            usage=Usage(
                prompt_tokens=prompt_bound(request.messages, self.count_tokens),
                completion_tokens=self.count_tokens(shown),
            ),
            model=self._name,
        )

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """The next reply of the script, word by word."""
        reply = self.chat(request)
        for word in reply.text.split(" ")[:-1]:
            yield ChatDelta(text=word + " ")
        yield ChatDelta(text=reply.text.rpartition(" ")[2], reply=reply)

    def _next_text(self, request: ChatRequest) -> str:
        with self._lock:
            n_call = len(self._requests)
            self._requests.append(request)
            if n_call in self._errors:
                raise self._errors[n_call]
            if not callable(self._replies):
                if self._n_replied >= len(self._replies):
                    raise ServerFailed(f"the script of {self._name} ended after {self._n_replied} replies")
                self._n_replied += 1
                return self._replies[self._n_replied - 1]
        return self._replies(request)
