import json

import pytest

from agent.main import run
from retrieval.corpus import Corpus
from retrieval.ingest import ingest
from tests.permissions import permissions_that_count, without_access, without_writing


@pytest.fixture
def home(tmp_path):
    """A home with two documents and one file in quarantine; no index, so no model is needed."""
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "tide.md").write_text("# The tide\n\nThe tide rose by two metres in one night.\n\n## After\n\nIt fell.")
    (folder / "wind.txt").write_text("The wind blew from the west for nine days.")
    (folder / "broken.pdf").write_bytes(b"this is no PDF")
    with Corpus.open(tmp_path / "home" / "corpus.sqlite") as corpus:
        ingest([folder], corpus)
    return tmp_path / "home"


@pytest.fixture
def said(home, capsys):
    """Run a corpus command with --json; its exit code and what it put out."""

    def call(*argv):
        code = run(["corpus", *argv, "--home", str(home), "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return call


def test_ls_lists_the_documents(said):
    code, found = said("ls")
    assert code == 0
    assert [document["id"] for document in found["documents"]] == ["tide.md", "wind.txt"]


def test_show_gives_sections_passages_and_the_text_on_request(said):
    code, found = said("show", "tide.md", "--text")
    assert code == 0
    assert found["document"]["title"] == "The tide"
    assert ["After"] in [section["heading_path"] for section in found["sections"]]
    for passage in found["passages"]:
        assert found["text"][passage["start"] : passage["end"]]
    assert said("show", "tide.md")[1]["text"] is None


def test_an_unknown_id_is_a_corpus_error_with_a_likely_one(home, capsys):
    assert run(["corpus", "show", "tide.mb", "--home", str(home)]) == 5
    assert "did you mean tide.md?" in capsys.readouterr().err


def test_rm_removes_all_or_nothing(said):
    assert said("rm", "wind.txt", "nowhere.txt")[0] == 5
    assert len(said("ls")[1]["documents"]) == 2
    assert said("rm", "wind.txt") == (0, {"removed": ["wind.txt"]})
    assert len(said("ls")[1]["documents"]) == 1


def test_stats_and_quarantine_agree(said):
    _, stats = said("stats")
    _, quarantine = said("quarantine")
    assert stats["documents"] == 2
    assert stats["quarantined"] == len(quarantine["files"]) == 1
    assert quarantine["files"][0]["path"] == "broken.pdf"
    assert quarantine["files"][0]["reason"]


def test_verify_is_content_with_a_sound_corpus_and_finds_a_changed_text(home, said):
    assert said("verify") == (0, {"is_sound": True, "problems": [], "documents": 2})
    with Corpus.open(home / "corpus.sqlite") as corpus, corpus.file.write() as writer:
        writer.execute("UPDATE texts SET body = replace(body, 'two metres', 'ten metres')")
    code, found = said("verify")
    assert code == 5
    assert any("tide.md" in problem for problem in found["problems"])


def test_what_verify_advises_mends_the_corpus(home, said):
    with Corpus.open(home / "corpus.sqlite") as corpus:
        with corpus.file.write() as writer:
            writer.execute("UPDATE texts SET body = replace(body, 'two metres', 'ten metres')")
        assert said("verify")[0] == 5
        assert said("rm", "tide.md")[0] == 0
        assert ingest([home.parent / "papers"], corpus, skip=[home]).added == 1
    assert said("verify") == (0, {"is_sound": True, "problems": [], "documents": 2})


@pytest.mark.parametrize("command", [["ls"], ["show", "x"], ["rm", "x"], ["verify"], ["stats"], ["quarantine"]])
def test_without_a_corpus_every_command_says_so_and_makes_nothing(tmp_path, capsys, command):
    assert run(["corpus", *command, "--home", str(tmp_path / "nowhere")]) == 5
    assert "wellread ingest" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()


def test_plain_output_is_for_people(home, capsys):
    for command in (["ls"], ["show", "tide.md", "--text"], ["stats"], ["quarantine"], ["verify"]):
        assert run(["corpus", *command, "--home", str(home)]) == 0
        assert capsys.readouterr().out.strip()


def test_a_damaged_corpus_is_named_with_its_file(home, capsys):
    path = home / "corpus.sqlite"
    raw = path.read_bytes()
    for at in (0, 100, 4096, len(raw) // 2):
        path.write_bytes(raw[:at] + b"\xa5" * 4096 + raw[at + 4096 :])
        assert run(["corpus", "verify", "--home", str(home)]) == 5
        assert str(path) in capsys.readouterr().err


def test_a_corpus_in_a_folder_that_may_not_be_written_is_named(home, capsys):
    with permissions_that_count(), without_writing(home):
        assert run(["corpus", "rm", "wind.txt", "--home", str(home)]) == 5
    assert f"error: cannot open {home / 'corpus.sqlite'} for writing" in capsys.readouterr().err


@pytest.fixture
def ingesting(tmp_path, static_models, monkeypatch, capsys):
    """Run `wellread ingest` on paths with --json; its exit code, what it put out, and what it said."""
    monkeypatch.setenv("WELLREAD_MODELS", str(static_models))

    def call(*argv):
        code = run(["ingest", *map(str, argv), "--home", str(tmp_path / "home"), "--json"])
        captured = capsys.readouterr()
        return code, json.loads(captured.out) if captured.out else None, captured.err

    return call


@pytest.mark.model
def test_what_cannot_be_looked_at_is_an_error_line_and_exit_code_1(tmp_path, ingesting):
    closed = tmp_path / "docs" / "closed"
    closed.mkdir(parents=True)
    (closed / "a.txt").write_text("The tide rose by two metres.")
    (tmp_path / "docs" / "b.txt").write_text("The wind blew from the west.")
    assert ingesting(tmp_path / "docs")[0] == 0
    with permissions_that_count(), without_access(closed):
        code, found, said = ingesting(tmp_path / "docs")
    assert code == 1
    assert f"error: {closed}: cannot list the folder: Permission denied" in said
    assert (found["removed"], found["corpus"]["documents"], len(found["failures"])) == (0, 2, 1)
    (tmp_path / "docs" / "b.txt").write_text("")
    assert ingesting(tmp_path / "docs")[0] == 1
    code, found, said = ingesting("--prune", tmp_path / "docs")
    assert (code, found["removed"], found["failures"]) == (0, 1, [])


@pytest.mark.model
def test_a_home_that_may_not_be_written_is_no_bug(tmp_path, ingesting):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("The tide rose by two metres.")
    (tmp_path / "home").mkdir()
    with permissions_that_count(), without_writing(tmp_path / "home"):
        code, found, said = ingesting(tmp_path / "docs")
    assert (code, found) == (5, None)
    error = json.loads(said)["error"]
    assert str(tmp_path / "home") in error["message"]
    assert "--home" in error["hint"]


@pytest.mark.model
def test_ingest_leaves_out_a_home_that_lies_in_the_folder(tmp_path, static_models, monkeypatch, capsys):
    monkeypatch.setenv("WELLREAD_MODELS", str(static_models))
    (tmp_path / "home" / "runs" / "r").mkdir(parents=True)
    (tmp_path / "home" / "runs" / "r" / "report.md").write_text("# A report\n\nThe tide rose by nine metres.")
    (tmp_path / "tide.md").write_text("# The tide\n\nThe tide rose by two metres.")
    home = ["--home", str(tmp_path / "home"), "--json"]
    assert run(["ingest", str(tmp_path), *home]) == 0
    assert json.loads(capsys.readouterr().out)["added"] == 1
    assert run(["ingest", str(tmp_path / "home" / "runs"), *home]) == 5
    assert "lies in" in capsys.readouterr().err
