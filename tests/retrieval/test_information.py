import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lm.scoring import ChatTopK
from retrieval.errors import RetrievalError
from retrieval.information import Information, token_bits
from tests.retrieval.table_scorer import TableScorer


def information(*tokens):
    ends, bits = zip(*tokens, strict=True)
    return Information.of_tokens(np.array(ends), np.array(bits, dtype=np.float64))


def test_a_token_counts_where_it_ends_so_that_the_space_before_a_word_may_fall_to_either_side():
    held = information((3, 8.0), (7, 1.0))  # "one two"
    assert [held.between(0, 3), held.between(0, 4), held.between(3, 7), held.between(4, 7)] == [8.0, 8.0, 1.0, 1.0]
    assert held.tokens_between(0, 4) == 1


def test_tokens_that_share_a_characters_bytes_count_together():
    held = information((1, 3.0), (1, 2.0), (2, 1.0))
    assert (held.between(0, 1), held.between(1, 2)) == (5.0, 1.0)


def test_white_space_at_the_end_that_no_token_holds_has_no_bits():
    assert information((4, 8.0)).between(0, 9) == 8.0


def test_a_text_without_tokens_has_no_information():
    held = Information.of_tokens(np.empty(0, dtype=np.int64), np.empty(0))
    assert (held.between(0, 0), held.at(0, 5.0)) == (0.0, 0)


@pytest.mark.parametrize(("ends", "bits"), [([1], []), ([2, 1], [1.0, 1.0]), ([1, 2], [1.0, -0.5])])
def test_what_no_scorer_says_is_refused(ends, bits):
    with pytest.raises(ValueError, match=r"tokens"):
        Information.of_tokens(np.array(ends), np.array(bits))


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 64)), min_size=1, max_size=40), st.data())
@settings(max_examples=200)
def test_bits_add_up_and_a_place_by_bits_is_the_last_that_has_no_more(tokens, data):
    held = information(*zip(np.cumsum([length for length, _ in tokens]), [bits / 4 for _, bits in tokens], strict=True))
    n_chars = sum(length for length, _ in tokens)
    start, middle, end = sorted(data.draw(st.integers(0, n_chars)) for _ in range(3))
    whole = held.between(start, end)
    assert whole == held.between(start, middle) + held.between(middle, end)
    place = held.at(start, whole)
    assert held.between(start, place) == whole
    assert all(held.between(start, later) > whole for later in held.ends[held.ends > place])


def test_a_long_text_is_scored_in_blocks_that_tile_it_each_after_what_stands_before_it():
    text = ("word another. " * 1500).rstrip()
    scorer, told = TableScorer({"word": 1.0}, otherwise=3.0), []
    ends, bits = token_bits(text, scorer, tell=told.append)
    assert "".join(block for _, block in scorer.scored) == text
    assert told[-1] == len(text)
    assert len(told) == len(scorer.scored) == 4
    done = 0
    for context, block in scorer.scored:
        assert text[:done].endswith(context)
        assert len(context) == min(done, 1500)
        done += len(block)
    assert bits.sum() == pytest.approx(1500 * 4.0)
    assert np.all(np.diff(ends) > 0)


def test_a_text_without_white_space_is_scored_whole_too():
    scorer = TableScorer()
    token_bits("x" * 20_000, scorer)
    assert "".join(block for _, block in scorer.scored) == "x" * 20_000


def test_a_model_that_cannot_score_given_text_is_an_error_not_an_empty_measure():
    class Chat:
        name = "chat"

    with pytest.raises(RetrievalError, match="does not score given text"):
        token_bits("a text", ChatTopK(Chat()))
