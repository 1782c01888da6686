"""Sums of spending, and the share of what one model alone would have taken, by hand."""

import pytest

from lm.spending import Compared, RoleSpend, Spend, frontier_only, together

# The writer read 100 tokens and wrote 20; a helper read 1,000 and wrote 80; that spared the writer 900.
WRITER = RoleSpend(calls=1, unsized=0, prompt_tokens=100, completion_tokens=20, usd=0.004, flops=2.0e12)
HELPER = RoleSpend(calls=2, unsized=0, prompt_tokens=1000, completion_tokens=80, usd=0.001, flops=0.5e12)
SPARED = RoleSpend(calls=1, unsized=0, prompt_tokens=900, usd=0.016, flops=18.0e12)


def test_the_share_of_frontier_only_is_all_that_was_spent_by_the_writers_own_and_what_it_was_spared():
    found = frontier_only({"writer": WRITER, "helper": HELPER}, {"writer": SPARED})
    assert found.tokens == Compared(spent=1200, alone=1020, share=1200 / 1020)
    assert found.usd.share == pytest.approx(0.005 / 0.020)
    assert found.flops.share == pytest.approx(2.5 / 20.0)


def test_where_nothing_was_spared_nothing_is_compared():
    assert frontier_only({"writer": WRITER, "helper": HELPER}, {}) is None
    assert frontier_only({"writer": WRITER}, {"writer": RoleSpend(calls=1, unsized=0)}) is None


def test_an_unknown_price_makes_the_share_of_money_unknown_and_no_other():
    unpriced = {"unpriced": 1}
    by_helper = frontier_only({"writer": WRITER, "helper": HELPER.model_copy(update=unpriced)}, {"writer": SPARED})
    assert by_helper.usd == Compared(spent=None, alone=0.020, share=None)
    by_writer = frontier_only({"writer": WRITER}, {"writer": SPARED.model_copy(update=unpriced)})
    assert by_writer.usd == Compared(spent=0.004, alone=None, share=None)
    assert all(found.tokens.share and found.flops.share for found in (by_helper, by_writer))


def test_an_unknown_size_makes_the_share_of_flops_unknown_and_not_zero():
    found = frontier_only({"writer": WRITER, "helper": HELPER.model_copy(update={"unsized": 1})}, {"writer": SPARED})
    assert found.flops == Compared(spent=None, alone=20.0e12, share=None)


def test_nothing_by_nothing_is_no_share():
    free = {"usd": 0.0}
    spent, spared = WRITER.model_copy(update=free), SPARED.model_copy(update=free)
    assert frontier_only({"writer": spent}, {"writer": spared}).usd == Compared(spent=0.0, alone=0.0, share=None)


def test_a_role_without_a_call_of_its_own_can_be_spared():
    found = frontier_only({"helper": HELPER}, {"writer": SPARED})
    assert (found.tokens.spent, found.tokens.alone) == (1080, 900)


def test_sums_add_every_field():
    both = together([WRITER, HELPER, RoleSpend(replayed=3, replayed_tokens=50, failed=1, seconds=2.0)])
    assert both == RoleSpend(
        calls=3,
        replayed=3,
        failed=1,
        unsized=0,
        prompt_tokens=1100,
        completion_tokens=100,
        replayed_tokens=50,
        usd=0.005,
        flops=2.5e12,
        seconds=2.0,
    )
    assert (both.tokens, both.known_usd, both.known_flops) == (1200, 0.005, 2.5e12)


def test_an_account_from_before_flops_were_counted_loads_and_says_that_it_knows_none():
    older = '{"by_role": {"writer": {"calls": 4, "replayed": 1, "prompt_tokens": 90, "usd": 0.5}}, "seconds": 7.5}'
    spend = Spend.model_validate_json(older)
    assert (spend.total.calls, spend.total.usd, spend.seconds) == (4, 0.5, 7.5)
    assert (spend.total.unsized, spend.total.known_flops) == (4, None)
    assert (spend.spared, spend.frontier) == ({}, None)
    assert Spend.model_validate_json(spend.model_dump_json()) == spend
