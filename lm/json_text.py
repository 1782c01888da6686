"""Finding the JSON value in what a model wrote, and asking for it in words."""

import json
import re

from lm.types import ChatRequest, JsonSchema, Message

_FENCE = re.compile(r"```[\w-]*[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL)
_BRACKET = re.compile(r"[{\[]")


def extract_json(text: str) -> str | None:
    """The text of the first complete JSON object or array; None when there is none.

    Tolerates code fences, words before and text after. Fenced blocks are tried first.
    """
    for candidate in (*_FENCE.findall(text), text):
        found = _first_value(candidate)
        if found is not None:
            return found
    return None


def schema_in_words(request: ChatRequest, schema: JsonSchema) -> ChatRequest:
    """The request with its schema moved into the system message, for servers that cannot constrain."""
    wording = (
        "Reply with one JSON value and nothing else: no explanation, no code fence."
        f" It must satisfy this JSON Schema:\n{schema.schema_text}"
    )
    messages = request.messages
    if messages and messages[0].role == "system":
        first = Message(role="system", content=f"{messages[0].content}\n\n{wording}")
        messages = (first, *messages[1:])
    else:
        messages = (Message(role="system", content=wording), *messages)
    return request.model_copy(update={"messages": messages, "json_schema": None})


def _first_value(text: str) -> str | None:
    decoder = json.JSONDecoder()
    n_failures = 0
    for bracket in _BRACKET.finditer(text):
        try:
            _, end = decoder.raw_decode(text, bracket.start())
        except (json.JSONDecodeError, RecursionError):
            n_failures += 1
            # Each failure may read to the end of the text: without a bound, "[[[[…" takes quadratic time.
            if n_failures == 50:
                return None
            continue
        return text[bracket.start() : end]
    return None
