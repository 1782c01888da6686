"""What crosses the language-model seam: messages, requests, replies and token counts.

Knows tokens and log-probabilities. Must not know documents, prompts' wording, reports or where a model is served.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Role = Literal["writer", "helper", "judge", "scorer", "embedder"]
FinishReason = Literal["stop", "length", "content_filter", "other"]
_SURROGATE = re.compile("[\ud800-\udfff]")


def _encodable(text: str) -> str:
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


# What a model said: JSON can name a lone half of a character, which no file and no database takes.
Said = Annotated[str, AfterValidator(_encodable)]


class Frozen(BaseModel):
    """Base of every record that is stored or crosses a checkpoint: immutable, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(Frozen):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class JsonSchema(Frozen):
    """A JSON Schema (draft 2020-12) that the reply must satisfy, as JSON text.

    The order of its keys is the caller's: models write fields in that order. The text is part of the call-cache key.
    """

    name: str
    schema_text: str


class ChatRequest(Frozen):
    """One call of a chat model. Everything that can change the reply is in here: its hash is the call-cache key."""

    messages: tuple[Message, ...]
    max_tokens: int = Field(gt=0)
    temperature: float = Field(default=0.0, ge=0.0)
    top_p: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    json_schema: JsonSchema | None = None
    top_logprobs: int = Field(default=0, ge=0, le=20)
    reuse_prefix: bool | None = Field(
        default=None,
        description="Whether an embedded server may begin with what it computed for an earlier prompt that began so: "
        "faster, but the reply's last digits, and so its words, then hang on what was asked before. False: each prompt "
        "is computed anew, once for all draws that follow each other (one call at a time). None: the model's own way. "
        "No part of the call-cache key: a stored reply answers both.",
    )


class TokenLogProb(Frozen):
    """A generated token, its log-probability in nats, and the K most likely tokens at its position."""

    token: Said
    log_prob_nats: float
    top: tuple[tuple[Said, float], ...] = ()


class Usage(Frozen):
    """Tokens of one call, by the serving model's tokenizer."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class ChatReply(Frozen):
    """What a chat model said, why it stopped, and what that took. Reasoning (`<think>`) is already stripped."""

    text: Said
    finish_reason: FinishReason
    usage: Usage
    model: Said
    log_probs: tuple[TokenLogProb, ...] | None = None
    seconds: float = 0.0
    is_replayed: bool = False


class ChatDelta(Frozen):
    """A piece of a streamed reply; only the last one carries the whole `reply`."""

    text: Said
    reply: ChatReply | None = None


class ChatModel(Protocol):
    """The seam at which every language model is plugged in."""

    @property
    def name(self) -> str:
        """Endpoint and model, e.g. ``embedded:smollm2-135m``; part of the call-cache key."""
        ...

    @property
    def context_tokens(self) -> int:
        """The window: prompt plus completion."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` by the model's own tokenizer, or a bound that is never too small."""
        ...

    def chat(self, request: ChatRequest) -> ChatReply:
        """Complete the conversation.

        Raises:
            LMError: the call failed; `retryable` says whether trying again can help.
        """
        ...

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """Complete the conversation piece by piece. Same errors as `chat`."""
        ...
