import gzip
import json
import random
from dataclasses import replace

import pytest

from lm.capabilities import Capabilities
from lm.errors import (
    ContextOverflow,
    EndpointRefused,
    EndpointUnreachable,
    LMError,
    QuotaExhausted,
    RateLimited,
    RequestRejected,
    ServerFailed,
)
from lm.openai_chat import OpenAIChat
from lm.openai_errors import error_of_body, error_of_status
from lm.retrying import Retrying, RetryPolicy
from lm.types import ChatRequest, JsonSchema, Message
from tests.lm.fault_server import Answer, client, completion, events, failure, serving

HELLO = ChatRequest(messages=(Message(role="user", content="Hi"),), max_tokens=20)
SCHEMA = JsonSchema(name="s", schema_text='{"properties":{"a":{"type":"integer"}},"type":"object"}')
HTML = Answer(200, "<html><body>Welcome</body></html>", "text/html")
BOMB = gzip.compress(b" " * 200_000_000)

FAULTS = {
    "rate limit with Retry-After": (failure(429, headers={"Retry-After": "2"}), RateLimited, True),
    "rate limit without Retry-After": (failure(429), RateLimited, True),
    "500": (failure(500), ServerFailed, True),
    "502 with a page": (Answer(502, "<html>Bad gateway</html>", "text/html"), ServerFailed, True),
    "503": (failure(503), ServerFailed, True),
    "reset": (Answer(is_reset=True), EndpointUnreachable, True),
    "body cut short": (replace(completion(), n_missing_bytes=100), EndpointUnreachable, True),
    "empty choices": (Answer(200, '{"choices": []}'), ServerFailed, True),
    "no choices": (Answer(200, '{"object": "x"}'), ServerFailed, True),
    "choices of a wrong type": (Answer(200, '{"choices": 7}'), ServerFailed, True),
    "choice without a message": (Answer(200, '{"choices": [{"finish_reason": "stop"}]}'), ServerFailed, True),
    "a list": (Answer(200, "[1]"), ServerFailed, True),
    "null": (Answer(200, "null"), ServerFailed, True),
    "bad JSON": (Answer(200, '{"choices": [{'), ServerFailed, True),
    "HTML page": (HTML, ServerFailed, True),
    "nested too deep": (Answer(200, "[" * 100_000), ServerFailed, True),
    "larger than any": (Answer(200, f'{{"a": "{"x" * 70_000_000}"}}'), ServerFailed, True),
    "a small bomb": (Answer(200, BOMB, headers={"Content-Encoding": "gzip"}), ServerFailed, True),
    "a bomb in a bomb": (Answer(200, BOMB, headers={"Content-Encoding": "gzip, gzip"}), ServerFailed, True),
    "error under 200": (Answer(200, '{"error": {"message": "slow", "code": 429}}'), RateLimited, True),
    "401": (failure(401), EndpointRefused, False),
    "403": (failure(403), EndpointRefused, False),
    "402": (failure(402), QuotaExhausted, False),
    "insufficient_quota": (failure(429, code="insufficient_quota"), QuotaExhausted, False),
    "no credit": (failure(400, "Your credit balance is too low"), QuotaExhausted, False),
    "no such model": (failure(404, "model m not found"), RequestRejected, False),
    "context length by code": (failure(400, code="context_length_exceeded"), ContextOverflow, False),
    "context length by words": (failure(400, "maximum context length is 10"), ContextOverflow, False),
    "messages refused": (failure(400, "bad", param="messages[0].content"), RequestRejected, False),
    "unprocessable": (failure(422, "what?"), RequestRejected, False),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_its_own_error_and_is_retried_only_where_that_helps(fault: str):
    answer, kind, is_retried = FAULTS[fault]
    with serving(answer) as server, client(server) as chat:
        retrying = Retrying(chat, RetryPolicy(max_attempts=3), sleep=lambda _: None, rng=random.Random(0))
        with pytest.raises(LMError) as caught:
            retrying.chat(HELLO)
    assert type(caught.value) is kind
    assert caught.value.hint
    if kind is RateLimited:  # waited out, by time and not by attempts
        assert 3 < len(server.bodies) <= 12
    else:
        assert len(server.bodies) == (3 if is_retried else 1)


@pytest.mark.parametrize("fault", [name for name in FAULTS if "choice" not in name])
def test_streaming_meets_the_same_errors(fault: str):
    answer, kind, _ = FAULTS[fault]
    with serving(answer) as server, client(server) as chat, pytest.raises(LMError) as caught:
        list(chat.stream(HELLO))
    # An error that comes as JSON where events were due holds no event: all that shows is that none came.
    assert type(caught.value) is (ServerFailed if fault == "error under 200" else kind)
    assert len(server.bodies) == 1


def test_a_stall_beyond_the_timeout_is_unreachable():
    stalled = replace(completion(), delay_s=0.5)
    unreachable = pytest.raises(EndpointUnreachable, match="in time")
    with serving(stalled) as server, client(server, timeout_s=0.1) as chat, unreachable as caught:
        chat.chat(HELLO)
    assert "roles.writer.timeout_s" in caught.value.hint


def test_a_closed_port_is_unreachable():
    with serving(completion()) as server:
        pass
    with client(server) as chat, pytest.raises(EndpointUnreachable):
        chat.chat(HELLO)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After-Ms": "1500"}, 1.5),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_each_of_its_forms(headers: dict[str, str], seconds: float | None):
    answer = failure(429, headers=headers)
    with serving(answer) as server, client(server) as chat, pytest.raises(RateLimited) as caught:
        chat.chat(HELLO)
    assert caught.value.retry_after_s == seconds


def test_a_retry_after_date_is_read_by_the_servers_own_clock():
    headers = {"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}
    error = error_of_status(429, "slow down", body=None, headers=headers, endpoint="x")
    assert isinstance(error, RateLimited) and error.retry_after_s == 30.0


def test_an_error_of_an_odd_number_keeps_what_it_says():
    error = error_of_body({"message": "the queue is full", "code": "4²9"}, endpoint="x")
    assert isinstance(error, ServerFailed) and "the queue is full" in str(error)


def test_a_reply_carries_its_text_reason_and_usage():
    with serving(completion("Good day.")) as server, client(server) as chat:
        reply = chat.chat(HELLO)
    assert (reply.text, reply.finish_reason, reply.model) == ("Good day.", "stop", "m")
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (7, 3)
    assert reply.seconds > 0


def test_a_reply_cut_by_max_tokens_is_returned():
    with serving(completion('{"a": 1', finish="length")) as server, client(server) as chat:
        reply = chat.chat(HELLO.model_copy(update={"json_schema": SCHEMA}))
    assert reply.finish_reason == "length"


def test_thinking_is_stripped_whole_and_streamed():
    with serving(completion("<think>hm</think>\n\nYes.")) as server, client(server) as chat:
        assert chat.chat(HELLO).text == "Yes."
    with serving(events("<th", "ink>h", "m</thi", "nk>\n", "Y", "es.")) as server, client(server) as chat:
        deltas = list(chat.stream(HELLO))
    assert "".join(delta.text for delta in deltas) == "Yes."
    assert deltas[-1].reply is not None and deltas[-1].reply.text == "Yes."
    assert deltas[-1].reply.usage.prompt_tokens == 7


def test_a_stream_without_usage_is_counted_here():
    with serving(events("Good", usage=False)) as server, client(server) as chat:
        reply = list(chat.stream(HELLO))[-1].reply
    assert reply is not None and reply.usage.prompt_tokens > 0 and reply.usage.completion_tokens == 4


def test_a_stream_that_breaks_off_is_a_server_failure_after_its_pieces():
    with serving(events("Good", " day", finish=None)) as server, client(server) as chat:
        stream = chat.stream(HELLO)
        assert [next(stream).text, next(stream).text] == ["Good", " day"]
        with pytest.raises(ServerFailed, match="broke off"):
            next(stream)


def test_a_stream_cut_inside_an_event_is_a_retryable_failure():
    answer = replace(events("Good", finish=None, tail='data: {"choices": [{"del'), n_missing_bytes=50)
    with serving(answer) as server, client(server) as chat, pytest.raises(LMError) as caught:
        list(chat.stream(HELLO))
    assert caught.value.retryable


def test_an_error_event_inside_a_stream_keeps_its_meaning():
    tail = 'data: {"error": {"message": "slow down", "code": 429}}\n\n'
    answer = events("Good", finish=None, tail=tail)
    with serving(answer) as server, client(server) as chat, pytest.raises(RateLimited):
        list(chat.stream(HELLO))


def refuse(*refused: str):
    def answer(body: dict[str, object]) -> Answer:
        for parameter in refused:
            if parameter in body:
                return failure(400, f"Unsupported parameter: '{parameter}' is not supported", param=parameter)
        return completion('```json\n{"a": 1}\n``` Done.')

    return answer


@pytest.mark.parametrize("parameter", ["temperature", "stop", "seed", "top_p", "logprobs", "response_format"])
def test_a_refused_parameter_is_dropped_once_and_remembered(parameter: str):
    asked = HELLO.model_copy(update={"stop": ("x",), "seed": 1, "top_p": 0.5, "top_logprobs": 2, "json_schema": SCHEMA})
    learned: list[Capabilities] = []
    with serving(refuse(parameter)) as server, client(server) as chat:
        chat.remember_with(learned.append)
        chat.chat(asked)
        chat.chat(asked)
    assert [parameter in body for body in server.bodies] == [True, False, False]
    assert learned == [chat.capabilities]
    assert parameter in learned[0].refused


def test_max_tokens_gives_way_to_max_completion_tokens():
    def answer(body: dict[str, object]) -> Answer:
        if "max_tokens" in body:
            return failure(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.", param="max_tokens")
        return completion()

    with serving(answer) as server, client(server) as chat:
        chat.chat(HELLO)
    assert server.bodies[-1]["max_completion_tokens"] == 20


def test_max_tokens_that_are_too_many_teach_nothing():
    too_many = failure(400, "max_tokens is too large: 20", param="max_tokens")
    with serving(too_many) as server, client(server) as chat, pytest.raises(RequestRejected) as caught:
        chat.chat(HELLO)
    assert caught.value.parameter == "max_tokens"
    assert chat.capabilities == Capabilities()


def test_several_refusals_cost_one_call_each():
    asked = HELLO.model_copy(update={"stop": ("x",), "seed": 1})
    with serving(refuse("temperature", "seed", "stop")) as server, client(server) as chat:
        chat.chat(asked)
    assert len(server.bodies) == 4


def test_an_endpoint_that_refuses_for_ever_is_given_up():
    stubborn = failure(400, "temperature is not supported", param="temperature")
    with serving(stubborn) as server, client(server) as chat, pytest.raises(RequestRejected):
        chat.chat(HELLO)
    assert len(server.bodies) == 2


def test_a_schema_that_cannot_be_constrained_is_told_in_words_and_the_json_found():
    asked = HELLO.model_copy(update={"json_schema": SCHEMA})
    with serving(refuse("response_format")) as server, client(server) as chat:
        reply = chat.chat(asked)
    assert json.loads(reply.text) == {"a": 1}
    assert SCHEMA.schema_text in server.bodies[-1]["messages"][0]["content"]
    assert server.bodies[0]["response_format"]["json_schema"]["schema"] == json.loads(SCHEMA.schema_text)


def test_one_invalid_schema_does_not_condemn_all_schemas():
    def answer(body: dict[str, object]) -> Answer:
        if "response_format" in body:
            return failure(400, "Invalid schema for response_format 's'", param="response_format")
        return completion('{"a": 1}')

    with serving(answer) as server, client(server) as chat:
        chat.chat(HELLO.model_copy(update={"json_schema": SCHEMA}))
    assert chat.capabilities.json_schema


def test_log_probs_are_read_in_nats_and_fit_the_stripped_text():
    steps = [
        {"token": token, "logprob": nats, "bytes": None, "top_logprobs": [{"token": token, "logprob": nats}]}
        for token, nats in [("<think>", -0.1), ("x", -0.2), ("</think>", -0.3), ("Yes", -0.5), (".", None)]
    ]
    answer = completion("<think>x</think>Yes.", logprobs={"content": steps})
    with serving(answer) as server, client(server) as chat:
        reply = chat.chat(HELLO.model_copy(update={"top_logprobs": 1}))
    assert reply.log_probs is not None
    assert [(step.token, step.log_prob_nats) for step in reply.log_probs] == [("Yes", -0.5), (".", -9999.0)]
    assert reply.log_probs[0].top == (("Yes", -0.5),)


def test_nothing_is_sent_above_the_window():
    with serving(completion()) as server, client(server, context_tokens=200) as chat:
        with pytest.raises(ContextOverflow):
            chat.chat(HELLO.model_copy(update={"max_tokens": 190}))
        with pytest.raises(ContextOverflow):
            list(chat.stream(HELLO.model_copy(update={"max_tokens": 190})))
    assert server.bodies == []


def test_the_probed_window_counts_where_it_is_smaller():
    with serving(completion()) as server, client(server, capabilities=Capabilities(context_tokens=300)) as chat:
        assert chat.context_tokens == 300


def test_parts_of_thinking_are_no_part_of_the_text():
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
        {"type": "text", "text": "Yes."},
    ]
    answer = Answer(
        body=json.dumps({"choices": [{"message": {"role": "assistant", "content": parts}, "finish_reason": "stop"}]})
    )
    with serving(answer) as server, client(server) as chat:
        assert chat.chat(HELLO).text == "Yes."


def test_a_lone_surrogate_is_refused_before_sending():
    with serving(completion()) as server, client(server) as chat, pytest.raises(RequestRejected) as caught:
        chat.chat(ChatRequest(messages=(Message(role="user", content="\ud800"),), max_tokens=5))
    assert caught.value.parameter == "messages"


def test_a_base_url_without_a_scheme_is_refused_at_the_door():
    with pytest.raises(ValueError, match="http://"):
        OpenAIChat(name="x", base_url="localhost:1/v1", api_key="", model="m", context_tokens=10)


def test_a_proxy_in_the_environment_does_not_swallow_local_calls(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with serving(completion()) as server, client(server) as chat:
        assert chat.chat(HELLO).text == "Hello."


def test_a_small_answer_may_be_packed():
    packed = replace(completion("Hi."), body=gzip.compress(completion("Hi.").content))
    with serving(replace(packed, headers={"Content-Encoding": "gzip"})) as server, client(server) as chat:
        assert chat.chat(HELLO).text == "Hi."


def test_an_endpoint_that_leads_in_a_circle_is_left_soon():
    circle = Answer(307, headers={"Location": "/v1/chat/completions"})
    with serving(circle) as server, client(server) as chat, pytest.raises(EndpointUnreachable):
        chat.chat(HELLO)
    assert len(server.bodies) == 4


def test_half_a_character_becomes_one_that_a_file_can_hold():
    answer = completion("one \ud800 two \U0001f600")
    with serving(answer) as server, client(server) as chat:
        reply = chat.chat(HELLO)
        assert reply.text == "one \ufffd two \U0001f600"
        assert "\ufffd" in reply.model_dump_json()
    with serving(events("one \udc00 two")) as server, client(server) as chat:
        assert next(chat.stream(HELLO)).text.encode() == "one \ufffd two".encode()


@pytest.mark.parametrize(
    "usage",
    [{"prompt_tokens": -7}, {"prompt_tokens": "many"}, {"prompt_tokens": None}, {"completion_tokens": 10**400}, [1], 7],
)
def test_a_bill_that_cannot_be_is_not_believed_and_the_answer_is_kept(usage: object):
    answer = Answer(body=json.dumps(json.loads(completion("Hi.").body) | {"usage": usage}))
    with serving(answer) as server, client(server) as chat:
        reply = chat.chat(HELLO)
    assert reply.text == "Hi."
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (42, 3)


@pytest.mark.parametrize("event", ["[1]", "7", '"word"'])
def test_an_event_that_is_no_object_is_the_servers_failure(event: str):
    answer = Answer(body=f"data: {event}\n\n", content_type="text/event-stream")
    with serving(answer) as server, client(server) as chat, pytest.raises(ServerFailed):
        list(chat.stream(HELLO))


def test_a_stream_of_nothing_does_not_go_on_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lm.openai_chat._MOST_EVENTS", 10)
    with serving(events(*[""] * 1000)) as server, client(server) as chat, pytest.raises(ServerFailed, match="not end"):
        list(chat.stream(HELLO))
