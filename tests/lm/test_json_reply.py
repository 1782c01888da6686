import json

import pytest
from pydantic import Field

from lm.errors import MalformedReply, RateLimited
from lm.json_reply import ask_for_json
from lm.json_text import extract_json
from lm.scripted import ScriptedLM
from lm.types import ChatRequest, Frozen, Message


class Point(Frozen):
    x: int = Field(ge=0)


ASK = ChatRequest(messages=(Message(role="user", content="A point?"),), max_tokens=100)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"x": 1}', {"x": 1}),
        ('Sure!\n```json\n{"x": 1}\n```\nAnything else?', {"x": 1}),
        ('```\n{"x": 1}', {"x": 1}),
        ('Here: {"x": {"y": "}"}} and {"x": 2}', {"x": {"y": "}"}}),
        ("{not json} but [1, 2]", [1, 2]),
        ('{"x": "a ``` fence"}', {"x": "a ``` fence"}),
    ],
)
def test_json_is_found_in_fences_and_among_words(text: str, value: object):
    found = extract_json(text)
    assert found is not None and json.loads(found) == value


@pytest.mark.parametrize("text", ["", "no", '{"x": 1', "[" * 5000, '{"x": ' * 5000])
def test_no_json_is_none_and_takes_no_long_time(text: str):
    assert extract_json(text) is None


def test_a_valid_reply_takes_one_call_with_the_models_schema():
    model = ScriptedLM(['{"x": 3}'])
    assert ask_for_json(model, ASK, Point) == Point(x=3)
    schema = model.requests[0].json_schema
    assert schema is not None and json.loads(schema.schema_text) == Point.model_json_schema()


def test_a_bad_reply_is_repaired_with_its_error_told():
    model = ScriptedLM(["what?", '{"x": -1}', '```\n{"x": 0}\n```'])
    assert ask_for_json(model, ASK, Point) == Point(x=0)
    told = model.requests[2].messages
    assert told[-2] == Message(role="assistant", content='{"x": -1}')
    assert "x: Input should be greater than or equal to 0" in told[-1].content


def test_after_two_repairs_the_replies_are_handed_over():
    model = ScriptedLM(["a", "b", "c", '{"x": 1}'])
    with pytest.raises(MalformedReply) as caught:
        ask_for_json(model, ASK, Point)
    assert [reply.text for reply in caught.value.replies] == ["a", "b", "c"]
    assert not caught.value.retryable


def test_a_repair_that_does_not_fit_the_window_ends_it():
    model = ScriptedLM(["z" * 290], context_tokens=160)
    with pytest.raises(MalformedReply) as caught:
        ask_for_json(model, ASK, Point)
    assert len(caught.value.replies) == 1


def test_a_reply_that_was_cut_is_told_to_be_shorter():
    model = ScriptedLM(['{"x": ' + "1" * 400, '{"x": 1}'])
    ask_for_json(model, ASK, Point)
    assert "cut off" in model.requests[1].messages[-1].content


def test_a_failed_call_is_raised_as_it_is():
    with pytest.raises(RateLimited):
        ask_for_json(ScriptedLM([], errors={0: RateLimited("slow")}), ASK, Point)
