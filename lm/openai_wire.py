"""What we send to an OpenAI-compatible endpoint, and what we read of its answer, checked.

The SDK builds its answers unchecked: any field may be missing or of another type.
"""

import json
import logging
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from lm.capabilities import Capabilities
from lm.types import ChatRequest, FinishReason, JsonSchema, TokenLogProb

logger = logging.getLogger(__name__)

# What OpenAI sends for "not among the most likely"; stands in for minus infinity, which JSON cannot hold.
_LOWEST_NATS = -9999.0


class WireTop(BaseModel):
    """One alternative at a position."""

    token: str
    logprob: float | None = None


class WireToken(WireTop):
    """A generated token with its alternatives."""

    top_logprobs: list[WireTop] | None = None


class WireLogProbs(BaseModel):
    """The log-probabilities of a reply or of a piece of one."""

    content: list[WireToken] | None = None


class WirePart(BaseModel):
    """A part of a message that is not plain text; parts of thinking carry no `text`."""

    type: str = ""
    text: str | None = None


class WireMessage(BaseModel):
    """A message, or the piece of one that a stream adds."""

    content: str | list[WirePart] | None = None
    refusal: str | None = None

    @property
    def text(self) -> str:
        """The words in it, without other kinds of parts."""
        if isinstance(self.content, list):
            return "".join(part.text or "" for part in self.content if part.type == "text")
        return self.content or ""


class WireChoice(BaseModel):
    """One of the alternatives; we ask for one."""

    message: WireMessage | None = None
    delta: WireMessage | None = None
    finish_reason: str | None = None
    logprobs: WireLogProbs | None = None


class WireUsage(BaseModel):
    """Tokens, as the server counted them: up to a billion of each, which no call takes."""

    prompt_tokens: int = Field(default=0, ge=0, le=10**9)
    completion_tokens: int = Field(default=0, ge=0, le=10**9)


def _credible(usage: object) -> WireUsage | None:
    """None where nobody could have used that: an answer that was paid for is not lost for its bill, we count then."""
    try:
        return None if usage is None else WireUsage.model_validate(usage)
    except ValidationError:
        logger.warning("the endpoint's usage is no count of tokens and is not believed: %.80r", usage)
        return None


class WireCompletion(BaseModel):
    """A whole answer, or one event of a stream."""

    choices: list[WireChoice] | None = None
    usage: Annotated[WireUsage | None, BeforeValidator(_credible)] = None
    model: str | None = None
    error: dict[str, object] | str | None = None


def call_arguments(request: ChatRequest, known: Capabilities, *, is_stream: bool) -> dict[str, Any]:
    """The call's arguments in the API's words, without those that the endpoint refuses."""
    arguments: dict[str, Any] = {
        "messages": [message.model_dump() for message in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "stream": is_stream,
    }
    if request.top_p is not None:
        arguments["top_p"] = request.top_p
    if request.seed is not None:
        arguments["seed"] = request.seed
    if request.stop:
        arguments["stop"] = list(request.stop)
    if request.top_logprobs and known.logprobs:
        arguments |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    if request.json_schema:
        arguments["response_format"] = _response_format(request.json_schema)
    if is_stream:
        arguments["stream_options"] = {"include_usage": True}
    if "max_tokens" in known.refused:
        arguments["max_completion_tokens"] = request.max_tokens
    return {key: value for key, value in arguments.items() if key not in known.refused}


def _response_format(schema: JsonSchema) -> dict[str, Any]:
    return {
        "type": "json_schema",
        "json_schema": {"name": schema.name, "schema": json.loads(schema.schema_text), "strict": True},
    }


def finish_reason(word: str | None) -> FinishReason:
    """The finish reason in our four words."""
    if word in ("stop", "end_turn", "eos", "stop_sequence"):
        return "stop"
    if word in ("length", "max_tokens", "model_length"):
        return "length"
    return "content_filter" if word in ("content_filter", "refusal", "safety") else "other"


def token_log_probs(wire: WireLogProbs | None) -> list[TokenLogProb]:
    """Log-probabilities in nats; the API's are natural logarithms."""
    return [
        TokenLogProb(
            token=step.token,
            log_prob_nats=_nats(step.logprob),
            top=tuple((top.token, _nats(top.logprob)) for top in step.top_logprobs or ()),
        )
        for step in (wire.content if wire and wire.content else ())
    ]


def log_probs_of(text: str, steps: list[TokenLogProb]) -> tuple[TokenLogProb, ...] | None:
    """The steps that wrote `text`, which is the end of the raw reply; None when no steps came.

    Steps before it wrote thinking that was stripped, so they would not match the text.
    """
    if not steps:
        return None
    n_chars, first = 0, len(steps)
    while first > 0 and n_chars < len(text):
        first -= 1
        n_chars += len(steps[first].token)
    return tuple(steps[first:])


def _nats(log_prob: float | None) -> float:
    return _LOWEST_NATS if log_prob is None else max(log_prob, _LOWEST_NATS)


class Collected:
    """What the events of one answer add up to."""

    def __init__(self, model: str) -> None:
        self.raw_text = ""
        self.log_probs: list[TokenLogProb] = []
        self.finish: FinishReason | None = None
        self.usage: WireUsage | None = None
        self.model = model

    def add(self, answer: WireCompletion, choice: WireChoice) -> str:
        """Add an event; get its text."""
        message = choice.message or choice.delta
        text = message.text if message else ""
        self.raw_text += text
        self.log_probs += token_log_probs(choice.logprobs or WireLogProbs())
        if choice.finish_reason or choice.message:
            self.finish = finish_reason(choice.finish_reason)
        if message and message.refusal:
            self.finish = "content_filter"
        self.usage = answer.usage or self.usage
        self.model = answer.model or self.model
        return text
