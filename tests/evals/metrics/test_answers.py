import pytest

from evals.metrics.answers import answer_atoms, contains_answer, exact_match, f1, normalized, share_of_atoms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Beatles!", "beatles"),
        ("an apple, a day", "apple day"),
        ("1,140", "1140"),
        ("3.5", "35"),
        ("Theatre", "theatre"),
        ("well-known", "wellknown"),
        ("Ｔｏｋｙｏ\u00a0Tower", "tokyo tower"),
        ("Dvořák", "dvořák"),
        ("the", ""),
    ],
)
def test_normalisation_is_that_of_squad_after_nfkc(text, expected):
    assert normalized(text) == expected


def test_exact_match_takes_any_alias_and_nothing_more():
    assert exact_match("The U.S.A.", ["United States", "USA"]) == 1.0
    assert exact_match("the USA today", ["United States", "USA"]) == 0.0
    assert exact_match("1140", ["1,140"]) == 1.0


def test_a_hand_worked_f1_comes_out():
    # Two of three given words are right, of two wanted: 2·(2/3)·1 / (2/3 + 1).
    assert f1("in New York", ["New York"]) == pytest.approx(0.8)
    # A word twice in the answer is right once.
    assert f1("york york", ["New York"]) == pytest.approx(0.5)
    assert f1("Paris", ["New York"]) == 0.0
    assert f1("", ["New York"]) == 0.0


def test_f1_is_the_best_over_aliases():
    assert f1("New York", ["NYC", "New York City", "the New York"]) == 1.0


@pytest.mark.parametrize("closed", ["yes", "no", "noanswer"])
def test_yes_and_no_share_no_words_with_longer_answers(closed):
    assert f1(closed, [f"{closed} it is"]) == 0.0
    assert f1(f"{closed} it is", [closed]) == 0.0
    assert f1(closed.upper(), [closed]) == 1.0


def test_an_alias_is_contained_as_whole_words_only():
    assert contains_answer("It lies in New York, they say.", ["NYC", "New York"])
    assert contains_answer("a New York–based firm", ["New York"])
    assert contains_answer("built in 1990/91", ["1990"])
    assert contains_answer("It has 1140 rooms.", ["1,140"])
    assert not contains_answer("Tirana", ["Iran"])
    assert not contains_answer("New and York", ["New York"])
    assert not contains_answer("It is the one.", ["The"])


def test_the_share_of_atoms_is_fanoutqas_loose_accuracy():
    reply = "Nick Nurse was born in Carroll, Iowa; Everest is 8,848.86 m high."
    assert share_of_atoms(reply, ["Nick Nurse", "Carroll, Iowa", "K2", "8848.86 m"]) == 0.75
    assert share_of_atoms("", ["K2"]) == 0.0


def test_a_structured_answer_is_taken_apart_in_order():
    answer = {"India": "New Delhi", "Texas A&M": 57428, "list": ["a", {"b": True}], "none": None}
    assert answer_atoms(answer) == ["India", "New Delhi", "Texas A&M", "57428", "list", "a", "b", "yes", "none"]
    assert answer_atoms("one") == ["one"]


@pytest.mark.parametrize("measure", [exact_match, f1, contains_answer, share_of_atoms])
def test_without_a_known_answer_the_measures_are_undefined(measure):
    with pytest.raises(ValueError, match="no answer is known"):
        measure("x", [])
