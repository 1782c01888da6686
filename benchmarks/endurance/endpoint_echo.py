"""A healthy model for the campaign: fills the schema that it is asked to fill with what its prompt says.

It is what the faults are done to, so it must bring every role's work to its end: the writer's paragraphs stand on
quotations, the helper's lines name passages, the judge says yes and how surely.
"""

import json
import re
from typing import Any

from benchmarks.endurance.fault_server import Answer, Body

_NUMBERED = re.compile(r"^\[(\d+)\] (?:\([^)]*\) )?(.{12,})$", re.MULTILINE)
_MOST_ITEMS = 3


def healthy(body: Body) -> Answer:
    """The whole answer to a chat request, or the list of models."""
    if "path" in body:
        return Answer(body=json.dumps({"object": "list", "data": [{"id": "m", "object": "model"}]}))
    return answer_of(body, said(body))


def answer_of(body: Body, text: str | None, *, finish: str | None = "stop", **changed: Any) -> Answer:
    """A whole answer that says `text`; `changed` replaces fields of the completion."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": _log_probs(body, text or "")}
    return Answer(body=json.dumps(completion_of(choice) | changed))


def completion_of(choice: dict[str, Any]) -> dict[str, Any]:
    """A completion with this choice."""
    usage = {"prompt_tokens": 70, "completion_tokens": 30, "total_tokens": 100}
    return {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}


def said(body: Body) -> str:
    """What the model says to a chat request."""
    prompt = str(body["messages"][1 if len(body["messages"]) > 1 else 0]["content"])
    wanted = (body.get("response_format") or {}).get("json_schema")
    schema = _schema_in(body["messages"]) if wanted is None else wanted["schema"]
    if schema is None:
        return "yes" if "yes or no" in prompt else "Nothing more."
    return json.dumps(_Filling(schema, prompt).fill(schema), ensure_ascii=False)


def _schema_in(messages: list[dict[str, str]]) -> dict[str, Any] | None:
    """The schema that was told in words, to an endpoint that refuses to be given one."""
    _, mark, text = str(messages[0]["content"]).partition("JSON Schema:\n")
    found: dict[str, Any] | None = json.loads(text) if mark else None
    return found


def _log_probs(body: Body, text: str) -> dict[str, Any] | None:
    if not body.get("logprobs"):
        return None
    top = [{"token": "yes", "logprob": -0.05}, {"token": "no", "logprob": -3.0}]
    return {"content": [{"token": text, "logprob": -0.05, "top_logprobs": top}]}


class _Filling:
    """Fills a JSON Schema: numbers count up from their minimum, texts are those of the prompt's numbered lines."""

    def __init__(self, schema: dict[str, Any], prompt: str) -> None:
        self._defs = schema.get("$defs", {})
        self._lines = [(int(number), line.strip()) for number, line in _NUMBERED.findall(prompt)] or [
            (1, "The Ulver Barrage was built at Haldermouth.")
        ]
        self._n_texts = 0

    def fill(self, schema: dict[str, Any]) -> Any:
        """A value that satisfies `schema`."""
        if "$ref" in schema:
            return self.fill(self._defs[schema["$ref"].rpartition("/")[2]])
        for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
            return self.fill(choice)
        if "enum" in schema or "const" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        match schema.get("type"):
            case "object":
                return {name: self.fill(inner) for name, inner in schema.get("properties", {}).items()}
            case "array":
                most = min(schema.get("maxItems", _MOST_ITEMS), _MOST_ITEMS, max(len(self._lines), 1))
                items = [self.fill(schema["items"]) for _ in range(max(most, schema.get("minItems", 0)))]
                return _distinct(items)
            case "integer" | "number":
                return min(max(self._line()[0], schema.get("minimum", 0)), schema.get("maximum", 10**9))
            case "boolean":
                return True
            case "string":
                return self._text(schema)
        return None

    def _text(self, schema: dict[str, Any]) -> str:
        self._n_texts += 1
        return self._line()[1][: schema.get("maxLength", 300)]

    def _line(self) -> tuple[int, str]:
        return self._lines[max(self._n_texts - 1, 0) % len(self._lines)]


def _distinct(items: list[Any]) -> list[Any]:
    return [item for number, item in enumerate(items) if item not in items[:number] or not isinstance(item, int)]
