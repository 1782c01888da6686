"""Any provider that LangChain knows, behind our seam: ``init_chat_model("provider:model")``.

Knows LangChain's messages and metadata. Offers no log-probabilities, as LangChain has no common form for
them: `log_probs` is None however many were asked for. Nor does a `seed` reach any provider.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import openai
from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import Runnable

from lm.errors import EndpointRefused, EndpointUnreachable, LMError, ModelMissing, RequestRejected, ServerFailed
from lm.json_text import extract_json, schema_in_words
from lm.openai_errors import error_of_status, normalised
from lm.openai_wire import finish_reason
from lm.reasoning import ReasoningFilter, strip_reasoning
from lm.tokens import token_bound
from lm.types import ChatDelta, ChatReply, ChatRequest, FinishReason, JsonSchema, Message, Usage
from lm.window import check_fits, prompt_bound

_MESSAGE_TYPES: dict[str, Callable[[str], BaseMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}
_MAX_TOKENS_FIELDS = ("max_tokens", "max_output_tokens", "num_predict", "max_new_tokens")


class LangChainChat:
    """A chat model of LangChain's. Threads may share one."""

    def __init__(
        self,
        model: str | BaseChatModel,
        *,
        name: str,
        context_tokens: int,
        api_key: str = "",
        timeout_s: float = 120.0,
        tokenize: Callable[[str], int] | None = None,
    ) -> None:
        """Find the provider; nothing is sent.

        Args:
            model: ``provider:model``, or a model already built (then `api_key` and `timeout_s` are its own).
            name: Part of the call-cache key.
            context_tokens: Prompt plus completion that the model can hold.
            api_key: Empty lets the provider's package look for its own.
            timeout_s: The longest wait for an answer.
            tokenize: Counts tokens as the model does; without it a bound by bytes.

        Raises:
            ModelMissing: the provider's package is not installed; the hint says how to.
            RequestRejected: the provider is not one that LangChain knows, or it refuses the settings.
        """
        self._name, self._context_tokens = name, context_tokens
        self._tokenize = tokenize or token_bound
        self._model = _build(model, api_key, timeout_s) if isinstance(model, str) else model

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """As given."""
        return self._context_tokens

    def count_tokens(self, text: str) -> int:
        """Tokens by the given tokenizer, else a bound that is never too small."""
        return self._tokenize(text)

    def chat(self, request: ChatRequest) -> ChatReply:
        """Complete the conversation.

        Raises:
            ContextOverflow: the prompt and `max_tokens` do not fit the window; nothing was sent.
            LMError: the call failed.
        """
        started = time.perf_counter()
        model, options = _configured(self._model, request)
        structured = _structured(model, request.json_schema) if request.json_schema else None
        sent = self._worded(request) if structured is None else request
        check_fits(sent, self.count_tokens, self._context_tokens)
        answer = self._ask(structured or model.bind(**options), sent)
        parsed = None
        if isinstance(answer, dict):  # include_raw=True
            parsed, answer = answer.get("parsed"), answer.get("raw")
        if not isinstance(answer, AIMessage):
            raise ServerFailed(f"{self._name} answered with {type(answer).__name__}, not a message")
        text = strip_reasoning(str(answer.text))
        if parsed is not None:
            text = json.dumps(parsed, ensure_ascii=False)
        elif request.json_schema:
            text = extract_json(text) or text
        return self._reply(sent, answer, text, time.perf_counter() - started)

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """Complete the conversation piece by piece; a schema is told in words. Same errors as `chat`."""
        started = time.perf_counter()
        sent = self._worded(request)
        check_fits(sent, self.count_tokens, self._context_tokens)
        reasoning, whole = ReasoningFilter(), AIMessageChunk(content="")
        has_chunks = False
        for chunk in self._chunks(sent):
            whole, has_chunks = whole + chunk, True
            piece = reasoning.feed(str(chunk.text))
            if piece:
                yield ChatDelta(text=piece)
        if not has_chunks:
            raise ServerFailed(f"the stream of {self._name} was empty", hint="Run again.")
        text = strip_reasoning(str(whole.text))
        if request.json_schema:
            text = extract_json(text) or text
        reply = self._reply(sent, whole, text, time.perf_counter() - started)
        yield ChatDelta(text=reasoning.finish(), reply=reply)

    def _worded(self, request: ChatRequest) -> ChatRequest:
        return schema_in_words(request, request.json_schema) if request.json_schema else request

    def _ask(self, runnable: Runnable[Any, Any], request: ChatRequest) -> object:
        with _provider_errors(self._name):
            return runnable.invoke(_messages(request.messages))

    def _chunks(self, request: ChatRequest) -> Iterator[AIMessageChunk]:
        model, options = _configured(self._model, request)
        with _provider_errors(self._name):
            for chunk in model.stream(_messages(request.messages), **options):
                if isinstance(chunk, AIMessageChunk):
                    yield chunk

    def _reply(self, sent: ChatRequest, answer: AIMessage, text: str, seconds: float) -> ChatReply:
        counted = answer.usage_metadata
        if counted:
            usage = Usage(prompt_tokens=counted["input_tokens"], completion_tokens=counted["output_tokens"])
        else:
            usage = Usage(
                prompt_tokens=prompt_bound(sent.messages, self.count_tokens),
                completion_tokens=self.count_tokens(str(answer.text)),
            )
        return ChatReply(
            text=text,
            finish_reason=_finish(answer),
            usage=usage,
            model=str(answer.response_metadata.get("model_name") or self._name),
            seconds=seconds,
        )


def _build(spec: str, api_key: str, timeout_s: float) -> BaseChatModel:
    provider, colon, model = spec.partition(":")
    if not (provider and colon and model):
        raise RequestRejected(
            f"{spec!r} names no provider and model", parameter="model", hint='Write it as "provider:model".'
        )
    options: dict[str, Any] = {"timeout": timeout_s, "max_retries": 0}
    if api_key:
        options["api_key"] = api_key
    try:
        built = init_chat_model(spec, **options)
    except ImportError as error:
        package = _package(error, provider)
        # Not an endpoint's failure but this machine's: like a model whose files are not here.
        raise ModelMissing(
            f"the package for provider {provider!r} is not installed", hint=f"pip install {package}"
        ) from error
    except openai.OpenAIError as error:
        raise EndpointRefused(f"{spec}: {error}", hint="Give this role a key.") from error
    except ValueError as error:  # unknown provider, or settings that pydantic refuses
        raise RequestRejected(
            f"{spec}: {str(error)[:300]}",
            parameter="model",
            hint="Check the provider's name and the settings.",
        ) from error
    if not isinstance(built, BaseChatModel):
        raise RequestRejected(f"{spec} is no chat model", parameter="model")
    return built


def _package(error: ImportError, provider: str) -> str:
    # Some providers' packages are not named after them (bedrock lives in langchain-aws); LangChain knows.
    _, _, rest = str(error).partition("pip install ")
    words = [word for word in rest.strip("`. ").split() if not word.startswith("-")]
    return words[0].strip("`.\"'") if words else f"langchain-{provider.replace('_', '-')}"


def _structured(model: BaseChatModel, schema: JsonSchema) -> Runnable[Any, Any] | None:
    """The model bound to a schema; None where its package cannot do that."""
    content = {"title": schema.name, "description": schema.name, **json.loads(schema.schema_text)}
    try:
        return model.with_structured_output(content, method="json_schema", include_raw=True)
    except (NotImplementedError, ValueError, TypeError):  # how packages say that they lack the method, by their age
        return None


def _messages(messages: tuple[Message, ...]) -> list[BaseMessage]:
    return [_MESSAGE_TYPES[message.role](message.content) for message in messages]


def _configured(model: BaseChatModel, request: ChatRequest) -> tuple[BaseChatModel, dict[str, Any]]:
    """A copy of the model with the request's settings, and those that it has no field for, to be bound.

    Fields come first: what is bound to a model does not reach it through `with_structured_output`.
    """
    fields: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    wanted: list[tuple[tuple[str, ...], Any]] = [
        (_MAX_TOKENS_FIELDS, request.max_tokens),
        (("temperature",), request.temperature),
    ]
    if request.top_p is not None:
        wanted.append((("top_p",), request.top_p))
    if request.stop:
        wanted.append((("stop", "stop_sequences"), list(request.stop)))
    for names, value in wanted:
        field = next((name for name in names if name in type(model).model_fields), None)
        (rest if field is None else fields)[field or names[0]] = value
    return model.model_copy(update=fields), rest


def _finish(answer: AIMessage) -> FinishReason:
    words = answer.response_metadata
    word = words.get("finish_reason") or words.get("stop_reason") or words.get("done_reason") or ""
    return finish_reason(str(word).lower())


@contextmanager
def _provider_errors(endpoint: str) -> Iterator[None]:
    """Whatever a provider's package raises becomes an LMError."""
    try:
        yield
    except Exception as error:  # every provider's package has its own errors, and they share no root
        raise _normalised(error, endpoint) from error


def _normalised(error: Exception, endpoint: str) -> LMError:
    if isinstance(error, (LMError, openai.OpenAIError)):
        return normalised(error, endpoint=endpoint)
    response = getattr(error, "response", None)
    status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
    if isinstance(status, int) and status >= 400:
        body, headers = getattr(error, "body", None), getattr(response, "headers", None) or {}
        return error_of_status(status, str(error), body=body, headers=headers, endpoint=endpoint)
    kinds = " ".join(kind.__name__ for kind in type(error).__mro__)
    if isinstance(error, (OSError, TimeoutError)) or "Timeout" in kinds or "Connect" in kinds:
        return EndpointUnreachable(f"{endpoint} cannot be reached: {error}", hint="Check the network.")
    # NotImplementedError is what LangChain's models raise for features that they lack.
    if isinstance(error, (TypeError, ValueError, NotImplementedError)):
        return RequestRejected(f"{endpoint}: {error}", hint="The provider's package refuses the request.")
    return ServerFailed(f"{endpoint}: {type(error).__name__}: {error}", hint="Run again later.")
