import contextlib
import json
import socket
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from agent.chat_models import Backends, ChatModels, name_of, price_table, reach, size_table
from agent.config import ConfigError
from agent.model_settings import ModelPrice, ModelSize, Roles, RoleSettings
from agent.settings import Settings
from lm.catalog import QWEN_CODER, SMOLLM2
from lm.errors import EndpointRefused, EndpointUnreachable, ModelMissing, PriceUnknown
from lm.metering import Budget, Meter
from lm.replay import CallCache
from lm.types import ChatRequest, Message

HELLO = ChatRequest(messages=(Message(role="user", content="Say hello."),), max_tokens=8)
REPLY = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "tiny",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello."}}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
}


@pytest.fixture
def endpoint():
    """An OpenAI-compatible endpoint on this machine that accepts the key `right`, and what it was asked."""
    asked = []

    class Endpoint(BaseHTTPRequestHandler):
        def answer(self, content):
            asked.append((self.path, self.headers.get("Authorization")))
            is_allowed = self.headers.get("Authorization") in ("Bearer right", "Bearer none", None)
            body = json.dumps(content if is_allowed else {"error": {"message": "bad key"}}).encode()
            self.send_response(200 if is_allowed else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.answer({"data": []})

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(REPLY)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1", asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def opened(tmp_path):
    @contextmanager
    def open_models(writer, *, offline=False, prices=None, budget=None, **roles):
        settings = Settings(
            home=tmp_path,
            models_dir=tmp_path / "models",
            offline=offline,
            prices=prices or {},
            roles=Roles(writer=writer, **{"helper": writer, "judge": writer, **roles}),
        )
        with ExitStack() as stack:
            cache = stack.enter_context(closing(CallCache(tmp_path / "calls.sqlite")))
            meter = Meter(budget or Budget(), price_table(settings), time.monotonic)
            yield ChatModels(settings, Backends(settings, stack), cache=cache, meter=meter), meter

    return open_models


def test_a_call_goes_to_the_endpoint_once_and_is_replayed_after(opened, endpoint):
    url, asked = endpoint
    writer = RoleSettings(model="openai:tiny", base_url=url)
    with opened(writer) as (models, meter):
        model = models.open("writer")
        assert model.chat(HELLO).text == "Hello."
        assert model.chat(HELLO).is_replayed
        assert meter.spent().by_role["writer"].calls == 1
    with opened(writer) as (models, meter):
        assert models.open("writer").chat(HELLO).is_replayed
    assert [path for path, _ in asked].count("/v1/chat/completions") == 1


def test_the_key_comes_from_the_named_variable(opened, endpoint, monkeypatch):
    url, asked = endpoint
    monkeypatch.setenv("KEY_OF_TINY", "right")
    with opened(RoleSettings(model="openai:tiny", base_url=url, api_key_env="KEY_OF_TINY")) as (models, _):
        models.open("writer").chat(HELLO)
    assert {key for _, key in asked} == {"Bearer right"}


def test_a_wrong_key_is_refused_at_the_start(opened, endpoint, monkeypatch):
    monkeypatch.setenv("KEY_OF_TINY", "wrong")
    chosen = RoleSettings(model="openai:tiny", base_url=endpoint[0], api_key_env="KEY_OF_TINY")
    with opened(chosen) as (models, _), pytest.raises(EndpointRefused, match="401") as caught:
        models.open("writer")
    assert "wrong" not in str(caught.value)


def test_a_missing_key_is_named_before_anything_is_sent(opened, endpoint):
    url, asked = endpoint
    chosen = RoleSettings(model="openai:tiny", base_url=url, api_key_env="NO_SUCH_KEY_HERE")
    with opened(chosen) as (models, _), pytest.raises(ConfigError, match="NO_SUCH_KEY_HERE"):
        models.open("writer")
    assert asked == []


def test_a_dead_endpoint_is_one_clear_error_at_once():
    began = time.monotonic()
    with pytest.raises(EndpointUnreachable, match=r"nothing answers at http://127.0.0.1:9/v1") as caught:
        reach("http://127.0.0.1:9/v1", "")
    assert time.monotonic() - began < 5
    assert "base_url" in caught.value.hint


@pytest.mark.parametrize(
    "chosen",
    [
        RoleSettings(model="openai:gpt"),
        RoleSettings(model="openai:gpt", base_url="https://models.example.org/v1"),
        RoleSettings(model="langchain:anthropic:some"),
    ],
)
def test_offline_refuses_every_endpoint_elsewhere(opened, chosen):
    with opened(chosen, offline=True) as (models, _), pytest.raises(ConfigError, match="offline is set"):
        models.open("writer")


def test_offline_allows_an_endpoint_on_this_machine(opened, endpoint):
    with opened(RoleSettings(model="openai:tiny", base_url=endpoint[0]), offline=True) as (models, _):
        assert models.open("writer").chat(HELLO).text == "Hello."


def test_the_same_model_at_another_endpoint_has_another_name_and_the_same_price():
    here = RoleSettings(model="openai:tiny", base_url="http://127.0.0.1:1/v1")
    there = RoleSettings(model="openai:tiny", base_url="http://127.0.0.1:2/v1")
    assert name_of(here) == "openai:tiny@127.0.0.1:1" != name_of(there)
    settings = Settings(roles=Roles(writer=here, judge=there), prices={"openai:tiny": ModelPrice(input=1, output=2)})
    table = price_table(settings)
    assert table.find(name_of(here)) == table.find(name_of(there)) == table.find("openai:tiny")


def test_what_is_said_of_a_model_at_one_endpoint_holds_there():
    here = RoleSettings(model="openai:tiny", base_url="http://127.0.0.1:1/v1")
    prices = {"openai:tiny": ModelPrice(input=1, output=2), name_of(here): ModelPrice(input=0, output=0)}
    table = price_table(Settings(roles=Roles(writer=here), prices=prices))
    assert (table.find(name_of(here)).input, table.find("openai:tiny").input) == (0.0, 1.0)


def test_sizes_are_the_catalogues_and_the_users_and_nothing_is_made_up():
    there = RoleSettings(model="openai:tiny", base_url="http://127.0.0.1:2/v1")
    given = {"openai:tiny": ModelSize(parameters=8.0e9, layers=32, width=4096)}
    table = size_table(Settings(roles=Roles(writer=there), sizes=given))
    assert table.find("embedded:smollm2-135m") == SMOLLM2.size
    assert table.find("embedded:qwen2.5-coder-1.5b") == QWEN_CODER.size
    assert table.find(name_of(there)) == table.find("openai:tiny")
    assert table.find("openai:tiny").parameters == 8_000_000_000
    assert table.find("openai:other") is None


def test_limited_money_and_an_unknown_price_stop_before_the_endpoint_is_asked(opened, endpoint):
    url, asked = endpoint
    chosen = RoleSettings(model="openai:tiny", base_url=url)
    with opened(chosen, budget=Budget(max_usd=1.0)) as (models, _), pytest.raises(PriceUnknown):
        models.open("writer")
    assert asked == []


def test_a_missing_embedded_model_names_the_command_that_gets_it(opened):
    with opened(RoleSettings()) as (models, _), pytest.raises(ModelMissing) as caught:
        models.open("writer")
    assert caught.value.hint == "wellread models pull smollm2-135m"


def test_the_scripted_model_says_nothing_and_costs_nothing(opened):
    with opened(RoleSettings(model="scripted"), budget=Budget(max_usd=0.01)) as (models, meter):
        assert models.open("writer").chat(HELLO).text == ""
        assert meter.spent().total.usd == 0.0


@pytest.mark.model
def test_roles_that_name_the_same_embedded_model_share_one_server(tmp_path, smollm_gguf, models_dir):
    judge = RoleSettings(context_tokens=2048, n_threads=1, n_parallel=1)
    writer = RoleSettings(context_tokens=1024, n_threads=1, n_parallel=1)
    settings = Settings(home=tmp_path, models_dir=models_dir, roles=Roles(writer=writer, judge=judge, helper=writer))
    with ExitStack() as stack:
        cache = stack.enter_context(closing(CallCache(tmp_path / "calls.sqlite")))
        backends = Backends(settings, stack)
        models = ChatModels(
            settings,
            backends,
            cache=cache,
            meter=Meter(Budget(), price_table(settings), time.monotonic),
        )
        asked = [models.open("writer"), models.open("judge")]
        assert [model.context_tokens for model in asked] == [2048, 2048]
        assert len(backends._servers) == 1
        assert asked[0].chat(HELLO).text
        assert asked[1].chat(HELLO).is_replayed


def test_an_endpoint_whose_body_drips_in_is_reached_by_its_status():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                connection.recv(1)  # until the client has gone: the body never comes

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        reach(f"http://127.0.0.1:{server.getsockname()[1]}/v1", "")
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_an_endpoint_whose_head_drips_in_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while True:
                    connection.sendall(b"x")
                    time.sleep(0.05)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        started = time.perf_counter()
        with pytest.raises(EndpointUnreachable, match="nothing answers"):
            reach(f"http://127.0.0.1:{server.getsockname()[1]}/v1", "", limit_s=0.3)
        assert time.perf_counter() - started < 1.0
        thread.join(timeout=10)
        assert not thread.is_alive()
