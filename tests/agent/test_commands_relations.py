"""`wellread corpus relate` and `relations` from the command line; the helper is an endpoint of this test."""

import json
import re

import pytest

from agent.main import run
from tests.lm.fault_server import Answer, completion, serving

DOCUMENTS = {
    "paid.md": "# The payments\n\nIn spring it was Lene Marsk who paid Harrow Consult for 12 visits.\n",
    "owned.md": "# The owners\n\nThe owner of Harrow Consult was Petra Fenn.\n",
    "tide.md": "# The tide\n\nThe tide rose by two metres.\n",
    "bread.md": "# Bread\n\nA loaf wants flour, water and salt.\n",
}


def relating(says="{} belong to one lawsuit."):
    """Relates the names that it is asked on as `says` has it; for JSON it lists no entity."""

    def answer(asked):
        if "messages" not in asked:
            return Answer(body='{"data": []}')
        names = re.findall(r"^Names: (.*)$", asked["messages"][-1]["content"], re.MULTILINE)
        return completion(says.format(names[0].replace("; ", " and ")) if names else '{"summary": "", "entities": []}')

    return answer


@pytest.fixture
def call(static_models, monkeypatch, capsys, tmp_path):
    """Run `wellread` with --json over a home of four documents: exit code, what it put out, stderr."""
    (tmp_path / "papers").mkdir()
    for name, text in DOCUMENTS.items():
        (tmp_path / "papers" / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WELLREAD_MODELS", str(static_models))
    monkeypatch.setenv("WELLREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WELLREAD_ROLES__EMBEDDER__MODEL", "embedded:minilm-static")

    def called(*argv):
        code = run([*argv, "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out.strip() else None, said.err

    with serving(relating()) as server:
        monkeypatch.setenv("WELLREAD_ROLES__HELPER__MODEL", "openai:m")
        monkeypatch.setenv("WELLREAD_ROLES__HELPER__BASE_URL", server.base_url)
        called("ingest", "papers")
        yield called


@pytest.mark.model
def test_notes_are_written_listed_followed_skipped_and_removed(call, monkeypatch):
    code, made, err = call("corpus", "relate", "--calls", "1")
    assert (code, made["calls"], made["notes"], made["stopped_by"]) == (0, 1, 1, None)
    assert made["written"][0]["entities"] == ["Lene Marsk", "Petra Fenn"]
    assert made["written"][0]["bridge"] == "Harrow Consult"
    assert "1/1 Lene Marsk – Petra Fenn: noted" in err
    code, again, _ = call("corpus", "relate", "--calls", "1")
    assert (code, again["calls"], again["known"]) == (0, 0, 1)

    (note,) = call("corpus", "relations")[1]["notes"]
    assert note["text"] == "Lene Marsk and Petra Fenn belong to one lawsuit."
    assert {parent["document"] for parent in note["parents"]} == {"paid.md", "owned.md"}
    assert not note["is_stale"]

    assert not any("note" in hit["led_by"] for hit in call("search", "a lawsuit")[1]["hits"])
    monkeypatch.setenv("WELLREAD_SEARCH__RELATIONS", "on")
    hits = call("search", "a lawsuit", "-k", "2")[1]["hits"]
    assert {hit["document"] for hit in hits} == {"paid.md", "owned.md"}
    assert {hit["led_by"] for hit in hits} == {"a note on Lene Marsk and Petra Fenn"}

    call("corpus", "rm", "owned.md")
    assert call("corpus", "relations")[1]["notes"][0]["is_stale"]
    assert not any("note" in hit["led_by"] for hit in call("search", "a lawsuit")[1]["hits"])
    assert call("corpus", "relate")[0] == 5  # nothing is left to relate
    assert call("corpus", "relations")[1]["notes"] == []


@pytest.mark.model
def test_a_refused_note_is_listed_with_its_reasons_and_not_among_the_notes(call, monkeypatch):
    with serving(relating("{} were paid 99 times.")) as server:
        monkeypatch.setenv("WELLREAD_ROLES__HELPER__BASE_URL", server.base_url)
        code, made, _ = call("corpus", "relate")
    assert (code, made["written"], len(made["refused"])) == (0, [], 1)
    assert call("corpus", "relations")[1] == {"notes": []}
    (refused,) = call("corpus", "relations", "--refused")[1]["refused"]
    assert "the number 99 is not in the passages" in refused["reasons"]


@pytest.mark.model
def test_exit_codes_of_relate(call, tmp_path):
    assert call("corpus", "relate", "--topic", " ")[0] == 2
    assert call("corpus", "relate", "--calls", "0")[0] == 2
    assert call("corpus", "relate", "--max-tokens", "10")[0] == 3
    code, made, _ = call("corpus", "relate", "--full", "--calls", "2")
    assert (code, made["calls"], made["stopped_by"]) == (3, 2, "calls")
    assert call("corpus", "relate", "--full", "--calls", "9")[0] == 0  # four documents, no entities
    assert call("corpus", "relate", "--home", str(tmp_path / "empty"))[0] == 5
    assert call("corpus", "relations", "--home", str(tmp_path / "empty"))[0] == 5


@pytest.mark.model
def test_a_topic_says_which_pairs_come_first(call):
    code, made, _ = call("corpus", "relate", "--topic", "who paid Harrow Consult")
    assert (code, made["topic"], len(made["written"])) == (0, "who paid Harrow Consult", 1)


@pytest.mark.model
def test_only_pairs_on_the_topic_are_paid_for_though_others_weigh_more(call, tmp_path):
    ferry = {
        f"ferry{n}.md": f"# The ferry, part {n}\n\nThe ferry over the Kelder Sound was steered by {who} in rain.\n"
        for n, who in enumerate(("Olga Brandt", "Jens Stiller", "Mona Reiff"))
    }
    weirs = {f"weir{n}.md": f"# Weirs {n}\n\nIn rain a weir of row {n} is steered.\n" for n in range(40)}
    for name, text in (ferry | weirs).items():
        (tmp_path / "papers" / name).write_text(text, encoding="utf-8")
    call("ingest", "papers")

    def names(*argv):
        return [note["entities"] for note in call("corpus", "relate", *argv)[1]["written"]]

    found = names("--topic", "who steered the ferry in rain")
    assert len(found) == 3
    assert all({*pair} < {"Olga Brandt", "Jens Stiller", "Mona Reiff"} for pair in found)
    assert names("--calls", "1") == [["Lene Marsk", "Petra Fenn"]]  # it weighs most of all
