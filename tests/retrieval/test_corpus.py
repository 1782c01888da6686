import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.corpus import Corpus, CorpusEntry, text_sha256
from retrieval.errors import CorpusBroken, CorpusBusy, RetrievalError, UnknownDocument
from retrieval.types import Document, Passage, Section

ROOT = Path(__file__).parents[2]


def entry(doc_id, text, size=10):
    document = Document(
        id=doc_id,
        title=f"T {doc_id}",
        source=doc_id,
        media_type="text/plain",
        sha256=text_sha256(text),
        n_chars=len(text),
    )
    passages = [
        Passage(
            id=f"{doc_id}/{i}",
            doc_id=doc_id,
            ordinal=i,
            start=start,
            end=min(start + size, len(text)),
            text=text[start : start + size],
            page=i + 1,
            heading_path=("A", "B") if i else (),
        )
        for i, start in enumerate(range(0, len(text), size))
    ]
    return CorpusEntry(document, text, passages, [Section(heading_path=("A",), start=0, end=len(text))])


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "home" / "corpus.sqlite") as corpus:
        yield corpus


def test_what_is_added_comes_back_as_it_was(corpus):
    added = entry("a.txt", "Ærø naïve 😀 text\nwith lines. " * 3)
    corpus.add(*added)
    assert corpus.document("a.txt") == added.document
    assert corpus.documents() == [added.document]
    assert corpus.text("a.txt") == added.text
    assert corpus.sections("a.txt") == added.sections
    assert corpus.passages_of("a.txt") == added.passages
    assert corpus.passage("a.txt/1") == added.passages[1]
    assert corpus.passage_count() == len(added.passages)
    assert corpus.verify() == []


def test_passages_come_in_the_order_asked_for_even_more_than_sqlite_takes_at_once(corpus):
    added = entry("a", "0123456789" * 2500)
    corpus.add(*added)
    ids = [passage.id for passage in reversed(added.passages)]
    assert corpus.passages(ids) == list(reversed(added.passages))
    assert corpus.passages([ids[3], ids[3]]) == [added.passages[-4]] * 2
    assert corpus.passages([]) == []


def test_a_passage_over_the_border_of_text_blocks_is_whole(corpus):
    text = "".join(chr(0x100 + i % 500) for i in range(70_000))
    added = entry("long", text, size=33_333)
    corpus.add(*added)
    assert corpus.passages_of("long") == added.passages
    assert corpus.text("long") == text


def test_all_passages_are_iterated_once_by_rising_row_number(corpus):
    corpus.add_many([entry(f"d{i}", "some text here " * 3) for i in range(20)])
    rows = list(corpus.iter_passages(7))
    assert len(rows) == corpus.passage_count()
    assert [row.rowid for row in rows] == sorted({row.rowid for row in rows})
    assert (rows[1].title, rows[1].heading_path, rows[1].passage.id) == ("T d0", ("A", "B"), "d0/1")


def test_replacing_a_document_leaves_nothing_of_the_old_one_and_uses_no_row_number_again(corpus):
    corpus.add(*entry("a", "x" * 40_000))
    before = [row.rowid for row in corpus.iter_passages()]
    corpus.add(*entry("a", "short"))
    assert corpus.text("a") == "short"
    assert min(row.rowid for row in corpus.iter_passages()) > max(before)
    assert corpus.stats().characters == 5
    assert corpus.verify() == []


def test_generation_grows_with_each_change_of_documents_and_only_then(corpus):
    seen = [corpus.generation]
    corpus.add(*entry("a", "text"))
    seen.append(corpus.generation)
    corpus.add_many([])
    corpus.remove(["nobody"])
    assert corpus.generation == seen[-1]
    corpus.remove(["a"])
    seen.append(corpus.generation)
    assert seen == sorted(set(seen))
    assert corpus.documents() == []
    assert corpus.passage_count() == 0


def test_identity_tells_a_corpus_from_one_that_took_its_place(tmp_path):
    path = tmp_path / "c.sqlite"
    with Corpus.open(path) as corpus:
        first = corpus.identity
    with Corpus.open(path) as corpus:
        assert corpus.identity == first
    path.unlink()
    with Corpus.open(path) as corpus:
        assert corpus.identity != first


@pytest.mark.parametrize("ask", ["document", "text", "sections", "passages_of", "passage"])
def test_unknown_ids_are_errors_not_empty_answers(corpus, ask):
    with pytest.raises(UnknownDocument, match="nobody"):
        getattr(corpus, ask)("nobody")


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("document", {"n_chars": 3}, "n_chars"),
        ("document", {"sha256": "0" * 64}, "sha256"),
        ("passage", {"end": 99}, "not part of"),
        ("passage", {"start": 5, "end": 5}, "not part of"),
        ("passage", {"doc_id": "b"}, "not part of"),
        ("passage", {"text": "other"}, "does not repeat"),
    ],
)
def test_a_document_that_disagrees_with_itself_is_refused_and_nothing_is_stored(corpus, part, change, message):
    good = entry("good", "fine text")
    document, text, passages, sections = entry("a", "some text")
    if part == "document":
        document = document.model_copy(update=change)
    else:
        passages = [passages[0].model_copy(update=change)]
    with pytest.raises(ValueError, match=message):
        corpus.add_many([good, CorpusEntry(document, text, passages, sections)])
    assert corpus.documents() == []
    assert corpus.generation == 0


def test_the_same_id_twice_in_a_batch_is_refused(corpus):
    with pytest.raises(ValueError, match="twice"):
        corpus.add_many([entry("a", "one"), entry("a", "two")])
    assert corpus.documents() == []


def test_stats_count_equal_texts_once(corpus):
    corpus.add_many([entry("a", "same text"), entry("b", "same text"), entry("c", "other")])
    stats = corpus.stats()
    assert (stats.documents, stats.unique_documents) == (3, 2)
    assert (stats.characters, stats.unique_characters) == (23, 14)
    assert stats.by_media_type == {"text/plain": 3}
    assert stats.quarantined == 0


def test_verify_names_a_changed_text_and_orphans(corpus):
    corpus.add(*entry("a", "some text"))
    with sqlite3.connect(corpus.path) as other:
        other.execute("UPDATE texts SET body = 'some tezt'")
        other.execute("INSERT INTO texts VALUES (?, 'orphan')", [99 << 20])
        other.execute("UPDATE passages SET end = 700")
    other.close()
    problems = " / ".join(corpus.verify())
    assert "not the text that was ingested" in problems
    assert "1 rows of texts belong to no document" in problems
    assert "bad span 0:700" in problems


@pytest.mark.parametrize(
    "content",
    [b"not a database at all, but long enough to be read as one", b"SQLite format 3\x00" + b"\xff" * 5000],
)
def test_a_damaged_file_says_so(tmp_path, content):
    path = tmp_path / "c.sqlite"
    path.write_bytes(content)
    with pytest.raises(CorpusBroken, match="damaged") as caught:
        Corpus.open(path)
    assert caught.value.hint
    assert path.read_bytes() == content


def test_a_truncated_file_says_so(tmp_path):
    path = tmp_path / "c.sqlite"
    with Corpus.open(path) as corpus:
        corpus.add_many([entry(f"d{i}", "text " * 500) for i in range(50)])
    path.write_bytes(path.read_bytes()[:30_000])
    with pytest.raises(CorpusBroken, match="damaged"), Corpus.open(path) as corpus:
        corpus.documents()


def test_an_error_in_a_snapshot_is_told_even_when_the_snapshot_is_gone(corpus):
    with pytest.raises(KeyError), corpus.file.snapshot():
        corpus.file.rows("ROLLBACK")  # as SQLite does itself after a failed read
        raise KeyError
    with corpus.file.snapshot():
        assert corpus.documents() == []


def test_another_programs_database_is_left_alone(tmp_path):
    path = tmp_path / "c.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(CorpusBroken, match="another program"):
        Corpus.open(path)


def test_a_newer_schema_is_refused_with_a_hint(tmp_path):
    path = tmp_path / "c.sqlite"
    Corpus.open(path).close()
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(CorpusBroken, match="schema 99") as caught:
        Corpus.open(path)
    assert "release" in caught.value.hint


def test_a_path_that_cannot_be_used_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RetrievalError, match="file"):
        Corpus.open(tmp_path / "file" / "corpus.sqlite")
    with pytest.raises(RetrievalError, match="cannot open"):
        Corpus.open(tmp_path)


def test_a_full_disk_is_a_clear_error_and_loses_nothing_that_was_stored(corpus):
    corpus.add(*entry("a", "kept"))
    with corpus.file.write() as writer:
        pages = writer.execute("PRAGMA page_count").fetchone()[0]
        writer.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(RetrievalError, match="full") as caught:
        corpus.add(*entry("b", "x" * 200_000))
    assert "disk space" in caught.value.hint
    assert corpus.text("a") == "kept"
    assert [document.id for document in corpus.documents()] == ["a"]


def test_a_writer_that_waits_too_long_is_told_to_try_again(tmp_path):
    with Corpus.open(tmp_path / "c.sqlite") as corpus:
        with corpus.file.write() as writer:
            pass
        writer.execute("PRAGMA busy_timeout = 50")
        other = sqlite3.connect(corpus.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CorpusBusy) as caught:
            corpus.add(*entry("a", "text"))
        assert caught.value.retryable
        other.execute("ROLLBACK")
        other.close()
        corpus.add(*entry("a", "text"))


def test_threads_read_whole_documents_while_another_one_writes(corpus):
    corpus.add(*entry("a", "0" * 100))
    problems = []

    def read():
        for _ in range(60):
            text = corpus.text("a")
            if set(text) != {text[0]} or len(corpus.documents()) != 1:
                problems.append(text)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(60):
        corpus.add(*entry("a", str(i % 10) * 100))
    for thread in threads:
        thread.join()
    assert problems == []
    assert corpus.generation == 61


def test_processes_share_one_corpus(tmp_path):
    code = """
import sys
from pathlib import Path
from tests.retrieval.test_corpus import entry
from retrieval.corpus import Corpus
with Corpus.open(Path(sys.argv[1])) as corpus:
    for i in range(15):
        corpus.add(*entry(f"{sys.argv[2]}-{i}", f"text {i} of {sys.argv[2]}"))
"""
    path = tmp_path / "c.sqlite"
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), name], cwd=ROOT) for name in "abc"]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    with Corpus.open(path) as corpus:
        assert len(corpus.documents()) == 45
        assert corpus.generation == 45
        assert corpus.verify() == []


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.none() | st.text(st.characters(codec="utf-8"), min_size=1)),
        max_size=12,
    )
)
@settings(max_examples=30)
def test_after_any_adds_and_removes_the_corpus_holds_the_last_texts(tmp_path_factory, steps):
    expected = {}
    with Corpus.open(tmp_path_factory.mktemp("corpus") / "c.sqlite") as corpus:
        for doc_id, text in steps:
            if text is None:
                corpus.remove([doc_id])
                expected.pop(doc_id, None)
            else:
                corpus.add(*entry(doc_id, text))
                expected[doc_id] = text
        assert {document.id: corpus.text(document.id) for document in corpus.documents()} == expected
        assert corpus.verify() == []
