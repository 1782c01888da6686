"""Sessions in a real file: what a kill leaves, who may continue one, and what forgetting removes."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.chat.records import Answer, AnswerSentence, Considered, Kept, RecalledNote
from agent.chat.sessions import ChatStore, held
from agent.errors import FileBroken, RunBusy, UsageProblem
from lm.spending import RoleSpend, Spend
from memory.units import Span

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "chats.sqlite"


@pytest.fixture
def store(path):
    with ChatStore(path) as store:
        yield store


def answer(text="It is 1,140 metres long."):
    return Answer(sentences=(AnswerSentence(text=text, sources=(1,)),))


def test_a_question_is_there_before_its_answer_and_with_it_afterwards(store):
    session = store.begin("user", NOON)
    asked = store.ask(session, "How long is it?", NOON)
    assert store.exchanges(session.id) == [asked]
    assert (asked.number, asked.status, asked.answer) == (1, "asked", None)

    considered = Considered(question="How long is the barrage?", rewritten_by="rules", recalled=(
        RecalledNote(id="u1", text="User: hello", speaker="User", at=NOON, score=0.5, channels={"words": 1.0}),
    ))  # fmt: skip
    store.consider(session.id, 1, considered)
    store.answer(session.id, 1, answer(), NOON + timedelta(seconds=5))
    store.remembered(session.id, 1, Kept(units=2))
    whole = store.exchange(session.id, 1)
    assert (whole.status, whole.answer, whole.considered) == ("answered", answer(), considered)
    assert (whole.kept, whole.answered_at) == (Kept(units=2), NOON + timedelta(seconds=5))


def test_a_session_without_a_question_leaves_no_trace(store):
    store.begin("user", NOON)
    assert store.sessions() == []


def test_questions_of_a_session_are_numbered_for_themselves(store):
    one, two = store.begin("user", NOON), store.begin("project", NOON)
    numbers = [store.ask(session, "Why?", NOON).number for session in (one, two, one)]
    assert numbers == [1, 1, 2]


def test_the_session_where_something_was_asked_last_is_the_last(store):
    one, two = store.begin("user", NOON), store.begin("user", NOON + timedelta(hours=1))
    store.ask(one, "First?", NOON)
    store.ask(two, "Second?", NOON + timedelta(hours=1))
    assert store.find("last").id == two.id
    store.ask(one, "Third?", NOON + timedelta(hours=2))
    assert (store.find("last").id, store.find("last").n_exchanges) == (one.id, 2)
    assert store.find(two.id[-6:]).title == "Second?"


def test_a_session_that_is_not_there_is_refused_with_those_that_are(store):
    session = store.begin("user", NOON)
    store.ask(session, "Why?", NOON)
    with pytest.raises(UsageProblem, match="there is no session 'nowhere'") as refused:
        store.find("nowhere")
    assert session.id in refused.value.hint


def test_spending_of_a_session_is_kept(store):
    session = store.begin("user", NOON)
    store.ask(session, "Why?", NOON)
    assert store.spend_of(session.id).total.tokens == 0
    store.keep_spend(session.id, Spend(by_role={"writer": RoleSpend(calls=1, prompt_tokens=7)}))
    assert store.spend_of(session.id).total.tokens == 7


def test_what_is_forgotten_is_not_in_the_bytes_of_the_file(store, path):
    session = store.begin("user", NOON)
    store.ask(session, "My safe opens with zanzibar.", NOON)
    store.answer(session.id, 1, answer("Noted: zanzibar."), NOON)
    store.ask(session, "How long is the barrage?", NOON)
    (gone,) = store.forget([f"{session.id}:1:q", "other:2:q"])
    assert gone.question == "My safe opens with zanzibar."
    files = path.parent.glob("chats.sqlite*")
    assert b"zanzibar" not in b"".join(file.read_bytes() for file in files)
    assert [one.status for one in store.exchanges(session.id)] == ["forgotten", "asked"]
    assert store.forget([f"{session.id}:1:a"]) == []


def test_a_damaged_file_is_named_with_what_its_loss_costs(path):
    path.parent.mkdir()
    path.write_bytes(b"no database at all, and longer than a header of one hundred bytes" * 3)
    with pytest.raises(FileBroken, match="damaged") as broken:
        ChatStore(path)
    assert "long-term memory is not" in broken.value.hint


def test_a_damaged_answer_is_named_and_not_a_bug(store, path):
    session = store.begin("user", NOON)
    store.ask(session, "Why?", NOON)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE exchanges SET answer = '{torn'")
    with pytest.raises(FileBroken):
        store.exchanges(session.id)


def test_a_session_belongs_to_one_process_at_a_time(tmp_path):
    with held(tmp_path, "s"), pytest.raises(RunBusy, match="another process is in session s"), held(tmp_path, "s"):
        pass
    with held(tmp_path, "s"), held(tmp_path, "t"):
        pass


def test_a_question_survives_the_kill_of_its_process(path):
    program = (
        "import os, signal, sys; from datetime import UTC, datetime; from pathlib import Path;"
        "from agent.chat.sessions import ChatStore;"
        "store = ChatStore(Path(sys.argv[1])); now = datetime.now(UTC);"
        "store.ask(store.begin('user', now), 'Who warned them?', now); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert os.path.exists(path)
    with ChatStore(path) as store:
        (left,) = store.exchanges(store.find("last").id)
    assert (left.question, left.status) == ("Who warned them?", "asked")


def test_recalled_spans_move_with_their_sentences():
    recalled = AnswerSentence(text="You said: “blue”.", memories=(1,), recalled=Span(start=11, end=15))
    text, (span,) = Answer(sentences=(AnswerSentence(text="It is so.", sources=(2,)), recalled)).plain()
    assert text == "It is so. You said: “blue”."
    assert text[span.start : span.end] == "blue"
