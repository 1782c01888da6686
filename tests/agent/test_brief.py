import pytest

from agent.brief import named_documents, preview, subject_matter, title_of
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


def test_a_length_in_the_request_is_a_constraint():
    brief = preview("The barrage, in 2,000 words", words=None, default_words=1200, documents=[])
    assert (brief.words, brief.constraints) == (2000, ("words=2000",))


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
