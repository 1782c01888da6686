import pytest

from lm.copying import copied_ngrams, copy_rate, words_of

SOURCE = "one two three four five six seven eight nine ten"


def test_words_keep_numbers_whole():
    assert words_of("Arvia’s 1,250,000 people (12.5%)") == ["arvia's", "1,250,000", "people", "12.5"]


def test_the_copy_rate_is_the_share_of_words_in_copied_runs():
    # Words 1 to 9 of 12 stand in a row in the source; they are two 8-grams of the text's five.
    text = "One two three four five six seven eight nine and so on."
    assert copy_rate([text], [SOURCE]) == pytest.approx(9 / 12)
    assert copied_ngrams([text], [SOURCE]) == pytest.approx(2 / 5)


def test_shorter_runs_are_not_copies():
    assert copy_rate(["one two three four five six seven"], [SOURCE]) == 0.0
    assert copy_rate(["one two three four five six seven"], [SOURCE], n=7) == 1.0


def test_a_run_does_not_go_on_in_another_source_or_text():
    halves = ["one two three four five", "six seven eight nine ten"]
    assert copy_rate([SOURCE], halves) == 0.0
    assert copy_rate(halves, [SOURCE]) == 0.0


def test_two_copied_runs_are_counted_once_each():
    text = f"{SOURCE} but {SOURCE}"
    assert copy_rate([text], [SOURCE]) == pytest.approx(20 / 21)


def test_nothing_to_count_is_no_number():
    assert copy_rate([], [SOURCE]) is None
    assert copied_ngrams(["too short"], [SOURCE]) is None
    with pytest.raises(ValueError, match="n is 0"):
        copy_rate(["x"], [SOURCE], n=0)
