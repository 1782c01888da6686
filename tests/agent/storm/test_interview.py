import pytest

from agent.storm.interview import Interview, converse
from agent.storm.records import BASIC, Perspective
from lm.errors import BudgetExceeded
from lm.scripted import ScriptedLM
from tests.agent.storm.scripted_talk import QUESTIONS, TOPIC, Talker, asks, numbered

SIDE = Perspective(name="Warnings", headings=("Warnings", "Inspections"))


@pytest.fixture
def make_interview(make_context):
    def make(writer, **changes):
        context = make_context(writer)
        options = {
            "model": writer,
            "topic": TOPIC,
            "doc_ids": (),
            "searcher": context.searcher,
            "top_k": 3,
            "embedder": context.fine,
            "reader": context.reader,
            "verifier_of": context.verifier,
            "stem": context.stem,
            "seed": 1,
            **changes,
        }
        return Interview(**options)

    return make


def held(interview, *, most=3, asked=(), side=SIDE):
    return converse(side, interview, asked=asked, most=most, tell=lambda turn: None, turns=[])


def test_an_answer_that_its_sentences_carry_is_believed_with_its_passages(make_interview, affair):
    turn = make_interview(ScriptedLM(Talker())).answered(QUESTIONS[0])
    assert turn.outcome == "answered"
    assert turn.refused == ()
    for sentence in turn.sentences:
        for (doc_id, start, end), passage_id in zip(sentence.quoted, sentence.passages, strict=True):
            assert affair.text(doc_id)[start:end].strip()
            assert affair.corpus.passage(passage_id).doc_id == doc_id


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("The grip of cabin 17 slipped because its spring had lost 97 per cent of its force [1].", "97"),
        ("Zorro Quill of Atlantis cut the haul rope of the Brenholt cableway [1].", "Zorro Quill"),
        ("The grip of cabin 17 slipped on the haul rope [77].", "does not resolve"),
    ],
)
def test_what_the_passages_do_not_carry_is_refused_with_the_reason(make_interview, said, why):
    turn = make_interview(ScriptedLM(Talker(answer=lambda request: said))).answered(QUESTIONS[0])
    assert (turn.outcome, turn.sentences, turn.answer) == ("refused", (), "")
    assert why in turn.refused[0].why


def test_a_lie_beside_the_truth_is_refused_alone(make_interview):
    def half(request):
        number, text = numbered(request)[0]
        return f"{text} [{number}] The Moon Bank paid 999 marks for it [{number}]."

    turn = make_interview(ScriptedLM(Talker(answer=half))).answered(QUESTIONS[0])
    assert (turn.outcome, len(turn.sentences), len(turn.refused)) == ("answered", 1, 1)
    assert "Moon Bank" not in turn.answer


def test_a_sentence_that_cites_nothing_is_given_what_covers_it(make_interview):
    bare = Talker(answer=lambda request: numbered(request)[0][1])
    assert make_interview(ScriptedLM(bare)).answered(QUESTIONS[0]).sentences[0].passages


@pytest.mark.parametrize(
    ("reply", "outcome"), [("I do not know.", "unknown"), ("", "refused"), ("{}{}[", "refused"), ("grip", "refused")]
)
def test_a_reply_without_an_answer_is_none(make_interview, reply, outcome):
    turn = make_interview(ScriptedLM(Talker(answer=lambda request: reply))).answered(QUESTIONS[0])
    assert (turn.outcome, turn.sentences) == (outcome, ())


def test_an_interview_has_no_more_turns_than_allowed_and_two_calls_each(make_interview):
    writer = ScriptedLM(Talker())
    talk = held(make_interview(writer), most=2)
    assert [turn.question for turn in talk.turns] == list(QUESTIONS[:2])
    assert [asks(request) for request in writer.requests] == ["question", "answer"] * 2
    assert talk.ended == "2 questions were asked"


@pytest.mark.parametrize(
    ("said", "ended", "n_refused"),
    [
        ("Thank you.", "the writer has no more questions", 0),
        ("Please tell me all.", "the writer asked nothing", 1),
        (QUESTIONS[0], "the writer repeats a question", 1),
        (QUESTIONS[3], "the writer repeats a question", 1),
    ],
)
def test_an_interview_ends_when_nothing_new_is_asked(make_interview, said, ended, n_refused):
    talk = held(make_interview(ScriptedLM(Talker((QUESTIONS[0], said)))), asked=(QUESTIONS[3],))
    assert (len(talk.turns), talk.ended, len(talk.refused)) == (1, ended, n_refused)


def test_the_writer_sees_its_side_and_only_verified_answers(make_interview):
    def lie(request):
        return "Zorro Quill of Atlantis cut the haul rope of the Brenholt cableway [1]."

    writer = ScriptedLM(Talker(answer=lie))
    held(make_interview(writer), most=2)
    prompt = writer.requests[2].messages[-1].content
    assert "Warnings, Inspections" in prompt
    assert f"Q: {QUESTIONS[0]} A: The documents do not say." in prompt
    assert "Zorro" not in prompt


def test_basic_facts_are_a_side_without_headings(make_interview):
    writer = ScriptedLM(Talker())
    held(make_interview(writer), side=Perspective(name=BASIC), most=1)
    assert "the basic facts" in writer.requests[0].messages[-1].content


def test_answers_come_only_from_the_documents_that_the_topic_names(make_interview):
    turn = make_interview(ScriptedLM(Talker()), doc_ids=("money.md",)).answered(QUESTIONS[0])
    assert all(key[0] == "money.md" for sentence in turn.sentences for key in sentence.quoted)


def test_a_window_that_is_too_small_ends_the_interview_and_not_the_run(make_interview):
    talk = held(make_interview(ScriptedLM(Talker(), context_tokens=512)))
    assert "the window is too small" in talk.ended


def test_a_budget_leaves_the_turns_that_were_held(make_interview):
    stop = BudgetExceeded("max_tokens=1 would be broken", limit="max_tokens")
    turns = []
    with pytest.raises(BudgetExceeded):
        converse(
            SIDE,
            make_interview(ScriptedLM(Talker(), errors={2: stop})),
            asked=(),
            most=3,
            tell=lambda turn: None,
            turns=turns,
        )
    assert [turn.question for turn in turns] == [QUESTIONS[0]]
