import pytest

from agent.answer import answering, unmentioned
from agent.records import OwnedStatements
from agent.types import AtomicBlock
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
    beside = statement("Mira Tolland filed a memorandum in September.", start=100)
    block = AtomicBlock(id="s01b01", question="How many grips did Jonas Reke measure springs of?", target_words=70)
    owned = OwnedStatements(block="s01b01", statements=(beside, answer), fits=(0.1, 0.1))
    assert answering(block, owned, embedder=BagEmbedder()) == [answer]
