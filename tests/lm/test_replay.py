import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lm.errors import CacheBroken, ServerFailed
from lm.layer import Replayable
from lm.replay import CallCache, Replay, call_key
from lm.scripted import ScriptedLM
from lm.types import ChatRequest, Message

ROOT = Path(__file__).parents[2]


def ask(text: str = "Hi", **options: object) -> ChatRequest:
    return ChatRequest(messages=(Message(role="user", content=text),), max_tokens=10, **options)


@pytest.fixture
def cache(tmp_path: Path):
    opened = CallCache(tmp_path / "calls.sqlite")
    yield opened
    opened.close()


def test_the_second_call_is_replayed_and_not_made(cache: CallCache):
    model = ScriptedLM(["one", "two"])
    replay = Replay(model, cache)
    assert isinstance(replay, Replayable)
    assert not replay.peek(ask())
    first = replay.chat(ask())
    assert replay.peek(ask())
    second = replay.chat(ask())
    assert (first.is_replayed, second.is_replayed) == (False, True)
    assert second == first.model_copy(update={"is_replayed": True})
    assert len(model.requests) == 1


def test_everything_that_can_change_the_reply_changes_the_key():
    requests = [ask(), ask("Ho"), ask(seed=1), ask(temperature=0.5), ask(stop=("x",)), ask(top_logprobs=1)]
    keys = {call_key(name, request) for name in ("a", "b") for request in requests}
    assert len(keys) == 12


def test_the_key_is_the_same_for_ever():
    # A hand-kept value: if it changes, every cache on every machine is lost.
    assert call_key("m", ask()) == "97c9a8e0821c1fc3ef07a92038c3fa379b60236843fbcde4d5932ae35c0f1f7e"


def test_a_failed_call_is_not_remembered(cache: CallCache):
    replay = Replay(ScriptedLM(["ok"], errors={0: ServerFailed("x")}), cache)
    with pytest.raises(ServerFailed):
        replay.chat(ask())
    assert replay.chat(ask()).text == "ok"


def test_a_stream_is_stored_whole_and_replayed_as_one_piece(cache: CallCache):
    replay = Replay(ScriptedLM(["one two three"]), cache)
    assert len(list(replay.stream(ask()))) == 3
    deltas = list(replay.stream(ask()))
    assert [delta.text for delta in deltas] == ["one two three"]
    assert deltas[0].reply is not None and deltas[0].reply.is_replayed
    assert replay.chat(ask()).text == "one two three"


def test_a_stream_that_nobody_finished_is_not_stored(cache: CallCache):
    replay = Replay(ScriptedLM(["one two three", "four"]), cache)
    stream = replay.stream(ask())
    next(stream)
    stream.close()
    assert not replay.peek(ask())


def test_a_damaged_row_counts_as_missing_and_is_replaced(cache: CallCache, tmp_path: Path):
    replay = Replay(ScriptedLM(["one", "two"]), cache)
    replay.chat(ask())
    with sqlite3.connect(tmp_path / "calls.sqlite") as connection:
        connection.execute("UPDATE calls SET reply = substr(reply, 1, 20)")
    connection.close()
    assert not replay.peek(ask())
    assert replay.chat(ask()).text == "two"
    assert replay.chat(ask()).text == "two"


def test_a_file_that_is_no_database_is_broken(tmp_path: Path):
    (tmp_path / "calls.sqlite").write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(CacheBroken) as caught:
        CallCache(tmp_path / "calls.sqlite")
    assert "move the file away" in caught.value.hint


def test_a_file_of_another_version_is_left_alone(tmp_path: Path):
    path = tmp_path / "calls.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(CacheBroken, match=r"calls\.sqlite: written by a newer .*9; this one knows schema 1") as caught:
        CallCache(path)
    assert "upgrade wellread, or move the file away" in caught.value.hint


WRITER = """
import sys
from pathlib import Path
from lm.replay import CallCache, Replay
from lm.scripted import ScriptedLM
from lm.types import ChatRequest, Message
cache = CallCache(Path(sys.argv[1]))
replay = Replay(ScriptedLM(lambda request: request.messages[0].content), cache)
for n in range(50):
    text = f"{sys.argv[2]} {n}" if n % 2 else f"both {n}"
    assert replay.chat(ChatRequest(messages=(Message(role="user", content=text),), max_tokens=10)).text == text
cache.close()
"""


def test_two_processes_share_a_new_file(tmp_path: Path):
    path = tmp_path / "calls.sqlite"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for name in ("a", "b")
    ]
    for writer in writers:
        assert writer.communicate(timeout=60)[1] == ""
    cache = CallCache(path)
    replay = Replay(ScriptedLM([], name="scripted"), cache)
    assert all(replay.peek(ask(f"{name} {n}")) for name in "ab" for n in range(1, 50, 2))
    cache.close()


def test_threads_share_a_cache(cache: CallCache):
    replay = Replay(ScriptedLM(lambda request: request.messages[0].content), cache)
    wrong: list[str] = []

    def work(name: str) -> None:
        for n in range(40):
            text = f"{name} {n % 20}"
            if replay.chat(ask(text)).text != text:
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(name,)) for name in "aabb"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
