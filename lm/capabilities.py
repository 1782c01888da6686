"""What an endpoint can do, found by trying it, and remembered in a file."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from lm.errors import ServerFailed
from lm.files import write_atomically
from lm.lockfile import lock_file
from lm.types import ChatModel, ChatRequest, Frozen, JsonSchema, Message

logger = logging.getLogger(__name__)

_FILE_VERSION = 1


class Capabilities(Frozen):
    """What one model at one endpoint accepts. The default trusts it until it refuses.

    `reuse_prefix` is for llama.cpp servers alone, which take the word: see `ChatRequest.reuse_prefix`.
    """

    json_schema: bool = True
    logprobs: bool = True
    refused: tuple[str, ...] = ()
    context_tokens: int | None = None
    reuse_prefix: bool | None = None
    probed_at: str = ""

    def without(self, parameter: str) -> "Capabilities":
        """The same, once the endpoint has refused `parameter`."""
        return self.model_copy(
            update={
                "refused": tuple(sorted({*self.refused, parameter})),
                "json_schema": self.json_schema and parameter != "response_format",
                "logprobs": self.logprobs and parameter not in ("logprobs", "top_logprobs"),
            }
        )


class LearningModel(ChatModel, Protocol):
    """A chat model that drops what its endpoint refuses, and says what it dropped."""

    @property
    def capabilities(self) -> Capabilities:
        """What is known so far."""
        ...

    def advertised_context_tokens(self) -> int | None:
        """The window that the endpoint states for this model, if it states one."""
        ...


def probe(model: LearningModel, *, now: Callable[[], str]) -> Capabilities:
    """Find out by three tiny calls (about 100 tokens) what the endpoint does, not what it says.

    Args:
        model: The model to try; it learns refused parameters on the way.
        now: The time, as text for the record.

    Raises:
        LMError: the endpoint failed at a call that every endpoint must serve.
    """
    hello = (Message(role="user", content="Say hello."),)
    model.chat(ChatRequest(messages=hello, max_tokens=16, temperature=0.5, top_p=0.9, seed=1, stop=("\n\n",)))
    json_schema = _obeys_schema(model, hello)
    with_top = model.chat(ChatRequest(messages=hello, max_tokens=16, top_logprobs=2))
    has_top = bool(with_top.log_probs) and all(len(step.top) > 0 for step in with_top.log_probs or ())
    return model.capabilities.model_copy(
        update={
            "json_schema": json_schema,
            "logprobs": has_top,
            "context_tokens": model.advertised_context_tokens(),
            "probed_at": now(),
        }
    )


def _obeys_schema(model: LearningModel, messages: tuple[Message, ...]) -> bool:
    # Nothing in the prompt leads to this word: a server that takes and ignores the schema is found out.
    schema = {
        "type": "object",
        "properties": {"word": {"type": "string", "enum": ["zibeline"]}},
        "required": ["word"],
        "additionalProperties": False,
    }
    constraint = JsonSchema(name="probe", schema_text=json.dumps(schema, sort_keys=True))
    try:
        reply = model.chat(ChatRequest(messages=messages, max_tokens=64, json_schema=constraint))
    except ServerFailed:  # servers without a grammar compiler answer 500 rather than 400
        return False
    if not model.capabilities.json_schema:
        return False
    try:
        return bool(json.loads(reply.text) == {"word": "zibeline"})
    except json.JSONDecodeError:
        return False


class CapabilityFile:
    """Capabilities by base URL and model, in one JSON file. A damaged file counts as empty."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, base_url: str, model: str) -> Capabilities | None:
        """What is remembered of this model; None when nothing is."""
        record = self._read().get(_key(base_url, model))
        if record is None:
            return None
        try:
            return Capabilities.model_validate(record)
        except ValidationError as error:
            logger.warning("forgot capabilities of model=%s: %s", model, error)
            return None

    def remember(self, base_url: str, model: str, capabilities: Capabilities) -> None:
        """Add or replace one record. What other threads and processes remember of other models stays."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = self._path.with_name(f".{self._path.name}.lock")
        with lock_file(lock, on_wait=lambda: logger.debug("waiting for %s", lock), poll_s=0.01):
            models = self._read()
            models[_key(base_url, model)] = capabilities.model_dump(mode="json")
            text = json.dumps({"version": _FILE_VERSION, "models": models}, indent=1, sort_keys=True)
            write_atomically(self._path, text)

    def _read(self) -> dict[str, object]:
        try:
            content = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError:
            logger.warning("capability file is damaged and counts as empty: %s", self._path)
            return {}
        if not isinstance(content, dict) or content.get("version") != _FILE_VERSION:
            return {}
        models = content.get("models")
        return dict(models) if isinstance(models, dict) else {}


def _key(base_url: str, model: str) -> str:
    return f"{base_url.rstrip('/')} {model}"
