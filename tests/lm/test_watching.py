"""Calls as they are told of: every layer between is the real one."""

import random
from contextlib import closing

import pytest

from lm.errors import BudgetExceeded, ServerFailed
from lm.metering import Budget, Meter, Metered, PriceTable
from lm.replay import CallCache, Replay
from lm.retrying import Retrying, RetryPolicy
from lm.scripted import ScriptedLM
from lm.types import ChatRequest, Message
from lm.watching import DROPPED, Attempted, Watched

ASK = ChatRequest(messages=(Message(role="user", content="What is secret?"),), max_tokens=9)


class Clock:
    """Goes on by a second whenever it is looked at."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1.0
        return self.now


@pytest.fixture
def steps():
    return []


@pytest.fixture
def model_of(tmp_path, steps):
    """A model with all its layers; its calls are told to `steps`."""
    with closing(CallCache(tmp_path / "calls.sqlite")) as cache:

        def build(backend, budget=None, clock=None):
            meter = Meter(budget or Budget(), PriceTable(), clock or Clock())
            meter.calls.tell_of_calls(steps.append)
            retrying = Retrying(Attempted(backend), RetryPolicy(), sleep=lambda s: None, rng=random.Random(1))
            return Watched(Metered(Replay(retrying, cache), "writer", meter), "writer", meter.calls)

        yield build


def told(steps):
    return [(one.number, one.step, one.attempt, one.error) for one in steps]


def test_a_call_is_told_when_it_is_sent_and_when_it_ended(model_of, steps):
    model_of(ScriptedLM(["abc"])).chat(ASK)
    assert told(steps) == [(1, "sent", 1, ""), (1, "ended", 1, "")]
    ended = steps[-1]
    assert (ended.role, ended.model, ended.finish_reason, ended.is_replayed) == ("writer", "scripted", "stop", False)
    assert (ended.usage.prompt_tokens, ended.usage.completion_tokens) == (45, 1)


def test_tries_that_failed_are_told_one_by_one_and_waits_are_what_is_left_of_the_call(model_of, steps):
    failing = ScriptedLM(["abc"], errors={0: ServerFailed("x"), 1: ServerFailed("x")})
    model_of(failing).chat(ASK)
    assert told(steps) == [
        (1, "sent", 1, ""),
        (1, "failed", 1, "ServerFailed"),
        (1, "sent", 2, ""),
        (1, "failed", 2, "ServerFailed"),
        (1, "sent", 3, ""),
        (1, "ended", 3, ""),
    ]
    assert steps[-1].in_model_s == 3.0  # a second each, by the clock
    assert steps[-1].seconds > steps[-1].in_model_s


def test_a_replayed_call_has_no_tries(model_of, steps):
    model = model_of(ScriptedLM(["abc"]))
    model.chat(ASK)
    assert model.peek(ASK)
    model.chat(ASK)
    assert told(steps)[2:] == [(2, "ended", 0, "")]
    assert steps[-1].is_replayed


def test_a_call_that_a_budget_refuses_is_told_as_such(model_of, steps):
    with pytest.raises(BudgetExceeded):
        model_of(ScriptedLM(["abc"]), Budget(max_tokens=1)).chat(ASK)
    assert told(steps) == [(1, "ended", 0, "BudgetExceeded")]


def test_a_call_that_fails_for_good_says_how(model_of, steps):
    with pytest.raises(ServerFailed):
        model_of(ScriptedLM([])).chat(ASK)
    assert told(steps)[-1] == (1, "ended", 4, "ServerFailed")


def test_a_stream_is_told_as_a_call_is(model_of, steps):
    pieces = list(model_of(ScriptedLM(["a b c"])).stream(ASK))
    assert pieces[-1].reply is not None
    assert told(steps) == [(1, "sent", 1, ""), (1, "ended", 1, "")]
    assert steps[-1].finish_reason == "stop"


def test_a_stream_that_nobody_reads_on_is_told_as_dropped(model_of, steps):
    stream = model_of(ScriptedLM(["a b c"])).stream(ASK)
    next(stream)
    stream.close()
    assert told(steps) == [(1, "sent", 1, ""), (1, "failed", 1, DROPPED), (1, "ended", 1, DROPPED)]


def test_what_a_stream_sets_is_not_left_in_its_reader(model_of, steps):
    model = model_of(ScriptedLM(["a b", "c"]))
    stream = model.stream(ASK)
    next(stream)
    model.chat(ASK.model_copy(update={"max_tokens": 8}))
    list(stream)
    ended = {one.number: one.attempt for one in steps if one.step == "ended"}
    assert ended == {1: 1, 2: 1}


def test_no_step_has_a_word_of_what_was_asked_or_answered(model_of, steps):
    model_of(ScriptedLM(["the answer"])).chat(ASK)
    everything = " ".join(one.model_dump_json() for one in steps)
    assert "secret" not in everything
    assert "the answer" not in everything


def test_a_backend_that_nobody_watches_answers_as_ever(steps):
    assert Attempted(ScriptedLM(["abc"])).chat(ASK).text == "abc"
    assert list(Attempted(ScriptedLM(["abc"])).stream(ASK))[-1].reply.text == "abc"
