import pytest

from agent.brief import named_documents, preview, preview_question, subject_matter, title_of
from retrieval.types import Document


def document(doc_id, title):
    return Document(id=doc_id, title=title, source=doc_id, media_type="text/markdown", sha256="0" * 64, n_chars=1)


COUNTRIES = [
    document("guinea", "Guinea"),
    document("guinea-bissau", "Guinea-Bissau"),
    document("chad", "Chad"),
]


def test_the_order_is_taken_off_the_topic():
    topic = "Write a report for policy readers that compares Chad and Guinea with regard to health. State figures."
    assert subject_matter(topic) == "compares Chad and Guinea with regard to health"
    assert title_of(topic) == "Comparing Chad and Guinea with regard to health"


def test_a_length_and_sections_within_the_order_are_no_part_of_the_topic():
    assert subject_matter("Write a report of 300 words on the mills of Arlen.") == "the mills of Arlen"
    assert subject_matter("Write a report of about 1500 words in 4 sections on the barrage") == "the barrage"


@pytest.mark.parametrize(
    ("topic", "words", "sections"),
    [
        ("The barrage, in 2,000 words", 2000, None),
        ("Write a 1,500-word report about the barrage", 1500, None),
        ("Write a report of about 1500 words in 4 sections on the barrage", 1500, 4),
        ("The barrage (900 words)", 900, None),
        ("What the 30,000-word report of the commission says", None, None),
    ],
)
def test_length_and_sections_are_read_where_they_are_asked_for(topic, words, sections):
    brief = preview(topic, words=None, default_words=1200, documents=[])
    assert (brief.words, brief.sections) == (words or 1200, sections)


def test_what_is_asked_for_is_no_part_of_the_title():
    assert title_of("Causes of the failure in 6 sections") == "Causes of the failure"


def test_a_question_may_speak_of_lengths():
    question = "Who wrote of about 30,000 words in 40 parts?"
    assert preview_question(question, words=70).words == 70


def test_a_length_given_as_an_option_wins():
    assert preview("The barrage, in 2,000 words", words=700, default_words=1200, documents=[]).words == 700


def test_the_longest_title_wins_an_overlap():
    assert named_documents("Compare Guinea-Bissau and Chad", COUNTRIES) == ("guinea-bissau", "chad")


@pytest.mark.parametrize("topic", ["", "   "])
def test_an_empty_topic_is_refused(topic):
    with pytest.raises(ValueError, match="topic is empty"):
        preview(topic, words=None, default_words=1200, documents=[])


def test_a_length_out_of_bounds_is_refused():
    with pytest.raises(ValueError, match="20000"):
        preview("x", words=20000, default_words=1200, documents=[])


@pytest.mark.parametrize(
    ("topic", "is_all"),
    [
        ("List all reforms that followed the failure", True),
        ("Name every member of the board", True),
        ("Which were all the causes?", True),
        ("Write a complete list of the contracts", True),
        ("What did the board know?", False),
        ("How all of it began", False),
        ("List the main causes. All sources may be used", False),
        ("Find out why each gate jammed", False),
        ("What are the main effects of all-electric cars?", False),
        ("Name the director of All Quiet on the Western Front", False),
        ("What is the full list price of the car?", False),
        ("Identify who signed every memo", False),
        ("Write a report that lists all reforms", True),
    ],
)
def test_who_asks_for_all_is_understood(topic, is_all):
    assert preview_question(topic, words=70).wants_all is is_all
