import json
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatResult
from langchain_core.runnables import Runnable, RunnableLambda

from lm.errors import (
    ContextOverflow,
    EndpointRefused,
    EndpointUnreachable,
    LMError,
    ModelMissing,
    RateLimited,
    RequestRejected,
    ServerFailed,
)
from lm.langchain_chat import LangChainChat
from lm.types import ChatRequest, JsonSchema, Message

ASK = ChatRequest(
    messages=(Message(role="system", content="Be kind."), Message(role="user", content="Hi")), max_tokens=10
)
SCHEMA = JsonSchema(name="s", schema_text='{"properties":{"a":{"type":"integer"}},"type":"object"}')


def chat_of(*messages: AIMessage | str) -> LangChainChat:
    return LangChainChat(GenericFakeChatModel(messages=iter(messages)), name="fake:m", context_tokens=1000)


def test_text_usage_and_finish_reason_are_mapped():
    message = AIMessage(
        "<think>hm</think>Hello.",
        usage_metadata={"input_tokens": 5, "output_tokens": 6, "total_tokens": 11},
        response_metadata={"stop_reason": "MAX_TOKENS", "model_name": "big"},
    )
    reply = chat_of(message).chat(ASK)
    assert (reply.text, reply.finish_reason, reply.model) == ("Hello.", "length", "big")
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (5, 6)
    assert reply.log_probs is None


def test_missing_metadata_is_counted_here_and_no_reason_is_made_up():
    reply = chat_of("Hello.").chat(ASK)
    assert reply.finish_reason == "other"
    assert reply.usage.prompt_tokens > 0 and reply.usage.completion_tokens == 6


def test_a_stream_adds_up_to_the_reply():
    deltas = list(chat_of("<think>a b</think>Good day to you.").stream(ASK))
    assert "".join(delta.text for delta in deltas) == "Good day to you."
    assert deltas[-1].reply is not None and deltas[-1].reply.text == "Good day to you."


def test_a_schema_is_told_in_words_where_the_package_has_no_other_way():
    reply = chat_of('```json\n{"a": 1}\n```').chat(ASK.model_copy(update={"json_schema": SCHEMA}))
    assert json.loads(reply.text) == {"a": 1}


class Settable(GenericFakeChatModel):
    """A provider's model with fields for the settings and schemas of its own; it replies with what it was told."""

    max_tokens: int = 0
    temperature: float = 1.0

    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any):
        told = {"max": self.max_tokens, "temperature": self.temperature, "stop": stop, **kwargs}
        told["types"] = [message.type for message in messages]
        self.messages = iter([json.dumps(told)])
        return super()._generate(messages)

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Runnable[Any, Any]:
        assert kwargs == {"method": "json_schema", "include_raw": True}
        raw = AIMessage("")
        return RunnableLambda(lambda _: {"raw": raw, "parsed": {"max": self.max_tokens}, "parsing_error": None})


def test_settings_reach_the_model_with_and_without_a_schema():
    chat = LangChainChat(Settable(messages=iter([])), name="fake:m", context_tokens=1000)
    told = json.loads(chat.chat(ASK.model_copy(update={"stop": ("x",), "top_p": 0.5})).text)
    assert told == {"max": 10, "temperature": 0.0, "stop": ["x"], "top_p": 0.5, "types": ["system", "human"]}
    assert json.loads(chat.chat(ASK.model_copy(update={"json_schema": SCHEMA})).text) == {"max": 10}


class Failing(BaseChatModel):
    """A provider's model whose package raises its own errors."""

    error: Exception

    @property
    def _llm_type(self) -> str:
        return "failing"

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise self.error


class StatusError(Exception):
    def __init__(self, status_code: int, message: str = "no") -> None:
        super().__init__(message)
        self.status_code = status_code


class ReadTimeout(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (StatusError(401), EndpointRefused),
        (StatusError(429), RateLimited),
        (StatusError(500), ServerFailed),
        (StatusError(400, "prompt is too long: maximum context"), ContextOverflow),
        (ReadTimeout("slow"), EndpointUnreachable),
        (ConnectionResetError("reset"), EndpointUnreachable),
        (ValueError("what is this?"), RequestRejected),
        (KeyError("unheard of"), ServerFailed),
    ],
)
def test_each_packages_errors_become_ours(error: Exception, kind: type[LMError]):
    chat = LangChainChat(Failing(error=error), name="fake:m", context_tokens=1000)
    with pytest.raises(LMError) as whole:
        chat.chat(ASK)
    with pytest.raises(LMError) as streamed:
        list(chat.stream(ASK))
    assert (type(whole.value), type(streamed.value)) == (kind, kind)


def test_nothing_is_sent_above_the_window():
    with pytest.raises(ContextOverflow):
        chat_of("never").chat(ASK.model_copy(update={"max_tokens": 990}))


@pytest.mark.parametrize(
    ("spec", "package"),
    [("anthropic:claude", "langchain-anthropic"), ("bedrock:x", "langchain-aws"), ("cohere:x", "langchain-cohere")],
)
def test_a_missing_package_says_how_to_install_it(spec: str, package: str):
    with pytest.raises(ModelMissing) as caught:
        LangChainChat(spec, name=spec, context_tokens=1000)
    assert caught.value.hint == f"pip install {package}"


@pytest.mark.parametrize("spec", ["claude", "nobody:model", ":m", "p:"])
def test_a_spec_that_names_no_provider_is_refused(spec: str):
    with pytest.raises(RequestRejected):
        LangChainChat(spec, name=spec, context_tokens=1000)
