import pytest

from retrieval.names import proper_names, unsupported_names


def names(text, lexicon=frozenset()):
    return [name.text for name in proper_names(text, lexicon=lexicon)]


def test_a_run_of_capitalised_words_is_one_name():
    assert names("In 2018 the Ulver Barrage Authority met Clara Barrow.") == [
        "Ulver Barrage Authority",
        "Clara Barrow",
    ]


def test_connectors_join_a_name_and_are_not_part_of_it():
    assert names("the Ministry of Works and Water said") == ["Ministry Works Water"]


def test_a_common_word_at_the_start_of_a_sentence_is_no_name():
    assert names("Repairs began. Workers left.", lexicon={"repairs", "workers"}) == []


def test_an_unknown_word_at_the_start_of_a_sentence_is_a_name():
    assert names("Kyrgyzstan borders China.", lexicon={"borders"}) == ["Kyrgyzstan", "China"]


def test_a_possessive_ends_a_name():
    assert names("the Authority's Chief Engineer") == ["Authority", "Chief Engineer"]


def test_a_name_that_the_evidence_lacks_is_found():
    assert unsupported_names("The report blames Solle.", "The report blames Lorne.") == ["Solle"]


def test_a_shorter_form_of_a_name_in_the_evidence_stands():
    assert unsupported_names("The report names Solle.", "Marten Solle wrote it.") == []


@pytest.mark.timeout(20)
def test_a_long_text_is_read_in_a_time_that_grows_with_its_length():
    assert len(names("We saw Olga in Riga. " * 15_000, lexicon={"we"})) == 30_000


@pytest.mark.parametrize(
    ("before", "opens"),
    [("It ended. ", True), ("It ended.” (", True), ("one\n", True), ("• ", True), ("so, ", False), ("a \t", False)],
)
def test_a_word_opens_a_sentence_behind_the_marks_of_an_end_or_a_line(before, opens):
    assert names(f"{before}Repairs", lexicon={"repairs", "it"}) == ([] if opens else ["Repairs"])
