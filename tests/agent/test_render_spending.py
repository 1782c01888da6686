"""What a run took, as rows, sentences and a part of the page."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from agent.render_html import render_html
from agent.render_spending import (
    cost_text,
    flops_text,
    money_text,
    percent,
    spending_remarks,
    spending_rows,
    spending_section,
)
from lm.spending import RoleSpend, Spend, frontier_only
from tests.agent.sample_report import sample_report

WRITER = RoleSpend(
    calls=4, unsized=0, replayed=2, prompt_tokens=1200, completion_tokens=300, usd=0.02, flops=3.4e12, seconds=8.04
)
HELPER = RoleSpend(calls=3, unsized=0, prompt_tokens=9000, completion_tokens=400, usd=0.0, flops=2.6e12, seconds=30.0)
SPARED = RoleSpend(calls=3, unsized=0, prompt_tokens=8500, usd=0.06, flops=21.0e12)


def spend(writer=WRITER, helper=HELPER, spared=SPARED) -> Spend:
    roles = {"writer": writer, "helper": helper}
    return Spend(
        by_role=roles, seconds=40.0, spared={"writer": spared}, frontier=frontier_only(roles, {"writer": spared})
    )


def test_each_role_has_a_row_and_so_have_all_together_and_what_was_spared():
    assert spending_rows(spend()) == [
        ("writer", "4 (+ 2 replayed)", "1,200", "300", "$0.02", "3.4 TFLOP", "8.0"),
        ("helper", "3", "9,000", "400", "$0.00", "2.6 TFLOP", "30.0"),
        ("all", "7 (+ 2 replayed)", "10,200", "700", "$0.02", "6 TFLOP", "38.0"),
        ("writer, spared", "3", "8,500", "0", "$0.06", "21 TFLOP", ""),
    ]


def test_a_run_of_one_role_has_one_row_and_no_model_none():
    assert [row[0] for row in spending_rows(Spend(by_role={"writer": WRITER}))] == ["writer"]
    assert spending_rows(Spend()) == spending_remarks(Spend()) == []


def test_the_share_is_told_with_what_was_spared():
    # 10,900 of 1,500 + 8,500 tokens, $0.02 of $0.08, 6 of 24.4 TFLOP.
    assert spending_remarks(spend()) == [
        "Spent: 109.0 % of the tokens, 25.0 % of the money and 24.6 % of the FLOPs that the writer alone would have "
        "taken to read all of the sources, 8,500 tokens more. Where nobody reads for it, it reads a choice of them: "
        "against that less is saved."
    ]


def test_what_is_not_known_is_called_unknown_and_says_how_to_mend_it():
    some = spend(helper=HELPER.model_copy(update={"unpriced": 3, "unsized": 1}))
    cells = {row[0]: row[4:6] for row in spending_rows(some)}
    assert cells["helper"] == ("unknown", "over 2.6 TFLOP")
    assert cells["all"] == ("over $0.02", "over 6 TFLOP")
    share, price, size = spending_remarks(some)
    assert "an unknown share of the money and an unknown share of the FLOPs" in share
    assert "3 calls is not known; `wellread config explain prices`" in price
    assert "1 call is not known; see `wellread config explain sizes`" in size


def test_where_no_money_is_due_money_is_not_told_of():
    free = spend(WRITER.model_copy(update={"usd": 0.0}), spared=SPARED.model_copy(update={"usd": 0.0}))
    assert "money" not in spending_remarks(free)[0]
    paid = HELPER.model_copy(update={"usd": 0.5})
    dearer = spend(WRITER.model_copy(update={"usd": 0.0}), paid, SPARED.model_copy(update={"usd": 0.0}))
    assert "money where none is due" in spending_remarks(dearer)[0]


@pytest.mark.parametrize(
    ("flops", "text"),
    [(0.0, "0 FLOP"), (999.0, "999 FLOP"), (999.7, "1 kFLOP"), (32_785_413_120.0, "32.8 GFLOP"), (2e27, "2e+03 YFLOP")],
)
def test_flops_have_three_figures_and_a_unit(flops, text):
    assert flops_text(flops) == text


def test_small_sums_and_shares_do_not_become_nothing():
    assert [money_text(usd) for usd in (0.0, 0.000004, 0.0042, 1234.5)] == [
        "$0.00", "under $0.0001", "$0.0042", "$1,234.50",
    ]  # fmt: skip
    assert [percent(share) for share in (0.0, 0.000412, 0.26, 1.5)] == ["0.0 %", "0.041 %", "26.0 %", "150.0 %"]


def test_a_run_without_a_price_does_not_say_that_it_cost_nothing():
    unpriced = Spend(by_role={"writer": RoleSpend(calls=2, unpriced=2)})
    figures = sample_report().figures.model_copy(update={"usd": 0.0, "spend": unpriced})
    assert cost_text(figures) == "unknown"
    assert cost_text(figures.model_copy(update={"spend": None})) == "$0.00"


def test_the_page_has_the_table_and_a_bar_for_each_known_share():
    report = sample_report()
    figures = report.figures.model_copy(update={"spend": spend()})
    page = LexborHTMLParser(render_html(report.model_copy(update={"figures": figures})))
    part = page.css_first(".figures .spending")
    assert "open" in part.attributes
    assert [row.css_first("th").text() for row in part.css("tbody tr")] == ["writer", "helper", "all", "writer, spared"]
    labels = [bar.attributes["aria-label"].split(" of ")[0] for bar in part.css("svg.share")]
    assert labels == ["Tokens: 109.0 %", "Money: 25.0 %", "FLOPs: 24.6 %"]
    widths = [float(bar.attributes["width"]) for bar in part.css(".share .fill")]
    assert widths == pytest.approx([600.0, 150.0, 600 * 6 / 24.4], abs=0.1)
    goals = [float(bar.attributes["x"]) for bar in part.css(".share .goal")]
    assert goals == pytest.approx([600 / 1.09 - 2, 598.0, 598.0], abs=0.1)


def test_without_a_share_the_table_is_folded_and_has_no_bars():
    part = LexborHTMLParser(spending_section(Spend(by_role={"writer": WRITER}))).css_first(".spending")
    assert "open" not in part.attributes
    assert not part.css("svg")
    assert not LexborHTMLParser(render_html(sample_report())).css(".spending")
