"""How many tokens a conversation takes of a model's window."""

from collections.abc import Callable, Sequence

from lm.errors import ContextOverflow
from lm.types import ChatRequest, Message

# Chat templates wrap each turn in a few tokens (ChatML: about 6) and may add a system text of their own
# (SmolLM2: 30 tokens in all). Both numbers are bounds, checked against the embedded model in the tests.
TOKENS_PER_MESSAGE = 8
TOKENS_PER_CONVERSATION = 32


def prompt_bound(messages: Sequence[Message], count_tokens: Callable[[str], int]) -> int:
    """Tokens of the conversation with its template: not fewer than the model will count."""
    return TOKENS_PER_CONVERSATION + sum(count_tokens(message.content) + TOKENS_PER_MESSAGE for message in messages)


def check_fits(request: ChatRequest, count_tokens: Callable[[str], int], context_tokens: int) -> None:
    """Refuse a request that the window cannot hold.

    Raises:
        ContextOverflow: prompt plus `max_tokens` exceed `context_tokens`.
    """
    n_prompt = prompt_bound(request.messages, count_tokens)
    if n_prompt + request.max_tokens > context_tokens:
        raise ContextOverflow(
            f"a prompt of up to {n_prompt} tokens plus {request.max_tokens} for the reply"
            f" exceed the window of {context_tokens}",
            hint="Shorten the prompt, ask for fewer tokens, or use a model with a longer window.",
        )
