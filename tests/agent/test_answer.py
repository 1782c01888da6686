import pytest

from agent.answer import answering, has_asked_type, unmentioned
from tests.agent.statement_factory import statement
from tests.bag_embedder import BagEmbedder

TEXTS = ["Jonas Reke measured the springs of 12 grips.", "Contract K-04 went to Osk & Vane."]
LEXICON = frozenset({"what", "contract", "measured", "springs"})


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("What did contract Z-99 cost?", ["Z-99"]),
        ("What did contract K-04 cost?", []),
        ("What did Jonas Reke measure?", []),
        ("What did Albrecht Zimmermann measure?", ["Albrecht Zimmermann"]),
    ],
)
def test_a_question_about_what_no_text_mentions_has_no_answer(question, missing):
    assert unmentioned(question, TEXTS, LEXICON) == missing


def test_what_is_beside_the_answer_is_not_said():
    answer = statement("Jonas Reke measured the springs of 12 grips in March.", start=0)
    beside = statement("Mira Tolland filed a memorandum of 9 pages in September.", start=100)
    question = "How many grips did Jonas Reke measure springs of?"
    chosen = answering(question, [beside, answer], passage_scores={}, embedder=BagEmbedder(), max_words=70)
    assert chosen == [answer]


@pytest.mark.parametrize(
    ("question", "sentence", "has"),
    [
        ("How many grips were soft?", "The grips of the cableway were soft.", False),
        ("How many grips were soft?", "Nine grips were soft.", True),
        ("How many of the 12 grips were soft?", "The 12 grips were inspected.", False),
        ("When did the rope tear?", "The rope tore on 4 May 2019.", True),
        ("Who measured the springs?", "The springs were measured.", False),
        ("Who measured the springs?", "The inspector Jonas Reke measured the springs.", True),
        ("Who is Jonas Reke?", "Jonas Reke was dismissed.", False),
        ("Why did the brake fail?", "The brake failed because ice had formed.", True),
    ],
)
def test_a_sentence_brings_a_number_or_a_name_where_one_is_asked_for(question, sentence, has):
    assert has_asked_type(question, sentence) is has
