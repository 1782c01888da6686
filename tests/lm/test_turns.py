import threading
import time

import pytest

from lm.scripted import ScriptedLM
from lm.turns import GivingWay, Turns
from lm.types import ChatRequest, Message

ASK = ChatRequest(messages=(Message(role="user", content="Hi"),), max_tokens=10)


def in_thread(work):
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_so_many_hold_a_turn_and_no_more():
    turns, inside, leave = Turns(2), threading.Semaphore(0), threading.Event()

    def work():
        with turns.taken(), turns.taken():  # a turn within a turn is the same one
            inside.release()
            assert leave.wait(20)

    threads = [in_thread(work) for _ in range(3)]
    assert inside.acquire(timeout=20) and inside.acquire(timeout=20)
    assert not inside.acquire(timeout=0.2)
    leave.set()
    assert inside.acquire(timeout=20)
    for thread in threads:
        thread.join(20)


def test_who_waits_for_a_model_lets_another_one_work():
    turns, has_worked = Turns(1), threading.Event()

    def answer(request):
        assert has_worked.wait(20), "nobody else got the turn"
        return "yes"

    def other():
        with turns.taken():
            has_worked.set()

    model = GivingWay(ScriptedLM(answer), turns)
    with turns.taken():
        thread = in_thread(other)
        assert model.chat(ASK).text == "yes"
    thread.join(20)
    with turns.taken():  # it was given back
        pass


def test_a_model_that_fails_leaves_its_caller_the_turn():
    turns = Turns(1)
    model = GivingWay(ScriptedLM([], errors={0: RuntimeError("no")}), turns)
    with turns.taken():
        with pytest.raises(RuntimeError):
            model.chat(ASK)
        thread = in_thread(lambda: turns.taken().__enter__())
        thread.join(0.2)
        assert thread.is_alive()
    thread.join(20)
    assert not thread.is_alive()


def test_who_holds_no_turn_gives_none_away():
    turns = Turns(1)
    with turns.given_away(), turns.taken():
        pass
    assert GivingWay(ScriptedLM(["yes"]), turns).chat(ASK).text == "yes"


def test_what_breaks_off_leaves_the_turn_to_others():
    turns = Turns(1)
    with pytest.raises(KeyboardInterrupt), turns.taken(), turns.given_away():
        raise KeyboardInterrupt
    thread = in_thread(lambda: turns.taken().__enter__())
    thread.join(20)
    assert not thread.is_alive()


def test_without_a_number_everybody_works():
    turns = Turns()
    with turns.taken():
        thread = in_thread(lambda: turns.taken().__enter__())
        thread.join(20)
        assert not thread.is_alive()


def test_who_is_ahead_goes_first():
    turns, order = Turns(1), []

    def work(rank):
        with turns.ranked(rank).taken():
            order.append(rank)

    with turns.taken():
        threads = []
        for rank in (3, 1, 2):
            threads.append(in_thread(lambda rank=rank: work(rank)))
            until = time.monotonic() + 20
            while len(turns._desk._waiting) < len(threads) and time.monotonic() < until:
                time.sleep(0.001)
    for thread in threads:
        thread.join(20)
    assert order == [1, 2, 3]
