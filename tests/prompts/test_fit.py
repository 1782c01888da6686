import pytest

from prompts.fit import fit_lines


def n_words(text):
    return len(text.split())


@pytest.mark.parametrize(
    ("max_tokens", "n_kept"),
    [(0, 0), (3, 0), (4, 1), (6, 1), (7, 2), (10, 2), (11, 3), (99, 3)],
)
def test_lines_are_kept_from_the_first_while_they_fit_with_a_token_for_each_newline(max_tokens, n_kept):
    lines = ["one two three", "four five", "six seven eight"]  # 3 + 1, 2 + 1, 3 + 1
    assert fit_lines(lines, max_tokens=max_tokens, count_tokens=n_words) == lines[:n_kept]


def test_nothing_behind_the_first_line_that_does_not_fit_is_kept():
    assert fit_lines(["a", "b c d e f g", "h"], max_tokens=5, count_tokens=n_words) == ["a"]


def test_an_empty_line_costs_its_newline():
    assert fit_lines(["", "", ""], max_tokens=2, count_tokens=n_words) == ["", ""]


def test_no_lines_fit_anywhere():
    assert fit_lines([], max_tokens=0, count_tokens=n_words) == []
