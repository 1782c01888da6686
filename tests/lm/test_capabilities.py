import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lm.capabilities import Capabilities, CapabilityFile, probe
from lm.errors import EndpointRefused
from tests.lm.fault_server import Answer, client, completion, failure, serving


def test_what_is_remembered_is_found_by_url_and_model(tmp_path: Path):
    file = CapabilityFile(tmp_path / "new" / "capabilities.json")
    found = Capabilities(json_schema=False, refused=("seed",), context_tokens=4096, probed_at="t")
    file.remember("http://a/v1", "m", found)
    file.remember("http://a/v1", "n", Capabilities())
    again = CapabilityFile(tmp_path / "new" / "capabilities.json")
    assert again.find("http://a/v1/", "m") == found
    assert again.find("http://b/v1", "m") is None
    assert [path.name for path in (tmp_path / "new").iterdir() if path.suffix != ".lock"] == ["capabilities.json"]


def test_models_that_are_remembered_at_once_are_all_kept(tmp_path: Path):
    names = [f"m{number}" for number in range(24)]

    def remember(name: str) -> None:
        CapabilityFile(tmp_path / "capabilities.json").remember("u", name, Capabilities())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(remember, names))
    assert all(CapabilityFile(tmp_path / "capabilities.json").find("u", name) for name in names)


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"version": 99, "models": {}}', '{"version": 1, "models": 3}'])
def test_a_damaged_file_counts_as_empty_and_is_replaced(tmp_path: Path, content: str):
    path = tmp_path / "capabilities.json"
    path.write_text(content)
    file = CapabilityFile(path)
    assert file.find("u", "m") is None
    file.remember("u", "m", Capabilities())
    assert file.find("u", "m") == Capabilities()


def test_a_damaged_record_counts_as_missing(tmp_path: Path):
    path = tmp_path / "capabilities.json"
    CapabilityFile(path).remember("u", "m", Capabilities())
    path.write_text(path.read_text().replace('"refused": []', '"refused": 5'))
    assert CapabilityFile(path).find("u", "m") is None


def provider(*, obeys: bool, refuses: str = "", has_logprobs: bool = True):
    def answer(body: dict) -> Answer:
        if "path" in body:
            return Answer(body=json.dumps({"object": "list", "data": [{"id": "m", "max_model_len": 777}]}))
        if refuses in body:
            return failure(400, "unsupported", param=refuses)
        if "response_format" in body:
            return completion('{"word": "zibeline"}' if obeys else '{"word": "hello"}')
        steps = [{"token": "Hi", "logprob": -0.1, "top_logprobs": [{"token": "Hi", "logprob": -0.1}]}]
        return completion("Hi", logprobs={"content": steps} if has_logprobs and "logprobs" in body else None)

    return answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (provider(obeys=True), Capabilities(context_tokens=777, probed_at="now")),
        (provider(obeys=False), Capabilities(json_schema=False, context_tokens=777, probed_at="now")),
        (
            provider(obeys=True, refuses="seed"),
            Capabilities(refused=("seed",), context_tokens=777, probed_at="now"),
        ),
        (
            provider(obeys=True, refuses="response_format"),
            Capabilities(json_schema=False, refused=("response_format",), context_tokens=777, probed_at="now"),
        ),
        (
            provider(obeys=True, has_logprobs=False),
            Capabilities(logprobs=False, context_tokens=777, probed_at="now"),
        ),
    ],
)
def test_a_probe_finds_what_the_endpoint_does(answer, expected: Capabilities):
    with serving(answer) as server, client(server) as chat:
        assert probe(chat, now=lambda: "now") == expected
    assert len(server.bodies) <= 5


def test_a_probe_of_an_endpoint_that_refuses_the_key_says_so():
    with serving(failure(401)) as server, client(server) as chat, pytest.raises(EndpointRefused):
        probe(chat, now=lambda: "now")
