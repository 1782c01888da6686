"""Replies that a program reads: asked for by schema, validated, and repaired at most twice."""

import json
import logging
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from lm.errors import ContextOverflow, MalformedReply
from lm.json_text import extract_json
from lm.types import ChatModel, ChatReply, ChatRequest, JsonSchema, Message

logger = logging.getLogger(__name__)

_Validated = TypeVar("_Validated", bound=BaseModel)
_MAX_REPAIRS = 2
_MAX_COMPLAINTS = 5
_MAX_QUOTED_CHARS = 2000  # of a bad reply; a reply that ran wild must not fill the window


def schema_of(model: type[BaseModel]) -> JsonSchema:
    """The JSON Schema of a pydantic model as text, fields in declared order: constrained decoding writes them so."""
    text = json.dumps(model.model_json_schema(), separators=(",", ":"), ensure_ascii=False)
    return JsonSchema(name=model.__name__, schema_text=text)


def ask_for_json(model: ChatModel, request: ChatRequest, validate: type[_Validated]) -> _Validated:
    """As `ask_with_reply`, for who wants what was said and not the reply that said it."""
    return ask_with_reply(model, request, validate)[0]


def ask_with_reply(
    model: ChatModel,
    request: ChatRequest,
    validate: type[_Validated],
    *,
    rescue: Callable[[str], _Validated | None] = lambda text: None,
) -> tuple[_Validated, ChatReply]:
    """Ask until the reply validates: once, and at most twice more with what was wrong told to the model. Returns what
    it says, and the reply.

    Args:
        model: Asked.
        request: Its `json_schema` may be left out; then it is that of `validate`.
        validate: The form that the reply must take.
        rescue: What can be read of a reply that does not take it, before the model is asked again: a list that broke
            off has whole entries.

    Raises:
        MalformedReply: no reply took the form; it carries them all.
        LMError: a call failed.
    """
    if request.json_schema is None:
        request = request.model_copy(update={"json_schema": schema_of(validate)})
    reply = model.chat(request)
    replies = [reply]
    while True:
        try:
            return validate.model_validate_json(extract_json(reply.text) or reply.text), reply
        except ValidationError as error:
            if (whole := rescue(reply.text)) is not None:
                return whole, reply
            complaint = _complaint(error, reply)
        logger.info("malformed reply model=%s attempt=%d: %s", model.name, len(replies), complaint)
        if len(replies) > _MAX_REPAIRS:
            raise _malformed(model, validate, complaint, replies)
        try:
            reply = model.chat(_repair(request, reply, complaint))
        except ContextOverflow as error:
            raise _malformed(model, validate, complaint, replies) from error
        replies.append(reply)


def _repair(request: ChatRequest, reply: ChatReply, complaint: str) -> ChatRequest:
    turns = (
        Message(role="assistant", content=reply.text[:_MAX_QUOTED_CHARS]),
        Message(role="user", content=f"{complaint}\nReply with the corrected JSON and nothing else."),
    )
    return request.model_copy(update={"messages": request.messages + turns})


def _complaint(error: ValidationError, reply: ChatReply) -> str:
    if reply.finish_reason == "length":
        return "The reply was cut off before the JSON ended. Use fewer and shorter strings."
    complaints = [
        f"- {'.'.join(map(str, item['loc'])) or 'whole reply'}: {item['msg'][:200]}"
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return "The reply does not satisfy the schema:\n" + "\n".join(complaints[:_MAX_COMPLAINTS])


def _malformed(model: ChatModel, validate: type[BaseModel], complaint: str, replies: list[ChatReply]) -> MalformedReply:
    return MalformedReply(
        f"{model.name} gave no valid {validate.__name__} in {len(replies)} replies: {complaint}",
        replies=tuple(replies),
        hint="Use a stronger model for this role, a simpler schema, or a larger max_tokens.",
    )
