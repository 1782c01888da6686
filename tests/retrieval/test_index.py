import json
import multiprocessing
import os
import sys
import threading

import pytest

from retrieval.corpus import Corpus
from retrieval.errors import CorpusBroken, CorpusEmpty
from retrieval.index import Index
from tests.bag_embedder import BagEmbedder
from tests.retrieval.small_corpus import entry, small_corpus


class CountingEmbedder(BagEmbedder):
    def __init__(self, fingerprint="bag-512"):
        self.fingerprint = fingerprint
        self.n_texts = 0

    def encode(self, texts):
        self.n_texts += len(texts)
        return super().encode(texts)


class DyingEmbedder(BagEmbedder):
    """Ends its process in the middle of a build, as a kill does."""

    def encode(self, texts):
        os._exit(9)


@pytest.fixture
def corpus(tmp_path):
    with small_corpus(tmp_path) as corpus:
        yield corpus


def found(index, query):
    return [index.rows.passage_ids[row] for row, _ in index.lexical.search(query, 10)]


def builds(folder):
    return sorted(path.name for path in folder.glob("build-*"))


def test_every_passage_is_in_both_indexes(corpus, tmp_path):
    index = Index.open(corpus, tmp_path / "index", BagEmbedder())
    assert len(index) == len(index.lexical) == len(index.static) == corpus.passage_count() == 9
    assert set(index.rows.passage_ids) == {row.passage.id for row in corpus.iter_passages()}


def test_an_index_that_is_up_to_date_is_not_built_again(corpus, tmp_path):
    embedder = CountingEmbedder()
    first = Index.open(corpus, tmp_path / "index", embedder)
    second = Index.open(corpus, tmp_path / "index", embedder)
    assert embedder.n_texts == 9
    assert found(first, "canal") == found(second, "canal") != []


def test_a_changed_corpus_makes_the_index_stale(corpus, tmp_path):
    Index.open(corpus, tmp_path / "index", BagEmbedder())
    corpus.add_many([entry("erie", "Erie Canal", ["It climbs to Buffalo."])])
    corpus.remove(["suez"])
    index = Index.open(corpus, tmp_path / "index", BagEmbedder())
    assert found(index, "Buffalo")
    assert not found(index, "Suez")
    assert "suez" not in index.rows.doc_ids


def test_another_static_model_makes_the_index_stale(corpus, tmp_path):
    Index.open(corpus, tmp_path / "index", CountingEmbedder("old"))
    new = CountingEmbedder("new")
    Index.open(corpus, tmp_path / "index", new)
    assert new.n_texts == 9


def test_another_corpus_at_the_same_generation_makes_the_index_stale(corpus, tmp_path):
    Index.open(corpus, tmp_path / "index", BagEmbedder())
    (tmp_path / "other").mkdir()
    with small_corpus(tmp_path / "other", {"erie": ("Erie", ["To Buffalo."])}) as other:
        assert other.generation == corpus.generation
        assert len(Index.open(other, tmp_path / "index", BagEmbedder())) == 1


def test_old_builds_are_removed(corpus, tmp_path):
    Index.build(corpus, tmp_path / "index", BagEmbedder())
    Index.build(corpus, tmp_path / "index", BagEmbedder())
    assert len(builds(tmp_path / "index")) == 1


def build_and_die(folder):
    with Corpus.open(folder / "corpus.sqlite") as corpus:
        Index.build(corpus, folder / "index", DyingEmbedder())


def test_a_killed_build_leaves_the_index_before_it_in_use(corpus, tmp_path):
    Index.open(corpus, tmp_path / "index", BagEmbedder())
    before = (tmp_path / "index" / "meta.json").read_text()
    process = multiprocessing.get_context("spawn").Process(target=build_and_die, args=(tmp_path,))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    assert (tmp_path / "index" / "meta.json").read_text() == before
    counting = CountingEmbedder()
    assert found(Index.open(corpus, tmp_path / "index", counting), "canal")
    assert counting.n_texts == 0


def test_a_build_that_was_never_named_is_not_opened_and_goes_away(corpus, tmp_path):
    half = tmp_path / "index" / "build-half"
    half.mkdir(parents=True)
    (half / "rows.json").write_text("{")
    index = Index.open(corpus, tmp_path / "index", BagEmbedder())
    assert len(index) == 9
    assert not half.exists()


@pytest.mark.parametrize(
    "name", ["rows.json", "static.faiss", "lexical/vocab.index.json", "lexical/data.csc.index.npy"]
)
def test_a_damaged_file_is_rebuilt(corpus, tmp_path, name):
    Index.open(corpus, tmp_path / "index", BagEmbedder())
    build = json.loads((tmp_path / "index" / "meta.json").read_text())["folder"]
    (tmp_path / "index" / build / name).write_bytes(b"\x00garbage")
    index = Index.open(corpus, tmp_path / "index", BagEmbedder())
    assert found(index, "canal")


def test_a_missing_meta_file_is_rebuilt(corpus, tmp_path):
    Index.open(corpus, tmp_path / "index", BagEmbedder())
    (tmp_path / "index" / "meta.json").write_text("not json")
    assert len(Index.open(corpus, tmp_path / "index", BagEmbedder())) == 9


def test_an_empty_corpus_says_what_to_do(tmp_path):
    with Corpus.open(tmp_path / "corpus.sqlite") as corpus, pytest.raises(CorpusEmpty) as caught:
        Index.open(corpus, tmp_path / "index", BagEmbedder())
    assert "ingest" in caught.value.hint


def test_progress_ends_at_the_number_of_passages(corpus, tmp_path):
    steps = []
    Index.build(corpus, tmp_path / "index", BagEmbedder(), progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (9, 9)


def test_threads_that_open_a_stale_index_build_it_once(corpus, tmp_path):
    embedder = CountingEmbedder()
    opened = []

    def open_index():
        opened.append(len(Index.open(corpus, tmp_path / "index", embedder)))

    threads = [threading.Thread(target=open_index) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [9] * 4
    assert embedder.n_texts == 9


def test_rows_of_documents_are_those_of_their_passages(corpus, tmp_path):
    index = Index.open(corpus, tmp_path / "index", BagEmbedder())
    allowed = index.rows_of(["kiel", "nowhere"])
    ids = {id_ for id_, is_in in zip(index.rows.passage_ids, allowed, strict=True) if is_in}
    assert ids == {passage.id for passage in corpus.passages_of("kiel")}
    assert not index.rows_of([]).any()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are Unix's")
@pytest.mark.parametrize("most_bytes", [0, 600, 12_000])  # the first file, one of BM25's, the vectors
def test_an_index_that_cannot_be_written_leaves_nothing_behind(corpus, tmp_path, most_bytes):
    import resource

    (tmp_path / "index").mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))  # Python ignores the signal; writing fails
    try:
        with pytest.raises(CorpusBroken, match="could not be written") as caught:
            Index.open(corpus, tmp_path / "index", BagEmbedder())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "free some space" in caught.value.hint
    assert list((tmp_path / "index").glob("build-*")) == []
    assert len(Index.open(corpus, tmp_path / "index", BagEmbedder())) == 9
