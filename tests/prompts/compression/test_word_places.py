from prompts.compression.word_places import word_places


def cut(text, words):
    return [None if place is None else text[slice(*place)] for place in word_places(text, words)]


def test_words_are_found_in_order_not_at_their_first_letters():
    text = "the cat and the dog"
    assert word_places(text, ["the", "cat", "and", "the", "dog"]) == [(0, 3), (4, 7), (8, 11), (12, 15), (16, 19)]


def test_case_accents_ligatures_and_white_space_do_not_matter():
    text = "Naïve ﬁsh in São  Paulo"
    assert cut(text, ["naive", "fish", "in", "sao paulo"]) == ["Naïve", "ﬁsh", "in", "São  Paulo"]


def test_what_a_tokenizer_does_not_know_is_left_out_and_the_next_word_found():
    assert cut("one 漢字 two three", ["one", "[UNK]", "two", "three"]) == ["one", None, "two", "three"]


def test_an_empty_word_has_no_place():
    assert cut("a b", ["", "a", " "]) == [None, "a", None]
