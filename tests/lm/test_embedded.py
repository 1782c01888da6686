import json
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from lm.capabilities import probe
from lm.embedded import EmbeddedServer
from lm.errors import ContextOverflow, EndpointUnreachable, LMError, ModelMissing, RequestRejected
from lm.json_reply import ask_for_json
from lm.openai_chat import OpenAIChat
from lm.types import ChatRequest, Frozen, JsonSchema, Message
from lm.window import prompt_bound

ROOT = Path(__file__).parents[2]
HELLO = ChatRequest(messages=(Message(role="user", content="Name a colour."),), max_tokens=12)

PROGRAM = """
import sys, time
from pathlib import Path
from lm.embedded import EmbeddedServer
from lm.types import ChatRequest, Message
server = EmbeddedServer(Path(sys.argv[1]), context_tokens=512, n_parallel=1, n_threads=1).start()
chat = server.chat_model("embedded:m")
sys.stdout.write(server.base_url + "\\n")
sys.stdout.flush()
chat.chat(ChatRequest(messages=(Message(role="user", content="Hi"),), max_tokens=4))
{ending}
"""


def run(gguf: Path, ending: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(ending=ending), str(gguf)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def is_free(base_url: str) -> bool:
    port = httpx.URL(base_url).port
    assert port is not None
    with socket.socket() as probe_socket:
        probe_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe_socket.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.model
@pytest.mark.parametrize(
    ("ending", "code", "words"),
    [
        ("", 0, ""),
        ("raise RuntimeError('crash')", 1, "crash"),
        ("sys.exit(3)", 3, ""),
        ("server.stop()", 0, ""),
    ],
)
def test_however_a_program_ends_the_port_is_free_the_code_right_and_nothing_is_said(
    smollm_gguf: Path, ending: str, code: int, words: str
):
    process = run(smollm_gguf, ending)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert is_free(out.strip())
    assert out.count("\n") == 1
    assert words in err if words else err == ""


@pytest.mark.model
def test_control_c_ends_the_program_with_its_signal_and_frees_the_port(smollm_gguf: Path):
    process = run(smollm_gguf, "time.sleep(60)")
    assert process.stdout is not None
    base_url = process.stdout.readline().strip()
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in err
    assert is_free(base_url)


@pytest.mark.model
def test_control_c_during_a_long_generation_ends_the_program_too(smollm_gguf: Path):
    ending = (
        "chat.chat(ChatRequest(messages=(Message(role='user', content='Count to 500.'),), max_tokens=400))\n"
        "chat.chat(ChatRequest(messages=(Message(role='user', content='Count to 600.'),), max_tokens=400))"
    )
    process = run(smollm_gguf, ending)
    assert process.stdout is not None
    base_url = process.stdout.readline().strip()
    time.sleep(0.7)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert is_free(base_url)


@pytest.mark.model
def test_a_stopped_server_is_gone_and_can_be_started_again(smollm_gguf: Path):
    server = EmbeddedServer(smollm_gguf, context_tokens=512, n_parallel=1, n_threads=1)
    with server:
        first_url = server.base_url
        chat = server.chat_model("embedded:m")
        assert chat.count_tokens("Hello world") == 2
    assert is_free(first_url)
    with pytest.raises(EndpointUnreachable):
        chat.chat(HELLO)
    with pytest.raises(EndpointUnreachable):
        chat.count_tokens("not counted before")
    with pytest.raises(EndpointUnreachable):
        server.chat_model("embedded:m")
    with server:
        assert not is_free(server.base_url)
    chat.close()


@pytest.mark.model
def test_a_server_that_nobody_holds_is_stopped(smollm_gguf: Path):
    server = EmbeddedServer(smollm_gguf, context_tokens=512, n_parallel=1, n_threads=1).start()
    url = server.base_url
    del server
    assert is_free(url)


@pytest.mark.model
def test_a_request_in_flight_fails_when_the_server_stops(smollm_gguf: Path):
    failures: list[LMError] = []
    server = EmbeddedServer(smollm_gguf, context_tokens=2048, n_parallel=1, n_threads=1).start()
    chat = server.chat_model("embedded:m")

    def ask() -> None:
        try:
            while True:
                chat.chat(HELLO.model_copy(update={"max_tokens": 1500}))
        except LMError as error:
            failures.append(error)

    def stream() -> None:
        try:
            while True:
                list(chat.stream(HELLO.model_copy(update={"max_tokens": 1500})))
        except LMError as error:
            failures.append(error)

    threads = [threading.Thread(target=target) for target in (ask, stream, ask)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    server.stop()
    for thread in threads:
        thread.join(timeout=20)
    assert [type(error) for error in failures] == [EndpointUnreachable] * 3
    chat.close()


@pytest.mark.model
def test_without_reuse_of_prompts_a_reply_does_not_hang_on_what_was_asked_before(smollm_gguf: Path):
    words = " ".join(f"{n} ships lay off the coast of Norway in {1900 + n}." for n in range(20))
    asked = Message(role="user", content=f"{words} How many ships lay there?")
    request = ChatRequest(messages=(asked,), max_tokens=12, top_logprobs=1)
    with EmbeddedServer(smollm_gguf, context_tokens=1024, n_parallel=1, n_threads=1) as server:
        chat = server.chat_model("embedded:m", reuse_prefix=False)
        other = server.chat_model("embedded:n", reuse_prefix=False)
        fresh = chat.chat(request).log_probs
        assert fresh
        assert chat.chat(request).log_probs == fresh
        # The same first half, then other words: the server would begin in the middle of the next prompt if it might.
        half = asked.model_copy(update={"content": asked.content[: len(words) // 2]})
        other.chat(request.model_copy(update={"messages": (half,)}))
        assert chat.chat(request).log_probs == fresh
        assert list(chat.stream(request))[-1].reply.log_probs == fresh
        other.chat(request.model_copy(update={"messages": (half,), "reuse_prefix": True}))
        assert chat.chat(request.model_copy(update={"reuse_prefix": True})).log_probs != fresh
        chat.close()
        other.close()


@pytest.mark.model
def test_each_parallel_request_has_the_whole_window(smollm_gguf: Path):
    with EmbeddedServer(smollm_gguf, context_tokens=600, n_parallel=3, n_threads=1) as server:
        chat = server.chat_model("embedded:m")
        advertised = chat.advertised_context_tokens()
        assert advertised is not None and 600 <= advertised < 900  # rounded up by llama.cpp
        with pytest.raises(ContextOverflow):
            chat.chat(HELLO.model_copy(update={"max_tokens": 580}))
        # Near the edge of the window the server itself accepts what our bound lets through.
        text = "word " * 500
        reply = chat.chat(ChatRequest(messages=(Message(role="user", content=text),), max_tokens=20))
        assert reply.usage.prompt_tokens > 500
        chat.close()


@pytest.mark.model
def test_a_window_beyond_the_models_own_is_refused(smollm_gguf: Path):
    with pytest.raises(RequestRejected, match="8192"):
        EmbeddedServer(smollm_gguf, context_tokens=16384, n_parallel=1, n_threads=1).start()


def test_a_missing_or_broken_file_is_a_missing_model(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    with pytest.raises(ModelMissing, match="no model file"):
        EmbeddedServer(tmp_path / "none.gguf", n_threads=1).start()
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and then nothing of the kind" * 100)
    with pytest.raises(ModelMissing, match="cannot load"):
        EmbeddedServer(broken, n_threads=1).start()
    assert capfd.readouterr() == ("", "")


@pytest.mark.model
def test_the_key_is_required(smollm_gguf: Path):
    with EmbeddedServer(smollm_gguf, context_tokens=512, n_parallel=1, n_threads=1) as server:
        answer = httpx.post(f"{server.base_url}/chat/completions", json={"messages": []}, trust_env=False)
    assert answer.status_code == 401


@pytest.mark.model
def test_one_thread_computes_when_one_is_asked_for(embedded_chat: OpenAIChat):
    started, cpu = time.perf_counter(), time.process_time()
    embedded_chat.chat(HELLO.model_copy(update={"max_tokens": 100}))
    # Two computing threads would take 2 s of CPU a second.
    assert time.process_time() - cpu < 1.4 * (time.perf_counter() - started) + 0.1


@pytest.mark.model
@pytest.mark.parametrize(
    "messages",
    [
        (Message(role="user", content="Hello world"),),
        (Message(role="system", content="Be kind."), Message(role="user", content="Zwölf Boxkämpfer 🥊")),
        (
            Message(role="user", content="Hi"),
            Message(role="assistant", content="<|im_end|> is a token"),
            Message(role="user", content="{}[]\n\n\t" * 20),
        ),
    ],
)
def test_the_prompt_bound_is_never_below_the_servers_own_count(
    embedded_chat: OpenAIChat, messages: tuple[Message, ...]
):
    reply = embedded_chat.chat(ChatRequest(messages=messages, max_tokens=1))
    bound = prompt_bound(messages, embedded_chat.count_tokens)
    assert reply.usage.prompt_tokens <= bound <= reply.usage.prompt_tokens + 60


@pytest.mark.model
def test_streamed_and_whole_replies_agree_at_temperature_zero(embedded_chat: OpenAIChat):
    whole = embedded_chat.chat(HELLO)
    deltas = list(embedded_chat.stream(HELLO))
    reply = deltas[-1].reply
    assert reply is not None
    assert reply.text == "".join(delta.text for delta in deltas) == whole.text
    assert (reply.usage, reply.finish_reason) == (whole.usage, whole.finish_reason)
    assert all(delta.reply is None for delta in deltas[:-1])


@pytest.mark.model
def test_two_threads_are_served_at_once_and_neither_gets_the_others_reply(embedded_chat: OpenAIChat):
    class Echo(Frozen):
        word: str

    words = ["heron", "quartz"]
    echoes: dict[str, str] = {}

    def ask(word: str) -> None:
        schema = Echo.model_json_schema()
        schema["properties"]["word"] = {"type": "string", "enum": [word]}
        constraint = JsonSchema(name="Echo", schema_text=json.dumps(schema))
        reply = embedded_chat.chat(HELLO.model_copy(update={"max_tokens": 40, "json_schema": constraint}))
        echoes[word] = json.loads(reply.text)["word"]

    threads = [threading.Thread(target=ask, args=(word,)) for word in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert echoes == {word: word for word in words}


@pytest.mark.model
def test_a_schema_is_obeyed_and_log_probs_are_negative_nats(embedded_chat: OpenAIChat):
    class Colour(Frozen):
        red: bool

    assert isinstance(ask_for_json(embedded_chat, HELLO.model_copy(update={"max_tokens": 60}), Colour).red, bool)
    reply = embedded_chat.chat(HELLO.model_copy(update={"top_logprobs": 3}))
    assert reply.log_probs is not None and len(reply.log_probs) >= 3
    assert all(step.log_prob_nats <= 0 and len(step.top) == 3 for step in reply.log_probs)
    assert "".join(step.token for step in reply.log_probs).strip() == reply.text.strip()


@pytest.mark.model
def test_a_probe_finds_what_llama_cpp_can_do(embedded_chat: OpenAIChat):
    found = probe(embedded_chat, now=lambda: "2026-01-01T00:00:00Z")
    assert (found.json_schema, found.logprobs, found.refused) == (True, True, ())
    assert found.context_tokens == 4096
    assert found.probed_at == "2026-01-01T00:00:00Z"
