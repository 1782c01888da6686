import threading
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import ValidationError

from lm.errors import BudgetExceeded, PriceUnknown, ServerFailed
from lm.flops import ModelSize, SizeTable
from lm.metering import Budget, Meter, Metered, PriceTable
from lm.replay import CallCache, Replay
from lm.scripted import ScriptedLM
from lm.spending import RoleSpend, Spend
from lm.types import ChatRequest, Message, Usage

ASK = ChatRequest(messages=(Message(role="user", content="Hi?"),), max_tokens=10)
# By window.py a prompt of one message takes 32 + 8 tokens and its text: 41 here; so at most 51 with the reply.
MOST = 51
PRICES = PriceTable.from_mapping({"scripted": {"input": 2.0, "output": 10.0}})
# 40 FLOPs for each token, and 8 for each key that a query meets.
SIZES = SizeTable(by_model={"scripted": ModelSize(parameters=20, layers=1, width=2)})


def meter(prices: PriceTable = PRICES, clock=lambda: 0.0, **limits: float) -> Meter:
    return Meter(Budget(**limits), prices, clock, sizes=SIZES)


def test_a_call_is_settled_with_its_real_usage_and_price():
    purse = meter()
    Metered(ScriptedLM(["abc"]), "writer", purse).chat(ASK)
    spent = purse.spent().by_role["writer"]
    assert (spent.calls, spent.prompt_tokens, spent.completion_tokens) == (1, 41, 1)
    assert spent.usd == pytest.approx((41 * 2.0 + 1 * 10.0) / 1e6)
    assert purse.spent().total == spent


def test_roles_are_counted_apart_and_add_up():
    purse = meter()
    model = ScriptedLM(["abc", "abc"])
    Metered(model, "writer", purse).chat(ASK)
    Metered(model, "judge", purse).chat(ASK)
    assert set(purse.spent().by_role) == {"writer", "judge"}
    assert (purse.spent().total.calls, purse.spent().total.prompt_tokens) == (2, 82)


@pytest.mark.parametrize(
    ("limits", "limit"),
    [({"max_tokens": MOST - 1}, "max_tokens"), ({"max_usd": 1e-4}, "max_usd"), ({"max_seconds": 0.0}, "max_seconds")],
)
def test_a_call_that_might_break_a_limit_is_not_made(limits: dict[str, float], limit: str):
    model = ScriptedLM(["abc"])
    with pytest.raises(BudgetExceeded) as caught:
        Metered(model, "writer", meter(**limits)).chat(ASK)
    assert caught.value.limit == limit
    assert caught.value.hint
    assert model.requests == ()


def test_a_limit_that_is_just_enough_is_enough():
    Metered(ScriptedLM(["abc"]), "writer", meter(max_tokens=MOST)).chat(ASK)


def test_time_runs_from_the_making_of_the_meter():
    now = [100.0]
    purse = meter(clock=lambda: now[0], max_seconds=5.0)
    model = Metered(ScriptedLM(["a", "b"]), "writer", purse)
    now[0] = 104.9
    model.chat(ASK)
    assert not purse.is_late()
    now[0] = 105.0
    assert purse.is_late()
    with pytest.raises(BudgetExceeded):
        model.chat(ASK)


def test_what_earlier_parts_of_a_run_spent_counts():
    already = Spend(by_role={"judge": RoleSpend(calls=1, prompt_tokens=10)})
    purse = Meter(Budget(max_tokens=MOST + 9), PRICES, lambda: 0.0, already=already)
    with pytest.raises(BudgetExceeded):
        Metered(ScriptedLM(["a"]), "writer", purse).chat(ASK)


def test_the_seconds_of_earlier_parts_of_a_run_count():
    now = [100.0]
    purse = Meter(Budget(max_seconds=5.0), PRICES, lambda: now[0], already=Spend(seconds=4.0))
    now[0] = 100.5
    assert (purse.spent().seconds, purse.is_late()) == (4.5, False)
    now[0] = 101.0
    assert purse.is_late()


def test_whoever_listens_hears_of_paid_calls_alone(tmp_path: Path):
    purse = meter()
    heard: list[int] = []
    purse.tell_of_payments(lambda: heard.append(purse.spent().total.calls))
    with closing(CallCache(tmp_path / "calls.sqlite")) as cache:
        model = Metered(Replay(ScriptedLM(["abc", "abc"], errors={1: ServerFailed("x")}), cache), "writer", purse)
        model.chat(ASK)
        model.chat(ASK)
        with pytest.raises(ServerFailed):
            model.chat(ASK.model_copy(update={"seed": 1}))
    assert heard == [1]
    assert (purse.spent().total.replayed, purse.spent().total.failed) == (1, 1)


def test_a_failed_call_gives_its_reservation_back():
    purse = meter(max_tokens=MOST)
    model = Metered(ScriptedLM(["abc"], errors={0: ServerFailed("x")}), "writer", purse)
    with pytest.raises(ServerFailed):
        model.chat(ASK)
    model.chat(ASK)
    assert (purse.spent().total.calls, purse.spent().total.failed) == (1, 1)


def test_a_replay_is_free_counted_apart_and_never_refused(tmp_path: Path):
    cache = CallCache(tmp_path / "calls.sqlite")
    now = [0.0]
    purse = meter(clock=lambda: now[0], max_tokens=MOST, max_seconds=10.0)
    model = Metered(Replay(ScriptedLM(["abc"]), cache), "writer", purse)
    model.chat(ASK)
    now[0] = 99.0
    assert model.chat(ASK).is_replayed
    assert list(model.stream(ASK))[-1].reply is not None
    spent = purse.spent().total
    assert (spent.calls, spent.replayed, spent.prompt_tokens, spent.replayed_tokens) == (1, 2, 41, 84)
    with pytest.raises(BudgetExceeded):
        model.chat(ASK.model_copy(update={"seed": 1}))
    cache.close()


def test_threads_that_reserve_at_once_never_exceed_the_budget():
    n_fit = 5
    purse = meter(max_tokens=n_fit * MOST)
    together = threading.Barrier(12)
    release = threading.Event()
    outcomes: list[str] = []

    def slow(request: ChatRequest) -> str:
        release.wait(10)
        return "abc"

    model = Metered(ScriptedLM(slow), "writer", purse)

    def work() -> None:
        together.wait(10)
        try:
            model.chat(ASK)
            outcomes.append("made")
        except BudgetExceeded:
            outcomes.append("refused")
            if outcomes.count("refused") == 12 - n_fit:
                release.set()

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outcomes.count("made"), outcomes.count("refused")) == (n_fit, 12 - n_fit)
    assert purse.spent().total.calls == n_fit


def test_a_stream_is_settled_at_its_end_and_an_abandoned_one_by_what_came():
    purse = meter()
    model = Metered(ScriptedLM(["one two three", "one two three"]), "writer", purse)
    list(model.stream(ASK))
    stream = model.stream(ASK)
    next(stream)
    stream.close()
    spent = purse.spent().total
    assert (spent.calls, spent.completion_tokens) == (2, 5 + 2)


def test_an_unknown_price_is_an_error_only_where_money_is_limited():
    unknown = ScriptedLM(["abc"], name="acme:big")
    with pytest.raises(PriceUnknown) as caught:
        Metered(unknown, "writer", meter(max_usd=1.0))
    assert '[prices."acme:big"]' in caught.value.hint
    purse = meter()
    Metered(unknown, "writer", purse).chat(ASK)
    assert (purse.spent().total.unpriced, purse.spent().total.usd) == (1, 0.0)


def test_embedded_models_cost_nothing():
    purse = meter(max_usd=0.0)
    Metered(ScriptedLM(["abc"], name="embedded:m"), "writer", purse).chat(ASK)
    assert (purse.spent().total.usd, purse.spent().total.unpriced) == (0.0, 0)


def test_a_reservation_is_settled_once():
    purse = meter()
    reservation = purse.reserve("writer", "scripted", Usage(prompt_tokens=1))
    purse.release(reservation)
    with pytest.raises(ValueError, match="settled before"):
        purse.release(reservation)


def test_a_price_that_is_negative_or_half_is_refused():
    for price in ({"input": -1.0, "output": 1.0}, {"input": 1.0}):
        with pytest.raises(ValidationError):
            PriceTable.from_mapping({"m": price})


def test_flops_are_counted_by_role_and_replays_apart(tmp_path: Path):
    purse = meter()
    with closing(CallCache(tmp_path / "calls.sqlite")) as cache:
        writer = Metered(Replay(ScriptedLM(["abc"]), cache), "writer", purse)
        writer.chat(ASK)
        writer.chat(ASK)
    Metered(ScriptedLM(["abcdef"]), "helper", purse).chat(ASK)
    of_42, of_43 = 40 * 42 + 4 * 42 * 43, 40 * 43 + 4 * 43 * 44
    spent = purse.spent()
    assert (spent.by_role["writer"].flops, spent.by_role["helper"].flops) == (of_42, of_43)
    assert (spent.total.flops, spent.total.known_flops, spent.total.replayed) == (of_42 + of_43, of_42 + of_43, 1)


def test_a_call_of_unknown_size_is_counted_as_such_and_not_as_nothing():
    purse = meter()
    Metered(ScriptedLM(["abc"]), "writer", purse).chat(ASK)
    Metered(ScriptedLM(["abc"], name="acme:big"), "helper", purse).chat(ASK)
    spent = purse.spent()
    assert (spent.by_role["helper"].unsized, spent.by_role["helper"].known_flops) == (1, None)
    assert (spent.by_role["writer"].unsized, spent.total.unsized, spent.total.known_flops) == (0, 1, None)


def test_what_a_role_was_spared_is_counted_at_its_own_price_and_size():
    purse = meter()
    writer = Metered(ScriptedLM(["abc"]), "writer", purse)
    Metered(ScriptedLM(["abc"], name="embedded:m"), "helper", purse).chat(ASK)
    writer.chat(ASK)
    purse.count_spared("writer", 30, 5)
    purse.count_spared("writer", 10)
    spared = purse.spent().spared["writer"]
    assert (spared.calls, spared.prompt_tokens, spared.completion_tokens) == (2, 40, 5)
    assert spared.usd == pytest.approx((40 * 2.0 + 5 * 10.0) / 1e6)
    assert spared.flops == 40 * 45 + 4 * (35 * 36 + 10 * 11)
    frontier = purse.spent().frontier
    assert (frontier.tokens.spent, frontier.tokens.alone) == (84, 42 + 45)
    assert frontier.usd.share == pytest.approx(92.0 / (92.0 + 130.0))
    assert frontier.flops.share is None  # the helper's size is not known


def test_what_is_spared_is_no_spending_and_breaks_no_budget():
    purse = meter(max_tokens=MOST)
    purse.count_spared("writer", 1_000_000)
    Metered(ScriptedLM(["abc"]), "writer", purse).chat(ASK)
    assert purse.spent().total.prompt_tokens == 41


def test_what_a_role_without_a_model_is_spared_has_no_price_and_no_size():
    purse = meter()
    purse.count_spared("writer", 10)
    spared = purse.spent().spared["writer"]
    assert (spared.tokens, spared.known_usd, spared.known_flops) == (10, None, None)


def test_a_negative_number_of_spared_tokens_is_refused():
    for tokens in ((-1, 0), (5, -1)):
        with pytest.raises(ValueError, match="spared"):
            meter().count_spared("writer", *tokens)


def test_threads_that_tell_of_spared_tokens_at_once_lose_none():
    purse = meter()
    threads = [threading.Thread(target=lambda: [purse.count_spared("writer", 1) for _ in range(200)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert purse.spent().spared["writer"].prompt_tokens == 1600


def test_a_later_part_of_a_run_adds_to_flops_and_to_what_was_spared():
    def part(already: Spend | None) -> Spend:
        purse = Meter(Budget(), PRICES, lambda: 0.0, sizes=SIZES, already=already)
        Metered(ScriptedLM(["abc"]), "writer", purse).chat(ASK)
        purse.count_spared("writer", 10)
        return Spend.model_validate_json(purse.spent().model_dump_json())

    once, twice = part(None), part(part(None))
    assert twice.total == once.total + once.total
    assert twice.spared["writer"] == once.spared["writer"] + once.spared["writer"]
    assert twice.frontier.tokens.alone == 2 * once.frontier.tokens.alone


def test_a_meter_above_counts_what_those_below_spend_and_refuses_for_all_of_them():
    pot = Meter(Budget(max_tokens=MOST + 45), PRICES, lambda: 0.0, name="batch")
    first, second = (Meter(Budget(), PRICES, lambda: 0.0, above=pot) for _ in range(2))
    Metered(ScriptedLM(["abc"]), "writer", first).chat(ASK)
    Metered(ScriptedLM(["abc"]), "writer", second).chat(ASK)
    assert pot.spent().total.calls == 2
    with pytest.raises(BudgetExceeded) as caught:
        Metered(ScriptedLM(["abc"]), "writer", first).chat(ASK)
    assert caught.value.limit == "batch max_tokens"
    assert first.spent().total.calls == second.spent().total.calls == 1


def test_time_that_is_over_is_over_by_a_named_limit():
    now = [0.0]
    pot = Meter(Budget(max_seconds=5.0), PRICES, lambda: now[0], name="batch")
    below = Meter(Budget(max_seconds=3.0), PRICES, lambda: now[0], above=pot)
    assert (below.late_by(), below.is_late()) == (None, False)
    now[0] = 3.0
    assert (below.late_by(), pot.late_by()) == ("max_seconds", None)
    now[0] = 5.0
    assert (below.late_by(), pot.late_by(), below.is_late()) == ("batch max_seconds", "batch max_seconds", True)


def test_a_call_that_its_own_meter_refuses_leaves_nothing_set_aside_above():
    pot = Meter(Budget(max_tokens=MOST), PRICES, lambda: 0.0, name="batch")
    with pytest.raises(BudgetExceeded) as caught:
        Metered(ScriptedLM(["abc"]), "writer", Meter(Budget(max_tokens=1), PRICES, lambda: 0.0, above=pot)).chat(ASK)
    assert caught.value.limit == "max_tokens"
    assert pot.spent().total == RoleSpend()
    Metered(ScriptedLM(["abc"]), "writer", Meter(Budget(), PRICES, lambda: 0.0, above=pot)).chat(ASK)


def test_a_failed_call_gives_back_what_was_set_aside_above():
    pot = Meter(Budget(max_tokens=MOST), PRICES, lambda: 0.0, name="batch")
    below = Meter(Budget(), PRICES, lambda: 0.0, above=pot)
    with pytest.raises(ServerFailed):
        Metered(ScriptedLM(["abc"], errors={0: ServerFailed("x")}), "writer", below).chat(ASK)
    assert pot.spent().total.failed == 1
    Metered(ScriptedLM(["abc"]), "writer", below).chat(ASK)
