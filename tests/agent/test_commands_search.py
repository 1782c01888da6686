import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent.home import Home
from agent.main import run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def place(static_models, tmp_path_factory):
    """Papers, and a home to ingest them into, for as long as this module runs."""
    folder = tmp_path_factory.mktemp("search")
    papers = folder / "papers"
    papers.mkdir()
    (papers / "tide.md").write_text("# The tide\n\nThe tide rose by two metres in one night.\n\n## After\n\nIt fell.")
    (papers / "wind.txt").write_text("The wind blew from the west for nine days.")
    (papers / "broken.pdf").write_bytes(b"this is no PDF")
    return folder


@pytest.fixture
def call(place, models_dir, monkeypatch, capsys):
    """Run a command with --json in this module's home; its exit code, its result and its stderr."""
    monkeypatch.setenv("WELLREAD_MODELS", str(models_dir))
    monkeypatch.setenv("WELLREAD_HOME", str(place / "home"))
    monkeypatch.setenv("WELLREAD_ROLES__EMBEDDER__MODEL", "embedded:minilm-static")
    monkeypatch.chdir(place)

    def called(*argv):
        code = run([*argv, "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else None, said.err

    return called


@pytest.mark.model
def test_ingest_reads_what_it_can_quarantines_the_rest_and_indexes(call):
    code, found, _ = call("ingest", "papers")
    assert code == 0
    assert found["added"] + found["unchanged"] == 2
    assert [bad["path"] for bad in found["quarantined"]] == ["broken.pdf"]
    assert found["index"] == f"{found['corpus']['passages']} passages"


@pytest.mark.model
def test_ingest_again_does_nothing(call):
    call("ingest", "papers")
    _, found, _ = call("ingest", "papers")
    assert (found["added"], found["changed"], found["removed"], found["unchanged"]) == (0, 0, 0, 2)


@pytest.mark.model
def test_ingest_of_nothing_readable_is_a_corpus_error(call, place):
    (place / "empty").mkdir(exist_ok=True)
    code, found, err = call("ingest", "empty")
    assert (code, found) == (5, None)
    assert "CorpusEmpty" in err
    assert call("ingest", "nowhere")[0] == 5


@pytest.mark.model
def test_search_shows_where_a_passage_stands(call, place):
    call("ingest", "papers")
    code, found, _ = call("search", "how high was the tide", "-k", "1")
    assert code == 0
    hit = found["hits"][0]
    assert hit["document"] == "tide.md"
    assert hit["title"] == "The tide"
    assert "two metres" in hit["text"]
    assert hit["ranks"]
    stored = call("corpus", "show", "tide.md", "--text")[1]["text"]
    assert stored[hit["start"] : hit["end"]] == hit["text"]


@pytest.mark.model
@pytest.mark.parametrize("mode", ["bm25", "static", "hybrid"])
def test_every_mode_finds_documents_too(call, mode):
    call("ingest", "papers")
    code, found, _ = call("search", "wind from the west", "--documents", "--mode", mode, "--k", "1")
    assert code == 0
    assert found["documents"][0]["id"] == "wind.txt"


@pytest.mark.model
def test_an_option_that_would_be_ignored_is_an_error(call):
    assert call("search", "x", "--mode", "dense")[0] == 2
    assert call("search", "x", "--documents", "--explain")[0] == 2
    assert call("search", " ")[0] == 2


@pytest.mark.model
@pytest.mark.parametrize("mode", ["hybrid", "rrf", "pagerank"])
def test_without_the_dense_model_a_search_goes_on_and_says_so(call, place, models_dir, monkeypatch, mode):
    call("ingest", "papers")
    only_static = place / f"models-{mode}"
    only_static.mkdir()
    (only_static / "minilm-static").symlink_to(models_dir / "minilm-static")
    monkeypatch.setenv("WELLREAD_MODELS", str(only_static))
    monkeypatch.setenv("WELLREAD_ROLES__EMBEDDER__MODEL", "embedded:minilm")
    code, found, err = call("search", "wind from the west", "--mode", mode)
    assert (code, found["hits"][0]["document"]) == (0, "wind.txt")
    assert err == "searching without the dense encoder: minilm is not here (`wellread models pull minilm`)\n"
    code, found, err = call("search", "wind", "--mode", "dense")
    assert (code, found) == (2, None)
    assert "wellread models pull minilm" in err


@pytest.mark.model
def test_an_emptied_folder_loses_nothing_without_prune(call, place):
    call("ingest", "papers")
    share = place / "share"
    share.mkdir(exist_ok=True)
    (share / "sea.txt").write_text("The sea was calm.")
    call("ingest", "share")
    (share / "sea.txt").unlink()
    code, found, err = call("ingest", "share")
    assert (code, found) == (5, None)
    assert "held 1 document " in err and "--prune" in err
    code, found, _ = call("ingest", "share", "--prune")
    assert (code, found["removed"]) == (0, 1)


@pytest.mark.model
def test_plain_search_has_title_place_and_snippet(call, place, capsys):
    call("ingest", "papers")
    assert run(["search", "tide", "--explain"]) == 0
    text = capsys.readouterr().out
    assert "The tide" in text and "tide.md" in text
    said = [line.split() for line in text.splitlines()]
    assert ["words", "rank", "1"] in [line[:3] for line in said]
    assert ["static", "vectors", "rank", "1"] in [line[:4] for line in said]
    assert ["in", "all", "linked", "score"] in [line[:4] for line in said]


@pytest.mark.model
def test_an_explained_walk_says_its_score_and_what_led_there(place, models_dir, monkeypatch, capsys):
    hops = place / "hops"
    hops.mkdir(exist_ok=True)
    (hops / "ferry.md").write_text("# Night Ferry\n\nNight Ferry is a film that Anna Brandt directed.")
    (hops / "brandt.md").write_text("# Anna Brandt\n\nShe grew up by the Kelder Canal.")
    (hops / "canal.md").write_text("# Waterways\n\nOne is the Kelder Canal, dug by monks.")
    (hops / "pots.md").write_text("# Pots\n\nCooks have pots of iron, and pans.")
    monkeypatch.setenv("WELLREAD_MODELS", str(models_dir))
    monkeypatch.setenv("WELLREAD_HOME", str(place / "home-of-hops"))
    monkeypatch.setenv("WELLREAD_ROLES__EMBEDDER__MODEL", "embedded:minilm-static")
    assert run(["ingest", str(hops)]) == 0
    capsys.readouterr()
    assert run(["search", "who made the film Night Ferry", "--mode", "pagerank", "--explain"]) == 0
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert any(line.startswith("pagerank rank 1 score ") for line in said)
    assert any(line.startswith("led by ") and line.endswith(("in Night Ferry", "in Anna Brandt")) for line in said)
    assert any(line.startswith("in all pagerank score ") for line in said)


@pytest.mark.model
def test_json_has_rank_and_score_of_each_channel(call):
    call("ingest", "papers")
    _, found, _ = call("search", "the tide rose", "--mode", "hybrid")
    for hit in found["hits"]:
        assert set(hit["ranks"]) <= set(hit["scores"]) <= {"bm25", "static"}
        assert hit["led_by"] == ""
    best = found["hits"][0]
    assert best["ranks"] == {"bm25": 1, "static": 1}
    assert all(best["scores"].values())


@pytest.mark.model
def test_a_second_ingest_waits_for_the_first_and_says_for_whom(call, place):
    home = Home(place / "home").make()
    command = [sys.executable, "-c", "from agent.main import main; main()", "ingest", str(place / "papers")]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with (
        home.corpus_lock(lambda who: pytest.fail(who)),
        subprocess.Popen(command, cwd=ROOT, **pipes) as second,
    ):
        assert "waiting for process" in second.stderr.readline()
        assert second.poll() is None
        second.kill()


@pytest.mark.model
def test_search_follows_a_removal(call):
    call("ingest", "papers")
    assert call("corpus", "rm", "wind.txt")[0] == 0
    _, found, _ = call("search", "wind from the west", "--documents")
    assert "wind.txt" not in [document["id"] for document in found["documents"]]
    call("ingest", "papers")


def test_without_models_ingest_says_so_before_it_reads_a_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WELLREAD_MODELS", str(tmp_path / "models"))
    (tmp_path / "a.txt").write_text("Some text.")
    assert run(["ingest", "a.txt"]) == 2
    assert "wellread models pull" in capsys.readouterr().err
    assert not (tmp_path / ".wellread" / "corpus.sqlite").exists()
