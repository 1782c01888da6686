"""No sentence is shown that does not check, and where none does, the answer says so."""

from datetime import UTC, datetime

import pytest

from agent.chat.answering import NOTHING_IN_CORPUS, NOTHING_IN_MEMORY, checked, verified, with_memory, without_evidence
from agent.chat.records import Answer, AnswerSentence, Considered, RecalledNote
from agent.types import Evidence
from memory.units import Span

TEXT = "The barrage is long. It was built."
SOURCE = Evidence(number=1, document="d", title="D", passage="p", start=0, end=20, quote="The barrage is long.")
NOTE = RecalledNote(id="u1", text="User: It leaks.", speaker="User", at=datetime(2026, 5, 3, tzinfo=UTC), score=0.5)
CONSIDERED = Considered(question="?", recalled=(NOTE,))


def problems(draft):
    return [problem for _, problem in verified(draft, CONSIDERED, lambda document: TEXT)]


def test_what_stands_in_the_text_and_in_memory_passes():
    draft = Answer(sentences=(AnswerSentence(text="It is long.", sources=(1,)),), evidence=(SOURCE,))
    assert problems(with_memory(draft, [NOTE])) == ["", ""]


@pytest.mark.parametrize(
    ("sentence", "evidence", "problem"),
    [
        (AnswerSentence(text="x", sources=(2,)), SOURCE, "[2] is not listed"),
        (AnswerSentence(text="x", sources=(1,)), SOURCE.model_copy(update={"start": 1}), "is not in d"),
        (AnswerSentence(text="x", memories=(1,)), SOURCE, "[m1] is not listed"),
        (AnswerSentence(text="x", recalled=Span(start=0, end=1)), SOURCE, "without saying so"),
    ],
)
def test_what_does_not_check_is_refused_with_its_reason(sentence, evidence, problem):
    (found,) = problems(Answer(sentences=(sentence,), evidence=(evidence,)))
    assert problem in found


def test_words_put_into_somebodys_mouth_are_refused():
    draft = with_memory(Answer(sentences=()), [NOTE.model_copy(update={"text": "User: It holds."})])
    assert problems(draft) == ["the quotation of [m1] is not in memory"]
    said = with_memory(Answer(sentences=()), [NOTE])
    twisted = said.sentences[0].model_copy(update={"text": said.sentences[0].text.replace("leaks", "sinks")})
    assert problems(said.model_copy(update={"sentences": (twisted,)})) == ["the words of [m1] are not the unit's"]


def test_only_what_is_shown_is_listed():
    draft = Answer(
        sentences=(AnswerSentence(text="a", sources=(1,)), AnswerSentence(text="b", sources=(2,))),
        evidence=(SOURCE, SOURCE.model_copy(update={"number": 2})),
    )
    answer = checked(draft, draft.sentences[:1], ["b (wrong)"], 1.0)
    assert [one.number for one in answer.evidence] == [1]
    assert answer.is_grounded
    assert answer.refused == ("b (wrong)",)


def test_an_answer_of_which_nothing_is_left_says_that_there_is_no_evidence():
    answer = checked(Answer(sentences=()), [], ["b (wrong)"], 1.0)
    assert (answer.marked, answer.is_grounded) == (NOTHING_IN_CORPUS, False)


def test_where_nothing_was_found_it_says_where_it_looked():
    assert without_evidence("memory", looked_in_corpus=False).marked == NOTHING_IN_MEMORY
    assert without_evidence("memory", looked_in_corpus=True).marked == f"{NOTHING_IN_MEMORY} {NOTHING_IN_CORPUS}"
    assert without_evidence("corpus", looked_in_corpus=True).marked == NOTHING_IN_CORPUS
