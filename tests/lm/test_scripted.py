import pytest

from lm.errors import ContextOverflow, RateLimited, ServerFailed
from lm.scripted import ScriptedLM
from lm.types import ChatModel, ChatRequest, Message

ASK = ChatRequest(messages=(Message(role="user", content="Hi"),), max_tokens=10)


def test_replies_come_in_order_and_requests_are_kept():
    model: ChatModel = ScriptedLM(["one", "two"])
    assert [model.chat(ASK).text, model.chat(ASK).text] == ["one", "two"]
    with pytest.raises(ServerFailed, match="ended after 2"):
        model.chat(ASK)


def test_a_function_writes_the_reply():
    model = ScriptedLM(lambda request: request.messages[0].content.upper())
    assert model.chat(ASK).text == "HI"
    assert model.requests == (ASK,)


def test_an_error_takes_the_place_of_its_call_only():
    model = ScriptedLM(["one"], errors={0: RateLimited("slow")})
    with pytest.raises(RateLimited):
        model.chat(ASK)
    assert model.chat(ASK).text == "one"


def test_the_window_and_max_tokens_are_real():
    with pytest.raises(ContextOverflow):
        ScriptedLM(["x"], context_tokens=50).chat(ASK)
    reply = ScriptedLM(["x" * 31]).chat(ASK)
    assert (len(reply.text), reply.finish_reason, reply.usage.completion_tokens) == (30, "length", 10)


def test_tokens_are_a_third_of_the_characters_rounded_up():
    assert [ScriptedLM([]).count_tokens("x" * n) for n in (0, 1, 3, 4)] == [0, 1, 1, 2]


@pytest.mark.parametrize("text", ["", "one", "one two  three ", " lead"])
def test_a_stream_adds_up_to_the_reply(text: str):
    deltas = list(ScriptedLM([text]).stream(ASK))
    assert "".join(delta.text for delta in deltas) == text
    assert deltas[-1].reply is not None and deltas[-1].reply.text == text
