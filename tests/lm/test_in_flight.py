import threading
from pathlib import Path

import pytest

from lm.errors import ServerFailed
from lm.in_flight import InFlight
from lm.replay import CallCache, Replay
from lm.scripted import ScriptedLM
from lm.types import ChatRequest, Message

ASK = ChatRequest(messages=(Message(role="user", content="Hi"),), max_tokens=10)
N_THREADS = 6


@pytest.fixture
def cache(tmp_path: Path):
    opened = CallCache(tmp_path / "calls.sqlite")
    yield opened
    opened.close()


def together(task) -> None:
    """Run `task` in several threads that begin at once."""
    barrier = threading.Barrier(N_THREADS)

    def begin() -> None:
        barrier.wait()
        task()

    threads = [threading.Thread(target=begin) for _ in range(N_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Slow(ScriptedLM):
    """Answers when the test says so."""

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **options)
        self.may_answer = threading.Event()

    def chat(self, request: ChatRequest):
        self.may_answer.wait(0.05)
        return super().chat(request)


@pytest.mark.parametrize("way", ["chat", "stream"])
def test_threads_that_want_the_same_call_at_once_pay_for_it_once(cache: CallCache, way: str):
    model = Slow(["one two", "three", "four", "five", "six", "seven"])
    texts = []

    def ask() -> None:
        replay = Replay(model, cache)
        if way == "chat":
            texts.append(replay.chat(ASK).text)
        else:
            texts.append("".join(delta.text for delta in replay.stream(ASK)))

    together(ask)
    assert texts == ["one two"] * N_THREADS
    assert len(model.requests) == 1


def test_an_error_of_the_first_is_nobody_elses(cache: CallCache):
    model = Slow(["fine"], errors={0: ServerFailed("x")})
    ended = []

    def ask() -> None:
        try:
            ended.append(Replay(model, cache).chat(ASK).text)
        except ServerFailed:
            ended.append("failed")

    together(ask)
    assert sorted(ended) == ["failed", *["fine"] * (N_THREADS - 1)]
    assert len(model.requests) == 2


def test_different_calls_do_not_wait_for_each_other():
    in_flight = InFlight()
    with in_flight.only_one("a"):
        assert entered_elsewhere(in_flight, "b", within_s=10.0)


def test_a_thread_does_not_wait_for_itself():
    in_flight = InFlight()
    with in_flight.only_one("a"):
        with in_flight.only_one("a"):
            pass
        assert not entered_elsewhere(in_flight, "a", within_s=0.2)
    assert entered_elsewhere(in_flight, "a", within_s=10.0)


def test_a_stream_that_is_dropped_gives_its_call_back(cache: CallCache):
    model = ScriptedLM(["one two", "three"])
    stream = Replay(model, cache).stream(ASK)
    next(stream)
    stream.close()
    assert Replay(model, cache).chat(ASK).text == "three"


def entered_elsewhere(in_flight: InFlight, key: str, *, within_s: float) -> bool:
    entered = threading.Event()

    def enter() -> None:
        with in_flight.only_one(key):
            entered.set()

    thread = threading.Thread(target=enter, daemon=True)
    thread.start()
    return entered.wait(within_s)
