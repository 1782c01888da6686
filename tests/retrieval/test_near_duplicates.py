from retrieval.near_duplicates import UniqueReading, unique_characters
from retrieval.types import Passage

STORY = (
    "The board met on Friday and voted by six to three to defer the repair of the outer gates until the next budget."
)


def passage(text, passage_id):
    return Passage(id=passage_id, doc_id="d", ordinal=0, start=0, end=len(text), text=text)


def test_new_text_counts_whole():
    assert unique_characters([passage(STORY, "a")]) == len(STORY)


def test_a_copy_counts_nothing():
    assert unique_characters([passage(STORY, "a"), passage(STORY, "b")]) == len(STORY)


def test_a_reprint_with_one_word_changed_counts_little():
    reprint = STORY.replace("Friday", "Thursday")
    reading = UniqueReading()
    reading.read(passage(STORY, "a"))
    assert reading.read(passage(reprint, "b")) < 0.4 * len(reprint)


def test_reading_the_same_passage_twice_counts_once_even_raw():
    reading = UniqueReading()
    reading.read(passage(STORY, "a"))
    reading.read(passage(STORY, "a"))
    assert reading.raw_characters == len(STORY)
