import sqlite3
import threading
from contextlib import closing

import numpy as np
import pytest

from lm.errors import LMError
from retrieval.dense_cache import DenseCache
from retrieval.errors import CorpusBroken
from tests.bag_embedder import BagEmbedder


class CountingEmbedder(BagEmbedder):
    def __init__(self, fingerprint="bag-512"):
        self.fingerprint = fingerprint
        self.seen = []

    def encode(self, texts):
        self.seen += list(texts)
        return super().encode(texts)


class FailingEmbedder(BagEmbedder):
    def encode(self, texts):
        raise LMError("no memory")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "index" / "dense.sqlite"


def test_vectors_come_in_the_order_of_the_texts(path):
    cache = DenseCache(path, BagEmbedder())
    texts = ["river boat", "road bridge", "river boat"]
    assert cache.encode(texts) == pytest.approx(BagEmbedder().encode(texts), abs=1e-3)
    cache.close()


def test_each_text_is_embedded_once_ever(path):
    embedder = CountingEmbedder()
    cache = DenseCache(path, embedder)
    cache.encode(["a b", "c d", "a b"])
    cache.encode(["c d", "e f"])
    cache.close()
    again = DenseCache(path, embedder)
    again.encode(["e f", "a b", "c d"])
    again.close()
    assert embedder.seen == ["a b", "c d", "e f"]


def test_fresh_and_stored_vectors_are_the_same_to_the_last_bit(path):
    cache = DenseCache(path, BagEmbedder())
    texts = ["one two three", "four five five"]
    assert np.array_equal(cache.encode(texts), cache.encode(texts))
    cache.close()


def test_vectors_of_another_model_are_never_used(path):
    old, new = CountingEmbedder("old"), CountingEmbedder("new")
    for embedder in (old, new):
        cache = DenseCache(path, embedder)
        cache.encode(["river"])
        cache.close()
    assert new.seen == ["river"]


def test_no_texts_give_no_rows(path):
    cache = DenseCache(path, BagEmbedder())
    assert cache.encode([]).shape == (0, 512)
    cache.close()


def test_more_texts_than_one_statement_can_name_are_found(path):
    embedder = CountingEmbedder()
    cache = DenseCache(path, embedder)
    texts = [f"word{i}" for i in range(2500)]
    cache.encode(texts)
    assert cache.encode(texts).shape == (2500, 512)
    cache.close()
    assert len(embedder.seen) == 2500


def test_threads_that_want_the_same_text_embed_it_once(path):
    embedder = CountingEmbedder()
    cache = DenseCache(path, embedder)
    texts = [f"word{i}" for i in range(200)]
    threads = [threading.Thread(target=cache.encode, args=(texts,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cache.close()
    assert sorted(embedder.seen) == sorted(texts)


def test_a_failed_embedding_stores_nothing(path):
    failing = DenseCache(path, FailingEmbedder())
    with pytest.raises(LMError):
        failing.encode(["river"])
    failing.close()
    embedder = CountingEmbedder()
    cache = DenseCache(path, embedder)
    cache.encode(["river"])
    cache.close()
    assert embedder.seen == ["river"]


def test_a_file_that_is_no_cache_says_how_to_mend_it(path):
    path.parent.mkdir()
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(CorpusBroken) as caught:
        DenseCache(path, BagEmbedder())
    assert "Delete" in caught.value.hint


def stored(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT key, vector, crc32 FROM vectors ORDER BY key").fetchall()


@pytest.mark.parametrize("what", ["x'0000'", "'words'", "zeroblob(1024)", "vector || x'00'"])
def test_a_damaged_vector_is_embedded_anew_and_never_ranks(path, what):
    cache = DenseCache(path, BagEmbedder())
    cache.encode(["river", "road"])
    cache.close()
    before = stored(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE vectors SET vector = {what} WHERE key = ?", [before[0][0]])
    embedder = CountingEmbedder()
    cache = DenseCache(path, embedder)
    assert cache.encode(["river", "road"]) == pytest.approx(BagEmbedder().encode(["river", "road"]), abs=1e-3)
    cache.close()
    assert len(embedder.seen) == 1
    assert stored(path) == before


def test_one_flipped_bit_in_the_file_changes_no_vector(path):
    texts = ["one two three", "four five six"]
    cache = DenseCache(path, BagEmbedder())
    expected = cache.encode(texts)
    cache.close()
    raw = bytearray(path.read_bytes())
    key = stored(path)[1][0]
    raw[raw.index(key) + len(key) + 11] ^= 0x40  # in the vector, which stands behind its key
    path.write_bytes(raw)
    cache = DenseCache(path, BagEmbedder())
    assert np.array_equal(cache.encode(texts), expected)
    cache.close()


def test_vectors_that_changed_places_are_embedded_anew(path):
    cache = DenseCache(path, BagEmbedder())
    expected = cache.encode(["river", "road"])
    cache.close()
    (one, vector_of_one, sum_of_one), (two, vector_of_two, sum_of_two) = stored(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        swapped = [(vector_of_two, sum_of_two, one), (vector_of_one, sum_of_one, two)]
        connection.executemany("UPDATE vectors SET vector = ?, crc32 = ? WHERE key = ?", swapped)
    cache = DenseCache(path, BagEmbedder())
    assert np.array_equal(cache.encode(["river", "road"]), expected)
    cache.close()


def test_a_cache_of_the_schema_without_checksums_is_emptied_and_refills(path):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
        connection.execute("INSERT INTO vectors VALUES (x'00', x'00')")
        connection.execute("PRAGMA user_version = 1")
    cache = DenseCache(path, BagEmbedder())
    cache.encode(["river"])
    cache.close()
    assert len(stored(path)) == 1


def test_a_cache_of_another_schema_is_refused(path):
    DenseCache(path, BagEmbedder()).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(CorpusBroken, match="schema 9"):
        DenseCache(path, BagEmbedder())
