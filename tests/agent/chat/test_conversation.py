"""Conversations over the affair: cited, remembered, stopped, killed, gone on with."""

import pytest

from agent.chat.answering import NOTHING_IN_CORPUS, NOTHING_IN_MEMORY, NOTHING_NEW
from agent.chat.memory import NoMemory
from agent.past_runs import checkpointer
from lm.errors import EndpointUnreachable
from lm.scripted import ScriptedLM
from tests.agent.chat.killed_chat import ask_and_kill
from tests.agent.scripted_writers import faithful

OPENED = "When was the Brenholt cableway opened?"
BUILT = "Who built the Brenholt cableway?"


@pytest.fixture(params=["small", "kept"])
def place(request):
    """All of this with the small memory, and with the real one."""
    return request.getfixturevalue(request.param)


def stopping(request):
    raise KeyboardInterrupt


def test_an_answer_is_cited_said_sentence_by_sentence_and_kept(place):
    talk = place.open()
    asked = talk.ask(OPENED, say=place.say)
    assert asked.status == "answered"
    assert "12 May 2009" in asked.answer.marked
    assert list(asked.answer.sentences) == place.said
    numbers = {number for sentence in place.said for number in sentence.sources}
    assert numbers == {source.number for source in asked.answer.evidence}
    for source in asked.answer.evidence:
        assert place.affair.corpus.text(source.document)[source.start : source.end] == source.quote


def test_the_question_is_written_down_before_anything_is_done_with_it(place):
    seen = []

    def looking(request):
        seen.append(talk.sessions.exchanges(talk.session.id)[0])
        return faithful(request)

    talk = place.open(ScriptedLM(looking))
    talk.ask(OPENED, say=place.say)
    assert (seen[0].question, seen[0].status, seen[0].answer) == (OPENED, "asked", None)


def test_of_a_whole_answer_no_checkpoint_is_left(place):
    talk = place.open()
    with pytest.raises(KeyboardInterrupt):
        place.open(ScriptedLM(stopping)).ask(OPENED, say=place.say)
    talk.ask(BUILT, say=place.say)
    with checkpointer(place.home) as saver:
        left = {one.config["configurable"]["thread_id"] for one in saver.list(None)}
    assert len(left) == 1
    assert talk.session.id not in left


def test_a_question_that_leans_on_the_last_one_is_looked_up_with_its_name(place):
    talk = place.open()
    talk.ask(OPENED, say=place.say)
    built = talk.ask("Who built it?", say=place.say)
    assert built.considered.question == "Who built the Brenholt cableway?"
    assert built.considered.rewritten_by in ("rules", "model")
    assert "Osk & Vane" in built.answer.marked


def test_an_answer_without_evidence_says_so_and_cites_nothing(place):
    asked = place.open().ask("What does quantum chromodynamics say of gluons?", say=place.say)
    assert (asked.answer.marked, asked.answer.is_grounded) == (NOTHING_IN_CORPUS, False)
    assert asked.considered.gap
    assert [sentence.text for sentence in place.said] == [NOTHING_IN_CORPUS]


def test_what_was_told_is_quoted_from_memory_with_its_day_and_never_stored_again(place):
    talk = place.open()
    told = talk.ask("My deadline is 3 May 2027.", say=place.say)
    assert (told.considered.route, told.answer.marked) == ("noted", "Noted.")
    asked = talk.ask("What is my deadline?", say=place.say)
    (quoted,) = asked.answer.memories
    assert quoted.quote == "My deadline is 3 May 2027."
    assert asked.answer.marked.endswith("you said: “My deadline is 3 May 2027.” [m1]")
    logged = place.turns()[-1]
    (span,) = logged.recalled
    assert span.end - span.start == len(quoted.quote)
    # The real memory keeps blanks in its place.
    assert logged.text[span.start : span.end].strip() in ("", quoted.quote)
    assert len(place.units()) == 1


def test_memory_stands_beside_an_answer_from_documents_where_it_bears_on_it(place):
    talk = place.open()
    talk.ask("I think the Brenholt cableway was opened in 1999.", say=place.say)
    asked = talk.ask(OPENED, say=place.say)
    assert "12 May 2009" in asked.answer.sentences[0].text
    assert asked.answer.sentences[-1].memories == (1,)
    assert "1999" in asked.answer.memories[0].quote


def test_what_memory_does_not_have_is_not_answered_from_documents_about_something_else(place):
    asked = place.open().ask("What is my salary?", say=place.say)
    assert asked.answer.marked == NOTHING_IN_MEMORY


def test_a_question_about_us_that_names_something_is_looked_up_where_memory_is_empty(place):
    asked = place.open().ask("What did we learn of who built the Brenholt cableway?", say=place.say)
    assert (asked.considered.route, asked.answer.is_grounded) == ("memory", True)


def test_without_memory_nothing_is_recalled_and_nothing_handed_over(place):
    talk = place.open(memory=NoMemory())
    told = talk.ask("My deadline is 3 May 2027.", say=place.say)
    assert "not kept" in told.answer.marked
    assert place.turns() == []


def test_an_answer_that_brings_nothing_new_says_so(place):
    talk = place.open()
    talk.ask(BUILT, say=place.say)
    again = talk.ask("Who else built the Brenholt cableway then?", say=place.say)
    is_same = all(one.text in talk.exchanges()[0].answer.plain()[0] for one in again.answer.sentences)
    assert (NOTHING_NEW in again.answer.limits) == is_same


def test_a_stopped_answer_keeps_its_question_and_can_be_asked_again(place):
    talk = place.open(ScriptedLM(stopping))
    with pytest.raises(KeyboardInterrupt):
        talk.ask(OPENED, say=place.say)
    left = talk.unanswered()
    assert (left.question, left.status, place.said) == (OPENED, "stopped", [])

    later = place.open(session="last")
    answered = later.answer(later.unanswered(), say=place.say)
    assert (answered.number, answered.status) == (1, "answered")
    assert "12 May 2009" in answered.answer.marked


def test_after_a_stop_another_question_can_be_asked(place):
    talk = place.open(ScriptedLM(stopping))
    with pytest.raises(KeyboardInterrupt):
        talk.ask(OPENED, say=place.say)
    later = place.open(session="last")
    assert "Osk & Vane" in later.ask(BUILT, say=place.say).answer.marked
    assert [one.status for one in later.exchanges()] == ["stopped", "answered"]


def test_an_endpoint_that_fails_leaves_the_question_and_its_reason(place):
    dead = EndpointUnreachable("nothing answers at http://127.0.0.1:9", hint="start the server")
    talk = place.open(ScriptedLM(faithful, errors={0: dead}))
    with pytest.raises(EndpointUnreachable):
        talk.ask(OPENED, say=place.say)
    left = talk.unanswered()
    assert (left.status, left.message) == ("failed", str(dead))
    assert talk.answer(left, say=place.say).status == "answered"


def test_a_question_is_there_after_its_process_was_killed_and_is_answered_from_where_it_was(place):
    ask_and_kill(place.home, OPENED)
    talk = place.open(session="last")
    left = talk.unanswered()
    assert (left.question, left.status) == (OPENED, "asked")
    assert left.considered is not None
    events = []
    answered = talk.answer(left, say=place.say, listeners=[events.append])
    assert (answered.number, answered.status) == (1, "answered")
    assert "12 May 2009" in answered.answer.marked
    assert "align" not in [event.name for event in events]  # what was read before the kill is not read again


def test_what_a_kill_kept_from_memory_is_handed_over_on_return(place):
    talk = place.open(memory=NoMemory())
    asked = talk.sessions.ask(talk.session, "My deadline is 3 May.", talk.clock())
    answer = talk.ask("Thanks!", say=place.say).answer
    talk.sessions.answer(asked.session, asked.number, answer, talk.clock())

    later = place.open(session="last")
    assert later.catch_up() == 1
    assert [turn.id for turn in place.turns()] == [asked.question_id, asked.answer_id]
    assert later.catch_up() == 0


def test_the_session_counts_what_all_its_sittings_spent(place):
    talk = place.open()
    talk.ask(OPENED, say=place.say)
    first = talk.spent().total
    later = place.open(session="last")
    later.ask(BUILT, say=place.say)
    assert first.calls > 0
    assert later.spent().total.calls > first.calls
    assert later.sessions.spend_of(later.session.id).total == later.spent().total
