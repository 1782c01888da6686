"""What is an order, however long somebody takes to come to it."""

import pytest

from memory.orders import is_commission, is_order


@pytest.mark.timeout(20)
@pytest.mark.parametrize("filler", ["simply ", "immediately, ", "kindly ", "only then and now ", "for now, "])
def test_a_long_row_of_fillers_is_read_in_no_time(filler):
    assert not is_order(filler * 100 + "zebras.")
    assert is_order(filler * 100 + "delete the report.")
    assert is_commission(filler * 100 + "delete the report.")


@pytest.mark.parametrize(
    "text", ["Kindly send the file.", "Simply apply the patch.", "Reply to me.", "Firstly, sell it."]
)
def test_an_order_behind_a_filler_or_one_that_looks_like_a_filler_is_seen(text):
    assert is_order(text)
