import pytest

from lm.scripted import ScriptedLM
from lm.stopping import Stop, Stoppable
from lm.types import ChatRequest, Message

ASK = ChatRequest(messages=(Message(role="user", content="Who warned them?"),), max_tokens=9)


def test_no_call_begins_once_all_is_to_stop():
    stop, inner = Stop(), ScriptedLM(["one", "two"])
    model = Stoppable(inner, stop)
    assert model.chat(ASK).text == "one"
    stop.now()
    for call in (lambda: model.chat(ASK), lambda: list(model.stream(ASK))):
        with pytest.raises(KeyboardInterrupt):
            call()
    assert len(inner.requests) == 1


def test_a_stream_under_way_is_let_end():
    stop = Stop()
    pieces = Stoppable(ScriptedLM(["one two three"]), stop).stream(ASK)
    first = next(pieces)
    stop.now()
    assert "".join([first.text, *(piece.text for piece in pieces)]) == "one two three"
