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
        ("What did Jonas reke'S friend Jonas REKE measure?", []),
        ("How did Jonas Réke's Meeasured Cotnract go?", []),
        ("What did Osk's Contrast measure?", ["Contrast"]),
        ("What did JONAS Zimmermann measure?", ["JONAS Zimmermann"]),
    ],
)
def test_a_question_about_what_no_text_mentions_has_no_answer(question, missing):
    assert unmentioned(question, TEXTS, LEXICON) == missing


def test_what_is_beside_the_answer_is_not_said():
    answer = statement("Jonas Reke measured the springs of 12 grips in March.", start=0)
    beside = statement("Mira Tolland filed a memorandum of 9 pages in September.", start=100)
    question = "How many grips did Jonas Reke measure springs of?"
    assert answers(question, [beside, answer]) == [answer]


def test_who_asks_for_all_gets_what_is_less_like_the_question_too():
    said = ["The river Sorn runs by the town of Arlen.", "Corvin, famous for silver, lies high above the Tell."]
    towns = [statement(sentence, title=f"Paper {n}", start=0) for n, sentence in enumerate(said)]
    assert len(answers("By which town runs the river Sorn?", towns)) == 1
    assert len(answers("List all rivers that run by the town of Arlen", towns)) == 2


def answers(question, statements, around=""):
    texts = {statement.passage_id: f"{around} {statement.sentence}" for statement in statements}
    return answering(question, statements, passage_texts=texts, passage_scores={}, embedder=BagEmbedder(), max_words=70)


@pytest.mark.parametrize(
    ("question", "around", "is_answered"),
    [
        ("How much did the heater cost in 2013?", "", False),
        ("How much did the heater cost in 2012?", "", True),
        ("How much did the heater cost?", "", True),
        ("How much did the heater cost in 2013?", "Accounts for 2013.", True),
        ("How much did the heater cost before 2013?", "", True),
        ("In which year did the heater of 2013 cost 400 marks?", "", True),
    ],
)
def test_what_is_said_of_another_year_is_no_answer(question, around, is_answered):
    said = [statement("In 2012 the heater cost 400 marks.")]
    assert answers(question, said, around) == (said if is_answered else [])


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


def test_the_verb_of_an_order_is_no_name_that_documents_must_mention():
    texts = ["The mayor of Arlen met the mayor of Brisk."]
    for question in ("List all mayors", "Compare Arlen and Brisk", "Please name every mayor of Arlen"):
        assert unmentioned(question, texts, frozenset(["mayor"])) == []
    assert unmentioned("List all mayors of Dorn", texts, frozenset(["mayor"])) == ["Dorn"]
