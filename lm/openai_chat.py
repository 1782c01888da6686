"""The one chat backend: the `openai` SDK against any OpenAI-compatible endpoint, embedded or remote.

Knows the wire. Must not know which provider it talks to: what one refuses is learned.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import openai
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from lm.capabilities import Capabilities
from lm.errors import EndpointUnreachable, RequestRejected, ServerFailed
from lm.json_text import extract_json, schema_in_words
from lm.last_prompt import LastPrompt
from lm.openai_errors import error_of_body, normalised
from lm.openai_wire import Collected, WireChoice, WireCompletion, WireUsage, call_arguments, log_probs_of
from lm.reasoning import ReasoningFilter, strip_reasoning
from lm.severing import MAX_BYTES, Severing
from lm.tokens import token_bound
from lm.types import ChatDelta, ChatReply, ChatRequest, Usage
from lm.window import check_fits, prompt_bound

logger = logging.getLogger(__name__)

_DROPPABLE = frozenset(
    {"temperature", "top_p", "seed", "stop", "max_tokens", "response_format", "logprobs", "top_logprobs"}
    | {"stream_options"}
)
_CONNECT_TIMEOUT_S = 10.0
# From http to https and to the right path; an endpoint that leads in a circle is asked so often with each try.
_MAX_REDIRECTS = 3
# In a stream, one event is a token or so; what a model thinks may come in events and not count as its answer's tokens.
_MOST_EVENTS = 32_768
# ValueError: no JSON, or too much of it. RecursionError: it is nested too deep. TimeoutError: it came too slowly,
# which the SDK does not know of.
_FAILURES = (openai.OpenAIError, ValueError, RecursionError, TimeoutError)


class OpenAIChat:
    """A chat model behind an OpenAI-compatible endpoint. Threads may share one.

    A parameter that the endpoint refuses is dropped, the call made again, and the refusal remembered, so it
    costs one call in the life of the object (or for ever: see `remember_with`).
    """

    def __init__(
        self,
        *,
        name: str,
        base_url: str,
        api_key: str,
        model: str,
        context_tokens: int,
        timeout_s: float = 120.0,
        capabilities: Capabilities | None = None,
        tokenize: Callable[[str], int] | None = None,
    ) -> None:
        """Make a client; nothing is sent.

        Args:
            name: Endpoint and model, e.g. ``openai:gpt-5``; part of the call-cache key.
            base_url: Where the API begins, with http:// or https://.
            api_key: May be empty for servers that want none.
            model: The endpoint's name of the model.
            context_tokens: Prompt plus completion that the model can hold.
            timeout_s: The longest wait for a whole answer; for the next piece when streaming.
            capabilities: What is known of the endpoint; nothing known trusts it until it refuses.
            tokenize: Counts tokens as the model does; without it a bound by bytes, up to 4 times too large.

        Raises:
            ValueError: the base URL is none, or a number is not positive.
        """
        url = urlsplit(base_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"base URL of {name} must begin with http:// or https://, but is {base_url!r}")
        if context_tokens <= 0 or timeout_s <= 0:
            raise ValueError(f"context_tokens={context_tokens} and timeout_s={timeout_s} must be positive")
        self._name, self._model = name, model
        self._capabilities = capabilities or Capabilities()
        known = self._capabilities.context_tokens
        self._context_tokens = min(context_tokens, known) if known else context_tokens
        self._tokenize = tokenize or token_bound
        self._save: Callable[[Capabilities], None] | None = None
        self._lock = threading.Lock()
        self._last_prompt = LastPrompt()
        self._severing = Severing()
        self._timeout_s = timeout_s
        # A proxy set for the web must not swallow calls to this very machine.
        is_local = url.hostname in ("127.0.0.1", "localhost", "::1")
        self._client = openai.OpenAI(
            base_url=base_url,
            api_key=api_key or "none",
            timeout=openai.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_TIMEOUT_S)),
            max_retries=0,
            # Packed answers are refused or kept small (see `Severing`), so none is asked for.
            default_headers={"Accept-Encoding": "identity"},
            http_client=openai.DefaultHttpxClient(
                trust_env=not is_local,
                max_redirects=_MAX_REDIRECTS,
                event_hooks={"request": [self._severing.watch], "response": [self._severing.look_at]},
            ),
        )

    @property
    def name(self) -> str:
        """Endpoint and model."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """The window: the configured one or the endpoint's, whichever is smaller."""
        return self._context_tokens

    @property
    def capabilities(self) -> Capabilities:
        """What is known of the endpoint so far."""
        return self._capabilities

    def remember_with(self, save: Callable[[Capabilities], None]) -> None:
        """Call `save` whenever the endpoint refuses another parameter."""
        self._save = save

    def share(self, last_prompt: LastPrompt) -> None:
        """Have one memory of the last prompt with the other clients of a llama.cpp server; see `_prepare`."""
        self._last_prompt = last_prompt

    def close(self) -> None:
        """Close the connections; calls in flight fail with EndpointUnreachable."""
        self._severing.sever()
        self._client.close()

    def count_tokens(self, text: str) -> int:
        """Tokens by the model's own tokenizer where one was given, else a bound that is never too small."""
        return self._tokenize(text)

    def advertised_context_tokens(self) -> int | None:
        """The window that the endpoint's model list states, if it states one."""
        try:
            with self._severing.within(self._timeout_s):
                listed = [model.to_dict(warnings=False) for model in self._client.models.list()]
        except _FAILURES:
            return None  # many endpoints have no model list; the configured window stands
        for entry in listed:
            if entry.get("id") == self._model:
                meta = entry.get("meta")
                fields = {**entry, **(meta if isinstance(meta, dict) else {})}
                sizes = (fields.get(key) for key in ("n_ctx", "max_model_len", "context_length"))
                return next((size for size in sizes if isinstance(size, int) and size > 0), None)
        return None

    def chat(self, request: ChatRequest) -> ChatReply:
        """Complete the conversation. A reply cut by `max_tokens` is returned, not raised.

        Raises:
            ContextOverflow: the prompt and `max_tokens` do not fit the window; nothing was sent.
            LMError: the call failed.
        """
        started = time.perf_counter()
        sent, completion = self._send_learning(request, is_stream=False)
        if not isinstance(completion, ChatCompletion):
            raise normalised(ValueError(str(completion)), endpoint=self._name)
        answer = self._read(completion)
        if not answer.choices or answer.choices[0].message is None:
            raise ServerFailed(f"{self._name} answered without any choice", hint="Run again later.")
        collected = Collected(self._model)
        collected.add(answer, answer.choices[0])
        text = strip_reasoning(collected.raw_text)
        return self._reply(request, sent, collected, text=text, seconds=time.perf_counter() - started)

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """Complete the conversation piece by piece; the last piece carries the whole reply.

        Raises:
            ContextOverflow: the prompt and `max_tokens` do not fit the window; nothing was sent.
            LMError: the call failed, perhaps after some pieces.
        """
        started = time.perf_counter()
        sent, events = self._send_learning(request, is_stream=True)
        if not isinstance(events, openai.Stream):
            raise normalised(ValueError(str(events)), endpoint=self._name)
        collected, reasoning = Collected(self._model), ReasoningFilter()
        most_events = _MOST_EVENTS + 16 * request.max_tokens
        try:
            for n_events, answer in enumerate(map(self._read, self._in_time(events))):
                if n_events > most_events or len(collected.raw_text) > MAX_BYTES:
                    raise ServerFailed(f"the stream of {self._name} does not end", hint="Look at the endpoint.")
                if answer.choices and (piece := reasoning.feed(collected.add(answer, answer.choices[0]))):
                    yield ChatDelta(text=piece)
                elif not answer.choices:
                    collected.add(answer, WireChoice())
        except _FAILURES as error:
            raise normalised(error, endpoint=self._name) from error
        finally:
            events.close()
        if collected.finish is None:
            raise ServerFailed(f"the stream of {self._name} broke off", hint="Run again.")
        text = strip_reasoning(collected.raw_text)
        reply = self._reply(request, sent, collected, text=text, seconds=time.perf_counter() - started)
        yield ChatDelta(text=reasoning.finish(), reply=reply)

    def _reply(
        self, request: ChatRequest, sent: ChatRequest, collected: Collected, *, text: str, seconds: float
    ) -> ChatReply:
        steps = log_probs_of(text, collected.log_probs) if request.top_logprobs else None
        if request.json_schema and not sent.json_schema:
            text = extract_json(text) or text
        usage = collected.usage or WireUsage(
            prompt_tokens=prompt_bound(sent.messages, self.count_tokens),
            completion_tokens=self.count_tokens(collected.raw_text),
        )
        return ChatReply(
            text=text,
            finish_reason=collected.finish or "other",
            usage=Usage(prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens),
            model=collected.model,
            log_probs=steps,
            seconds=seconds,
        )

    def _send_learning(self, request: ChatRequest, *, is_stream: bool) -> tuple[ChatRequest, object]:
        """Send; drop what is refused and send again. Each turn drops one parameter more, so it ends."""
        _check_encodable(request)
        is_schema_refused = False
        while True:
            known = self._capabilities
            sent = request
            if request.json_schema and (is_schema_refused or not known.json_schema):
                sent = schema_in_words(request, request.json_schema)
            check_fits(sent, self.count_tokens, self._context_tokens)
            try:
                return sent, self._send(sent, known, is_stream=is_stream)
            except RequestRejected as error:
                parameter = error.parameter or ""
                if parameter == "response_format" and sent.json_schema and _is_about_schema(error):
                    is_schema_refused = True  # this schema, not schemas: nothing to remember
                elif _can_drop(error) and parameter not in known.refused:
                    self._learn(parameter)
                else:
                    raise

    def _send(self, request: ChatRequest, known: Capabilities, *, is_stream: bool) -> object:
        arguments = call_arguments(request, known, is_stream=is_stream)
        try:
            with self._severing.within(self._timeout_s):
                if known.reuse_prefix is not None:
                    reuses = known.reuse_prefix if request.reuse_prefix is None else request.reuse_prefix
                    if reuses:
                        self._last_prompt.forget()
                    else:
                        self._prepare(arguments)
                    arguments["extra_body"] = {"cache_prompt": True}
                return self._client.chat.completions.create(model=self._model, **arguments)
        except _FAILURES as error:
            raise normalised(error, endpoint=self._name) from error
        except RuntimeError as error:
            if not self._severing.is_severed:
                raise
            raise EndpointUnreachable(f"{self._name} was closed", hint="Make a new client.") from error

    def _prepare(self, arguments: dict[str, Any]) -> None:
        """Have the prompt computed anew, by a call for one token, unless it is the last that was so computed.

        The call proper then begins at the prompt's last token in any case: its reply is the same whether others were
        drawn from this prompt before or not, and several draws compute their prompt once.
        """
        one = {**arguments, "max_tokens": 1, "stream": False, "extra_body": {"cache_prompt": False}}
        one.pop("stream_options", None)
        self._last_prompt.ensure(
            f"{arguments['messages']}{arguments.get('response_format')}",
            lambda: self._client.chat.completions.create(model=self._model, **one),
        )

    def _in_time(self, events: openai.Stream[ChatCompletionChunk]) -> Iterator[ChatCompletionChunk]:
        """The events, each waited for no longer than the timeout; remarks that only keep a line open are no event."""
        while True:
            with self._severing.within(self._timeout_s):
                self._severing.look_at(events.response)
                event = next(events, None)
            if event is None:
                return
            yield event

    def _learn(self, parameter: str) -> None:
        with self._lock:
            self._capabilities = self._capabilities.without(parameter)
            learned = self._capabilities
        logger.warning("dropped parameter=%s refused by model=%s", parameter, self._name)
        if self._save:
            self._save(learned)

    def _read(self, completion: object) -> WireCompletion:
        try:
            if not isinstance(completion, openai.BaseModel):  # the SDK hands on whatever JSON an event holds
                raise ValueError(f"an event that is no object: {completion!r:.80}")
            answer = WireCompletion.model_validate(completion.to_dict(warnings=False))
        except ValueError as error:
            raise normalised(error, endpoint=self._name) from error
        if answer.error and not answer.choices:
            raise error_of_body({"error": answer.error}, endpoint=self._name)
        return answer


def _can_drop(error: RequestRejected) -> bool:
    if error.parameter == "max_tokens":  # "too large" is no refusal of the parameter: only another name may mend it
        words = str(error)
        return "max_completion_tokens" in words or "nsupported" in words or "not supported" in words
    return error.parameter in _DROPPABLE


def _is_about_schema(error: RequestRejected) -> bool:
    return "invalid schema" in str(error).lower()


def _check_encodable(request: ChatRequest) -> None:
    for message in request.messages:
        try:
            message.content.encode()
        except UnicodeEncodeError as error:
            raise RequestRejected(
                f"a {message.role} message holds a lone surrogate at character {error.start}",
                parameter="messages",
                hint="Replace characters that UTF-8 cannot hold before they reach a prompt.",
            ) from error
