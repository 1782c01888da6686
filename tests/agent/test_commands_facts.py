"""`wellread facts` from the command line; the helper is an endpoint of this test, or says nothing."""

import json

import pytest

from agent.home import Home
from agent.main import run
from agent.relations.note_store import notes_in
from tests.lm.fault_server import completion, serving

REPLY = """```python
results = [
    Quantity(subject="Brenholt cableway", measure="cabins", value=38, unit="cabins"),
    Quantity(subject="Brenholt cableway", measure="cabins", value=24, unit="cabins"),
    Person(name="Sherlock Holmes"),
    __import__("os"),
]
```"""


@pytest.fixture(scope="module")
def home(static_models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("facts")
    papers = folder / "papers"
    papers.mkdir()
    (papers / "old.md").write_text("# The old cableway\n\nThe Brenholt cableway has 38 cabins.\n")
    (papers / "new.md").write_text("# The new cableway\n\nThe Brenholt cableway has 24 cabins.\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WELLREAD_MODELS", str(static_models))
        assert run(["ingest", str(papers), "--home", str(folder / "home"), "-q"]) == 0
    return folder / "home"


@pytest.fixture
def call(home, models_dir, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("WELLREAD_MODELS", str(models_dir))
    monkeypatch.setenv("WELLREAD_HOME", str(home))
    monkeypatch.setenv("WELLREAD_ROLES__EMBEDDER__MODEL", "embedded:minilm-static")
    monkeypatch.setenv("WELLREAD_ROLES__HELPER__MODEL", "scripted")
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()

    def called(*argv):
        code = run(["facts", *argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


@pytest.mark.model
def test_facts_are_shown_with_quotations_places_refusals_and_contradictions(call, monkeypatch):
    with serving(completion(REPLY)) as server:
        monkeypatch.setenv("WELLREAD_ROLES__HELPER__BASE_URL", server.base_url)
        code, text, _ = call("cabins of the cableway", "--model", "openai:m")
        _, shown, _ = call("cabins of the cableway", "--model", "openai:m", "--json")
    assert code == 0
    assert "Quantity(subject='Brenholt cableway', measure='cabins', value=38, unit='cabins')" in text
    assert "“The Brenholt cableway has 38 cabins.”" in text
    assert "The old cableway (old.md, " in text
    assert "contradictions:\n  cabins of Brenholt cableway" in text
    assert "name_not_found: 'Sherlock Holmes' is not said" in text
    found = json.loads(shown)
    assert {fact["stated"]["value"] for fact in found["facts"]} == {"38", "24"}
    assert found["rejected_by_code"] == {"unknown_type": 2, "number_not_found": 2, "name_not_found": 2}
    assert len(found["contradictions"]) == 1


@pytest.mark.model
def test_a_document_is_read_by_title_or_id(call):
    for name in ("The old cableway", "old.md", "OLD.MD"):
        code, shown, err = call("--document", name, "--json")
        found = json.loads(shown)
        assert (code, found["passages"], found["unreadable"]) == (0, 1, 1)
        assert "old.md: 0 facts" in err


@pytest.mark.model
def test_a_query_within_a_document_reads_that_document_only(call):
    _, _, err = call("cabins", "--document", "new.md")
    assert "new.md" in err
    assert "old.md" not in err


@pytest.mark.model
def test_what_cannot_be_read_has_its_exit_code(call, home, tmp_path):
    assert call()[0] == 2
    assert call("  ")[0] == 2
    assert call("--document", "nowhere.md")[0] == 5
    assert call("cabins", "--home", str(tmp_path / "empty"))[0] == 5
    (home / "calls.sqlite").unlink(missing_ok=True)  # what was answered before costs nothing
    assert call("cabins", "--max-tokens", "10")[0] == 3


@pytest.mark.model
def test_the_rule_needs_no_model_and_reads_no_relations(call):
    code, shown, _ = call("cabins of the cableway", "--by", "rule", "--json")
    assert (code, json.loads(shown)["unreadable"]) == (0, 0)
    code, _, err = call("cabins of the cableway", "--by", "rule", "--keep")
    assert code == 2
    assert "reads no relations" in err
    for flag, value in (("--model", "openai:m"), ("--max-tokens", "9"), ("--max-usd", "1"), ("--max-seconds", "0")):
        code, _, err = call("cabins of the cableway", "--by", "rule", flag, value)
        assert code == 2
        assert f"the rule calls no model: {flag}" in err


@pytest.mark.model
def test_kept_relations_are_notes_that_a_search_may_follow(call, home, monkeypatch):
    names = "head_entity=Entity(name='Brenholt cableway'), tail_entity=Entity(name='cabins')"
    with serving(completion(f"[Relation({names}, trigger='has 38')]")) as server:
        monkeypatch.setenv("WELLREAD_ROLES__HELPER__BASE_URL", server.base_url)
        _, _, err = call("--document", "old.md", "--model", "openai:m", "--keep")
    assert "kept 1 notes on pairs of names" in err
    (note,) = notes_in(Home(home).memory)
    assert note.text == "Brenholt cableway has 38 cabins."
