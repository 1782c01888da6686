"""Going on with a beginning: what is sent, and that the embedded server keeps to it."""

import pytest

from lm.continuing import continuing
from lm.errors import RequestRejected
from lm.scripted import ScriptedLM
from lm.types import ChatRequest, Message

ASK = ChatRequest(messages=(Message(role="user", content="Count to five."),), max_tokens=8, temperature=0.7)


def test_a_beginning_is_the_last_message_of_the_assistant():
    writer = ScriptedLM(["one", "two"])
    sample = continuing(writer, ASK)
    for beginning in ("", "One, two"):
        with pytest.raises(RequestRejected, match="log-probabilities"):
            sample(beginning, 5)
    fresh, begun = writer.requests
    assert fresh.messages == ASK.messages
    assert begun.messages[-1] == Message(role="assistant", content="One, two")
    assert (begun.seed, begun.top_logprobs, begun.max_tokens) == (5, 20, 8)


@pytest.mark.model
def test_the_embedded_server_goes_on_where_the_beginning_ends(embedded_chat):
    request = ASK.model_copy(update={"temperature": 0.0, "max_tokens": 6})
    tokens = continuing(embedded_chat, request)("1, 2, 3, 4,", 1)
    assert "".join(step.token for step in tokens).strip().startswith("5")
    assert all(len(step.top) == 20 for step in tokens)
