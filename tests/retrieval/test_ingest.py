import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import docx
import pytest

from retrieval.corpus import Corpus, text_sha256
from retrieval.errors import CorpusEmpty, CorpusFull, RetrievalError
from retrieval.ingest import ingest
from retrieval.ingest_types import IngestOptions
from retrieval.parsing.wire import ParseLimits
from retrieval.types import Document, Passage
from tests.permissions import permissions_that_count, without_access
from tests.retrieval.parsing.samples import make_pdf

ROOT = Path(__file__).parents[2]
ONE = IngestOptions(n_workers=1)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "home" / "corpus.sqlite") as corpus:
        yield corpus


def ids(corpus):
    return [document.id for document in corpus.documents()]


def counts(report):
    return (report.added, report.changed, report.removed, report.unchanged)


def reasons(report):
    return {(bad.path, bad.line): bad.reason for bad in report.quarantined}


def records(*pairs):
    return "".join(json.dumps({"id": id_, "title": f"T{id_}", "text": text}) + "\n" for id_, text in pairs)


def test_every_format_comes_back_with_passages_that_stand_in_the_text(folder, corpus):
    (folder / "a.md").write_text("# Title\n\n" + "A sentence of prose. " * 200)
    (folder / "b.rst").write_text("PEP: 1\nTitle: A PEP\n\nIntro\n=====\n\n" + "A sentence of prose. " * 100)
    (folder / "c.html").write_text("<title>Page</title><p>Para</p><table><tr><td>a<td>b</table>")
    (folder / "d.csv").write_text("name,age\n" + "Ann,3\n" * 900)
    (folder / "e.json").write_text('{"key": ["value"]}')
    (folder / "f.jsonl").write_text(records(("r1", "one"), ("r2", "two")))
    (folder / "g.pdf").write_bytes(make_pdf(["Page one text.", "Page two text."]))
    word = docx.Document()
    word.add_paragraph("Word text.")
    word.save(str(folder / "h.docx"))
    (folder / "sub").mkdir()
    (folder / "sub" / "i.txt").write_bytes("naïve café\r\nsecond line".encode("cp1252"))
    (folder / "j.log").write_text("unknown suffix, plain text")
    with gzip.open(folder / "k.jsonl.gz", "wt") as file:
        file.write(records(("r3", "three")))
    report = ingest([folder], corpus)
    assert report.quarantined == ()
    assert ids(corpus) == [
        "a.md", "b.rst", "c.html", "d.csv", "e.json", "g.pdf", "h.docx", "j.log", "r1", "r2", "r3",
        "sub/i.txt",
    ]  # fmt: skip
    for document in corpus.documents():
        text = corpus.text(document.id)
        assert document.n_chars == len(text)
        for ordinal, passage in enumerate(corpus.passages_of(document.id)):
            assert passage.text == text[passage.start : passage.end]
            assert passage.ordinal == ordinal
            assert len(passage.id) == 16
    assert report.passages == corpus.passage_count() > 12
    assert report.characters == corpus.stats().characters
    assert corpus.text("sub/i.txt") == "naïve café\nsecond line"
    assert report.notes == ("sub/i.txt: read as cp1252",)
    assert corpus.document("g.pdf").n_pages == 2
    assert [passage.page for passage in corpus.passages_of("g.pdf")] == [1, 2]
    assert corpus.document("r1").source == "f.jsonl"
    assert corpus.passages_of("d.csv")[1].heading_path == ("columns: name | age",)
    assert corpus.verify() == []


def test_texts_of_text_formats_stand_verbatim_in_their_files(folder, corpus):
    for name in ("a.md", "b.txt", "c.rst", "d.csv"):
        (folder / name).write_text(f"# {name}, one\n\n*two*,  three\n\n===\n  four\t\n")
    ingest([folder], corpus)
    for document in corpus.documents():
        assert corpus.text(document.id) == (folder / document.id).read_text()


def test_only_what_changed_is_read_again(folder, corpus):
    for name in ("a.txt", "b.txt", "c.txt"):
        (folder / name).write_text(f"text of {name}")
    assert counts(ingest([folder], corpus)) == (3, 0, 0, 0)
    generation = corpus.generation
    assert counts(ingest([folder], corpus)) == (0, 0, 0, 3)
    assert corpus.generation == generation
    kept = corpus.passages_of("b.txt")
    (folder / "a.txt").write_text("another text of a")
    (folder / "c.txt").unlink()
    (folder / "d.txt").write_text("a new file")
    os.utime(folder / "b.txt", (1, 1))
    assert counts(ingest([folder], corpus)) == (1, 1, 1, 1)
    assert ids(corpus) == ["a.txt", "b.txt", "d.txt"]
    assert corpus.text("a.txt") == "another text of a"
    assert corpus.passages_of("b.txt") == kept
    assert corpus.generation > generation
    assert corpus.verify() == []


def test_what_the_program_writes_is_no_source_and_what_was_read_of_it_goes(folder, corpus):
    (folder / "a.txt").write_text("text of a")
    (folder / "home" / "runs").mkdir(parents=True)
    (folder / "home" / "runs" / "report.md").write_text("A report on a.")
    ingest([folder], corpus)
    assert ids(corpus) == ["a.txt", "home/runs/report.md"]
    assert counts(ingest([folder], corpus, skip=[folder / "home"])) == (0, 0, 1, 1)
    assert ids(corpus) == ["a.txt"]


def test_a_removed_document_comes_back_with_the_next_ingest(folder, corpus):
    (folder / "a.txt").write_text("text of a")
    (folder / "b.jsonl").write_text(records(("b1", "one"), ("b2", "two")))
    ingest([folder], corpus)
    corpus.remove(["b1", "nobody"])
    assert ids(corpus) == ["a.txt", "b2"]
    assert counts(ingest([folder], corpus)) == (1, 0, 0, 2)
    assert ids(corpus) == ["a.txt", "b1", "b2"]
    assert counts(ingest([folder], corpus)) == (0, 0, 0, 3)


def test_a_change_that_keeps_size_and_time_is_seen(folder, corpus):
    path = folder / "a.txt"
    path.write_text("one text")
    ingest([folder], corpus)
    status = path.stat()
    path.write_text("two text")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert counts(ingest([folder], corpus)) == (0, 1, 0, 0)


def test_a_jsonl_file_is_compared_document_by_document(folder, corpus):
    path = folder / "a.jsonl"
    path.write_text(records(("1", "one"), ("2", "two"), ("3", "three")))
    ingest([folder], corpus)
    kept = [row.rowid for row in corpus.iter_passages() if row.passage.doc_id == "1"]
    path.write_text(records(("1", "one"), ("2", "two changed"), ("4", "four")))
    assert counts(ingest([folder], corpus)) == (1, 1, 1, 1)
    assert ids(corpus) == ["1", "2", "4"]
    assert [row.rowid for row in corpus.iter_passages() if row.passage.doc_id == "1"] == kept


def test_other_passage_sizes_cut_everything_anew(folder, corpus):
    (folder / "a.txt").write_text("A sentence of prose. " * 300)
    ingest([folder], corpus)
    before = corpus.passage_count()
    report = ingest([folder], corpus, options=IngestOptions(limits=ParseLimits(target_chars=300, max_chars=400)))
    assert counts(report) == (0, 1, 0, 0)
    assert corpus.passage_count() > 2 * before


def test_the_same_folder_gives_the_same_passage_ids_in_another_corpus(folder, corpus, tmp_path):
    (folder / "a.md").write_text("# T\n\n" + "A sentence of prose. " * 300)
    ingest([folder], corpus)
    with Corpus.open(tmp_path / "other.sqlite") as other:
        ingest([folder], other, options=ONE)
        assert list(other.iter_passages()) == list(corpus.iter_passages())


def test_removal_touches_only_files_of_the_same_folder(tmp_path, corpus):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(f"text of {name}")
        (tmp_path / name / f"{name}-b.txt").write_text(f"more text of {name}")
    ingest([tmp_path / "one"], corpus)
    ingest([tmp_path / "two"], corpus)
    (tmp_path / "one" / "one.txt").unlink()
    (tmp_path / "two" / "two.txt").unlink()
    assert counts(ingest([tmp_path / "two"], corpus)) == (0, 0, 1, 1)
    assert ids(corpus) == ["one-b.txt", "one.txt", "two-b.txt"]


def test_a_single_file_removes_nothing_else(folder, corpus):
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(f"text of {name}")
    ingest([folder], corpus)
    (folder / "a.txt").write_text("changed")
    assert counts(ingest([folder / "a.txt"], corpus)) == (0, 1, 0, 0)
    assert ids(corpus) == ["a.txt", "b.txt"]


def test_a_document_that_a_program_added_is_never_removed_or_replaced(folder, corpus):
    document = Document(
        id="a.txt", title="A", source="", media_type="text/plain", sha256=text_sha256("mine"), n_chars=4
    )
    corpus.add(document, "mine", [Passage(id="p", doc_id="a.txt", ordinal=0, start=0, end=4, text="mine")], [])
    (folder / "a.txt").write_text("theirs")
    (folder / "b.txt").write_text("text")
    report = ingest([folder], corpus)
    assert reasons(report) == {("a.txt", 0): "the id 'a.txt' belongs to a document that a program added"}
    assert corpus.text("a.txt") == "mine"


def test_bad_files_are_quarantined_with_their_reasons_and_the_rest_is_read(folder, corpus, tmp_path):
    (folder / "good.txt").write_text("text")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "blank.md").write_text(" \n\n ")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nbroken")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    (folder / "bad.json").write_text("{")
    (folder / "bad.docx").write_bytes(b"PK\x03\x04")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "escape.txt").symlink_to(tmp_path / "secret.txt")
    os.mkfifo(folder / "pipe")
    report = ingest([folder], corpus, clock=lambda: 1234.5)
    assert ids(corpus) == ["good.txt"]
    assert {path for path, _ in reasons(report)} == {
        "bad.docx", "bad.json", "blank.md", "broken.pdf", "empty.txt", "escape.txt", "picture.png", "pipe",
    }  # fmt: skip
    assert reasons(report)["empty.txt", 0] == "the file is empty"
    assert "leads out of the folder" in reasons(report)["escape.txt", 0]
    assert list(report.quarantined) == corpus.quarantine()
    assert {bad.tried_at for bad in report.quarantined} == {1234.5}
    assert corpus.stats().quarantined == 8


def test_quarantined_files_are_tried_again_and_leave_the_list_when_they_are_mended_or_gone(folder, corpus):
    (folder / "good.txt").write_text("text")
    (folder / "a.json").write_text("{")
    (folder / "b.json").write_text("{")
    (folder / "c.json").write_text("{")
    ingest([folder], corpus, clock=lambda: 1.0)
    (folder / "b.json").write_text('{"a": 1}')
    (folder / "c.json").unlink()
    report = ingest([folder], corpus, clock=lambda: 2.0)
    assert [(bad.path, bad.tried_at) for bad in corpus.quarantine()] == [("a.json", 2.0)]
    assert counts(report) == (1, 0, 0, 1)


def test_a_good_file_that_turns_bad_leaves_the_corpus(folder, corpus):
    (folder / "a.json").write_text('{"a": 1}')
    (folder / "b.txt").write_text("text")
    ingest([folder], corpus)
    (folder / "a.json").write_text("{")
    assert counts(ingest([folder], corpus)) == (0, 0, 1, 1)
    assert ids(corpus) == ["b.txt"]
    (folder / "a.json").write_text('{"a": 1}')
    assert counts(ingest([folder], corpus)) == (1, 0, 0, 1)


def test_bad_and_repeated_lines_are_listed_and_the_other_records_are_read(folder, corpus):
    (folder / "a.jsonl").write_text(records(("1", "one"), ("2", "two")) + "{broken\n" + records(("1", "again")))
    (folder / "b.jsonl").write_text(records(("2", "two too"), ("3", "three")))
    report = ingest([folder], corpus)
    assert ids(corpus) == ["1", "2", "3"]
    assert corpus.text("1") == "one"
    found = reasons(report)
    assert set(found) == {("a.jsonl", 3), ("a.jsonl", 4), ("b.jsonl", 1)}
    assert found["a.jsonl", 4] == "the id '1' stands on line 1 already"
    assert found["b.jsonl", 1].endswith("docs/a.jsonl")
    again = ingest([folder], corpus)
    assert counts(again) == (0, 0, 0, 3)
    assert reasons(again) == found


def test_an_id_goes_to_the_next_claimant_when_its_file_is_gone(folder, corpus):
    (folder / "a.jsonl").write_text(records(("1", "one")))
    (folder / "b.jsonl").write_text(records(("1", "other one"), ("2", "two")))
    ingest([folder], corpus)
    (folder / "a.jsonl").unlink()
    report = ingest([folder], corpus)
    assert corpus.text("1") == "other one"
    assert report.quarantined == ()


def test_a_renamed_file_keeps_its_documents(folder, corpus):
    (folder / "b.jsonl").write_text(records(("1", "one"), ("2", "two")))
    ingest([folder], corpus)
    (folder / "b.jsonl").rename(folder / "a.jsonl")
    assert ingest([folder], corpus).quarantined == ()
    assert [(document.id, document.source) for document in corpus.documents()] == [
        ("1", "a.jsonl"),
        ("2", "a.jsonl"),
    ]


@pytest.fixture
def one_and_two(tmp_path, corpus):
    """Two ingested folders, each with a file a.txt."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(f"text of {name}")
    one, two = tmp_path / "one", tmp_path / "two"
    ingest([one], corpus)
    return one, two


def test_of_two_folders_with_the_same_file_name_the_later_one_gives_its_name_to_the_id(one_and_two, corpus):
    one, two = one_and_two
    report = ingest([two], corpus)
    assert ids(corpus) == ["a.txt", "two/a.txt"]
    assert (corpus.text("a.txt"), corpus.text("two/a.txt")) == ("text of one", "text of two")
    assert report.quarantined == ()
    assert report.notes == (f"a.txt: its id is 'two/a.txt', because 'a.txt' belongs to {one}/a.txt",)


def test_an_id_that_names_its_folder_is_kept_when_anything_is_read_again(one_and_two, corpus):
    one, two = one_and_two
    ingest([two], corpus)
    assert counts(ingest([one, two], corpus)) == (0, 0, 0, 2)
    (two / "a.txt").write_text("new text of two")
    assert counts(ingest([two, one], corpus)) == (0, 1, 0, 1)
    (one / "a.txt").rename(one / "b.txt")
    (two / "a.txt").write_text("newest text of two")
    assert counts(ingest([one, two], corpus)) == (1, 1, 1, 0)
    assert ids(corpus) == ["b.txt", "two/a.txt"]
    assert (
        ingest([two], corpus, options=IngestOptions(limits=ParseLimits(target_chars=300))).changed == 0
    )  # cut anew, cut the same
    assert ids(corpus) == ["b.txt", "two/a.txt"]


def test_a_third_folder_of_the_same_name_is_refused_with_a_hint(one_and_two, corpus, tmp_path):
    ingest([one_and_two[1]], corpus)
    third = tmp_path / "elsewhere" / "two"
    third.mkdir(parents=True)
    (third / "a.txt").write_text("text of the third")
    (third / "b.txt").write_text("more of the third")
    report = ingest([third], corpus)
    assert reasons(report)["a.txt", 0].startswith("the id 'two/a.txt' belongs to ")
    assert "folder above" in report.quarantined[0].hint


def test_a_folder_that_is_empty_now_loses_nothing_unless_that_is_meant(folder, corpus, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "c.txt").write_text("text of c")
    (folder / "a.txt").write_text("text of a")
    ingest([folder, other], corpus)
    (folder / "a.txt").unlink()
    (other / "c.txt").write_text("new text of c")
    with pytest.raises(CorpusEmpty, match="held 1 document and is empty now; nothing was removed") as caught:
        ingest([other, folder], corpus)
    assert "--prune" in caught.value.hint
    assert (ids(corpus), corpus.text("c.txt")) == (["a.txt", "c.txt"], "text of c")
    assert counts(ingest([folder], corpus, prune=True)) == (0, 0, 1, 0)
    assert ids(corpus) == ["c.txt"]
    with pytest.raises(CorpusEmpty, match="no readable file"):
        ingest([folder], corpus, prune=True)


def test_a_file_that_was_emptied_keeps_its_documents_unless_that_is_meant(folder, corpus):
    (folder / "a.jsonl").write_text(records(("1", "one"), ("2", "two")))
    (folder / "b.txt").write_text("text of b")
    (folder / "new.txt").write_text("")
    assert ingest([folder], corpus).failures == ()
    (folder / "a.jsonl").write_text("")
    report = ingest([folder], corpus)
    assert counts(report) == (0, 0, 0, 1)
    assert ids(corpus) == ["1", "2", "b.txt"]
    assert reasons(report) == {("a.jsonl", 0): "the file is empty", ("new.txt", 0): "the file is empty"}
    (failure,) = report.failures
    assert failure.startswith(f"{folder}/a.jsonl: the file is empty; the 2 documents that it held are kept")
    assert "--prune" in failure
    (folder / "a.jsonl").write_text(records(("1", "one"), ("2", "two again")))
    assert counts(ingest([folder], corpus)) == (0, 1, 0, 2)
    (folder / "a.jsonl").write_text("")
    assert counts(ingest([folder], corpus, prune=True)) == (0, 0, 2, 1)
    assert ids(corpus) == ["b.txt"]


def test_a_subfolder_that_cannot_be_listed_is_a_failure_and_keeps_its_documents(folder, corpus):
    closed = folder / "closed"
    (closed / "deeper").mkdir(parents=True)
    (closed / "b.txt").write_text("text of b")
    (closed / "deeper" / "c.txt").write_text("text of c")
    for name in ("a.txt", "closed.txt", "gone.txt"):
        (folder / name).write_text(f"text of {name}")
    ingest([folder], corpus)
    (folder / "gone.txt").unlink()
    with permissions_that_count(), without_access(closed):
        report = ingest([folder], corpus, prune=True)
    assert counts(report) == (0, 0, 1, 2)
    assert ids(corpus) == ["a.txt", "closed.txt", "closed/b.txt", "closed/deeper/c.txt"]
    assert report.failures == (
        f"{closed}: cannot list the folder: Permission denied; the 2 documents that it held are kept",
    )
    assert reasons(report) == {("closed", 0): "cannot list the folder: Permission denied"}
    report = ingest([folder], corpus)
    assert (counts(report), report.failures, report.quarantined) == ((0, 0, 0, 4), (), ())


def test_a_folder_that_cannot_be_listed_itself_loses_nothing(folder, corpus, tmp_path):
    (folder / "a.txt").write_text("text of a")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "b.txt").write_text("text of b")
    ingest([folder], corpus)
    with permissions_that_count(), without_access(folder):
        with pytest.raises(CorpusEmpty, match="Permission denied"):
            ingest([folder], corpus)
        report = ingest([folder, tmp_path / "other"], corpus)
    assert report.failures[0].startswith(f"{folder}: cannot list the folder")
    assert ids(corpus) == ["a.txt", "b.txt"]


def test_a_file_that_goes_away_while_others_are_read_keeps_its_documents_until_it_is_missed(folder, corpus):
    for i in range(30):
        (folder / f"{i:02}.txt").write_text(f"text {i}")
    ingest([folder], corpus)
    report = ingest([folder], corpus, options=ONE, progress=lambda _: (folder / "29.txt").unlink(missing_ok=True))
    assert counts(report) == (0, 0, 0, 29)
    assert report.failures == (
        f"{folder}/29.txt: cannot open: No such file or directory; the 1 document that it held is kept",
    )
    assert counts(ingest([folder], corpus)) == (0, 0, 1, 29)


@pytest.mark.parametrize("is_mount_point_left", [False, True])
def test_no_id_goes_to_another_folder_while_its_own_is_not_mounted(one_and_two, corpus, is_mount_point_left):
    one, two = one_and_two
    away = one.rename(one.with_name("away"))
    if is_mount_point_left:
        one.mkdir()
    (two / "b.jsonl").write_text(records(("b1", "record one")))
    report = ingest([two], corpus)
    assert counts(report) == (2, 0, 0, 0)
    assert (corpus.text("a.txt"), corpus.text("two/a.txt")) == ("text of one", "text of two")
    assert "missing or empty" in report.notes[0]
    if is_mount_point_left:
        one.rmdir()
    away.rename(one)
    assert counts(ingest([one, two], corpus)) == (0, 0, 0, 3)


def test_an_id_of_a_record_stays_with_a_folder_that_is_missing_until_pruned(tmp_path, corpus):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jsonl").write_text(records(("1", f"text of {name}"), (f"of-{name}", "other")))
    ingest([tmp_path / "one"], corpus)
    (tmp_path / "one").rename(tmp_path / "away")
    report = ingest([tmp_path / "two"], corpus)
    assert corpus.text("1") == "text of one"
    assert "missing or empty" in reasons(report)["a.jsonl", 1]
    ingest([tmp_path / "two"], corpus, prune=True)
    assert (ids(corpus), corpus.text("1")) == (["1", "of-two"], "text of two")


def test_one_copied_record_of_a_missing_folder_does_not_cost_its_others(tmp_path, corpus):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "a.jsonl").write_text(records(("1", "the same"), ("2", "only in one")))
    (tmp_path / "two" / "b.jsonl").write_text(records(("1", "the same")))
    ingest([tmp_path / "one"], corpus)
    away = (tmp_path / "one").rename(tmp_path / "away")
    ingest([tmp_path / "two"], corpus)
    assert ids(corpus) == ["1", "2"]
    away.rename(tmp_path / "one")
    assert ingest([tmp_path / "one"], corpus).unchanged == 1
    assert ids(corpus) == ["1", "2"]


def test_a_folder_that_was_moved_takes_its_documents_along(folder, corpus):
    (folder / "a.txt").write_text("text of a")
    (folder / "b.txt").write_text("text of b")
    ingest([folder], corpus)
    moved = folder.rename(folder.with_name("moved"))
    report = ingest([moved], corpus)
    assert report.quarantined == ()
    assert ids(corpus) == ["a.txt", "b.txt"]
    assert counts(ingest([moved], corpus)) == (0, 0, 0, 2)


def test_equal_texts_both_stay_and_are_noted(folder, corpus):
    (folder / "a.txt").write_text("the same text")
    (folder / "b.txt").write_text("the same text")
    report = ingest([folder], corpus)
    assert ids(corpus) == ["a.txt", "b.txt"]
    assert report.notes == ("b.txt: the same text as a.txt",)


def test_hanging_files_are_given_up_and_the_others_are_read(folder, corpus):
    (folder / "a.txt").write_text("text")
    (folder / "deep.html").write_text("<div>" * 400_000 + "text")
    (folder / "hang.html").write_text("<div>" * 4_900 + "<div></div>" * 1_000_000)
    (folder / "z.txt").write_text("more text")
    report = ingest([folder], corpus, options=IngestOptions(limits=ParseLimits(timeout_s=2.0), n_workers=1))
    assert ids(corpus) == ["a.txt", "z.txt"]
    assert reasons(report) == {
        ("deep.html", 0): "elements are nested more than 5,000 deep: 'div' is opened and not closed",
        ("hang.html", 0): "not read within 2 s",
    }


def test_a_missing_path_changes_nothing(folder, corpus):
    (folder / "a.txt").write_text("text")
    ingest([folder], corpus)
    with pytest.raises(RetrievalError, match="nobody"):
        ingest([folder / "nobody"], corpus)
    with pytest.raises(RetrievalError, match="nobody"):
        ingest([folder, folder / "nobody"], corpus)
    assert ids(corpus) == ["a.txt"]


def test_a_folder_without_a_readable_file_lists_the_reasons(folder, corpus):
    (folder / "bad.json").write_text("{")
    (folder / ".hidden.txt").write_text("text")
    with pytest.raises(CorpusEmpty, match=r"bad\.json: not valid JSON") as caught:
        ingest([folder], corpus)
    assert caught.value.hint
    assert [bad.path for bad in corpus.quarantine()] == ["bad.json"]


@pytest.mark.parametrize("paths", [[], ["empty"]])
def test_nothing_to_read_is_an_error(tmp_path, corpus, paths):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusEmpty, match="no readable file"):
        ingest([tmp_path / path for path in paths], corpus)


def test_a_corpus_inside_the_folder_is_not_read(folder):
    (folder / "a.txt").write_text("text")
    with Corpus.open(folder / "corpus.sqlite") as corpus:
        report = ingest([folder], corpus)
        assert ids(corpus) == ["a.txt"]
        assert report.quarantined == ()


def test_a_full_disk_keeps_what_had_room_and_says_how_many_documents_that_are(folder, corpus):
    for i in range(60):
        (folder / f"{i:02}.txt").write_text(f"A sentence of text {i}. " * 2000)
    with corpus.file.write() as writer:
        writer.execute("PRAGMA max_page_count = 300")
    with pytest.raises(CorpusFull) as caught:
        ingest([folder], corpus)
    n_kept = corpus.stats().documents
    assert 10 < n_kept < 60
    assert f"full; {n_kept} documents of this ingest could be stored" in str(caught.value)
    assert corpus.verify() == []
    with corpus.file.write() as writer:
        writer.execute("PRAGMA max_page_count = 1000000")
    assert counts(ingest([folder], corpus)) == (60 - n_kept, 0, 0, n_kept)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are Unix's")
def test_a_file_system_that_takes_no_more_bytes_is_told_with_how_much_was_kept(folder, corpus):
    import resource

    (folder / "a.jsonl").write_text(records(*((f"{i:03}", f"text {i} " * 2000) for i in range(300))))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, before[1]))  # Python ignores the signal; writing fails
    try:
        with pytest.raises(CorpusFull, match=r"; \d+ documents of this ingest could be stored"):
            ingest([folder], corpus)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    n_kept = corpus.stats().documents
    assert 0 < n_kept < 300
    assert corpus.verify() == []
    assert counts(ingest([folder], corpus)) == (300 - n_kept, 0, 0, n_kept)


def test_a_full_disk_is_a_clear_error_and_a_later_run_finishes(folder, corpus):
    (folder / "a.jsonl").write_text(records(*((str(i), f"text {i} " * 100) for i in range(6000))))
    with corpus.file.write() as writer:
        writer.execute("PRAGMA max_page_count = 500")
    with pytest.raises(RetrievalError, match="full") as caught:
        ingest([folder], corpus)
    assert "disk space" in caught.value.hint
    assert corpus.verify() == []
    with corpus.file.write() as writer:
        writer.execute("PRAGMA max_page_count = 1000000")
    ingest([folder], corpus)
    assert corpus.stats().documents == 6000


def test_a_run_that_was_killed_is_finished_by_the_next_one(folder, corpus):
    (folder / "a.jsonl").write_text(records(*((str(i), f"text {i}") for i in range(9000))))
    (folder / "b.txt").write_text("text of b")
    code = """
import os, signal, sys
from pathlib import Path
from retrieval.corpus import Corpus
from retrieval.ingest import ingest

def die(progress):
    if progress.documents >= 5000:
        os.kill(os.getpid(), signal.SIGKILL)

ingest([Path(sys.argv[1])], Corpus.open(Path(sys.argv[2])), progress=die)
"""
    command = [sys.executable, "-c", code, str(folder), str(corpus.path)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    n_stored = corpus.stats().documents
    assert 0 < n_stored < 9001
    assert corpus.verify() == []
    report = ingest([folder], corpus)
    assert counts(report) == (9001 - n_stored, 0, 0, n_stored)
    assert corpus.verify() == []
    assert counts(ingest([folder], corpus)) == (0, 0, 0, 9001)


def test_progress_tells_every_file_and_ends_complete(folder, corpus):
    for i in range(5):
        (folder / f"{i}.txt").write_text(f"text {i}")
    told = []
    ingest([folder], corpus, progress=told.append)
    assert list(dict.fromkeys(step.name for step in told)) == [f"{i}.txt" for i in range(5)]
    assert [step.files_done for step in told] == sorted(step.files_done for step in told)
    assert (told[-1].files_done, told[-1].files_total, told[-1].documents, told[-1].passages) == (5, 5, 5, 5)


def test_interrupting_ends_the_parsers_and_keeps_what_was_stored(folder, corpus):
    (folder / "a.jsonl").write_text(records(*((str(i), f"text {i}") for i in range(9000))))

    def interrupt(progress):
        if progress.documents >= 5000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest([folder], corpus, progress=interrupt)
    n_stored = corpus.stats().documents
    assert 0 < n_stored < 9000
    assert counts(ingest([folder], corpus)) == (9000 - n_stored, 0, 0, n_stored)
    assert corpus.stats().documents == 9000
