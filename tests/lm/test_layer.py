"""What a layer takes over from the model within must come through any number of layers."""

import random
import time
from contextlib import closing

import pytest

from lm.hiding import Hushed
from lm.layer import Replayable
from lm.limited import Limited
from lm.limiting import Limiter, Limits
from lm.metering import Budget, Meter, Metered, PriceTable
from lm.replay import CallCache, Replay
from lm.retrying import Retrying, RetryPolicy
from lm.scripted import ScriptedLM
from lm.stopping import Stop, Stoppable
from lm.types import ChatRequest, Message
from lm.watching import Attempted, CallWatch, Watched

ASK = ChatRequest(messages=(Message(role="user", content="Who warned them?"),), max_tokens=9)
LAYERS = {
    "Hushed": lambda inner: Hushed(inner, ()),
    "Limited": lambda inner: Limited(inner, Limiter(Limits())),
    "Retrying": lambda inner: Retrying(inner, RetryPolicy(), sleep=lambda s: None, rng=random.Random(1)),
    "Metered": lambda inner: Metered(inner, "writer", Meter(Budget(), PriceTable(), time.monotonic)),
    "Watched": lambda inner: Watched(inner, "writer", CallWatch()),
    "Attempted": Attempted,
    "Stoppable": lambda inner: Stoppable(inner, Stop()),
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_what_is_free_is_known_above_every_layer(tmp_path, layer):
    with closing(CallCache(tmp_path / "calls.sqlite")) as cache:
        model = layer(Replay(ScriptedLM(["The office."]), cache))
        assert isinstance(model, Replayable)
        assert not model.peek(ASK)
        model.chat(ASK)
        assert model.peek(ASK)


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_a_layer_has_the_models_name_window_and_count(layer):
    inner = ScriptedLM(["x"])
    model = layer(inner)
    assert (model.name, model.context_tokens) == (inner.name, inner.context_tokens)
    assert model.count_tokens("three short words") == inner.count_tokens("three short words")


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_a_model_that_remembers_nothing_promises_nothing(layer):
    assert not layer(ScriptedLM(["x"])).peek(ASK)
