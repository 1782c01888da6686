import Stemmer
from hypothesis import given
from hypothesis import strategies as st

from agent.constraints.phrases import mentions, said_phrases

STEM = Stemmer.Stemmer("english").stemWord
WORDS = st.sampled_from(["rope", "brake", "court", "heater", "spring", "board", "Reke"])


def test_a_phrase_is_said_whatever_its_case_white_space_or_plural():
    assert said_phrases("The HARROW  consult's men.", ["Harrow Consult", "court"]) == ["Harrow Consult"]
    assert said_phrases("Two directors left.", ["director"]) == ["director"]


def test_a_part_of_a_longer_word_is_not_the_phrase():
    assert said_phrases("The directorate and the misdirector.", ["director"]) == []


@given(st.lists(WORDS, min_size=1, max_size=9), WORDS)
def test_a_word_is_said_exactly_where_it_stands(words, phrase):
    assert bool(said_phrases(" ".join(words).upper() + ".", [phrase])) == (phrase in words)


def test_a_mention_has_all_words_in_any_form_and_order():
    assert mentions("The repairs of the gates cost 12 million.", "cost of the repair", STEM)
    assert not mentions("The repair of the gates began.", "cost of the repair", STEM)
